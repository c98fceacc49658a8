// SPDX-License-Identifier: Apache-2.0
// What a run must not write over: what it is made from, and what it was not told to replace.
#include "../../examples/gkd_train/output_folder.hpp"

#include <map>

#include "gkd_train/workplace.hpp"
#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;
namespace fs = std::filesystem;

namespace {

/// Every file of a folder with what is in it, links and empty folders left out.
std::map<std::string, std::string> files_in(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files[entry.path().string()] = read_file(entry.path().string());
  return files;
}

/// Whether a run is refused with this text, and leaves every file of the workplace as it was.
void refuses(workplace& w, const std::string& out, const std::vector<std::string>& words, errc code,
             const std::string& text) {
  INFO(text);
  const auto before = files_in(w.folder.path());
  CHECK_ERROR(w.run(out, words), code, text);
  CHECK((files_in(w.folder.path()) == before));
}

}  // namespace

TEST_CASE("The log took the place of a dataset called train.jsonl in the output folder") {
  workplace w;
  const std::string file = w / "data/train.jsonl";
  fs::create_directory(w / "data");
  fs::copy(w / "chats.jsonl", file);
  const std::string is_read = " is read, but the run writes or removes ";
  for (const char* overwrite : {"--no_overwrite_output_dir", "--overwrite_output_dir"}) {
    refuses(w, "data", {"--dataset_name", file, overwrite}, errc::bad_argument,
            "--dataset_name: " + file + is_read + file + "; want another --output_dir");
    refuses(w, "data", {"--dataset_name", w / "data", overwrite}, errc::bad_argument,
            "--dataset_name: " + file + is_read);
    refuses(w, "data", {"--eval_dataset_name", file, overwrite}, errc::bad_argument,
            "--eval_dataset_name: " + file + is_read);
  }
  fs::create_symlink(file, w / "link.jsonl");
  refuses(w, "data", {"--dataset_name", w / "link.jsonl"}, errc::bad_argument, is_read);
  fs::create_directory_symlink(w / "data", w / "out");
  refuses(w, "out", {"--dataset_name", file}, errc::bad_argument, is_read);
  fs::create_directory(w / "links");
  fs::create_symlink(w / "chats.jsonl", w / "links/train.jsonl");
  refuses(w, "links", {}, errc::bad_argument, "--dataset_name: " + (w / "chats.jsonl") + is_read);
  fs::create_hard_link(w / "chats.jsonl", w / "links/report.html");
  fs::remove(w / "links/train.jsonl");
  refuses(w, "links", {"--overwrite_output_dir"}, errc::bad_argument, "links/report.html");
}

TEST_CASE("In the current folder, too") {
  workplace w;
  const fs::path before = fs::current_path();
  w.folder.write("train.jsonl", w.folder.read("chats.jsonl"));
  fs::current_path(w.folder.path());
  const auto run = [&] {
    return w.run("out", {"--dataset_name", "train.jsonl", "--output_dir", "."});
  };
  CHECK_ERROR(run(), errc::bad_argument, "--dataset_name: train.jsonl is read, but");
  fs::current_path(before);
  CHECK(w.folder.read("train.jsonl") == w.folder.read("chats.jsonl"));
}

TEST_CASE("A configuration and a template are inputs as well") {
  workplace w;
  CHECK(w.run("out", {}) == 0);
  const std::string config = w / "out/gkd_config.json";
  refuses(w, "out", {"--config", config, "--overwrite_output_dir"}, errc::bad_argument,
          "--config: " + config + " is read, but the run writes or removes " + config);
  fs::rename(w / "out/report.html", w / "report.html");
  w.folder.write("out/report.html", folders::chatml_template());
  refuses(w, "out", {"--chat_template_path", w / "out/report.html", "--overwrite_output_dir"},
          errc::bad_argument, "--chat_template_path: ");
}

