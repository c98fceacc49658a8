// SPDX-License-Identifier: Apache-2.0
// The options of gkd_config one by one: name, standing in TRL's configuration, range and help. It
// is the only list of them; reading, writing and --help go through it.
#pragma once

#include <gkd/train/gkd_config.hpp>

#include <cmath>        // floor
#include <string_view>  // string_view

namespace gkd::inline v0 {

/// Where an option's name comes from, and what becomes of it here.
enum class option_class {
  kept,      ///< of the first GKDConfig: keeps its meaning
  choice,    ///< of the first GKDConfig: chooses a part that a C++ program names as a type
  launcher,  ///< of the first GKDConfig: about several processes
  ignored,   ///< of the first GKDConfig: means nothing outside Python or without the Hub; obsolete
  later,     ///< of TRL and transformers since, and of TRL's scripts
  own,       ///< of gkd alone
};

/// Under which heading of --help an option stands.
enum class option_group {
  models,
  distillation,
  optimisation,
  evaluation,
  saving,
  reports,
  machine
};

struct option_info {
  std::string_view name;
  option_class kind;
  option_group group;
  std::string_view help;
  std::string_view same_as = {};  ///< for another name of an option: its own
};

/// Which values an option takes.
struct value_rule {
  std::string_view wanted = {};       ///< in errors: "a number from 0 to 1"
  std::string_view placeholder = {};  ///< in --help
  bool (*holds)(double) = [](double) { return true; };
};

namespace detail {
namespace rules {

inline constexpr value_rule folder{"a folder", "DIR"}, file{"a file", "FILE"},
    path{"a file or a folder", "PATH"}, name{"a name", "NAME"}, text{"a text", "TEXT"},
    names{"names", "NAME ..."}, members{"a JSON object", "JSON"}, either{"true or false", ""};
inline constexpr value_rule share{"a number from 0 to 1", "X",
                                  [](double x) { return x >= 0.0 && x <= 1.0; }};
inline constexpr value_rule below_one{"a number of at least 0 and below 1", "X",
                                      [](double x) { return x >= 0.0 && x < 1.0; }};
inline constexpr value_rule nucleus{"a number above 0 and at most 1", "X",
                                    [](double x) { return x > 0.0 && x <= 1.0; }};
inline constexpr value_rule heat{"a number from 1e-4 to 1e4", "X",
                                 [](double x) { return detail::is_loss_temperature(x); }};
inline constexpr value_rule positive{"a number above 0", "X", [](double x) { return x > 0.0; }};
inline constexpr value_rule amount{"a number of at least 0", "X",
                                   [](double x) { return x >= 0.0; }};
inline constexpr value_rule count{"an integer of at least 1", "N",
                                  [](double x) { return x >= 1.0; }};
inline constexpr value_rule count0{"an integer of at least 0", "N",
                                   [](double x) { return x >= 0.0; }};
inline constexpr value_rule steps_or_epochs{"an integer of at least 1, or -1 to count epochs", "N",
                                            [](double x) { return x >= 1.0 || x == -1.0; }};
inline constexpr value_rule every{
    "an integer of at least 1, or a share of the run's steps above 0 and below 1; at most 2^53",
    "N",
    [](double x) { return x > 0.0 && x <= step_count::most && (x < 1.0 || x == std::floor(x)); }};
inline constexpr value_rule warmup{
    "an integer of at least 0, or a share of the run's steps below 1; at most 2^53", "N",
    [](double x) { return x >= 0.0 && x <= step_count::most && (x < 1.0 || x == std::floor(x)); }};

}  // namespace rules

/// Hands on the options of one group.
template <class Visit>
struct group_visitor {
  const Visit& visit;
  option_group group;

