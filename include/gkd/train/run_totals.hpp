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
    const long skipped = now.skipped_steps - before_.skipped_steps;
    const long learnt_from = now.step - before_.step - skipped;
    return {.steps = now.step,
            .mean_loss = learnt_from > 0 ? losses_.value() / double(learnt_from) : 0.0,
            .seconds = seconds,
            .tokens_per_second = (now.tokens_seen - before_.tokens_seen) / seconds,
            .stopped = stopped,
            .skipped_steps = skipped};
  }
  /// Throws empty_data where no step of the run had a token to learn from; bad_argument where, from
  /// the first step on, the student was taught by its own copy and never differed from it. Once the
  /// weights differ, a copy does teach; of the steps before this call nothing is known.
  void check(const train_state& now, bool taught_by_itself) const {
    if (now.step == before_.step) return;
    if (now.skipped_steps == now.step)
      fail(errc::empty_data, "none of the ", now.step,
           " steps had a token to learn from; want sequences with answers, or other weights");
    if (taught_by_itself && !taught_ && before_.step == 0)
      fail(errc::bad_argument, "the student learnt nothing in ", now.step,
           " steps: the trainer was given no teacher, so a copy of the student taught it, and loss "
           "and gradient were exactly 0 in each; want trainer{student, teacher, loss, ...}");
  }

 private:
  train_state before_;
  compensated_sum losses_;
  bool taught_ = false;
};

}  // namespace gkd::inline v0::detail