TEST_CASE("A run that goes on takes the configuration that it wrote") {
  workplace w;
  CHECK(w.cut("out", {}) == 130);
  const std::string before = w.folder.read("out/gkd_config.json");
  CHECK(w.run("out", {"--config", w / "out/gkd_config.json", "--resume_from_checkpoint"}) == 0);
  CHECK(w.folder.read("out/gkd_config.json") == before);
}

TEST_CASE("A file train.jsonl that is no log is kept, whatever is to be overwritten") {
  workplace w;
  fs::create_directory(w / "out");
  w.folder.write("out/train.jsonl", "{\"messages\": []}\n");
  for (const char* word : {"--no_overwrite_output_dir", "--overwrite_output_dir"})
    refuses(w, "out", {word}, errc::already_exists,
            "out/train.jsonl is no log of a run, whose log would take its place");
  w.folder.write("out/train.jsonl", "");
  CHECK(w.run("out", {"--max_steps", "1"}) == 0);
  CHECK(w.run("out", {"--max_steps", "1", "--overwrite_output_dir"}) == 0);
}

TEST_CASE("An overwriting run removed the model that it was to train from") {
  workplace w;
  CHECK(w.run("out", {"--save_only_model", "--save_strategy", "steps", "--save_steps", "3"}) == 0);
  const std::string model = w / "out/checkpoint-3";
  refuses(w, "out", {"--model_name_or_path", model, "--overwrite_output_dir"}, errc::bad_argument,
          "--model_name_or_path: " + model + " is read, but the run writes or removes " + model);
  refuses(w, "out", {"--teacher_model_name_or_path", model, "--overwrite_output_dir"},
          errc::bad_argument, "--teacher_model_name_or_path: " + model);
  fs::copy(model, w / "out/best");
  refuses(w, "out", {"--model_name_or_path", w / "out/best", "--overwrite_output_dir"},
          errc::bad_argument, "out/best is read");
  fs::create_directory_symlink("checkpoint-3", w / "out/mine");
  refuses(w, "out", {"--model_name_or_path", w / "out/mine", "--overwrite_output_dir"},
          errc::bad_argument, "out/mine is read, but the run writes or removes " + model);
  fs::remove(w / "out/mine");
  fs::rename(model, w / "out/mine");  // a name that no run writes
  CHECK(w.run("out", {"--model_name_or_path", w / "out/mine", "--overwrite_output_dir"}) == 0);
}

TEST_CASE("Chats that look like what a killed run left are not removed") {
  workplace w;
  const auto chats_in = [&](const std::string& folder) {
    fs::create_directories(w / folder);
    fs::copy(w / "chats.jsonl", w / (folder + "/chats.jsonl"));
    return w / (folder + "/chats.jsonl");
  };
  const std::string mine = chats_in("out/best.chats.tmp-mine");
  CHECK(w.run("out", {"--dataset_name", mine, "--max_steps", "1"}) == 0);
  CHECK(fs::exists(mine));
  const std::string left = chats_in("out/best.new.tmp-12-00abcdef");
  refuses(w, "out", {"--dataset_name", left, "--overwrite_output_dir"}, errc::bad_argument,
          "--dataset_name: " + left + " is read, but the run writes or removes ");
  CHECK(fs::exists(left));
}

TEST_CASE("The snapshot of the Hub's cache of a model is no output folder") {
  workplace w;
  const std::string cache = "models--a--b", snapshot = cache + "/snapshots/1";
  fs::create_directories(w / (cache + "/snapshots"));
  fs::create_directories(w / (cache + "/refs"));
  fs::copy(w / "student", w / snapshot);
  w.folder.write(cache + "/refs/main", "1");
  refuses(w, snapshot, {"--model_name_or_path", w / cache, "--overwrite_output_dir"},
          errc::bad_argument, "the folder of a model that is read; want another one");
}

