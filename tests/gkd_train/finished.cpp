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
  const std::vector<std::string> back =
      with(saves, {"--max_steps=4", "--resume_anyway", "--resume_from_checkpoint"});
  CHECK(w.run("four", with(back, {w / "out/checkpoint-4"})) == 0);
  CHECK(w.weights("four") != w.weights("out"));
  CHECK(w.run("out", with(back, {w / "out/checkpoint-4"})) == 0);
  CHECK_FALSE(w.said("finished already"));
  CHECK(w.weights("out") == w.weights("four"));
  fs::copy(w / "out", w / "copy", fs::copy_options::recursive);  // whatever the files' times
  CHECK(w.run("copy", with(back, {w / "copy/checkpoint-4"})) == 0);
  CHECK(w.said("the run is finished already, step 4 of 4"));
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
  for (const char* name : {"config.json", "model.safetensors"})  // another model's
    fs::copy(w / ("teacher/" + std::string(name)), w / ("out/" + std::string(name)),
             fs::copy_options::overwrite_existing);
  CHECK(w.run("out", resumes) == 0);
  CHECK(w.weights("out") == weights);
  CHECK(w.run("out", resumes) == 0);
  CHECK(w.said(finished));
}

TEST_CASE("A killed run's old result passed for the one that it had not written yet") {
  workplace w;
  CHECK(w.run("out", saves) == 0);
  const std::string weights = w.weights("out"), record = w.folder.read("out/gkd_result.json");
  const auto other = with(saves, {"--seed", "9", "--overwrite_output_dir"});
  CHECK(w.cut("out", other, "train on ") == 130);  // before its first step: all is as it was
  CHECK(w.folder.read("out/gkd_result.json") == record);
  CHECK(w.run("out", other) == 0);
  CHECK(w.weights("out") != weights);
  CHECK(w.cut("out", other, "4/6") == 130);
  CHECK_FALSE(w.has("out/gkd_result.json"));
}

TEST_CASE("A finished run says which options come too late") {
  workplace w;
  CHECK(w.run("out", saves) == 0);
  CHECK(w.run("out", resumes) == 0);
  CHECK_FALSE(w.said("too late"));
  CHECK(w.run("./out", with(resumes, {"--log_level", "info"})) == 0);  // nothing is asked for
  CHECK(w.said(finished));
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
  const std::string note = ": the best model is chosen among evaluations on other chats, too";
  CHECK(w.said("note: --eval_dataset_name was \"" + first + "\"" + note));

  CHECK(w.cut("same", with(evaluates, {"--eval_dataset_name", first}), "4/6") == 130);
  CHECK(w.run("same", with(evaluates, {"--resume_from_checkpoint", "--eval_dataset_name",
                                       w / "./chats.jsonl"})) == 0);
  CHECK_FALSE(w.said(note));
  CHECK_FALSE(w.said("better than that of any model"));

  CHECK(w.cut("part", with(evaluates, {"--eval_fraction", "0.5"}), "4/6") == 130);
  CHECK(w.run("part", with(evaluates, {"--resume_from_checkpoint", "--resume_anyway",
                                       "--eval_fraction", "0.5", "--data_seed", "7"})) == 0);
  CHECK(w.said("note: --data_seed was null" + note));
}

