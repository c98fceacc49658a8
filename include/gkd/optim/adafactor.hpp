// SPDX-License-Identifier: Apache-2.0
// Adafactor: the second moments of a matrix as one number per row and one per column, so that the
// state of an (R, C) matrix is R + C numbers. Vectors keep a second moment per element. The formula
// is above adafactor_step.
//
// Source: Shazeer and Stern, "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost", ICML
// 2018, with the learning rate given from outside, as transformers' Adafactor(relative_step=False).
#pragma once

#include <gkd/core/identity.hpp>
#include <gkd/optim/bind.hpp>
#include <gkd/optim/bound_parameters.hpp>

#include <limits>  // numeric_limits
#include <string>  // string

namespace gkd::inline v0 {

template <class Student>
class adafactor_state;

/// Settings of Adafactor; the defaults are what transformers' Trainer takes for optim="adafactor".
/// The learning rate is an argument of each step.
struct adafactor {
  double epsilon1 = 1e-30;             ///< added to squared gradients, > 0 in the student's numbers
  double epsilon2 = 1e-3;              ///< least size of a parameter with scale_parameter, > 0
  double clip_threshold = 1.0;         ///< largest root mean square of an update, > 0
  double decay_rate = -0.8;            ///< beta2 = 1 - t^decay_rate at step t, < 0
  double beta1 = 0.0;                  ///< momentum in [0, 1); 0 keeps no first moment
  double weight_decay = 0.0;           ///< >= 0
  bool scale_parameter = false;        ///< learning rate in units of the parameter's size
  decay_rule decays = decay_matrices;  ///< which parameters weight_decay applies to

  /// The state that updates this student, which must outlive it. Throws bad_argument for settings
  /// outside their range; an epsilon1 that moments of the student's number type cannot hold is one;
  /// and for a student that shows no parameters or one of them twice.
  template <class Student>
  adafactor_state<std::remove_const_t<Student>> bind(Student& student) const;
  /// Throws bad_argument for settings outside their range, for a student whose numbers are Scalars.
  template <class Scalar>
  void check() const {
    const auto positive = [](std::string_view what, double x) {
      detail::want(x > 0.0 && math::is_finite(x), what, x, "a finite number > 0");
    };
    // moments, at least epsilon1, are the student's numbers; a product of two is a double
    const double least = math::max(double(std::numeric_limits<Scalar>::min()),
                                   math::sqrt(std::numeric_limits<double>::min()));
    detail::want(epsilon1 >= least && math::is_finite(epsilon1), "adafactor::epsilon1", epsilon1,
                 concat("a finite number >= ", least, " for moments in the student's numbers"));
    positive("adafactor::epsilon2", epsilon2);
    positive("adafactor::clip_threshold", clip_threshold);
    detail::want(decay_rate < 0.0 && math::is_finite(decay_rate), "adafactor::decay_rate",
                 decay_rate, "a finite number < 0");
    detail::want(beta1 >= 0.0 && beta1 < 1.0, "adafactor::beta1", beta1, "a number in [0, 1)");
    detail::want(weight_decay >= 0.0 && math::is_finite(weight_decay), "adafactor::weight_decay",
                 weight_decay, "a finite number >= 0");
  }
  /// What a resumed run compares.
  identity_fields identity() const {
    return identity_fields("adafactor")
        .add("epsilon1", epsilon1)
        .add("epsilon2", epsilon2)
        .add("clip_threshold", clip_threshold)
        .add("decay_rate", decay_rate)
        .add("beta1", beta1)
        .add("weight_decay", weight_decay)
        .add("scale_parameter", scale_parameter)
        .add("decays", name_of(decays));
  }
};

/// Updates the parameters of one student, and holds their moments.
template <class Student>
class adafactor_state {
 public:
  adafactor_state(const adafactor& settings, Student& student)
      : settings_(settings), student_(&student) {
    detail::check_bindable<Student>();
    settings.template check<scalar_of<Student>>();
    const auto backend = backend_of(student);
    const auto allocate = [&](index n) { return backend.template allocate<scalar_of<Student>>(n); };
    for_each_parameter(student, [&](const auto& p) {
      const bool factored = p.dimensions > 1;
      const index n = p.value.size();
      entries_.push_back({std::string(p.name), n, settings.decays(p.name, p.dimensions), factored,
                          allocate(factored ? p.value.rows : n),
                          allocate(factored ? p.value.cols : 0),
                          allocate(settings.beta1 > 0.0 ? n : 0)});
    });
    detail::check_shown(student, entries_);
  }

  /// One update from the gradients that the student holds.
  void step(double learning_rate) {
    detail::want_learning_rate(learning_rate);
    const auto backend = backend_of(*student_);
    const double beta2 = 1.0 - math::pow(static_cast<double>(steps_ + 1), settings_.decay_rate);
    adafactor_step s{.learning_rate = learning_rate,
                     .beta1 = settings_.beta1,
                     .beta2 = beta2,
                     .epsilon1 = settings_.epsilon1,
                     .epsilon2 = settings_.epsilon2,
                     .clip_threshold = settings_.clip_threshold,
                     .scale_parameter = settings_.scale_parameter};
    detail::for_each_bound(*student_, entries_, [&](const auto& p, entry& e) {
      s.weight_decay = e.decays ? settings_.weight_decay : 0.0;
      auto x = p.value;
      auto m = e.m.view();
      if (e.factored) {
        const decltype(x) m_matrix{m.data, m.size == 0 ? 0 : x.rows, m.size == 0 ? 0 : x.cols};
        ops::adafactor(backend, s, p.gradient, e.v.view(), e.columns.view(), m_matrix, x);
      } else {
        ops::adafactor(backend, s, p.gradient.flat(), e.v.view(), m, x.flat());
      }
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
      visit(e.name + (e.factored ? ".exp_avg_sq_row" : ".exp_avg_sq"), e.v.view());
      if (e.factored) visit(e.name + ".exp_avg_sq_col", e.columns.view());
      if (settings_.beta1 > 0.0) visit(e.name + ".exp_avg", e.m.view());
    }
  }

 private:
  struct entry {
    std::string name;
    index size;
    bool decays;
    bool factored;
    detail::student_buffer<Student> v;        // (R) of a matrix, (n) of a vector
    detail::student_buffer<Student> columns;  // (C) of a matrix
    detail::student_buffer<Student> m;        // (size) with beta1
  };

  adafactor settings_;
  Student* student_;
  std::vector<entry> entries_;
  long steps_ = 0;
};

template <class Student>
adafactor_state<std::remove_const_t<Student>> adafactor::bind(Student& student) const {
  return detail::bind_state<adafactor_state>(*this, student);
}

}  // namespace gkd::inline v0
