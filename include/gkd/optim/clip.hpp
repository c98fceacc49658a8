// SPDX-License-Identifier: Apache-2.0
// Clipping by the global norm: all gradients taken as one vector g,
//
//   g *= min(1, max_norm / (|g| + 1e-6))
//
// Source: Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks",
// ICML 2013; the 1e-6 is that of PyTorch's clip_grad_norm_.
#pragma once

#include <gkd/core/sum.hpp>
#include <gkd/optim/parameters.hpp>

namespace gkd::inline v0 {

namespace detail {

// the norm of gradients whose squares a double does not hold; those of float are far from that
template <class Student>
double scaled_gradient_norm(Student& student) {
  const auto backend = backend_of(student);
  compensated_sum squares;
  for_each_parameter(student, [&](const auto& p) {
    const double sum = scaled_sum_of_squares(backend, p.gradient);
    if (!math::is_finite(sum))
      fail(errc::non_finite, "the gradient of parameter ", in_quotes(p.name), " has norm ",
           math::sqrt(sum), ", want a finite number");
    squares.add(sum);
  });
  const double norm = math::sqrt(squares.value()) / norm_scale;
  if (!math::is_finite(norm))
    fail(errc::non_finite, "the norm of all gradients is more than a double holds, want a finite "
         "number");
  return norm;
}

}  // namespace detail

/// The Euclidean norm of all gradients of the student together. Throws non_finite, which names the
/// parameter, when one holds NaN or infinity; also for a norm beyond 1.8e308.
template <class Student>
double global_gradient_norm(Student& student) {
  const auto backend = backend_of(student);
  compensated_sum squares;
  for_each_parameter(student, [&](const auto& p) {
    squares.add(ops::sum_of_squares(backend, p.gradient));
  });
  if (!math::is_finite(squares.value())) return detail::scaled_gradient_norm(student);
  return math::sqrt(squares.value());
}

/// Scales all gradients so that their norm is at most max_norm, and returns the norm they had.
/// Throws bad_argument unless max_norm > 0, non_finite as above; then no gradient has changed.
template <class Student>
double clip_by_global_norm(Student& student, double max_norm) {
  detail::want(max_norm > 0.0, "max_norm of clip_by_global_norm", max_norm, "a number > 0");
  const double norm = global_gradient_norm(student);
  const double factor = max_norm / (norm + 1e-6);
  if (factor >= 1.0) return norm;
  if constexpr (trainable<Student>) {  // what is none was told so
    const auto backend = backend_of(student);
    for_each_parameter(student, [&](const auto& p) {
      ops::scale(backend, static_cast<scalar_of<Student>>(factor), p.gradient);
    });
  }
  return norm;
}

}  // namespace gkd::inline v0
