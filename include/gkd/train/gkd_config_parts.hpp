// SPDX-License-Identifier: Apache-2.0
// From a gkd_config to the parts of a run:
//
//   gkd::validate(c);                                    options that do not go together
//   gkd::trainer t{student, teacher, gkd::divergence_of(c), source, gkd::optimizer_of(c),
//                  gkd::options_of(c, double(source.size())), ...};
#pragma once

#include <gkd/divergence/any.hpp>
#include <gkd/sample/generate.hpp>
#include <gkd/train/any_optimizer.hpp>
#include <gkd/train/gkd_config_values.hpp>
#include <gkd/train/plan.hpp>

#include <algorithm>         // none_of
#include <initializer_list>  // initializer_list
#include <map>               // map

namespace gkd::inline v0 {

namespace detail {

/// Settings of a part by name. What is there and nobody asks for is an error.
class named_settings {
 public:
  explicit named_settings(std::map<std::string, given_value> settings)
      : settings_(std::move(settings)) {}

  /// Sets `to` if the setting is there.
  template <class T>
  void take(const char* name, T& to, const value_rule& rule) {
    known_ += concat(known_.empty() ? "" : ", ", name);
    const auto found = settings_.find(name);
    if (found == settings_.end()) return;
    if (!found->second.is_null()) assign(to, found->second, rule);
    settings_.erase(found);
  }
  void done(std::string_view part) const {
    if (settings_.empty()) return;
    fail(errc::bad_argument, settings_.begin()->second.where, " is no setting of ", part, ", want ",
         known_.empty() ? "none" : known_);
  }

