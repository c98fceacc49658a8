// SPDX-License-Identifier: Apache-2.0
// What the processes of a run must have alike besides their models: how many steps they make, and
// the settings that a step, an evaluation or a checkpoint depends on. Where one makes more sums
// than the others, all wait for ever; where one takes other steps, its student drifts from theirs.
#pragma once

#include <gkd/core/identity.hpp>
#include <gkd/train/loss_identity.hpp>
#include <gkd/train/plan.hpp>
#include <gkd/train/processes.hpp>

#include <algorithm>    // max
#include <array>        // array
#include <cstdio>       // snprintf
#include <cstdlib>      // strtod
#include <string>       // string, to_string
#include <variant>      // visit
#include <vector>       // vector

namespace gkd::inline v0::detail {

/// As few digits as give the number back: processes compare what they print.
inline std::string exact(double x) {
  std::string text = concat(x);
  if (std::strtod(text.c_str(), nullptr) == x) return text;
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.17g", x);
  return digits;
}
template <class X>
const X& exact(const X& x) {
  return x;
}

/// "name forward_kl, scale 1"
inline std::string text_of(const identity_fields& settings) {
  std::string text;
  for (const auto& [name, value] : settings.fields())
    std::visit(
        [&](const auto& x) { text += concat(text.empty() ? "" : ", ", name, " ", exact(x)); },
        value);
  return text;
}

inline std::string batch_settings(const training_options& o) {
  return concat("per_device_train_batch_size ", o.per_device_train_batch_size,
                ", gradient_accumulation_steps ", o.gradient_accumulation_steps, ", seed ", o.seed,
                ", data_seed ", o.data_seed ? std::to_string(*o.data_seed) : "that of seed");
}
/// A schedule that does not say what it is is known by what it gives in the steps that are left, of
/// very many by some 65,000 of them.
inline std::string rate_settings(const training_options& o, long step, long total_steps) {
  if (!o.lr_schedule)
    return concat("learning_rate ", exact(o.learning_rate), ", lr_scheduler_type ",
                  name_of(o.lr_scheduler_type), ", warmup_steps ", o.warmup_steps,
                  ", warmup_ratio ", exact(o.warmup_ratio), ", min_lr_ratio ",
                  exact(o.min_lr_ratio));
  if (o.lr_schedule.identity()) return "lr_schedule: " + text_of(*o.lr_schedule.identity());
  if (step >= total_steps) return "lr_schedule";
  const long last = total_steps - 1, every = std::max(1L, (total_steps - step) / 65536);
  text_hash all;
  for (long at = step; at <= last; at += every) all.add(exact(o.lr_schedule(at)) + " ");
  return concat("lr_schedule, ", exact(o.lr_schedule(step)), " at step ", step, ", ",
                exact(o.lr_schedule(last)), " at step ", last, ", all of hash ",
                exact(all.value()));
}
inline std::string loss_settings(const training_options& o) {
  return concat("loss_normaliser ", name_of(o.loss_normaliser), ", loss_temperature ",
                exact(o.loss_temperature), ", vocab_size ", o.vocab_size, ", max_grad_norm ",
                exact(o.max_grad_norm));
}
/// Of what all do together between steps. Where that is at ends of epochs, these are where the
/// number of examples says.
inline std::string interval_settings(const training_options& o, const training_plan& plan) {
  const bool epochs = o.eval_strategy == interval::epoch || o.save_strategy == interval::epoch;
  return concat("eval_strategy ", name_of(o.eval_strategy), ", eval_steps ", o.eval_steps,
                ", eval_delay ", exact(o.eval_delay), ", eval_on_start ", o.eval_on_start,
                ", save_strategy ", name_of(o.save_strategy), ", save_steps ", o.save_steps,
                epochs ? concat(", epochs of ", exact(plan.examples), " examples") : "");
}

/// Throws bad_argument, in all processes, unless all are to make as many steps: the one that makes
/// more would wait for the others for ever.
template <class Policies>
void check_same_plan(const Policies& policies, long total_steps) {
  const std::vector<double> totals = of_each_process(policies, double(total_steps));
  for (index r = 0; r < totals.size(); ++r)
    if (totals[r] != double(total_steps))
      fail(errc::bad_argument, "process ", rank_of(policies), " of ", totals.size(), " is to make ",
           total_steps, " steps in all, process ", r, " ", totals[r],
           "; want the same options and as much data in all");
}

/// Throws bad_argument, in all processes, unless all have these settings, which are theirs at one
/// step.
template <class Policies, class Loss, class Optimizer>
void check_same_settings(const Policies& policies, const training_options& o,
                         const training_plan& plan, long step, const Loss& loss,
                         const Optimizer& optimizer) {
  std::array<std::string, 6> mine;
  agree(policies, [&] {
    mine = {batch_settings(o),          rate_settings(o, step, plan.total_steps),
            loss_settings(o),           "the loss " + text_of(loss_identity(loss)),
            interval_settings(o, plan), "the optimizer " + text_of(part_identity(optimizer))};
  });
  for (const std::string& settings : mine) {
    const double hash = text_hash().add(settings).value();
    const std::vector<double> hashes = of_each_process(policies, hash);
    for (index r = 0; r < hashes.size(); ++r)
      if (hashes[r] != hash)
        fail(errc::bad_argument, "process ", rank_of(policies), " of ", hashes.size(), " has ",
             settings, "; process ", r, " has something else there, want the same in all");
  }
}

/// Throws, in all processes, unless all go on from one place, to one end, with the same settings:
/// bad_checkpoint as check_same_step() does, else bad_argument.
template <class Policies, class Loss, class Optimizer>
void check_same_run(const Policies& policies, const training_options& o, const training_plan& plan,
                    long step, bool apart, const Loss& loss, const Optimizer& optimizer) {
  if (processes_of(policies) == 1) return;
  check_same_plan(policies, plan.total_steps);
  check_same_step(policies, step, apart);
  check_same_settings(policies, o, plan, step, loss, optimizer);
}

}  // namespace gkd::inline v0::detail
