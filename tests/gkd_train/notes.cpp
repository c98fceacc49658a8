// SPDX-License-Identifier: Apache-2.0
// What a run says of itself beside its result: what has no effect, what gives way, what takes long.
#include "../../examples/gkd_train/fitting.hpp"
#include "../../examples/gkd_train/output_folder.hpp"
#include "../../examples/gkd_train/page.hpp"
#include "gkd_train/workplace.hpp"
#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;
namespace fs = std::filesystem;

namespace {

gkd::index notes_in(const std::string& screen) {
  gkd::index count = 0;
  for (auto at = screen.find("note: "); at != screen.npos; at = screen.find("note: ", at + 1))
    ++count;
  return count;
}

}  // namespace

TEST_CASE("A run without a teacher, which would learn nothing, is refused") {
  workplace w;
  const std::string why =
      ", so that the student would teach itself: loss and gradient would be exactly 0 in every "
      "step, and nothing would be learnt; want the folder of another model";
  for (const char* lmbda : {"0", "1"})
    CHECK_ERROR(w.run("out", {"--teacher_model_name_or_path", "", "--lmbda", lmbda}),
                errc::bad_argument, "gkd: --teacher_model_name_or_path is missing" + why);
  CHECK_ERROR(w.run("out", {"--teacher_model_name_or_path", "", "--seq_kd", "--lmbda", "0"}),
              errc::bad_argument, "is missing" + why);
  CHECK_ERROR(w.run("out", {"--teacher_model_name_or_path", "", "--weight_decay", "0.1",
                            "--learning_rate", "0"}),
              errc::bad_argument, "is missing" + why);
  fs::create_directory_symlink("student", w / "link");
  for (const char* name : {"student", "student/", "link"})
    CHECK_ERROR(w.run("out", {"--teacher_model_name_or_path", w / name}), errc::bad_argument,
                "--teacher_model_name_or_path is " + (w / name) + ", the student's own folder" +
                    why);
  CHECK_FALSE(w.has("out"));

  // what decays is held near to what it was
  CHECK(w.run("out", {"--teacher_model_name_or_path", "", "--weight_decay", "0.5"}) == 0);
  CHECK(w.said("note: the teacher is the student as it is in --model_name_or_path: the loss starts "
               "at 0, and where the two are equal there is nothing to learn; "
               "--teacher_model_name_or_path names another\n"));
  const auto state = w.json("out/trainer_state.json");
  CHECK(state.at("log_history")[0].at("loss") == 0.0);
  CHECK(state.at("log_history")[1].at("loss") > 0.0);
  CHECK(w.weights("out") != w.weights("student"));
  CHECK_FALSE(w.said("nothing was learnt"));

  fs::copy(w / "student", w / "copy");  // whose weights are not compared
  CHECK(w.run("copied", {"--teacher_model_name_or_path", w / "copy"}) == 0);
  CHECK(w.said("note: loss and gradient were 0 in every step: student and teacher give each token "
               "the same probability, and nothing was learnt\n"));
  CHECK(w.weights("copied") == w.weights("student"));
}

TEST_CASE("A teacher whose tokenizer cuts text otherwise is told of: the student's is used") {
  workplace w;
  nlohmann::json tokenizer = small_tokenizer();
  const std::string note = ": its tokenizer has the same tokens as the student's and cuts text "
                           "otherwise; the student's is used for both";
  tokenizer["version"] = "1.0.0";  // another file, the same tokenizer
  folders::write_model(w / "same", 2, 2, 264, true, tokenizer);
  CHECK(w.run("one", {"--teacher_model_name_or_path", w / "same", "--max_steps=1"}) == 0);
  CHECK_FALSE(w.said(note));
  tokenizer["model"]["merges"] = nlohmann::json::array();
  folders::write_model(w / "letters", 2, 2, 264, true, tokenizer);
  CHECK(w.run("two", {"--teacher_model_name_or_path", w / "letters", "--max_steps=1"}) == 0);
  CHECK(w.said("note: " + (w / "letters") + note));
}

TEST_CASE("A run that goes on may differ from the student that teaches it") {
  workplace w;
  CHECK(w.run("out", {"--save_strategy", "steps", "--save_steps", "3"}) == 0);
  CHECK(w.run("two", {"--teacher_model_name_or_path", "", "--resume_anyway",
                      "--resume_from_checkpoint", w / "out/checkpoint-3"}) == 0);
  CHECK(w.said("note: the teacher is the student as it is in --model_name_or_path"));
}

TEST_CASE("Before sample answers are written there is a line that says so") {
  workplace w;
  CHECK(w.run("out", {"--max_steps", "1"}) == 0);
  const auto at = [&](const std::string& text) { return w.screen.find(text); };
  CHECK(at("1 step of 4 chats") < at("\nwriting 2 sample answers: student before\n"));
  CHECK(at("\nwriting 2 sample answers: student before\n") <
        at("\nwriting 2 sample answers: student after\n"));
  CHECK(at("\nwriting 2 sample answers: teacher\n") < at("\n--- prompt"));
  CHECK(w.run("none", {"--max_steps", "1", "--report_samples", "0"}) == 0);
  CHECK_FALSE(w.said("sample answers"));
  CHECK(w.run("quiet", {"--max_steps", "1", "--max_length", "128", "--log_level", "warning"}) == 0);
  CHECK(w.screen.empty());
}

