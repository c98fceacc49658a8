// SPDX-License-Identifier: Apache-2.0
// What the micro-batches of a step come to, which the processes of a run add up: how much is learnt
// from, and what the loss was.
#pragma once

#include <gkd/core/sum.hpp>
#include <gkd/loss/row_losses.hpp>
#include <gkd/train/policies.hpp>

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
  double tokens() const { return numbers_[tokens_in_all]; }  ///< prompts included
  /// Share of the sequences that the student wrote; 0 of none.
  double student_fraction() const {
    return numbers_[all] > 0.0 ? numbers_[by_student] / numbers_[all] : 0.0;
  }
  void add_to(train_state& s, step_event& e) const {
    s.sequences_seen += numbers_[all];
    s.tokens_seen += tokens();
    s.rows_seen += numbers_[weight];
    e.rows = numbers_[weight];
    e.tokens = tokens();
    e.tokens_seen = s.tokens_seen;
    e.student_fraction = student_fraction();
    e.details.counted = in_loss();
  }
  /// All of them, to be added up.
  std::span<double> numbers() { return numbers_; }

 private:
  enum { weight, targets, all, by_student, tokens_in_all, kinds };
  std::array<double, kinds> numbers_{};
};

/// The losses of the micro-batches, each already a part of the whole step's.
class step_losses {
 public:
  void add(const loss_result& r) {
    sum_.add(r.value);
    numbers_[value] = sum_.value();
    numbers_[rows] += double(r.rows);
    numbers_[by_teacher] += double(r.rows) * r.teacher_outside;
    numbers_[by_student] += double(r.rows) * r.student_outside;
  }
  /// All of them, to be added up.
  std::span<double> numbers() { return numbers_; }

  /// The loss of the step; the masses left out are means over all of its rows.
  loss_result result() const {
    const double all = numbers_[rows] > 0.0 ? numbers_[rows] : 1.0;
    return {.value = numbers_[value],
            .rows = static_cast<index>(numbers_[rows]),
            .counted = {},
            .teacher_outside = numbers_[by_teacher] / all,
            .student_outside = numbers_[by_student] / all};
  }

 private:
  enum { value, rows, by_teacher, by_student, kinds };
  std::array<double, kinds> numbers_{};
  compensated_sum sum_;
};

}  // namespace gkd::inline v0::detail