TEST_CASE("A result beside the snapshots of a model in the Hub's cache took that model's place") {
  workplace w;
  const std::string cache = "models--a--b", snapshot = w / (cache + "/snapshots/1");
  fs::create_directories(w / (cache + "/snapshots"));
  fs::copy(w / "teacher", snapshot);
  const std::string is_read = cache + ", the folder of a model that is read; want another one";
  refuses(w, cache, {"--model_name_or_path", snapshot}, errc::bad_argument, is_read);
  refuses(w, cache, {"--teacher_model_name_or_path", snapshot + "/"}, errc::bad_argument, is_read);
  for (const char* part : {"/snapshots", "/blobs", "/refs/new/out"}) {
    fs::create_directories(w / (cache + part));
    refuses(w, cache + part, {"--teacher_model_name_or_path", w / cache}, errc::bad_argument,
            concat(cache, part, ", within the Hub's cache of a model that is read; want"));
  }
  CHECK(w.run(cache + "/out", {"--teacher_model_name_or_path", w / cache}) == 0);
}

TEST_CASE("A run that goes on from elsewhere replaced a finished model") {
  workplace w;
  const std::vector<std::string> saves{"--save_strategy", "steps", "--save_steps", "3"};
  CHECK(w.run("one", saves) == 0);
  auto two = saves;
  two.insert(two.end(), {"--lmbda", "1"});
  CHECK(w.run("two", two) == 0);
  refuses(w, "two", {}, errc::already_exists,
          "two: holds a model already: want another --output_dir, --resume_from_checkpoint to go "
          "on, or --overwrite_output_dir");
  const std::string three = w / "one/checkpoint-3";
  refuses(w, "two", {"--resume_from_checkpoint", three}, errc::already_exists,
          "two: holds a model already: want another --output_dir, --resume_from_checkpoint without "
          "a folder to go on, or --overwrite_output_dir");
  CHECK(w.run("two", {"--resume_from_checkpoint", three + "/", "--overwrite_output_dir"}) == 0);
  CHECK(w.weights("two") == w.weights("one"));
  const std::string log = w.folder.read("two/train.jsonl");  // without the lines of the other run
  CHECK(log.starts_with("{\"step\":3,\"total_steps\":6"));
  CHECK(w.run("one", {"--resume_from_checkpoint", three}) == 0);  // its own
}

TEST_CASE("Whatever a run would replace is a result that is not overwritten unasked") {
  workplace w;
  for (const char* name : {"train.jsonl", "report.html", "trainer_state.json", "gkd_config.json",
                           "model.safetensors", "vocab.json", "best/best.json"}) {
    fs::create_directories(w / "out/best");
    if (std::string(name) != "best/best.json") fs::remove(w / "out/best");
    w.folder.write(concat("out/", name), "{\"step\":1,\"loss\":2}\n");
    const std::string first = std::string(name).substr(0, std::string(name).find('/'));
    refuses(w, "out", {}, errc::already_exists, "out: holds " + first + " already: want another");
    fs::remove_all(w / "out");
  }
  fs::create_directories(w / "out/runs");
  w.folder.write("out/notes.txt", "mine");
  CHECK(w.run("out", {"--max_steps", "1"}) == 0);
  CHECK(w.folder.read("out/notes.txt") == "mine");
}

TEST_CASE("What Ctrl-C ended before its first step is begun again without being overwritten") {
  workplace w;
  const std::vector<std::string> words{"--eval_fraction", "0.25", "--eval_strategy", "steps",
                                       "--eval_on_start"};
  CHECK(w.cut("out", words) == 130);
  CHECK(w.said("nothing was trained"));
  CHECK(w.has("out/train.jsonl"));
  CHECK(w.run("out", words) == 0);
}

