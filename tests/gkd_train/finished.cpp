// SPDX-License-Identifier: Apache-2.0
// Runs that are resumed where nothing is left to do, or where what they would end with is damaged.
#include "gkd_train/workplace.hpp"
#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;
namespace fs = std::filesystem;

namespace {

const std::string finished = "the run is finished already, step 6 of 6";

std::vector<std::string> with(std::vector<std::string> words,
                              const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}
const std::vector<std::string> saves{"--save_strategy", "steps", "--save_steps", "2"};
const std::vector<std::string> resumes = with(saves, {"--resume_from_checkpoint"});

}  // namespace

TEST_CASE("A result of a later step was taken for that of the checkpoint that was named") {
  workplace w;
  CHECK(w.run("out", saves) == 0);
  const std::string six = w.weights("out");
  CHECK(w.run("short", with(saves, {"--max_steps=4", "--lr_scheduler_type", "constant"})) == 0);
  const std::vector<std::string> back =
      with(saves, {"--max_steps=4", "--resume_anyway", "--resume_from_checkpoint",
                   w / "out/checkpoint-4"});
  CHECK(w.run("out", back) == 0);
  CHECK_FALSE(w.said("finished already"));
  CHECK(w.weights("out") != six);
}

TEST_CASE("A result that is no longer whole is written again, from the checkpoint") {
  workplace w;
  CHECK(w.run("out", saves) == 0);
  const std::string weights = w.weights("out"), tokenizer = w.folder.read("out/tokenizer.json");
  fs::resize_file(w / "out/model.safetensors", 1000);
  CHECK(w.run("out", resumes) == 0);
  CHECK_FALSE(w.said("finished already"));
  CHECK(w.weights("out") == weights);
  fs::remove(w / "out/tokenizer.json");
  CHECK(w.run("out", resumes) == 0);
  CHECK(w.folder.read("out/tokenizer.json") == tokenizer);
  CHECK(w.run("out", resumes) == 0);
  CHECK(w.said(finished));
}

TEST_CASE("A finished run says which options come too late") {
  workplace w;
  CHECK(w.run("out", saves) == 0);
  CHECK(w.run("out", resumes) == 0);
  CHECK_FALSE(w.said("too late"));
  CHECK(w.run("out", with(resumes, {"--run_name", "other", "--sample_every", "7"})) == 0);
  CHECK(w.said("note: too late for a run that is finished, and without effect: "));
  CHECK(w.said("--sample_every"));
  CHECK(w.said("--run_name"));
}

TEST_CASE("Evaluations that were better than the model that is kept are told of") {
  workplace w;
  const std::vector<std::string> evaluates =
      with(saves, {"--eval_dataset_name", w / "chats.jsonl", "--eval_strategy", "steps",
                   "--eval_steps", "2"});
  CHECK(w.cut("out", evaluates, "4/6") == 130);
  const std::vector<std::string> best =
      with(evaluates, {"--resume_from_checkpoint", "--load_best_model_at_end",
                       "--metric_for_best_model", "loss", "--greater_is_better"});
  CHECK(w.run("out", best) == 0);
  CHECK(w.said("note: eval_loss was "));
  CHECK(w.said(" at step 2, better than that of any model that was kept: the best model is chosen "
               "among the others"));
}

TEST_CASE("Evaluations on other chats are compared with those of before: a note says so") {
  workplace w;
  const std::vector<std::string> evaluates =
      with(saves, {"--eval_strategy", "steps", "--eval_steps", "2", "--load_best_model_at_end"});
  const std::string first = w / "chats.jsonl", second = w / "other.jsonl";
  write_chats(second, folders::chats(3));
  CHECK(w.cut("out", with(evaluates, {"--eval_dataset_name", first}), "4/6") == 130);
  CHECK(w.run("out", with(evaluates, {"--resume_from_checkpoint", "--eval_dataset_name",
                                      second})) == 0);
  CHECK(w.said("note: --eval_dataset_name was \"" + first +
               "\": the best model is chosen among evaluations on other chats, too"));
}

TEST_CASE("A best model that is damaged was found only when all steps had been made") {
  workplace w;
  const std::vector<std::string> evaluates =
      with(saves, {"--eval_dataset_name", w / "chats.jsonl", "--eval_strategy", "steps",
                   "--eval_steps", "2", "--load_best_model_at_end"});
  CHECK(w.cut("out", evaluates, "4/6") == 130);
  REQUIRE(w.has("out/best/best.json"));
  fs::resize_file(w / "out/best/model.safetensors", 1000);
  const auto again = with(evaluates, {"--resume_from_checkpoint"});
  CHECK_ERROR(w.run("out", again), errc::bad_format,
              "; it is the best model so far: remove " + (w / "out/best") +
                  " to choose among the evaluations from here on, or leave "
                  "--load_best_model_at_end away");
  CHECK_FALSE(w.said("saved"));
  w.folder.write("out/best/best.json", "{");
  CHECK_ERROR(w.run("out", again), errc::bad_format, "it is the best model so far");
  fs::remove_all(w / "out/best");
  CHECK(w.run("out", again) == 0);
}
