// SPDX-License-Identifier: Apache-2.0
// What a run of gkd_train can be told, under the names of TRL's GKDConfig: every option that acts.
//
//   const auto given = gkd::read_gkd_config({"--config", "run.json", "--lmbda", "1"});
//   given.config.beta                          0.5
//   given.config.training.learning_rate        as run.json has it
//   given.notes                                what was asked for and is done otherwise
//   gkd::options_of(given.config, examples)    for the trainer; see train/gkd_config_parts
//
// Opt-in: needs nlohmann/json. The names, ranges and help are in train/gkd_config_options, names
// that have no effect in train/gkd_config_unused, options that another one keeps from having effect
// in train/gkd_config_effects, reading in train/gkd_config_reader.
#pragma once

#include <gkd/data/chat_dataset.hpp>
#include <gkd/data/chat_jsonl.hpp>
#include <gkd/data/mixture.hpp>
#include <gkd/divergence/jsd.hpp>
#include <gkd/io/json.hpp>
#include <gkd/train/lr_scheduler.hpp>
#include <gkd/train/options.hpp>

#include <algorithm>  // max
#include <cmath>      // ceil
#include <optional>   // optional
#include <string>     // string
#include <vector>     // vector

namespace gkd::inline v0 {

/// A number of steps or, below 1, a share of the steps of the run.
struct step_count {
  static constexpr double most = 0x1p53;  ///< beyond it not every integer is a double

  double value = 0.0;

  /// Of a run of so many steps. Throws bad_argument for a value that is below 0 or above `most`.
  long in(long total_steps) const {
    if (!(value >= 0.0 && value <= most))
      fail(errc::bad_argument, "a number of steps is ", value, ", want 0 to 2^53");
    if (value >= 1.0) return static_cast<long>(value);
    return static_cast<long>(std::ceil(value * static_cast<double>(total_steps)));
  }
  /// The same, at least 1.
  long of(long total_steps) const { return std::max(1L, in(total_steps)); }
  friend bool operator==(const step_count&, const step_count&) = default;
};

/// What is to be resumed: nothing, the newest checkpoint of output_dir, or the one at `path`.
struct resume_choice {
  bool wanted = false;
  std::string path = {};
  friend bool operator==(const resume_choice&, const resume_choice&) = default;
};

/// The number type of the weights that are written.
enum class weight_type { float32, bfloat16, float16 };

enum class optimizer_kind { adamw, adafactor, sgd };

/// When checkpoints are written; `best` keeps the best model and no other.
enum class save_moment { no, steps, epoch, best };

/// What is said besides errors: as TRL's log_level.
enum class log_level { debug, info, warning, error, critical };

/// All options that act, with their defaults: those of the first GKDConfig, but for output_dir and
/// max_length, which have today's. `training` holds those that the trainer itself knows.
struct gkd_config {
  // --- models and data
  std::string model_name_or_path = {};          ///< folder of the student
  std::string teacher_model_name_or_path = {};  ///< empty: the student as it is at first
  std::string dataset_name = {};                ///< chats as JSONL, or a folder of such files
  std::string dataset_train_split = "train";    ///< FILE.jsonl of the folder
  std::string dataset_test_split = "test";
  std::string eval_dataset_name = {};  ///< chats to evaluate on
  double eval_fraction = 0.0;          ///< of the chats that are split off to evaluate on
  std::string chat_format = {};        ///< by name, in place of the folder's template
  std::string chat_template_path = {};
  std::string eos_token = {};              ///< ends an answer, besides the folder's
  std::optional<index> max_length = 1024;  ///< tokens of a prompt with its answer
  long_prompt on_long_prompt = long_prompt::fail;
  bad_line on_bad_line = bad_line::fail;
  closing_text closing = closing_text::drop;
  bool assistant_only_loss = false;  ///< learn from every answer of a chat, not the last alone

  // --- distillation
  double lmbda = 0.5;  ///< share of batches that the student writes
  draw_per lmbda_per = draw_per::batch;
  double beta = 0.5;  ///< 0: forward KL, 1: reverse KL, between: generalized JSD
  scaling beta_scaling = scaling::paper;
  bool seq_kd = false;       ///< what the student does not write, the teacher does
  double temperature = 0.9;  ///< of sampling; the loss has training.loss_temperature
  index top_k = 0;
  double top_p = 1.0;
  index max_new_tokens = 128;

  // --- optimisation
  optimizer_kind optim = optimizer_kind::adamw;
  std::string optim_args = {};  ///< "momentum=0.9,nesterov=true"
  double weight_decay = 0.0;
  double adam_beta1 = 0.9;
  double adam_beta2 = 0.999;
  double adam_epsilon = 1e-8;
  lr_scheduler_kind lr_scheduler_type = lr_scheduler_kind::linear;
  nlohmann::json lr_scheduler_kwargs = nlohmann::json::object();
  step_count warmup_steps = {};
  bool gradient_checkpointing = false;  ///< recompute activations

  // --- evaluation
  std::optional<step_count> eval_steps = {};  ///< nothing: logging_steps
  bool eval_generate = false;                 ///< measure answers of the student's own, too
  index eval_examples = 0;                    ///< the first so many; 0: all
  bool prediction_loss_only = false;
  bool load_best_model_at_end = false;
  std::string metric_for_best_model = "loss";
  std::optional<bool> greater_is_better = {};

  // --- saving
  bool overwrite_output_dir = false;
  save_moment save_strategy = save_moment::steps;
  step_count save_steps = {500};
  resume_choice resume_from_checkpoint = {};
  bool resume_anyway = false;  ///< also with other options or other chats than the checkpoint's
  weight_type save_dtype = weight_type::float32;

  // --- reports
  log_level verbosity = log_level::info;  ///< TRL's log_level
  step_count logging_steps = {500};
  std::string logging_dir = {};  ///< of TensorBoard; empty: output_dir/runs
  std::string run_name = {};
  std::vector<std::string> report_to = {"all"};
  long sample_every = 0;     ///< steps between sample answers in the log
  index report_samples = 3;  ///< chats that the report shows answers to

  // --- this machine
  index threads = 0;  ///< 0: one per core

  training_options training = {.output_dir = "trainer_output"};
};

}  // namespace gkd::inline v0
