// SPDX-License-Identifier: Apache-2.0
// AdamW: Adam with weight decay that does not pass through the moments.
//
//   m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2
//   x = x (1 - lr weight_decay) - lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)
//
// Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, algorithm 2,
// with the learning rate multiplying the decay as in PyTorch's AdamW.
#pragma once

#include <gkd/core/identity.hpp>
#include <gkd/optim/bind.hpp>
#include <gkd/optim/bound_parameters.hpp>

#include <string>  // string

namespace gkd::inline v0 {

template <class Student>
class adamw_state;

/// Settings of AdamW. The learning rate is an argument of each step.
struct adamw {
  double beta1 = 0.9;                  ///< in [0, 1)
  double beta2 = 0.999;                ///< in [0, 1)
  double epsilon = 1e-8;               ///< > 0
  double weight_decay = 0.0;           ///< >= 0
  decay_rule decays = decay_matrices;  ///< which parameters weight_decay applies to

  /// The state that updates this student, which must outlive it. Throws bad_argument for settings
  /// outside their range, and for a student that shows no parameters or one of them twice.
  template <class Student>
  adamw_state<std::remove_const_t<Student>> bind(Student& student) const;
  /// Throws bad_argument for settings outside their range, for a student whose numbers are Scalars.
  template <class Scalar>
  void check() const {
    detail::want(beta1 >= 0.0 && beta1 < 1.0, "adamw::beta1", beta1, "a number in [0, 1)");
    detail::want(beta2 >= 0.0 && beta2 < 1.0, "adamw::beta2", beta2, "a number in [0, 1)");
    detail::want(epsilon > 0.0 && math::is_finite(epsilon), "adamw::epsilon", epsilon,
                 "a finite number > 0");
    detail::want(weight_decay >= 0.0 && math::is_finite(weight_decay), "adamw::weight_decay",
                 weight_decay, "a finite number >= 0");
  }
  /// What a resumed run compares.
  identity_fields identity() const {
    return identity_fields("adamw")
        .add("beta1", beta1)
        .add("beta2", beta2)
        .add("epsilon", epsilon)
        .add("weight_decay", weight_decay)
        .add("decays", name_of(decays));
  }
};

/// Updates the parameters of one student, and holds their moments.
template <class Student>
class adamw_state {
 public:
  adamw_state(const adamw& settings, Student& student) : settings_(settings), student_(&student) {
    detail::check_bindable<Student>();
    settings.template check<scalar_of<Student>>();
    const auto backend = backend_of(student);
    for_each_parameter(student, [&](const auto& p) {
      entries_.push_back({std::string(p.name), p.value.size(),
                          settings.decays(p.name, p.dimensions),
                          backend.template allocate<scalar_of<Student>>(p.value.size()),
                          backend.template allocate<scalar_of<Student>>(p.value.size())});
    });
    detail::check_shown(student, entries_);
  }

  /// One update from the gradients that the student holds.
  void step(double learning_rate) {
    detail::want_learning_rate(learning_rate);
    const auto backend = backend_of(*student_);
    const auto t = static_cast<double>(steps_ + 1);
    adamw_step s{.learning_rate = learning_rate,
                 .beta1 = settings_.beta1,
                 .beta2 = settings_.beta2,
                 .epsilon = settings_.epsilon,
                 .correction1 = 1.0 - math::pow(settings_.beta1, t),
                 .correction2 = 1.0 - math::pow(settings_.beta2, t)};
    detail::for_each_bound(*student_, entries_, [&](const auto& p, entry& e) {
      s.weight_decay = e.decays ? settings_.weight_decay : 0.0;
      detail::for_each_piece(p, [&](index first, auto x, auto g) {
        ops::adamw(backend, s, g, e.m.view().slice(first, x.size), e.v.view().slice(first, x.size),
                   x);
      });
    });
    ++steps_;
  }

  identity_fields identity() const { return settings_.identity(); }
  /// Steps done so far.
  long steps() const { return steps_; }
  /// For a resumed run, together with the moments. Throws bad_argument for a negative number.
  void set_steps(long steps) {
    detail::want_steps(steps);
    steps_ = steps;
  }

  /// visit(name, view) for each buffer that a checkpoint must keep.
  template <class Visit>
  void visit_state(Visit&& visit) {
    for (entry& e : entries_) {
      visit(e.name + ".exp_avg", e.m.view());
      visit(e.name + ".exp_avg_sq", e.v.view());
    }
  }

 private:
  struct entry {
    std::string name;
    index size;
    bool decays;
    detail::student_buffer<Student> m, v;  // (size)
  };
  adamw settings_;
  Student* student_;
  std::vector<entry> entries_;
  long steps_ = 0;
};

template <class Student>
adamw_state<std::remove_const_t<Student>> adamw::bind(Student& student) const {
  return detail::bind_state<adamw_state>(*this, student);
}

}  // namespace gkd::inline v0
