// SPDX-License-Identifier: Apache-2.0
// What a run says of itself beside its result: what has no effect, what gives way, what takes long.
#include "../../examples/gkd_train/output_folder.hpp"

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
  CHECK(w.said("note: the loss was 0 in every step: student and teacher are equal, and nothing was "
               "learnt\n"));
  CHECK(w.weights("copied") == w.weights("student"));
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
  CHECK(at("1 steps of 4 chats") < at("\nwriting 2 sample answers: student before\n"));
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
               "gkd_config.json, model.safetensors, report.html, tokenizer.json, "
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
  CHECK(w.said(", lambda 0, the teacher writes the rest (--seq_kd), 1 steps of 4 chats\n"));
  CHECK(w.folder.read("a/report.html")
            .find("the student wrote 0 % of the answers itself, the teacher the others.") !=
        std::string::npos);
  CHECK(run("b", {"--lmbda", "0"}) == 0);
  CHECK(w.said(", lambda 0, 1 steps of 4 chats\n"));
  CHECK(run("c", {"--lmbda", "1", "--seq_kd"}) == 0);
  CHECK(w.said(", lambda 1, 1 steps of 4 chats\n"));
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
