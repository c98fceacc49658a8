// SPDX-License-Identifier: Apache-2.0
// any_optimizer: AdamW, Adafactor or SGD, chosen at run time.
//
//   gkd::any_optimizer optimizer = gkd::adafactor{.beta1 = 0.9};
//   gkd::trainer t{student, teacher, loss, source, optimizer, options};
#pragma once

#include <gkd/optim/adafactor.hpp>
#include <gkd/optim/adamw.hpp>
#include <gkd/optim/sgd.hpp>

#include <variant>  // variant

namespace gkd::inline v0 {

/// The state of whichever it is, bound to one student.
template <class Student>
class any_optimizer_state {
 public:
  template <class State>
  explicit any_optimizer_state(State state) : state_(std::move(state)) {}

  void step(double learning_rate) {
    std::visit([&](auto& s) { s.step(learning_rate); }, state_);
  }
  long steps() const {
    return std::visit([](const auto& s) { return s.steps(); }, state_);
  }
  void set_steps(long steps) {
    std::visit([&](auto& s) { s.set_steps(steps); }, state_);
  }
  identity_fields identity() const {
    return std::visit([](const auto& s) { return s.identity(); }, state_);
  }
  template <class Visit>
  void visit_state(Visit&& visit) {
    std::visit([&](auto& s) { s.visit_state(visit); }, state_);
  }

 private:
  std::variant<adamw_state<Student>, adafactor_state<Student>, sgd_state<Student>> state_;
};

class any_optimizer {
 public:
  // from each of them, without a cast
  any_optimizer(adamw settings) : settings_(settings) {}
  any_optimizer(adafactor settings) : settings_(settings) {}
  any_optimizer(sgd settings) : settings_(settings) {}

  /// Throws bad_argument for settings outside their range, for a student whose numbers are Scalars.
  template <class Scalar>
  void check() const {
    std::visit([](const auto& s) { s.template check<Scalar>(); }, settings_);
  }
  /// Throws bad_argument for settings outside their range.
  template <class Student>
  any_optimizer_state<Student> bind(Student& student) const {
    return std::visit([&](const auto& s) { return any_optimizer_state<Student>(s.bind(student)); },
                      settings_);
  }

 private:
  std::variant<adamw, adafactor, sgd> settings_;
};

}  // namespace gkd::inline v0
