// SPDX-License-Identifier: Apache-2.0
// Options that another option keeps from having effect, here and in TRL, each with the reason:
//
//   --adam_beta1 has no effect: optim is not adamw_torch
#pragma once

#include <gkd/train/gkd_config_values.hpp>

#include <algorithm>    // find, min, none_of
#include <filesystem>   // is_directory
#include <map>          // map
#include <string>       // string
#include <string_view>  // string_view
#include <vector>       // vector

namespace gkd::inline v0 {

/// An option, when it has no effect, and why. Of several about one option the first that holds is
/// told.
struct effect_rule {
  std::string_view name;
  bool (*without)(const gkd_config&);
  std::string_view why;
};

namespace detail {

/// Whether options name chats to evaluate on; with an eval_strategy there are some, or an error.
inline bool has_evaluation_chats(const gkd_config& c) {
  return !c.eval_dataset_name.empty() || c.eval_fraction > 0.0 ||
         c.training.eval_strategy != interval::no;
}
inline bool no_evaluation_chats(const gkd_config& c) { return !has_evaluation_chats(c); }

}  // namespace detail

/// Whether student or teacher writes answers that are sampled, to learn from or to be measured.
inline bool samples_answers(const gkd_config& c) {
  return c.lmbda > 0.0 || c.seq_kd || (c.eval_generate && detail::has_evaluation_chats(c));
}

namespace detail {

inline bool no_sampling(const gkd_config& c) { return !samples_answers(c); }

inline bool has_no_splits(const gkd_config& c) {
  std::error_code ignored;
  return !c.dataset_name.empty() && !std::filesystem::is_directory(c.dataset_name, ignored);
}
inline bool has_warmup_steps(const gkd_config& c) { return c.warmup_steps.value != 0.0; }
inline bool has_no_warmup(const gkd_config& c) {
  return c.lr_scheduler_type == lr_scheduler_kind::constant;
}
inline bool keeps_no_best(const gkd_config& c) {
  return !c.load_best_model_at_end && c.save_strategy != save_moment::best;
}
inline bool is_not_adamw(const gkd_config& c) { return c.optim != optimizer_kind::adamw; }

namespace reasons {

inline constexpr std::string_view no_splits = "dataset_name is no folder, and a file has no splits";
inline constexpr std::string_view no_chats =
    "there are no chats to evaluate on, want eval_dataset_name or eval_fraction";
inline constexpr std::string_view no_samples =
    "no answers are sampled, since lmbda is 0 and neither seq_kd nor eval_generate asks for some";
inline constexpr std::string_view no_best =
    "no best model is kept, want load_best_model_at_end or save_strategy best";
inline constexpr std::string_view no_warmup =
    "lr_scheduler_type is constant, want constant_with_warmup";
inline constexpr std::string_view no_adamw = "optim is not adamw_torch";
inline constexpr std::string_view other_chats =
    "eval_dataset_name or eval_fraction says which chats to evaluate on";

}  // namespace reasons

inline constexpr effect_rule effect_rules[] = {
    {"dataset_train_split", has_no_splits, reasons::no_splits},
    {"dataset_test_split", has_no_splits, reasons::no_splits},
    {"dataset_test_split",
     [](const gkd_config& c) { return !c.eval_dataset_name.empty() || c.eval_fraction > 0.0; },
     reasons::other_chats},
    {"dataset_test_split",
     [](const gkd_config& c) { return c.training.eval_strategy == interval::no; },
     "eval_strategy is no"},

    {"beta_scaling", [](const gkd_config& c) { return c.beta == 0.0 || c.beta == 1.0; },
     "beta is 0 or 1, a KL that is scaled by nothing"},
    {"lmbda_per", [](const gkd_config& c) { return c.lmbda == 0.0 || c.lmbda == 1.0; },
     "at lmbda 0 or 1 no draw decides who writes a batch"},
    {"seq_kd", [](const gkd_config& c) { return c.lmbda == 1.0; },
     "at lmbda 1 the student writes all of the batches"},
    {"temperature", no_sampling, reasons::no_samples},
    {"top_k", no_sampling, reasons::no_samples},
    {"top_p", no_sampling, reasons::no_samples},
    {"max_new_tokens", [](const gkd_config& c) { return no_sampling(c) && c.report_samples == 0; },
     "no answers are written, since lmbda and report_samples are 0 and neither seq_kd nor "
     "eval_generate asks for some"},

    {"warmup_steps", has_no_warmup, reasons::no_warmup},
    {"warmup_ratio", has_no_warmup, reasons::no_warmup},
    {"warmup_ratio", has_warmup_steps, "warmup_steps is given, too"},
    {"num_train_epochs", [](const gkd_config& c) { return c.training.max_steps > 0; },
     "max_steps is given, too"},
    {"adam_beta1", is_not_adamw, reasons::no_adamw},
    {"adam_beta2", is_not_adamw, reasons::no_adamw},
    {"adam_epsilon", is_not_adamw, reasons::no_adamw},

    {"eval_steps", [](const gkd_config& c) { return c.training.eval_strategy != interval::steps; },
     "eval_strategy is not steps"},
    {"eval_delay", no_evaluation_chats, reasons::no_chats},
    {"eval_delay", [](const gkd_config& c) { return c.training.eval_strategy == interval::no; },
     "eval_strategy is no"},
    {"eval_on_start", no_evaluation_chats, reasons::no_chats},
    {"eval_examples", no_evaluation_chats, reasons::no_chats},
    {"eval_generate", no_evaluation_chats, reasons::no_chats},
    {"prediction_loss_only", no_evaluation_chats, reasons::no_chats},
    {"per_device_eval_batch_size", no_evaluation_chats, reasons::no_chats},
    {"metric_for_best_model", keeps_no_best, reasons::no_best},
    {"greater_is_better", keeps_no_best, reasons::no_best},

    {"save_steps", [](const gkd_config& c) { return c.save_strategy != save_moment::steps; },
     "save_strategy is not steps"},
    {"save_total_limit",
     [](const gkd_config& c) {
       return c.save_strategy != save_moment::steps && c.save_strategy != save_moment::epoch;
     },
     "save_strategy is neither steps nor epoch; only where the run is interrupted is a checkpoint "
     "written"},

    {"overwrite_output_dir",
     [](const gkd_config& c) {
       return c.resume_from_checkpoint.wanted && c.resume_from_checkpoint.path.empty();
     },
     "the run in output_dir goes on, as resume_from_checkpoint says"},
    {"resume_anyway", [](const gkd_config& c) { return !c.resume_from_checkpoint.wanted; },
     "nothing is resumed, want resume_from_checkpoint"},

    {"logging_steps",  // which eval_steps are, too, where there are none
     [](const gkd_config& c) {
       const bool evaluates = c.training.eval_strategy == interval::steps && !c.eval_steps;
       return c.training.logging_strategy != interval::steps && !evaluates;
     },
     "logging_strategy is not steps"},
    {"logging_dir",
     [](const gkd_config& c) {
       return std::none_of(c.report_to.begin(), c.report_to.end(), [](const std::string& to) {
         return to == "all" || to == "tensorboard";
       });
     },
     "report_to does not name tensorboard"},
};

/// An option that keeps another from having effect, or does not go with it. On a command line it
/// takes the place of the other one in a file, if what the words alone make `asks` for it.
struct rival_options {
  std::string_view name, other;
  bool (*asks)(const gkd_config&) = [](const gkd_config&) { return true; };
};

inline constexpr rival_options rivals[] = {
    {"warmup_ratio", "warmup_steps"},
    {"warmup_steps", "warmup_ratio"},
    {"num_train_epochs", "max_steps"},
    {"optim", "adafactor"},
    {"eval_fraction", "eval_dataset_name",
     [](const gkd_config& c) { return c.eval_fraction > 0.0; }},
    {"eval_dataset_name", "eval_fraction",
     [](const gkd_config& c) { return !c.eval_dataset_name.empty(); }},
    {"chat_format", "chat_template_path",
     [](const gkd_config& c) { return !c.chat_format.empty(); }},
    {"chat_template_path", "chat_format",
     [](const gkd_config& c) { return !c.chat_template_path.empty(); }},
    {"eval_generate", "prediction_loss_only", [](const gkd_config& c) { return c.eval_generate; }},
    {"prediction_loss_only", "eval_generate",
     [](const gkd_config& c) { return c.prediction_loss_only; }},
};

/// The names that optim_args may have with an optimizer: see optimizer_of().
inline std::vector<std::string_view> optimizer_settings(optimizer_kind kind) {
  if (kind == optimizer_kind::sgd) return {"momentum", "nesterov"};
  if (kind == optimizer_kind::adamw) return {};
  return {"beta1", "clip_threshold", "decay_rate", "scale_parameter"};
}

/// Takes the settings out of c.optim_args that neither the optimizer has nor that of transformers;
/// their names. What is no name=value stays, and is refused later.
inline std::vector<std::string> drop_other_settings(gkd_config& c) {
  std::vector<std::string_view> known = optimizer_settings(c.optim);
  if (c.optim == optimizer_kind::sgd) known.push_back("dampening");
  std::vector<std::string> dropped;
  std::string kept;
  for (const setting_text& s : settings_in(c.optim_args))
    if (!s.whole() || std::find(known.begin(), known.end(), s.name) != known.end())
      kept += concat(kept.empty() ? "" : ",", s.text);
    else
      dropped.emplace_back(s.name);
  if (!dropped.empty()) c.optim_args = kept;
  return dropped;
}

/// Whether a value asks for something. A word does, but for a false or a 0; a value of a file only
/// where it is not a default, since TRL writes those into every file.
inline bool asks_for_something(std::string_view name, const given_value& given,
                               const nlohmann::json& value, const nlohmann::json& by_default) {
  if (given.is_null()) return false;
  if (given.words) return name == "greater_is_better" || (value != false && value != 0);
  return value != by_default && !(name == "logging_steps" && value == 10);  // TRL's of today
}

/// Why an option has no effect; "" if it has one.
inline std::string_view why_without_effect(std::string_view name, const gkd_config& c) {
  for (const effect_rule& rule : effect_rules)
    if (rule.name == name && rule.without(c)) return rule.why;
  return "";
}

}  // namespace detail

/// What has no effect of the options that `find(name)` gives, a pointer to a detail::given_value or
/// nullptr, and of a learning rate of 0: a text each. `c` is what they make.
template <class Find>
std::vector<std::string> notes_without_effect(const gkd_config& c, const Find& find) {
  std::map<std::string_view, nlohmann::json> by_default;
  const gkd_config defaults;
  visit_options(defaults, [&](const option_info& o, const auto& field, const value_rule&) {
    by_default[o.name] = detail::json_of(field);
  });
  std::vector<std::string> notes;
  visit_options(c, [&](const option_info& o, const auto& field, const value_rule&) {
    const detail::given_value* given = o.same_as.empty() ? find(o.name) : nullptr;
    if (!given) return;
    const nlohmann::json value = detail::json_of(field);
    const std::string_view why = detail::why_without_effect(o.name, c);
    if (!why.empty() && detail::asks_for_something(o.name, *given, value, by_default[o.name]))
      notes.push_back(concat(given->where, " has no effect: ", why));
    if (o.name == "learning_rate" && value == 0)
      notes.push_back(concat(given->where, " is 0: no step changes the student"));
  });
  return notes;
}

}  // namespace gkd::inline v0