TEST_CASE("The configuration alone, of a run that failed before its first step, blocked the next") {
  workplace w;
  CHECK(w.run("other", {"--max_steps", "1"}) == 0);
  fs::create_directory(w / "out");
  fs::copy_file(w / "other/gkd_config.json", w / "out/gkd_config.json");
  CHECK(w.run("out", {"--max_steps", "1"}) == 0);
  fs::create_directory(w / "own");
  w.folder.write("own/gkd_config.json", "{\"lmbda\": 1}");  // no run's
  const std::string ways = " already: want another --output_dir, or --overwrite_output_dir";
  refuses(w, "own", {}, errc::already_exists, "own: holds gkd_config.json" + ways);
  w.folder.write("own/train.jsonl", "{\"step\":1,\"loss\":2}\n");  // nor is this to go on from
  refuses(w, "own", {}, errc::already_exists, "own: holds train.jsonl" + ways);
}

TEST_CASE("A run that was refused left an empty output folder") {
  workplace w;
  write_chats(w / "long.jsonl", {{{"user", std::string(150, 'x')}, {"assistant", "y"}}});
  refuses(w, "new/out", {"--dataset_name", w / "long.jsonl"}, errc::context_overflow, "long.jsonl");
  CHECK_FALSE(w.has("new"));
  fs::create_directory(w / "mine");
  refuses(w, "mine/out", {"--vocab_size", "100000"}, errc::vocabulary_mismatch, "--vocab_size");
  CHECK(w.has("mine"));
  CHECK_FALSE(w.has("mine/out"));
}

TEST_CASE("What options alone tell was found after both models had been read") {
  workplace w;
  const auto refused = [&](const std::vector<std::string>& words, errc code, const char* text) {
    INFO(text);
    refuses(w, "out", words, code, text);
    CHECK(w.screen.empty());
    CHECK_FALSE(w.has("out"));
  };
  refused({"--dataset_name", w / "none"}, errc::io_failure, "--dataset_name: ");
  refused({"--dataset_name", w.folder.path(), "--dataset_train_split", "none"}, errc::io_failure,
          "want SPLIT.jsonl in it");
  refused({"--eval_dataset_name", w / "none"}, errc::io_failure, "--eval_dataset_name: ");
  refused({"--eval_strategy", "steps"}, errc::empty_data, "there are no chats for them");
  refused({"--optim", "sgd", "--optim_args", "momentum=2"}, errc::bad_argument, "--optim_args: ");
  refused({"--lr_scheduler_kwargs", R"({"power": 2})"}, errc::bad_argument,
          "--lr_scheduler_kwargs: ");
  refused({"--lr_scheduler_type", "inverse_sqrt", "--lr_scheduler_kwargs",
           R"({"timescale": 9007199254740993})"},
          errc::bad_argument, "--lr_scheduler_kwargs: timescale is 9007199254740993, want 0 to");
  w.folder.write("file", "");
  const std::vector<std::string> curves{"--report_to", "tensorboard", "--logging_dir"};
  for (const std::string& place : {w / "file", w / "file/curves"}) {
    std::vector<std::string> words = curves;
    words.push_back(place);
    refused(words, errc::io_failure, "file is no folder; want a folder that can be written to");
  }
  std::vector<std::string> words = curves;
  words.push_back(w / "teacher");
  refused(words, errc::bad_argument, "teacher, the folder of a model that is read");
  words.back() = "/proc/curves";  // which nobody can make
  refused(words, errc::io_failure, "--logging_dir");
  CHECK_FALSE(w.has("out"));
  CHECK(w.run("out",
              {"--max_steps", "1", "--report_to", "none", "--logging_dir", w / "file"}) == 0);
}

