// SPDX-License-Identifier: Apache-2.0
// Options of a training run, under the names of TRL's GKDConfig where they
// exist there. What is a policy in gkd (divergence, optimiser, data source,
// sampling) is not here.
#pragma once

#include <gkd/core/math.hpp>
#include <gkd/divergence/row_errors.hpp>
#include <gkd/loss/reduce.hpp>
#include <gkd/optim/schedule.hpp>

#include <optional>  // optional
#include <string>    // string

namespace gkd::inline v0 {

/// When something happens: never, every `logging_steps`, `eval_steps` or `save_steps`, at each end
/// of an epoch. What is not `no` also happens after the last step. Where a callback stops the
/// training a checkpoint is still written, an evaluation is not made.
enum class interval { no, steps, epoch };

namespace detail {
inline const char* name_of(interval when) {
  switch (when) {
    case interval::no: return "no";
    case interval::steps: return "steps";
    case interval::epoch: return "epoch";
  }
  return "unknown";
}
}  // namespace detail

struct training_options {
  std::string output_dir = {};  ///< where a checkpoint policy writes; without one nobody does

  // --- batches
  index per_device_train_batch_size = 8;
  index per_device_eval_batch_size = 8;
  index gradient_accumulation_steps = 1;        ///< exact: the loss does not depend on the split
  std::uint64_t seed = 42;                      ///< key of every random stream of the run
  std::optional<std::uint64_t> data_seed = {};  ///< of the order of the examples, in place of seed

  // --- how long
  double num_train_epochs = 3.0;  ///< over a source that knows its size
  long max_steps = -1;            ///< optimiser steps; > 0 overrides num_train_epochs

  // --- optimisation
  double learning_rate = 5e-5;  ///< peak
  decay_shape lr_scheduler_type = decay_shape::linear;
  long warmup_steps = 0;      ///< of linear warm-up; wins over warmup_ratio
  double warmup_ratio = 0.0;  ///< of the steps of the run
  double min_lr_ratio = 0.0;  ///< what it falls to after the last step, of learning_rate
  /// The learning rate itself at a step, from 0: any double(long). Replaces all of the above.
  any_schedule lr_schedule = {};
  double max_grad_norm = 1.0;  ///< global norm of a student with parameters(); 0: no clipping
  normaliser loss_normaliser = normaliser::token_mean;
  index vocab_size = 0;  ///< tokens that teacher and student share; 0: both sizes must be equal
  double loss_temperature = 1.0;  ///< of the divergence; the sampling temperature is the source's

  // --- what is reported and kept, and when
  interval logging_strategy = interval::steps;  ///< of step_event::log
  long logging_steps = 500;
  bool logging_first_step = false;
  interval eval_strategy = interval::no;
  long eval_steps = 500;
  double eval_delay = 0.0;  ///< steps, or epochs with interval::epoch, before the first
  bool eval_on_start = false;
  interval save_strategy = interval::steps;
  long save_steps = 500;
  long save_total_limit = 0;     ///< checkpoints kept; 0: all
  bool save_only_model = false;  ///< checkpoints hold the student alone: no run goes on from them
};

/// Throws bad_argument naming the first option that is out of range.
inline void validate(const training_options& o) {
  const auto want = [](bool holds, std::string_view name, auto got, std::string_view wanted) {
    if (!holds) fail(errc::bad_argument, "training_options.", name, " is ", got, ", want ", wanted);
  };
  const auto want_count = [&](index got, std::string_view name) {
    constexpr index most = index{1} << 31;  // more is a negative number that was converted
    want(got > 0 && got <= most, name, got, "at least 1 and at most 2^31");
  };
  want_count(o.per_device_train_batch_size, "per_device_train_batch_size");
  want_count(o.per_device_eval_batch_size, "per_device_eval_batch_size");
  want_count(o.gradient_accumulation_steps, "gradient_accumulation_steps");
  constexpr long most_steps = 1L << 53;  // that a double counts one by one
  want((o.max_steps > 0 && o.max_steps <= most_steps) || o.max_steps == -1, "max_steps",
       o.max_steps, "at least 1 and at most 2^53, or -1 to count epochs");
  want(o.num_train_epochs > 0 && math::is_finite(o.num_train_epochs), "num_train_epochs",
       o.num_train_epochs, "a finite number > 0");
  want(o.learning_rate >= 0 && math::is_finite(o.learning_rate), "learning_rate", o.learning_rate,
       "a finite number >= 0");
  want(o.warmup_steps >= 0 && o.warmup_steps <= most_steps, "warmup_steps", o.warmup_steps,
       "0 to 2^53");
  want(o.warmup_ratio >= 0 && o.warmup_ratio <= 1, "warmup_ratio", o.warmup_ratio,
       "between 0 and 1");
  want(o.min_lr_ratio >= 0 && o.min_lr_ratio <= 1, "min_lr_ratio", o.min_lr_ratio,
       "between 0 and 1");
  want(o.max_grad_norm >= 0, "max_grad_norm", o.max_grad_norm, ">= 0; 0 turns clipping off");
  detail::check_loss_temperature("training_options.loss_temperature", o.loss_temperature);
  want(o.logging_steps > 0, "logging_steps", o.logging_steps, "at least 1");
  want(o.eval_steps > 0, "eval_steps", o.eval_steps, "at least 1");
  want(o.eval_delay >= 0 && math::is_finite(o.eval_delay), "eval_delay", o.eval_delay,
       "a finite number >= 0");
  want(o.save_steps > 0, "save_steps", o.save_steps, "at least 1");
  want(o.save_total_limit >= 0, "save_total_limit", o.save_total_limit, ">= 0; 0 keeps all");
}

}  // namespace gkd::inline v0
