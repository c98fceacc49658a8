// SPDX-License-Identifier: Apache-2.0
// What one call of train() comes to, and the ways in which all of it can have been for nothing.
#pragma once

#include <gkd/core/sum.hpp>
#include <gkd/train/policies.hpp>

namespace gkd::inline v0::detail {

class run_totals {
 public:
  explicit run_totals(const train_state& before) : before_(before) {}

  void add(const step_event& e) {
    losses_.add(e.loss);
    taught_ = taught_ || e.loss != 0.0 || e.gradient_norm != 0.0;
  }
  train_result result(const train_state& now, double seconds, bool stopped) const {
    const long steps = now.step - before_.step;
    return {.steps = now.step,
            .mean_loss = steps > 0 ? losses_.value() / double(steps) : 0.0,
            .seconds = seconds,
            .tokens_per_second = (now.tokens_seen - before_.tokens_seen) / seconds,
            .stopped = stopped,
            .skipped_steps = now.skipped_steps - before_.skipped_steps};
  }
  /// Throws empty_data where no step had a token to learn from; bad_argument where the student was
  /// taught by its own copy and never differed from it. Once the weights differ, a copy does teach.
  void check(const train_state& now, bool taught_by_itself) const {
    const long steps = now.step - before_.step;
    if (steps == 0) return;
    if (now.skipped_steps - before_.skipped_steps == steps)
      fail(errc::empty_data, "none of the ", steps,
           " steps had a token to learn from; want sequences with answers, or other weights");
    if (taught_by_itself && !taught_)
      fail(errc::bad_argument, "the student learnt nothing in ", steps,
           " steps: the trainer was given no teacher, so a copy of the student taught it, and loss "
           "and gradient were exactly 0 in each; want trainer{student, teacher, loss, ...}");
  }

 private:
  train_state before_;
  compensated_sum losses_;
  bool taught_ = false;
};

}  // namespace gkd::inline v0::detail