TEST_CASE("Overwriting names what it removes and replaces") {
  workplace w;
  const auto run = [&](const std::string& out, std::vector<std::string> words) {
    words.insert(words.end(), {"--max_length", "128"});
    return w.run(out, words);
  };
  CHECK(run("out", {"--save_strategy", "steps", "--save_steps", "2"}) == 0);
  CHECK(notes_in(w.screen) == 0);
  w.folder.write("out/vocab.json", "{}");
  w.folder.write("out/mine.txt", "mine");
  fs::create_directory(w / "out/checkpoint-2.passed-1");
  CHECK(run("out", {"--overwrite_output_dir", "--max_steps", "1"}) == 0);
  CHECK(notes_in(w.screen) == 2);
  CHECK(w.said("note: " + (w / "out") +
               ": this run removes or replaces config.json, generation_config.json, "
               "gkd_config.json, gkd_result.json, model.safetensors, report.html, tokenizer.json, "
               "tokenizer_config.json, train.jsonl, trainer_state.json, vocab.json, "
               "curves in runs\n"));
  CHECK(w.said("out: removed, of an earlier run: checkpoint-6, checkpoint-4, checkpoint-2\n"));
  CHECK_FALSE(w.has("out/vocab.json"));
  CHECK_FALSE(w.has("out/checkpoint-2"));
  CHECK(w.has("out/checkpoint-2.passed-1"));
  CHECK(w.has("out/mine.txt"));
  fs::remove_all(w / "out/runs");
  gkd_config c;
  c.training.output_dir = w / "out";
  c.overwrite_output_dir = true;
  CHECK(gkd_train::giving_way(c).ends_with("trainer_state.json"));
  c.resume_from_checkpoint.wanted = true;  // its own, which stay
  CHECK(gkd_train::giving_way(c) == "");
  CHECK(run("new", {"--overwrite_output_dir", "--max_steps", "1"}) == 0);
  CHECK(notes_in(w.screen) == 0);
}

TEST_CASE("The line of the plan says that the teacher writes answers") {
  workplace w;
  const auto run = [&](const std::string& out, std::vector<std::string> words) {
    words.insert(words.end(), {"--max_steps", "1", "--report_samples", "0"});
    return w.run(out, words);
  };
  CHECK(run("a", {"--lmbda", "0", "--seq_kd"}) == 0);
  CHECK(w.said(", lambda 0, the teacher writes the rest (--seq_kd), 1 step of 4 chats\n"));
  CHECK(w.folder.read("a/report.html")
            .find("the student wrote 0 % of the answers itself, the teacher the others.") !=
        std::string::npos);
  CHECK(run("b", {"--lmbda", "0"}) == 0);
  CHECK(w.said(", lambda 0, 1 step of 4 chats\n"));
  CHECK(run("c", {"--lmbda", "1", "--seq_kd"}) == 0);
  CHECK(w.said(", lambda 1, 1 step of 4 chats\n"));
  CHECK(w.said("note: --seq_kd has no effect: at lmbda 1 the student writes all of the batches\n"));
}

TEST_CASE("A warm-up longer than the run is a note") {
  workplace w;
  const auto run = [&](const std::string& out, std::vector<std::string> words) {
    words.insert(words.end(), {"--max_steps", "2", "--report_samples", "0", "--max_length", "128"});
    CHECK(w.run(out, words) == 0);
    return notes_in(w.screen);
  };
  CHECK(run("a", {"--warmup_steps", "3"}) == 1);
  CHECK(w.said("note: --warmup_steps is 3 and the run has 2 steps: the learning rate never reaches "
               "--learning_rate\n"));
  CHECK(run("b", {"--warmup_steps", "2"}) == 0);
  CHECK(run("c", {"--warmup_ratio", "1"}) == 0);
  CHECK(run("d", {"--warmup_steps", "3", "--lr_scheduler_type", "constant"}) == 1);
  CHECK(w.said("note: --warmup_steps has no effect: lr_scheduler_type is constant"));
}

TEST_CASE("A loss too small for its gradient was told as that of equal models") {
  workplace w;
  const auto run = [&](const std::string& out, const char* beta) {
    CHECK(w.run(out, {"--lmbda", "0", "--beta", beta}) == 0);
    CHECK(w.weights(out) == w.weights("student"));
    CHECK_FALSE(w.said("student and teacher give"));
  };
  run("a", "1e-320");
  CHECK(w.said(" 0 in every step, and nothing was learnt: those of generalized_jsd(beta = "));
  CHECK(w.said(" are too small to tell from 0; want --beta 0\n"));
  run("b", "1e-60");  // whose loss is not 0
  CHECK(w.said("note: the gradient was 0 in every step, and nothing was learnt: those of "
               "generalized_jsd(beta = 1e-60) are too small to tell from 0; want --beta 0\n"));
  CHECK(w.run("c", {"--lmbda", "0", "--beta", "1e-6"}) == 0);
  CHECK_FALSE(w.said("nothing was learnt"));
  gkd_config c;
  c.beta = 1.0 - 0x1p-53;
  CHECK(gkd_train::why_nothing_learnt(c, 0.0).ends_with("want --beta 1"));
  c.beta = 1e-320;
  CHECK(gkd_train::why_nothing_learnt(c, 0.0).starts_with("loss and gradient were 0 in "));
  CHECK(gkd_train::why_nothing_learnt({}, 0.5) ==
        "the gradient was 0 in every step, and nothing was learnt");
}