TEST_CASE("A best model that is damaged was found only when all steps had been made") {
  workplace w;
  const std::vector<std::string> evaluates =
      with(saves, {"--eval_dataset_name", w / "chats.jsonl", "--eval_strategy", "steps",
                   "--eval_steps", "2", "--load_best_model_at_end"});
  CHECK(w.cut("out", evaluates, "4/6") == 130);
  REQUIRE(w.has("out/best/best.json"));
  fs::copy(w / "out", w / "kept", fs::copy_options::recursive);
  fs::resize_file(w / "out/best/model.safetensors", 1000);
  const auto again = with(evaluates, {"--resume_from_checkpoint"});
  const std::string advice = "; move " + (w / "out/best") +
                             " away to choose the best model among the evaluations from here on";
  CHECK_ERROR(w.run("out", again), errc::bad_format, advice);
  // from elsewhere it would be copied
  const auto elsewhere = with(evaluates, {"--resume_from_checkpoint", w / "out/checkpoint-4"});
  CHECK_ERROR(w.run("new", elsewhere), errc::bad_format, advice);
  CHECK_FALSE(w.has("new"));
  // a model of one shape with its own configuration, and not with the student's
  for (const std::string name : {"config.json", "model.safetensors"})
    fs::copy(w / ("teacher/" + name), w / ("out/best/" + name),
             fs::copy_options::overwrite_existing);
  CHECK_ERROR(w.run("out", again), errc::shape_mismatch, advice);
  CHECK_FALSE(w.said("saved"));
  w.folder.write("out/best/best.json", "{");
  CHECK_ERROR(w.run("out", again), errc::bad_format, advice);
  fs::remove_all(w / "out/best");
  w.folder.write("out/best", "");
  CHECK_ERROR(w.run("out", again), errc::already_exists, "best: is no folder" + advice);
  fs::remove(w / "out/best");
  CHECK(w.run("out", again) == 0);

  CHECK_ERROR(w.run("kept", with(again, {"--metric_for_best_model", "perplexity"})),
              errc::bad_argument,
              "--metric_for_best_model is eval_perplexity, and " + (w / "kept/best") +
                  " holds the best model by eval_loss; move ");
}

TEST_CASE("The best model, whose only copy was the result, gave way to the last one") {
  workplace w;
  const std::vector<std::string> evaluates =
      with(saves, {"--eval_dataset_name", w / "chats.jsonl", "--eval_strategy", "steps",
                   "--eval_steps", "2", "--load_best_model_at_end", "--learning_rate", "0.3"});
  CHECK(w.run("out", evaluates) == 0);
  const std::string best = w.weights("out");
  fs::remove_all(w / "out/best");
  fs::remove(w / "out/report.html");
  const auto again = with(evaluates, {"--resume_from_checkpoint"});
  CHECK_ERROR(w.run("out", again), errc::already_exists,
              "out: holds a model, which may be the best one of this run");
  CHECK(w.weights("out") == best);
}

TEST_CASE("A finished run without a checkpoint says that it is finished") {
  workplace w;
  CHECK(w.run("out", {}) == 0);
  CHECK(w.run("out", {"--resume_from_checkpoint"}) == 0);
  CHECK(w.said(finished));
  CHECK_ERROR(w.run("out", {"--resume_from_checkpoint", "--max_steps", "7"}),
              errc::bad_checkpoint, "no checkpoint to resume from");
}

TEST_CASE("A run wrote its result into the checkpoint or the best model that it went on from") {
  workplace w;
  const std::vector<std::string> evaluates =
      with(saves, {"--eval_dataset_name", w / "chats.jsonl", "--eval_strategy", "steps",
                   "--eval_steps", "2", "--load_best_model_at_end"});
  CHECK(w.cut("out", evaluates, "4/6") == 130);
  for (const std::string place : {"out/best", "out/checkpoint-4", "out/checkpoint-4/new"})
    CHECK_ERROR(w.run(place, with(evaluates, {"--overwrite_output_dir", "--resume_from_checkpoint",
                                              w / "out/checkpoint-4"})),
                errc::bad_argument, "of the run that goes on; want another one");
  fs::create_directory(w / "outer");
  fs::rename(w / "out", w / "outer/checkpoint-99");
  CHECK_ERROR(w.run("outer", with(evaluates, {"--overwrite_output_dir", "--resume_from_checkpoint",
                                              w / "outer/checkpoint-99/checkpoint-4"})),
              errc::bad_argument, "--resume_from_checkpoint: ");
  CHECK(w.has("outer/checkpoint-99/checkpoint-4/manifest.json"));
}