 private:
  std::map<std::string, given_value> settings_;
  std::string known_;
};

/// The members of a JSON object by name.
inline named_settings settings_of_json(std::string_view option, const nlohmann::json& object) {
  std::map<std::string, given_value> out;
  for (const auto& [name, value] : object.items())
    out.emplace(name, given_value{concat(option, ": ", in_quotes(name)), value, {}});
  return named_settings(std::move(out));
}

inline void take_floor(named_settings& settings, lr_scheduler& s) {
  std::optional<double> rate, lowest;
  settings.take("min_lr_rate", rate, rules::share);
  settings.take("min_lr", lowest, rules::amount);
  if (rate.has_value() == lowest.has_value())
    fail(errc::bad_argument,
         "lr_scheduler_kwargs: this scheduler wants one of \"min_lr\" and \"min_lr_rate\"");
  if (lowest && *lowest > s.peak)
    fail(errc::bad_argument, "lr_scheduler_kwargs: \"min_lr\" is ", *lowest,
         ", want at most the learning rate, ", s.peak);
  s.min_lr_rate = rate ? *rate : s.peak > 0.0 ? *lowest / s.peak : 0.0;
}

inline void take_stages(named_settings& settings, lr_scheduler& s) {
  settings.take("num_decay_steps", s.decay_steps, rules::count);
  if (s.decay_steps < 1)
    fail(errc::bad_argument,
         "lr_scheduler_kwargs: this scheduler wants \"num_decay_steps\", ", rules::count.wanted);
  settings.take("num_stable_steps", s.stable_steps, rules::count0);
  settings.take("warmup_type", s.warmup_curve, {});
  settings.take("decay_type", s.decay_curve, {});
  settings.take("min_lr_ratio", s.min_lr_rate, rules::share);
  settings.take("num_cycles", s.num_cycles, rules::amount);
}

/// "momentum=0.9, nesterov=true" by name.
inline named_settings settings_of_text(std::string_view option, std::string_view text) {
  std::map<std::string, given_value> out;
  for (const setting_text& s : settings_in(text)) {
    if (!s.whole()) fail(errc::bad_argument, option, ": ", in_quotes(s.text), ", want name=value");
    given_value given{concat(option, ": ", in_quotes(s.name)), {}, {{std::string(*s.value)}}};
    if (!out.emplace(s.name, std::move(given)).second)
      fail(errc::bad_argument, option, ": ", in_quotes(s.name), " is given twice, want it once");
  }
  return named_settings(std::move(out));
}

}  // namespace detail

/// The learning rate over a run of so many steps. Throws bad_argument for lr_scheduler_kwargs that
/// are not the scheduler's, and where it gives a learning rate that is not finite.
inline lr_scheduler scheduler_of(const gkd_config& c, long total_steps) {
  using enum lr_scheduler_kind;
  using namespace detail;
  lr_scheduler s{c.lr_scheduler_type, c.training.learning_rate, total_steps};
  const bool by_ratio = c.warmup_steps.value == 0.0;
  const bool whole_run = by_ratio && c.training.warmup_ratio == 1.0;  // not a single step
  s.warmup_steps = whole_run  ? total_steps
                   : by_ratio ? step_count{c.training.warmup_ratio}.in(total_steps)
                              : c.warmup_steps.in(total_steps);
  named_settings settings = settings_of_json("lr_scheduler_kwargs", c.lr_scheduler_kwargs);
  if (s.kind == cosine_with_restarts) s.num_cycles = 1.0;
  if (s.kind == cosine || s.kind == cosine_with_restarts || s.kind == cosine_with_min_lr ||
      s.kind == cosine_warmup_with_min_lr)
    settings.take("num_cycles", s.num_cycles, rules::amount);
  if (s.kind == cosine_with_min_lr || s.kind == cosine_warmup_with_min_lr) take_floor(settings, s);
  if (s.kind == cosine_warmup_with_min_lr)
    settings.take("warmup_lr_rate", s.warmup_lr_rate, rules::share);
  if (s.kind == polynomial) {
    settings.take("lr_end", s.lr_end, rules::amount);
    settings.take("power", s.power, rules::amount);
  }
  if (s.kind == inverse_sqrt) settings.take("timescale", s.timescale, rules::count);
  if (s.kind == warmup_stable_decay) take_stages(settings, s);
  settings.done(json_of(s.kind).get<std::string>());
  try {
    s.check();
  } catch (const error& e) {
    for (const auto& [name, value] : c.lr_scheduler_kwargs.items())
      if (e.text().starts_with(name)) fail(e.code(), "lr_scheduler_kwargs: ", e.text());
    throw;
  }
  return s;
}

/// The trainer's options for a source of so many examples. Throws bad_argument.
inline training_options options_of(const gkd_config& c, double examples) {
  struct counted {
    double examples;
    index size() const { return static_cast<index>(examples); }
  };
  training_options o = c.training;
  const long total = plan_training(o, counted{examples}, 1).total_steps;
  o.logging_steps = c.logging_steps.of(total);
  o.eval_steps = c.eval_steps.value_or(c.logging_steps).of(total);
  o.save_steps = c.save_steps.of(total);
  o.save_strategy = c.save_strategy == save_moment::steps   ? interval::steps
                    : c.save_strategy == save_moment::epoch ? interval::epoch
                                                            : interval::no;
  const lr_scheduler s = scheduler_of(c, total);
  o.warmup_steps = s.warmup_steps;
  o.warmup_ratio = 0.0;
  switch (s.kind) {  // those that the trainer names itself are known by their settings
    case lr_scheduler_kind::linear: o.lr_scheduler_type = decay_shape::linear; break;
    case lr_scheduler_kind::constant: o.warmup_steps = 0; [[fallthrough]];
    case lr_scheduler_kind::constant_with_warmup:
      o.lr_scheduler_type = decay_shape::constant;
      break;
    default: o.lr_schedule = s;
  }
  return o;
}

/// Throws bad_argument for optim_args that are not the optimizer's.
inline any_optimizer optimizer_of(const gkd_config& c) {
  detail::named_settings settings = detail::settings_of_text("optim_args", c.optim_args);
  const auto done = [&](auto optimizer) {
    settings.done(detail::json_of(c.optim).get<std::string>());
    return any_optimizer(optimizer);
  };
  switch (c.optim) {
    case optimizer_kind::adafactor: {
      adafactor s{.weight_decay = c.weight_decay};
      settings.take("beta1", s.beta1, detail::rules::below_one);
      settings.take("clip_threshold", s.clip_threshold, detail::rules::positive);
      settings.take("decay_rate", s.decay_rate, {"a number"});
      settings.take("scale_parameter", s.scale_parameter, detail::rules::either);
      return done(s);
    }
    case optimizer_kind::sgd: {
      sgd s{.weight_decay = c.weight_decay};
      settings.take("momentum", s.momentum, detail::rules::below_one);
      settings.take("nesterov", s.nesterov, detail::rules::either);
      return done(s);
    }
    case optimizer_kind::adamw: break;
  }
  return done(adamw{.beta1 = c.adam_beta1,
                    .beta2 = c.adam_beta2,
                    .epsilon = c.adam_epsilon,
                    .weight_decay = c.weight_decay});
}

inline any_divergence divergence_of(const gkd_config& c) {
  return any_divergence::from_beta(c.beta, c.beta_scaling);
}

/// How the student and, with seq_kd, the teacher answer; stop tokens are the tokenizer's matter.
inline generation_options generation_of(const gkd_config& c) {
  return {.sampling = {.temperature = c.temperature, .top_k = c.top_k, .top_p = c.top_p},
          .max_new_tokens = c.max_new_tokens};
}

/// What there is among chats to evaluate on.
struct evaluation_chats {
  bool with_targets = true;  ///< one with a token that a loss is of
  bool with_answers = true;  ///< one that ends with an answer
};

/// The metrics that an evaluation on such chats gives with these options, in its order.
inline std::vector<std::string> metric_names(const gkd_config& c, evaluation_chats chats = {}) {
  std::vector<std::string> names;
  const auto add = [&](std::initializer_list<const char*> more) {
    for (const char* name : more) names.push_back(concat("eval_", name));
  };
  if (chats.with_targets) add({"loss"});
  if (chats.with_targets && !c.prediction_loss_only)
    add({"forward_kl", "reverse_kl", "jsd", "cross_entropy", "perplexity", "teacher_perplexity",
         "token_agreement", "tokens"});
  if (c.eval_generate) add({"mean_length", "eos_rate"});
  if (c.eval_generate && chats.with_answers)
    add({"exact_match", "exact_match_low", "exact_match_high"});
  if (c.eval_generate) add({"own_forward_kl", "own_reverse_kl"});
  return names;
}
/// The metric that decides which model is best, with its "eval_".
inline std::string best_metric_of(const gkd_config& c) {
  const std::string& name = c.metric_for_best_model;
  return name.starts_with("eval_") ? name : "eval_" + name;
}
/// Whether more of it is better: as greater_is_better says, else by the name. In transformers all
/// but a loss are better when greater; here divergences and perplexities are not.
inline bool greater_is_better(const gkd_config& c) {
  if (c.greater_is_better) return *c.greater_is_better;
  const std::string name = best_metric_of(c);
  for (std::string_view small : {"loss", "kl", "jsd", "entropy", "perplexity", "length"})
    if (name.ends_with(small)) return false;
  return true;
}

/// Throws bad_argument for options that do not go together, or one that a run cannot do without.
inline void validate(const gkd_config& c) {
  const auto want = [](bool holds, const auto&... text) {
    if (!holds) fail(errc::bad_argument, text...);
  };
  want(!c.model_name_or_path.empty(),
       "--model_name_or_path is missing, want the folder of the student");
  want(!c.dataset_name.empty(), "--dataset_name is missing, want chats as JSONL");
  want(!c.training.output_dir.empty(), "--output_dir is empty, want a folder");
  want(std::none_of(c.training.output_dir.begin(), c.training.output_dir.end(),
                    [](char one) { return (one >= 0 && one < ' ') || one == 0x7f; }),
       "--output_dir is ", in_quotes(c.training.output_dir),
       ", want a path without line ends and other control characters");
  want(c.eval_dataset_name.empty() || c.eval_fraction == 0.0,
       "--eval_dataset_name and --eval_fraction are both given, want one of them");
  want(!c.prediction_loss_only || !c.eval_generate,
       "--prediction_loss_only and --eval_generate are both given, want one of them: eval_loss "
       "alone, or the student's own answers, too");
  want(c.chat_format.empty() || c.chat_template_path.empty(),
       "--chat_format and --chat_template_path are both given, want one of them");
  const bool keeps_best = c.load_best_model_at_end || c.save_strategy == save_moment::best;
  want(!keeps_best || c.training.eval_strategy != interval::no,
       "--load_best_model_at_end and --save_strategy best need evaluations: --eval_strategy steps "
       "or epoch");
  validate(c.training);
}

}  // namespace gkd::inline v0