TEST_CASE("A --vocab_size below the tokenizer's was an error of a step") {
  workplace w;  // of 264 tokens
  for (const char* lmbda : {"0", "1"})
    CHECK_ERROR(w.run("out", {"--vocab_size", "200", "--lmbda", lmbda}), errc::vocabulary_mismatch,
                "gkd: --vocab_size is 200, want at least the tokenizer's 264, or 0");
  CHECK_FALSE(w.said("student   "));  // nor was it found before the models were read
  CHECK(w.run("out", {"--vocab_size", "264", "--max_steps", "1"}) == 0);
  CHECK(w.said("1 step of "));
}

TEST_CASE("Answers that the models' positions cut short were no more than that") {
  workplace w;  // of 128 positions
  const std::string note =
      "note: --max_new_tokens is 5000, but prompt and answer have 128 positions "
      "(max_position_embeddings) together: an answer ends where they do\n";
  const auto run = [&](const std::string& out, std::vector<std::string> words) {
    words.insert(words.end(), {"--max_steps", "1", "--max_new_tokens", "5000"});
    CHECK(w.run(out, words) == 0);
    return w.said(note);
  };
  CHECK(run("a", {"--lmbda", "1", "--report_samples", "0"}));
  CHECK(run("b", {"--lmbda", "0", "--report_samples", "1"}));
  CHECK_FALSE(run("c", {"--lmbda", "0", "--report_samples", "0"}));  // another note tells
  CHECK(w.run("d", {"--max_steps", "1", "--max_new_tokens", "127"}) == 0);
  CHECK_FALSE(w.said("--max_new_tokens"));
}

TEST_CASE("One answer that is cut, and an answer that cannot be seen") {
  CHECK(gkd_train::counted(1, "answer is cut", "answers are cut") == "1 answer is cut");
  CHECK(gkd_train::counted(2, "answer is cut", "answers are cut") == "2 answers are cut");
  CHECK(gkd_train::visible(" \n") == "\" \\x0a\"");
  CHECK(gkd_train::visible("") == "\"\"");
  CHECK(gkd_train::visible(" a\n") == " a\n");

  workplace w;
  std::vector<conversation> chats = folders::chats(4);
  chats.push_back({{"user", "say z"}, {"assistant", std::string(100, 'z')}});
  chats[0][1].content = "  ";
  write_chats(w / "chats.jsonl", chats);
  CHECK(w.run("out", {"--max_steps", "1", "--max_length", "80", "--report_samples", "1"}) == 0);
  CHECK(w.said("note: 1 answer is cut at --max_length\n"));
  CHECK(w.said("\n--- the chats'\n\"  \"\n"));
  chats.push_back({{"user", std::string(100, 'x')}, {"assistant", "y"}});
  write_chats(w / "chats.jsonl", chats);
  CHECK(w.run("drop", {"--max_steps", "1", "--max_length", "80", "--on_long_prompt", "drop"}) == 0);
  CHECK(w.said("note: 1 chat is left out: its prompt is longer than --max_length\n"));
}

TEST_CASE("The speed at the end was another one than the bar's, which leaves evaluations out") {
  workplace w;
  CHECK(w.run("out", {"--max_steps", "2", "--eval_fraction", "0.5"}) == 0);
  CHECK(w.said(" tokens/s without the evaluations, mean loss"));
  CHECK(w.run("none", {"--max_steps", "2"}) == 0);
  CHECK(w.said(" tokens/s, mean loss"));

  gkd_config c;
  c.training.output_dir = w / "none";
  c.verbosity = log_level::error;
  c.model_name_or_path = w / "student", c.teacher_model_name_or_path = w / "teacher";
  gkd_train::models m = gkd_train::load_models(c, {.threads = 1}, gkd_train::read_facts(c));
  gkd_train::sinks to(c, c.training, {}, m, {}, {});
  train_result r{.seconds = 8.0, .tokens_per_second = 100.0};
  CHECK(to.tokens_per_second(r) == 0.0);
  step_event e;
  e.step = 1, e.total_steps = 2, e.seconds = 4.0;  // the rest evaluates, or writes checkpoints
  to.on_step(e);
  CHECK(to.tokens_per_second(r) == 200.0);
}

TEST_CASE("An output folder whose name has a line end is refused before anything is read") {
  workplace w;
  CHECK_ERROR(w.run("a\nb", {}), errc::bad_argument,
              "a\\x0ab\", want a path without line ends and other control characters");
  CHECK_FALSE(w.has("a\nb"));
  CHECK(w.screen.empty());
}
