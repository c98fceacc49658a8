// SPDX-License-Identifier: Apache-2.0
// Means over the steps since the last line of a log.
#pragma once

#include <gkd/train/callbacks.hpp>

namespace gkd::inline v0 {

/// Add each step; what is read holds for those that were added since it was made anew.
class step_window {
 public:
  void add(const step_event& e) {
    ++steps_;
    if (e.rows > 0.0) {
      ++learnt_;
      loss_ += e.loss;
    }
    student_fraction_ += e.student_fraction;
    tokens_ += e.tokens;
    rows_ += e.rows;
    seconds_ += e.seconds;
    generation_seconds_ += e.generation_seconds;
  }
  /// Over the steps with a token to learn from: the others have no loss. NaN where there is none.
  double loss() const { return loss_ / learnt_; }
  /// Over at least one step.
  double student_fraction() const { return student_fraction_ / steps_; }
  double seconds_per_step() const { return seconds_ / steps_; }
  double generation_share() const { return seconds_ > 0.0 ? generation_seconds_ / seconds_ : 0.0; }
  double tokens_per_second() const { return seconds_ > 0.0 ? tokens_ / seconds_ : 0.0; }
  double rows() const { return rows_; }  ///< in all

 private:
  double steps_ = 0.0, learnt_ = 0.0, loss_ = 0.0, student_fraction_ = 0.0, tokens_ = 0.0,
         rows_ = 0.0, seconds_ = 0.0, generation_seconds_ = 0.0;
};

}  // namespace gkd::inline v0
