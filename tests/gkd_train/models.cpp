// SPDX-License-Identifier: Apache-2.0
// What a run takes from the folders of its models, and what of that its result has.
#include "../../examples/gkd_train/models.hpp"

#include <gkd/train/checkpoint_state.hpp>
#include <gkd/train/gkd_config_reader.hpp>

#include "../../examples/gkd_train/chats.hpp"
#include "../../examples/gkd_train/program.hpp"
#include "gkd_train/folders.hpp"
#include "io/temporary.hpp"
#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;
namespace fs = std::filesystem;

namespace {

/// A student, "bare" without a template, and a teacher.
struct workplace {
  workplace() {
    folders::write_model(folder / "student", 1, 1);
    folders::write_model(folder / "bare", 1, 1, 264, false);
    folders::write_model(folder / "teacher", 2, 2);
    write_chats(folder / "chats.jsonl", folders::chats(4));
  }
  std::string operator/(const std::string& name) const { return folder / name; }
  void write(const std::string& name, const nlohmann::json& json) const {
    folder.write(name, json.dump());
  }
  nlohmann::json json(const std::string& name) const { return read_json(folder / name); }

  gkd_config config(const std::string& student = "student") const {
    gkd_config c;
    c.model_name_or_path = folder / student;
    c.teacher_model_name_or_path = folder / "teacher";
    c.max_length = 128;
    return c;
  }
  gkd_train::models load(const gkd_config& c) const {
    return gkd_train::load_models(c, {.threads = 1}, gkd_train::read_facts(c));
  }
  int run(const std::vector<std::string>& words) const {
    std::vector<std::string> all{"gkd_train",          "--max_steps=1",  "--threads=1",
                                 "--report_samples=0", "--dataset_name", folder / "chats.jsonl"};
    all.insert(all.end(), words.begin(), words.end());
    const std::string teacher = "--teacher_model_name_or_path";
    if (std::find(all.begin(), all.end(), teacher) == all.end())
      all.insert(all.end(), {teacher, folder / "teacher"});
    gkd_train::screens silent;
    silent.out.write = silent.bar.write = [](std::string_view) {};
    return gkd_train::main_program(all, silent);
  }

  test_folder folder;
};
using notes = std::vector<std::string>;

}  // namespace

TEST_CASE("Chats and the teacher's configuration were read after gigabytes of weights") {
  const workplace w;
  const auto run = [&] {
    return w.run({"--model_name_or_path", w / "student", "--output_dir", w / "out"});
  };
  for (const char* model : {"student", "teacher"})
    w.folder.write(std::string(model) + "/model.safetensors", "none");
  w.folder.write("chats.jsonl", "{\"messages\": 5}\n");
  CHECK_ERROR(run(), errc::bad_format, "chats.jsonl:1: ");
  nlohmann::json config = w.json("teacher/config.json");
  const nlohmann::json before = config;
  config["hidden_act"] = "gelu";
  w.write("teacher/config.json", config);
  CHECK_ERROR(run(), errc::bad_format, "\"hidden_act\" is \"gelu\"");
  w.write("teacher/config.json", before);
  write_chats(w / "chats.jsonl", folders::chats(4));
  CHECK_ERROR(run(), errc::bad_format, "model.safetensors");
}

TEST_CASE("Sampling ignored the folder's repetition_penalty; it and min_p count, as in TRL") {
  const workplace w;
  w.write("student/generation_config.json", {{"eos_token_id", 262},
                                             {"do_sample", true},
                                             {"repetition_penalty", 1.1},
                                             {"min_p", 0.05},
                                             {"temperature", 0.7},
                                             {"top_p", 0.8},
                                             {"top_k", 20},
                                             {"no_repeat_ngram_size", 3}});
  w.write("teacher/generation_config.json", {{"repetition_penalty", 1.3}});
  gkd_config c = w.config();
  gkd_train::models m = w.load(c);
  const sampler student = gkd_train::answers_of(c, m).sampling;
  CHECK(student.repetition_penalty == 1.1);
  CHECK(student.min_p == 0.05);
  CHECK(student.temperature == c.temperature);  // of these the options count alone
  CHECK(student.top_p == c.top_p);
  CHECK(student.top_k == c.top_k);
  const sampler teacher = gkd_train::answers_of(c, m, m.teacher_sampling).sampling;
  CHECK(teacher.repetition_penalty == 1.3);
  CHECK(teacher.min_p == 0.0);
  const notes of_student{
      w / "student: generation_config.json: \"no_repeat_ngram_size\" is not known and left out of "
          "account",
      w / "student: answers are sampled with repetition_penalty 1.1, min_p 0.05, as "
          "generation_config.json says and TRL does"};
  CHECK(m.notes == of_student);

  c.seq_kd = true;  // then the teacher answers, too
  CHECK(w.load(c).notes.back() ==
        w / "teacher: answers are sampled with repetition_penalty 1.3, as generation_config.json "
            "says and TRL does");
  c = w.config();
  c.teacher_model_name_or_path.clear();
  m = w.load(c);
  CHECK(m.teacher_sampling == m.student_sampling);
}

