// SPDX-License-Identifier: Apache-2.0
// Plain loops: one step of an optimiser on one parameter, and the numbers it needs.
#pragma once

#include <gkd/core/math.hpp>
#include <gkd/core/tensor.hpp>

namespace gkd::inline v0 {

/// What SGD does with a parameter: v = momentum v + g (+ weight_decay x); x -= learning_rate u with
/// u = v, or g + momentum v (Nesterov).
struct sgd_step {
  double learning_rate = 0.0;
  double momentum = 0.0;
  double weight_decay = 0.0;
  bool nesterov = false;
};

/// What AdamW does with a parameter at step t (from 1):
///   m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2,
///   x = x (1 - lr decay) - lr / (1 - b1^t) * m / (sqrt(v / (1 - b2^t)) + eps)
struct adamw_step {
  double learning_rate = 0.0;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.0;
  double correction1 = 1.0;  ///< 1 - beta1^t
  double correction2 = 1.0;  ///< 1 - beta2^t
};

namespace loop {

template <class T>
void sgd(const sgd_step& s, vector_view<const T> gradient, vector_view<T> velocity,
         vector_view<T> x) {
  for (index i = 0; i < x.size; ++i) {
    const double g = double(gradient[i]) + s.weight_decay * double(x[i]);
    double u = g;
    if (s.momentum != 0.0) {
      const double v = s.momentum * double(velocity[i]) + g;
      velocity[i] = static_cast<T>(v);
      u = s.nesterov ? g + s.momentum * v : v;
    }
    x[i] = static_cast<T>(double(x[i]) - s.learning_rate * u);
  }
}

template <class T>
void adamw(const adamw_step& s, vector_view<const T> gradient, vector_view<T> m, vector_view<T> v,
           vector_view<T> x) {
  const double rate = s.learning_rate / s.correction1;
  const double inv_correction2 = 1.0 / s.correction2;
  for (index i = 0; i < x.size; ++i) {
    const double g = double(gradient[i]);
    const double m_new = s.beta1 * double(m[i]) + (1.0 - s.beta1) * g;
    const double v_new = s.beta2 * double(v[i]) + (1.0 - s.beta2) * g * g;
    m[i] = static_cast<T>(m_new);
    v[i] = static_cast<T>(v_new);
    const double step = rate * m_new / (math::sqrt(v_new * inv_correction2) + s.epsilon);
    x[i] = static_cast<T>(double(x[i]) * (1.0 - s.learning_rate * s.weight_decay) - step);
  }
}

}  // namespace loop
}  // namespace gkd::inline v0
