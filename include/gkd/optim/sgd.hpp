// SPDX-License-Identifier: Apache-2.0
// Stochastic gradient descent, with momentum if wanted:
//
//   g += weight_decay x;   v = momentum v + g;   x -= learning_rate v
//
// Nesterov takes g + momentum v in place of v. Source: PyTorch's SGD with dampening 0.
#pragma once

#include <gkd/core/identity.hpp>
#include <gkd/optim/bind.hpp>
#include <gkd/optim/bound_parameters.hpp>

#include <string>  // string

namespace gkd::inline v0 {

template <class Student>
class sgd_state;

/// Settings of SGD. The learning rate is an argument of each step.
struct sgd {
  double momentum = 0.0;               ///< in [0, 1)
  double weight_decay = 0.0;           ///< >= 0, added to the gradient
  bool nesterov = false;               ///< needs momentum
  decay_rule decays = decay_matrices;  ///< which parameters weight_decay applies to

  /// The state that updates this student, which must outlive it. Throws bad_argument for settings
  /// outside their range, and for a student that shows no parameters or one of them twice.
  template <class Student>
  sgd_state<std::remove_const_t<Student>> bind(Student& student) const;
  /// Throws bad_argument for settings outside their range, for a student whose numbers are Scalars.
  template <class Scalar>
  void check() const {
    detail::want(momentum >= 0.0 && momentum < 1.0, "sgd::momentum", momentum,
                 "a number in [0, 1)");
    detail::want(weight_decay >= 0.0 && math::is_finite(weight_decay), "sgd::weight_decay",
                 weight_decay, "a finite number >= 0");
    detail::want(!nesterov || momentum > 0.0, "sgd::momentum", momentum,
                 "a number in (0, 1) with nesterov");
  }
  /// What a resumed run compares.
  identity_fields identity() const {
    return identity_fields("sgd")
        .add("momentum", momentum)
        .add("weight_decay", weight_decay)
        .add("nesterov", nesterov)
        .add("decays", name_of(decays));
  }
};

/// Updates the parameters of one student, and holds their velocities.
template <class Student>
class sgd_state {
 public:
  sgd_state(const sgd& settings, Student& student) : settings_(settings), student_(&student) {
    detail::check_bindable<Student>();
    settings.template check<scalar_of<Student>>();
    const auto backend = backend_of(student);
    for_each_parameter(student, [&](const auto& p) {
      const index n = settings.momentum > 0.0 ? p.value.size() : 0;
      entries_.push_back({std::string(p.name), p.value.size(),
                          settings.decays(p.name, p.dimensions),
                          backend.template allocate<scalar_of<Student>>(n)});
    });
    detail::check_shown(student, entries_);
  }

  /// x -= learning_rate * update, from the gradients that the student holds.
  void step(double learning_rate) {
    detail::want_learning_rate(learning_rate);
    const auto backend = backend_of(*student_);
    detail::for_each_bound(*student_, entries_, [&](const auto& p, entry& e) {
      const sgd_step s{learning_rate, settings_.momentum, e.decays ? settings_.weight_decay : 0.0,
                       settings_.nesterov};
      detail::for_each_piece(p, [&](index first, auto x, auto g) {
        const auto velocity = e.velocity.view();
        ops::sgd(backend, s, g, velocity.size == 0 ? velocity : velocity.slice(first, x.size), x);
      });
    });
    ++steps_;
  }

  identity_fields identity() const { return settings_.identity(); }
  /// Steps done so far.
  long steps() const { return steps_; }
  /// For a resumed run, together with the buffers. Throws bad_argument for a negative number.
  void set_steps(long steps) {
    detail::want_steps(steps);
    steps_ = steps;
  }

  /// visit(name, view) for each buffer that a checkpoint must keep; without momentum there is none.
  template <class Visit>
  void visit_state(Visit&& visit) {
    if (settings_.momentum == 0.0) return;
    for (entry& e : entries_) visit(e.name + ".momentum_buffer", e.velocity.view());
  }

 private:
  struct entry {
    std::string name;
    index size;
    bool decays;
    detail::student_buffer<Student> velocity;
  };
  sgd settings_;
  Student* student_;
  std::vector<entry> entries_;
  long steps_ = 0;
};

template <class Student>
sgd_state<std::remove_const_t<Student>> sgd::bind(Student& student) const {
  return detail::bind_state<sgd_state>(*this, student);
}

}  // namespace gkd::inline v0