TEST_CASE("What is learnt from is sampled as the folder of the model that answers says") {
  const workplace w;
  w.write("student/generation_config.json", {{"repetition_penalty", 1.1}, {"min_p", 0.05}});
  w.write("teacher/generation_config.json", {{"repetition_penalty", 1.3}, {"min_p", 0.25}});
  gkd_config c = w.config();
  c.dataset_name = w / "chats.jsonl";
  c.seq_kd = true;
  gkd_train::models m = w.load(c);
  const gkd_train::chat_sets chats = gkd_train::read_chat_sets(c, m, [](const std::string&) {});
  const auto source = gkd_train::source_of(c, m, chats.train.data);
  const nlohmann::json sampled = gkd::detail::identity_to_json(source.identity());
  CHECK(sampled.at("first.repetition_penalty") == 1.1);  // the student
  CHECK(sampled.at("first.min_p") == 0.05);
  CHECK(sampled.at("second.repetition_penalty") == 1.3);  // the teacher
  CHECK(sampled.at("second.min_p") == 0.25);
}

TEST_CASE("A note said that answers are sampled with a penalty where none are sampled") {
  const workplace w;
  for (const char* name : {"student", "teacher"})
    w.write(std::string(name) + "/generation_config.json", {{"repetition_penalty", 1.1}});
  gkd_config c = w.config();
  c.lmbda = 0.0;
  CHECK(w.load(c).notes.empty());  // the report's answers are the most likely ones
  c.eval_generate = true;
  CHECK(w.load(c).notes.size() == 1);
  c.seq_kd = true;
  CHECK(w.load(c).notes.size() == 2);
  c.lmbda = 1.0;  // then the student writes all of them
  CHECK(w.load(c).notes.size() == 1);
  c = w.config();
  c.lmbda = 0.0;
  c.seq_kd = true;
  c.teacher_model_name_or_path.clear();  // the student as it is at first
  CHECK(w.load(c).notes.size() == 1);
}

TEST_CASE("The template and the end token of options did not reach the result") {
  const workplace w;
  w.folder.write("template.jinja", folders::chatml_template());
  CHECK(w.run({"--model_name_or_path", w / "bare", "--teacher_model_name_or_path", w / "teacher",
               "--output_dir", w / "out", "--chat_template_path", w / "template.jinja",
               "--eos_token", "<tool>"}) == 0);
  CHECK(w.folder.read("out/chat_template.jinja") == folders::chatml_template());
  CHECK(recognise_chat_format(read_tokenizer_config(w / "out")).name() == "chatml");
  CHECK(w.json("out/tokenizer_config.json").at("eos_token") == "<tool>");
  CHECK(w.json("out/config.json").at("eos_token_id") == 263);
  CHECK(w.json("out/generation_config.json").at("eos_token_id") == std::vector<int>{263, 262});
  CHECK(read_tokenizer(w / "out").eos() == 263);
  CHECK(w.folder.read("out/tokenizer.json") == w.folder.read("bare/tokenizer.json"));
  nlohmann::json config = w.json("bare/config.json");
  config["vocab_size"] = 263;  // fewer than the tokenizer has
  w.folder.write("bare/config.json", config.dump());
  CHECK_ERROR(w.run({"--model_name_or_path", w / "bare", "--teacher_model_name_or_path",
                     w / "teacher", "--output_dir", w / "none", "--chat_format", "chatml",
                     "--eos_token", "<tool>"}),
              errc::vocabulary_mismatch,
              "gkd: --eos_token: " + (w / "bare") + ": the id of the token \"<tool>\" is 263, "
              "want 0 <= id < vocab_size = 263 of config.json");
}

TEST_CASE("A chat template is taken from a file or, as in TRL, from a tokenizer's folder") {
  const workplace w;
  const auto run = [&](const std::string& path) {
    return w.run({"--model_name_or_path", w / "bare", "--output_dir", w / "out",
                  "--overwrite_output_dir", "--chat_template_path", path});
  };
  CHECK(run(w / "teacher") == 0);  // which has it in tokenizer_config.json
  CHECK(w.folder.read("out/chat_template.jinja") == folders::chatml_template());
  fs::create_directory(w / "jinja");
  w.folder.write("jinja/chat_template.jinja", folders::chatml_template());
  CHECK(run(w / "jinja/") == 0);
  CHECK(w.folder.read("out/chat_template.jinja") == folders::chatml_template());

  fs::create_directory(w / "empty");
  const std::string begin = "gkd: --chat_template_path: ";
  CHECK_ERROR(run(w / "empty"), errc::io_failure,
              begin + (w / "empty") + ": a folder without chat_template.jinja and "
                                      "tokenizer_config.json, want a template");
  CHECK_ERROR(run(w / "bare"), errc::bad_format,
              begin + (w / "bare") + ": no chat_template.jinja and no \"chat_template\" in");
  CHECK_ERROR(run(w / "nowhere"), errc::io_failure, begin + (w / "nowhere") + ": cannot open");
  w.folder.write("jinja/chat_template.jinja", "{{ messages }}");
  CHECK_ERROR(run(w / "jinja"), errc::bad_format,
              begin + (w / "jinja/chat_template.jinja") + ": a chat template that gkd does not");
  // a result must not take the template's place
  CHECK_ERROR(run(w / "out"), errc::bad_argument, begin + (w / "out/chat_template.jinja") +
                                                      " is read, but the run writes or removes");
}

