// SPDX-License-Identifier: Apache-2.0
// The evaluation of a run, which Ctrl-C gives up between two batches.
#pragma once

#include <gkd/train/evaluation.hpp>

#include <optional>  // optional

#include "chats.hpp"
#include "interruption.hpp"
#include "sinks.hpp"

namespace gkd_train {

/// An evaluation on chats, if there are any.
class evaluation_if_any {
 public:
  /// `to` hears how far it is; given up when interrupted.
  evaluation_if_any(const gkd::gkd_config& c, const models& m, const chat_sets& chats, sinks& to) {
    if (!chats.eval) return;
    const auto keep_going = [&to](const gkd::evaluation_progress& now) {
      to.on_progress(now);
      return interrupted() == 0;
    };
    policy_.emplace(chats.eval->data, gkd::evaluation_options{.generate = c.eval_generate,
                                                              .generation = answers_of(c, m),
                                                              .max_examples = c.eval_examples,
                                                              .loss_only = c.prediction_loss_only,
                                                              .keep_going = keep_going});
  }
  template <class Student, class Teacher, class Loss>
  gkd::metrics evaluate(Student& student, Teacher& teacher,
                        const gkd::evaluation_request<Loss>& request) {
    return policy_ ? policy_->evaluate(student, teacher, request) : gkd::metrics{};
  }
  explicit operator bool() const { return policy_.has_value(); }

 private:
  std::optional<gkd::evaluate_on<const gkd::chat_dataset&>> policy_;
};

}  // namespace gkd_train
