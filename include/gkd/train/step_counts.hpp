// SPDX-License-Identifier: Apache-2.0
// How much a step learns from: sizes of its micro-batches, which the processes of a run add up.
#pragma once

#include <gkd/loss/reduce.hpp>

#include <array>  // array

namespace gkd::inline v0::detail {

class step_counts {
 public:
  step_counts() = default;
  explicit step_counts(std::span<const token_batch> batches) {
    for (const token_batch& b : batches) {
      const loss_count in_loss = count(groups_of(b));
      numbers_[weight] += in_loss.weight;
      numbers_[targets] += in_loss.sequences;
      numbers_[all] += double(b.size());
      numbers_[tokens_in_all] += double(b.tokens().size());
      for (index s = 0; s < b.size(); ++s)
        numbers_[by_student] += b.from(s) == origin::student ? 1.0 : 0.0;
    }
  }

  loss_count in_loss() const { return {numbers_[weight], numbers_[targets]}; }
  double sequences() const { return numbers_[all]; }
  double tokens() const { return numbers_[tokens_in_all]; }  ///< prompts included
  /// Share of the sequences that the student wrote; 0 of none.
  double student_fraction() const {
    return numbers_[all] > 0.0 ? numbers_[by_student] / numbers_[all] : 0.0;
  }
  /// All of them, to be added up.
  std::span<double> numbers() { return numbers_; }

 private:
  enum { weight, targets, all, by_student, tokens_in_all, kinds };
  std::array<double, kinds> numbers_{};
};

}  // namespace gkd::inline v0::detail