TEST_CASE("Errors of a model's folder and of a format's name begin with the option's name") {
  const workplace w;
  const auto fails = [&](const std::vector<std::string>& words, errc code,
                         const std::string& text) {
    CHECK_ERROR(w.run(words), code, "gkd: " + text);
  };
  fs::create_directory(w / "empty");
  const std::string empty = (w / "empty") + ": has no config.json, want the folder of a model";
  fails({"--model_name_or_path", w / "empty", "--output_dir", w / "out"}, errc::io_failure,
        "--model_name_or_path: " + empty);
  fails({"--model_name_or_path", w / "student", "--teacher_model_name_or_path", w / "empty",
         "--output_dir", w / "out"},
        errc::io_failure, "--teacher_model_name_or_path: " + empty);
  fails({"--model_name_or_path", w / "student", "--output_dir", w / "out", "--chat_format", "x"},
        errc::bad_argument, "--chat_format: chat format \"x\", want one of chatml, ");
  fails({"--model_name_or_path", w / "bare", "--output_dir", w / "out"}, errc::bad_format,
        "--model_name_or_path: " + (w / "bare") + ": no chat_template.jinja");
  fs::copy(w / "teacher", w / "broken");
  fs::remove(w / "broken/tokenizer.json");
  fs::create_symlink("../blobs/gone", w / "broken/tokenizer.json");
  fails({"--model_name_or_path", w / "student", "--teacher_model_name_or_path", w / "broken",
         "--output_dir", w / "out"},
        errc::io_failure,
        "--teacher_model_name_or_path: " + (w / "broken/tokenizer.json") +
            ": is a link to a file that is not there, as a download leaves it that broke off");
  fails({"--config", w / "nowhere.json"}, errc::io_failure,
        "--config: " + (w / "nowhere.json") + ": cannot open");
}

TEST_CASE("A chat format is a name alone: a note says that the result lacks its template") {
  const workplace w;
  gkd_config c = w.config("bare");
  c.chat_format = "chatml";
  CHECK(w.load(c).notes ==
        notes{"the result has no chat template, since " + (w / "bare") +
              " has none; --chat_template_path FILE in place of --chat_format gives it one"});
  c = w.config();
  c.chat_format = "chatml";  // which is the folder's
  CHECK(w.load(c).notes.empty());
  c.chat_format = "qwen2";
  const notes other{"the result keeps the chat template of " + (w / "student") +
                    ", which is not known to write what --chat_format qwen2 writes"};
  CHECK(w.load(c).notes == other);
  w.folder.write("student/chat_template.jinja", "{{ unknown }}");
  CHECK(w.load(c).notes == other);
}

TEST_CASE("A file that cannot be copied was found after the training; its weights were nowhere") {
  const workplace w;
  fs::create_symlink("nowhere", w / "student/merges.txt");
  CHECK_ERROR(w.run({"--model_name_or_path", w / "student", "--teacher_model_name_or_path",
                     w / "teacher", "--output_dir", w / "out"}),
              errc::io_failure, "student/merges.txt: is a link to a file that is not there");
  CHECK_FALSE(fs::exists(w / "out/train.jsonl"));  // no step was made
  fs::remove(w / "student/merges.txt");

  const gkd_config c = w.config();
  gkd_train::models m = w.load(c);
  fs::remove_all(w / "student");  // while it trains
  gkd_train::write_model(m, w / "out", c);
  CHECK(load_hf_model(w / "out", reference{}).config() == m.student.config());
}

TEST_CASE("An output folder with somebody's vocab.json is refused, also without a config.json") {
  const workplace w;
  fs::create_directory(w / "out");
  w.folder.write("out/vocab.json", "of somebody");
  const std::vector<std::string> words{
      "--model_name_or_path", w / "student", "--teacher_model_name_or_path", w / "teacher",
      "--output_dir",         w / "out"};
  CHECK_ERROR(w.run(words), errc::already_exists,
              "out: holds vocab.json already: want another --output_dir");
  CHECK(w.folder.read("out/vocab.json") == "of somebody");
  std::vector<std::string> overwriting = words;
  overwriting.push_back("--overwrite_output_dir");
  CHECK(w.run(overwriting) == 0);
  CHECK_FALSE(fs::exists(w / "out/vocab.json"));
  // as a kill leaves it that comes while the result is written
  fs::remove(w / "out/config.json");
  std::vector<std::string> resuming = words;
  resuming.insert(resuming.end(), {"--resume_from_checkpoint", "--save_steps=1"});
  CHECK(w.run(resuming) == 0);
  CHECK(fs::exists(w / "out/config.json"));
}