  template <class Field>
  void operator()(option_class kind, std::string_view name, Field& field, const value_rule& rule,
                  std::string_view help, std::string_view same_as = {}) const {
    visit(option_info{name, kind, group, help, same_as}, field, rule);
  }
};

template <class Config, class Visit>
void visit_models(Config& c, const Visit& visit) {
  using enum option_class;
  using namespace rules;
  const group_visitor<Visit> v{visit, option_group::models};
  v(later, "model_name_or_path", c.model_name_or_path, folder,
    "the student: a Hugging Face folder");
  v(kept, "teacher_model_name_or_path", c.teacher_model_name_or_path, folder,
    "the teacher; without one the student as it is at first, which teaches nothing unless "
    "weight_decay moves the student away from it");
  v(later, "dataset_name", c.dataset_name, file, "chats as JSONL, or a folder with SPLIT.jsonl");
  v(later, "dataset_train_split", c.dataset_train_split, name, "the SPLIT to train on");
  v(later, "dataset_test_split", c.dataset_test_split, name,
    "the SPLIT to evaluate on, if the folder has it");
  v(own, "eval_dataset_name", c.eval_dataset_name, file, "chats to evaluate on");
  v(own, "eval_fraction", c.eval_fraction, below_one,
    "or the share of the chats that is kept from training to evaluate on");
  v(later, "max_length", c.max_length, count,
    "tokens of a chat, whose answer is cut at its end; none: no limit");
  v(kept, "max_seq_length", c.max_length, count, "", "max_length");
  v(own, "on_long_prompt", c.on_long_prompt, {}, "a prompt that is longer");
  v(own, "on_bad_line", c.on_bad_line, {}, "a line that is no chat");
  v(own, "closing_text", c.closing, {},
    "what a format writes after an answer, such as a line end; TRL: target");
  v(later, "assistant_only_loss", c.assistant_only_loss, either,
    "learn from every answer of a chat, not from the last alone");
  v(own, "chat_format", c.chat_format, name, "in place of what the folder's template says");
  v(later, "chat_template_path", c.chat_template_path, path,
    "a template, or a tokenizer's folder with one, in place of the folder's");
  v(later, "eos_token", c.eos_token, text, "ends an answer, besides those of the folder");
  v(own, "vocab_size", c.training.vocab_size, count0,
    "tokens that the loss is over; 0: all, or the tokenizer's if the models' numbers differ");
}

template <class Config, class Visit>
void visit_distillation(Config& c, const Visit& visit) {
  using enum option_class;
  using namespace rules;
  const group_visitor<Visit> v{visit, option_group::distillation};
  v(kept, "lmbda", c.lmbda, share, "share of the batches that the student writes itself");
  v(own, "lmbda_per", c.lmbda_per, {}, "what one draw of lambda decides over");
  v(choice, "beta", c.beta, share,
    "0: forward KL, 1: reverse KL, between: generalized Jensen-Shannon");
  v(own, "beta_scaling", c.beta_scaling, {},
    "continuous divides by beta (1 - beta), so that the ends are limits");
  v(later, "seq_kd", c.seq_kd, either, "the teacher writes the batches that the student does not");
  v(kept, "temperature", c.temperature, heat, "of sampling");
  v(own, "loss_temperature", c.training.loss_temperature, heat, "of the loss");
  v(own, "top_k", c.top_k, count0, "sample from so many tokens; 0: from all");
  v(own, "top_p", c.top_p, nucleus, "sample from the likeliest tokens that hold this much");
  v(kept, "max_new_tokens", c.max_new_tokens, count, "of a sampled answer");
  v(own, "loss_normaliser", c.training.loss_normaliser, {},
    "divides the loss; TRL: token_mean, the paper: sequence_mean");
}

template <class Config, class Visit>
void visit_optimisation(Config& c, const Visit& visit) {
  using enum option_class;
  using namespace rules;
  const group_visitor<Visit> v{visit, option_group::optimisation};
  v(kept, "learning_rate", c.training.learning_rate, amount, "the highest");
  v(choice, "lr_scheduler_type", c.lr_scheduler_type, {}, "how the learning rate changes");
  v(choice, "lr_scheduler_kwargs", c.lr_scheduler_kwargs, members,
    "of the scheduler: num_cycles, power, lr_end, min_lr, min_lr_rate ...");
  v(kept, "warmup_steps", c.warmup_steps, warmup, "of linear warm-up; below 1 a share of the run");
  v(kept, "warmup_ratio", c.training.warmup_ratio, share, "the same as a share of the run");
  v(kept, "num_train_epochs", c.training.num_train_epochs, positive, "times through the chats");
  v(kept, "max_steps", c.training.max_steps, steps_or_epochs, "of the optimizer; -1: by epochs");
  v(kept, "per_device_train_batch_size", c.training.per_device_train_batch_size, count,
    "chats at a time");
  v(ignored, "per_gpu_train_batch_size", c.training.per_device_train_batch_size, count, "",
    "per_device_train_batch_size");
  v(kept, "gradient_accumulation_steps", c.training.gradient_accumulation_steps, count,
    "batches in a step; as one large batch, but for lmbda's draws");
  v(choice, "optim", c.optim, {}, "the optimizer");
  v(choice, "optim_args", c.optim_args, text, "its settings: \"momentum=0.9,nesterov=true\"");
  v(kept, "weight_decay", c.weight_decay, amount, "of matrices");
  v(kept, "adam_beta1", c.adam_beta1, below_one, "of AdamW");
  v(kept, "adam_beta2", c.adam_beta2, below_one, "of AdamW");
  v(kept, "adam_epsilon", c.adam_epsilon, positive, "of AdamW");
  v(kept, "max_grad_norm", c.training.max_grad_norm, amount,
    "gradients are clipped to this norm; 0: they are not");
  v(kept, "seed", c.training.seed, count0, "of all that is random");
  v(kept, "data_seed", c.training.data_seed, count0, "of the order of the chats; else seed");
}

template <class Config, class Visit>
void visit_evaluation(Config& c, const Visit& visit) {
  using enum option_class;
  using namespace rules;
  const group_visitor<Visit> v{visit, option_group::evaluation};
  v(kept, "eval_strategy", c.training.eval_strategy, {}, "when");
  v(ignored, "evaluation_strategy", c.training.eval_strategy, {}, "", "eval_strategy");
  v(kept, "eval_steps", c.eval_steps, every, "with steps; else logging_steps; below 1 a share");
  v(kept, "eval_delay", c.training.eval_delay, amount, "steps or epochs before the first");
  v(kept, "eval_on_start", c.training.eval_on_start, either, "before the first step, too");
  v(kept, "per_device_eval_batch_size", c.training.per_device_eval_batch_size, count,
    "chats at a time");
  v(ignored, "per_gpu_eval_batch_size", c.training.per_device_eval_batch_size, count, "",
    "per_device_eval_batch_size");
  v(own, "eval_examples", c.eval_examples, count0, "the first so many chats; 0: all");
  v(own, "eval_generate", c.eval_generate, either, "measure the student's own answers, too");
  v(choice, "prediction_loss_only", c.prediction_loss_only, either,
    "eval_loss alone; not with eval_generate");
  v(kept, "load_best_model_at_end", c.load_best_model_at_end, either,
    "the result is the model of the best evaluation");
  v(kept, "metric_for_best_model", c.metric_for_best_model, name,
    "what decides which is best: a name without eval_");
  v(choice, "greater_is_better", c.greater_is_better, either,
    "of the metric; else its name says so");
}

template <class Config, class Visit>
void visit_saving(Config& c, const Visit& visit) {
  using enum option_class;
  using namespace rules;
  const group_visitor<Visit> v{visit, option_group::saving};
  v(kept, "output_dir", c.training.output_dir, folder, "the result, checkpoints and logs");
  v(kept, "overwrite_output_dir", c.overwrite_output_dir, either,
    "remove what an earlier run left there");
  v(kept, "save_strategy", c.save_strategy, {}, "when checkpoints are written");
  v(kept, "save_steps", c.save_steps, every, "with steps; below 1 a share of the run");
  v(kept, "save_total_limit", c.training.save_total_limit, count0, "checkpoints kept; 0: all");
  v(kept, "save_only_model", c.training.save_only_model, either,
    "without what is needed to go on from them");
  v(kept, "resume_from_checkpoint", c.resume_from_checkpoint, {"true, false or a folder", "[DIR]"},
    "go on from the newest checkpoint of output_dir, or from DIR");
  v(own, "resume_anyway", c.resume_anyway, either,
    "even with other options or other chats than the checkpoint's");
  v(own, "save_dtype", c.save_dtype, {}, "number type of the weights in the result");
}

template <class Config, class Visit>
void visit_reports(Config& c, const Visit& visit) {
  using enum option_class;
  using namespace rules;
  const group_visitor<Visit> v{visit, option_group::reports};
  v(kept, "logging_strategy", c.training.logging_strategy, {}, "when the log gets a line");
  v(kept, "logging_steps", c.logging_steps, every, "with steps; below 1 a share of the run");
  v(kept, "logging_first_step", c.training.logging_first_step, either, "for the first step, too");
  v(kept, "logging_dir", c.logging_dir, folder, "of TensorBoard; else output_dir/runs");
  v(choice, "report_to", c.report_to, names, "tensorboard, all or none, beside log and report");
  v(kept, "run_name", c.run_name, name, "the title of bar and report");
  v(own, "sample_every", c.sample_every, count0, "steps between sample answers in the log");
  v(own, "report_samples", c.report_samples, count0, "chats that the report shows answers to");
  v(kept, "log_level", c.verbosity, {}, "how much is said");
}

template <class Config, class Visit>
void visit_machine(Config& c, const Visit& visit) {
  using enum option_class;
  using namespace rules;
  const group_visitor<Visit> v{visit, option_group::machine};
  v(own, "threads", c.threads, count0, "0: one per core; the results are the same for any");
  v(choice, "gradient_checkpointing", c.gradient_checkpointing, either,
    "keep less, compute activations again");
  v(later, "activation_checkpointing", c.gradient_checkpointing, either, "",
    "gradient_checkpointing");
}

}  // namespace detail

/// visit(const option_info&, field of c, const value_rule&) for each option.
template <class Config, class Visit>
void visit_options(Config& c, const Visit& visit) {
  detail::visit_models(c, visit);
  detail::visit_distillation(c, visit);
  detail::visit_optimisation(c, visit);
  detail::visit_evaluation(c, visit);
  detail::visit_saving(c, visit);
  detail::visit_reports(c, visit);
  detail::visit_machine(c, visit);
}

}  // namespace gkd::inline v0
