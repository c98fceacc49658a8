// SPDX-License-Identifier: Apache-2.0
#include <gkd/train/gkd_config_effects.hpp>
#include <gkd/train/gkd_config_names.hpp>
#include <gkd/train/gkd_config_reader.hpp>

#include <filesystem>

#include "io/temporary.hpp"
#include "support/catch.hpp"

using namespace gkd;

namespace {

using texts = std::vector<std::string>;

texts notes(const texts& words) { return read_gkd_config(words).notes; }

texts notes_of_file(const std::string& text, texts words = {}) {
  const test_folder folder;
  words.insert(words.begin(), {"--config", folder.write("run.json", text)});
  return read_gkd_config(words).notes;
}

/// The words with others behind them.
texts with(texts words, const texts& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

TEST_CASE("Each rule is about an option that acts") {
  for (const effect_rule& rule : detail::effect_rules) {
    INFO(rule.name);
    const auto known = detail::find_option(rule.name);
    REQUIRE(known);
    CHECK(known->name == rule.name);
    CHECK(known->unused == nullptr);
  }
}

TEST_CASE("Options of evaluations without chats to evaluate on were silent") {
  const std::string why =
      " has no effect: there are no chats to evaluate on, want eval_dataset_name or eval_fraction";
  for (const texts& words : {texts{"--eval_on_start"},
                             {"--eval_generate"},
                             {"--eval_examples", "4"},
                             {"--eval_delay", "2"},
                             {"--prediction_loss_only"},
                             {"--per_device_eval_batch_size", "8"}}) {
    CHECK(notes(words) == texts{words[0] + why});
    CHECK(notes(with(words, {"--eval_fraction", "0.5", "--eval_strategy", "epoch"})).empty());
  }
  CHECK(notes({"--eval_on_start", "false", "--eval_examples", "0"}).empty());
  CHECK(notes({"--eval_delay", "2", "--eval_dataset_name", "x"}) ==
        texts{"--eval_delay has no effect: eval_strategy is no"});
  CHECK(notes({"--eval_on_start", "--eval_dataset_name", "x"}).empty());
}

TEST_CASE("Options of sampling where nothing is sampled were silent") {
  const std::string why =
      " has no effect: no answers are sampled, since lmbda is 0 and neither seq_kd nor "
      "eval_generate asks for some";
  for (const texts& words : {texts{"--temperature", "0.9"}, {"--top_k", "5"}, {"--top_p", "0.5"}}) {
    const texts offline = with(words, {"--lmbda", "0"});
    CHECK(notes(words).empty());
    CHECK(notes(offline) == texts{words[0] + why});
    CHECK(notes(with(offline, {"--seq_kd"})).empty());
    CHECK(notes(with(offline, {"--eval_generate", "--eval_fraction", "0.5"})).empty());
    CHECK(notes(with(offline, {"--eval_generate"})).size() == 2);  // of nothing to evaluate on
  }
  CHECK(notes({"--lmbda", "0", "--max_new_tokens", "9"}).empty());  // of the report's answers
  CHECK(notes({"--lmbda", "0", "--max_new_tokens", "9", "--report_samples", "0"}) ==
        texts{"--max_new_tokens has no effect: no answers are written, since lmbda and "
              "report_samples are 0 and neither seq_kd nor eval_generate asks for some"});
}

TEST_CASE("Options of logs and checkpoints that their strategy leaves out were silent") {
  CHECK(notes({"--logging_dir", "x", "--report_to", "none"}) ==
        texts{"--logging_dir has no effect: report_to does not name tensorboard"});
  CHECK(notes({"--logging_dir", "x"}).empty());
  CHECK(notes({"--logging_dir", "x", "--report_to", "none", "tensorboard"}).empty());
  const texts steps{"--logging_steps", "5", "--logging_strategy", "no"};
  CHECK(notes(steps) == texts{"--logging_steps has no effect: logging_strategy is not steps"});
  CHECK(notes(with(steps, {"--eval_strategy", "steps"})).empty());  // it is eval_steps, too
  CHECK(notes(with(steps, {"--eval_strategy", "steps", "--eval_steps", "2"})).size() == 1);
  CHECK(notes({"--save_steps", "5", "--save_strategy", "epoch"}) ==
        texts{"--save_steps has no effect: save_strategy is not steps"});
  CHECK(notes({"--save_steps", "5"}).empty());
  CHECK(notes({"--save_total_limit", "5", "--save_strategy", "no"}) ==
        texts{"--save_total_limit has no effect: save_strategy is neither steps nor epoch; only "
              "where the run is interrupted is a checkpoint written"});
  CHECK(notes({"--save_total_limit", "5", "--save_strategy", "epoch"}).empty());
}

TEST_CASE("Options of the best model, of AdamW and of a scale, without it, were silent") {
  const std::string no_best =
      " has no effect: no best model is kept, want load_best_model_at_end or save_strategy best";
  for (const texts& words : {texts{"--metric_for_best_model", "jsd"},
                             {"--greater_is_better"},
                             {"--greater_is_better", "false"}}) {
    CHECK(notes(words) == texts{words[0] + no_best});
    CHECK(notes(with(words, {"--load_best_model_at_end"})).empty());
    CHECK(notes(with(words, {"--save_strategy", "best"})).empty());
  }
  for (const char* name : {"--adam_beta1", "--adam_beta2", "--adam_epsilon"}) {
    CHECK(notes({name, "0.5"}).empty());
    for (const char* optim : {"sgd", "adafactor"})
      CHECK(notes({name, "0.5", "--optim", optim}) ==
            texts{concat(name, " has no effect: optim is not adamw_torch")});
  }
  for (const char* beta : {"0", "1"})
    CHECK(notes({"--beta_scaling", "continuous", "--beta", beta}) ==
          texts{"--beta_scaling has no effect: beta is 0 or 1, a KL that is scaled by nothing"});
  CHECK(notes({"--beta_scaling", "continuous", "--beta", "0.1"}).empty());
}

TEST_CASE("A resume_anyway without resuming and draws that decide nothing were silent") {
  CHECK(notes({"--resume_anyway"}) ==
        texts{"--resume_anyway has no effect: nothing is resumed, want resume_from_checkpoint"});
  CHECK(notes({"--resume_anyway", "--resume_from_checkpoint", "true"}).empty());
  CHECK(notes({"--resume_anyway", "false"}).empty());
  for (const char* lmbda : {"0", "1"})
    CHECK(notes({"--lmbda_per", "sequence", "--lmbda", lmbda}) ==
          texts{"--lmbda_per has no effect: at lmbda 0 or 1 no draw decides who writes a batch"});
  CHECK(notes({"--lmbda_per", "sequence", "--lmbda", "0.5"}).empty());
}

TEST_CASE("Splits of what has none were silent") {
  const test_folder folder;
  const std::string file = folder.write("chats.jsonl", "");
  const texts split{"--dataset_train_split", "train"};
  CHECK(notes(with(split, {"--dataset_name", file})) ==
        texts{"--dataset_train_split has no effect: dataset_name is no folder, and a file has no "
              "splits"});
  const std::string in = std::filesystem::path(file).parent_path().string();
  CHECK(notes(with(split, {"--dataset_name", in})).empty());
  const texts test{"--dataset_test_split", "validation"};
  CHECK(notes(test) == texts{"--dataset_test_split has no effect: eval_strategy is no"});
  CHECK(notes({"--dataset_name", "none.jsonl", "--dataset_test_split", "validation",
               "--eval_strategy", "epoch"}) ==
        texts{"--dataset_test_split has no effect: dataset_name is no folder, and a file has no "
              "splits"});
  CHECK(notes(with(test, {"--eval_strategy", "epoch"})).empty());
  CHECK(notes(with(test, {"--eval_strategy", "epoch", "--eval_fraction", "0.5"})) ==
        texts{"--dataset_test_split has no effect: eval_dataset_name or eval_fraction says which "
              "chats to evaluate on"});
}

TEST_CASE("A learning rate of 0 was silent") {
  CHECK(notes({"--learning_rate", "0"}) ==
        texts{"--learning_rate is 0: no step changes the student"});
  CHECK(notes({"--learning_rate", "1e-300"}).empty());
}

TEST_CASE("Defaults that TRL writes into every file ask for nothing") {
  CHECK(notes_of_file(R"({"adam_beta1": 0.9, "optim": "sgd", "temperature": 0.9, "lmbda": 0,
                          "logging_steps": 10, "logging_strategy": "no", "save_steps": 500,
                          "save_strategy": "no", "eval_delay": 0, "eval_on_start": false,
                          "metric_for_best_model": null, "greater_is_better": null})")
            .empty());
  const texts other = notes_of_file(R"({"adam_beta1": 0.8, "optim": "sgd"})");
  REQUIRE(other.size() == 1);
  CHECK(other[0].ends_with(": \"adam_beta1\" has no effect: optim is not adamw_torch"));
}