TEST_CASE("A run whose losses had not been logged yet was taken for one without a step") {
  workplace w;
  fs::create_directory(w / "out");
  const std::string opens = "{\"step\":0,\"total_steps\":6,\"summary\":\"\"}\n";
  for (const char* line : {"{\"step\":3,\"epoch\":0.5,\"eval_loss\":0.79}\n",
                           "{\"step\":1,\"micro_batch\":0,\"samples\":[]}\n",
                           "{\"step\":3,\"checkpoint\":\"elsewhere\"}\n", "{\"st"}) {
    w.folder.write("out/train.jsonl", opens + line);
    refuses(w, "out", {}, errc::already_exists, "out: holds train.jsonl already");
  }
  w.folder.write("out/train.jsonl", opens + "{\"step\":0,\"epoch\":0,\"eval_loss\":0.79}\n");
  CHECK(w.run("out", {"--logging_steps", "500", "--eval_fraction", "0.25", "--eval_strategy",
                      "steps", "--eval_steps", "3"}) == 0);
  for (const char* name : {"config.json", "report.html", "model.safetensors", "tokenizer.json",
                           "tokenizer_config.json", "generation_config.json"})
    fs::remove(w / (std::string("out/") + name));  // as a kill before the end leaves it
  refuses(w, "out", {}, errc::already_exists, "out: holds ");
}

TEST_CASE("The command to go on from elsewhere was refused where the best model had been copied") {
  workplace w;
  const std::vector<std::string> best{
      "--save_strategy", "steps",        "--save_steps", "2", "--eval_fraction",         "0.25",
      "--eval_strategy", "steps",        "--eval_steps", "2", "--load_best_model_at_end"};
  CHECK(w.run("one", best) == 0);
  auto words = best;
  words.insert(words.end(), {"--resume_from_checkpoint", w / "one/checkpoint-6/"});
  fs::create_directory(w / "two");
  fs::copy(w / "one/best", w / "two/best");
  refuses(w, "two", best, errc::already_exists, "two: holds best already");
  const std::string is_best = w.folder.read("two/best/best.json");
  w.folder.write("two/best/best.json", "{\"step\": 1}");
  refuses(w, "two", words, errc::already_exists, "two: holds best already");
  w.folder.write("two/best/best.json", is_best);
  w.folder.write("two/model.safetensors", "mine");
  refuses(w, "two", words, errc::already_exists, "two: holds ");
  fs::remove_all(w / "two");

  CHECK(w.cut("two", words, "6 steps of ") == 130);
  CHECK(w.said("nothing was trained"));
  CHECK(w.has("two/best"));
  CHECK(w.cut("two", words, "6 steps of ") == 130);
  w.folder.write("two/train.jsonl",
                 "{\"step\":6,\"total_steps\":6}\n{\"step\":6,\"stopped\":true}\n");
  w.folder.write("two/gkd_config.json", "{}");
  CHECK(w.run("two", words) == 0);
  CHECK(w.weights("two") == w.weights("one"));
}

TEST_CASE("Curves of a run that is overwritten were shown as the new one's") {
  workplace w;
  const auto curves = [&] {
    gkd::index count = 0;
    for (const auto& entry : fs::directory_iterator(w / "out/runs"))
      if (entry.path().filename().string().starts_with("events.out.")) ++count;
    return count;
  };
  CHECK(w.run("out", {"--save_strategy", "steps", "--save_steps", "3"}) == 0);
  w.folder.write("out/runs/notes.txt", "mine");
  CHECK(w.run("out", {"--max_steps", "2", "--overwrite_output_dir"}) == 0);
  CHECK(curves() == 1);
  CHECK(w.folder.read("out/runs/notes.txt") == "mine");
  CHECK(w.cut("out", {"--overwrite_output_dir"}) == 130);
  CHECK(w.run("out", {"--resume_from_checkpoint", "--overwrite_output_dir", "--resume_anyway"}) ==
        0);
  CHECK(curves() == 2);  // a run that goes on adds to its own
  fs::rename(w / "out/runs", w / "curves");  // of other runs, too
  fs::create_directory_symlink("../curves", w / "out/runs");
  CHECK(w.run("out", {"--max_steps", "2", "--overwrite_output_dir"}) == 0);
  CHECK(curves() == 3);
}
