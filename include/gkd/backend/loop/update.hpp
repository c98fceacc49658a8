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

/// What Adafactor does with a parameter. The second moment of a matrix is kept as the means of its
/// rows and columns, r and c; that of a vector as it is, v. With h = g^2 + epsilon1:
///   r = beta2 r + (1 - beta2) mean_j h,   c = beta2 c + (1 - beta2) mean_i h
///   v_ij = r_i c_j / mean r
///   u = g / sqrt(v);   u /= max(1, rms(u) / clip_threshold)
///   rate = learning_rate, times max(epsilon2, rms(x)) with scale_parameter
///   m = beta1 m + (1 - beta1) rate u,   x = x (1 - rate weight_decay) - m
struct adafactor_step {
  double learning_rate = 0.0;
  double beta1 = 0.0;  ///< 0 needs no m
  double beta2 = 0.0;
  double epsilon1 = 1e-30;
  double epsilon2 = 1e-3;
  double clip_threshold = 1.0;
  double weight_decay = 0.0;
  bool scale_parameter = false;
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

namespace detail {

// what follows once v is known; v(i, j) gives the second moment
template <class T, class F>
void adafactor_update(const adafactor_step& s, matrix_view<const T> gradient, matrix_view<T> m,
                      matrix_view<T> x, const F& v) {
  double squares_x = 0.0, squares_u = 0.0;
  for (index i = 0; i < x.rows; ++i)
    for (index j = 0; j < x.cols; ++j) {
      const double u = double(gradient(i, j)) / math::sqrt(v(i, j));
      squares_u += u * u;
      squares_x += double(x(i, j)) * double(x(i, j));
    }
  const auto count = static_cast<double>(x.size());
  const double scale =
      s.scale_parameter ? math::max(s.epsilon2, math::sqrt(squares_x / count)) : 1.0;
  const double rate = s.learning_rate * scale;
  const double clip = math::max(1.0, math::sqrt(squares_u / count) / s.clip_threshold);
  for (index i = 0; i < x.rows; ++i)
    for (index j = 0; j < x.cols; ++j) {
      double u = rate / clip * double(gradient(i, j)) / math::sqrt(v(i, j));
      if (s.beta1 != 0.0) {
        u = s.beta1 * double(m(i, j)) + (1.0 - s.beta1) * u;
        m(i, j) = static_cast<T>(u);
      }
      x(i, j) = static_cast<T>(double(x(i, j)) * (1.0 - rate * s.weight_decay) - u);
    }
}

}  // namespace detail

/// Of a matrix.   gradient, m, x (R, C); r (R), c (C)
template <class T>
void adafactor(const adafactor_step& s, matrix_view<const T> gradient, vector_view<T> r,
               vector_view<T> c, matrix_view<T> m, matrix_view<T> x) {
  const auto mix = [&](T& mean, double sum, index count) {
    const double now = sum / static_cast<double>(count);
    mean = static_cast<T>(s.beta2 * double(mean) + (1.0 - s.beta2) * now);
  };
  const auto h = [&](index i, index j) {
    return double(gradient(i, j)) * double(gradient(i, j)) + s.epsilon1;
  };
  double sum_r = 0.0;
  for (index i = 0; i < x.rows; ++i) {
    double sum = 0.0;
    for (index j = 0; j < x.cols; ++j) sum += h(i, j);
    mix(r[i], sum, x.cols);
    sum_r += double(r[i]);
  }
  for (index j = 0; j < x.cols; ++j) {
    double sum = 0.0;
    for (index i = 0; i < x.rows; ++i) sum += h(i, j);
    mix(c[j], sum, x.rows);
  }
  const double mean_r = sum_r / static_cast<double>(x.rows);
  detail::adafactor_update<T>(s, gradient, m, x, [&](index i, index j) {
    return double(r[i]) * double(c[j]) / mean_r;
  });
}

/// Of a vector.   gradient, v, m, x (n)
template <class T>
void adafactor(const adafactor_step& s, vector_view<const T> gradient, vector_view<T> v,
               vector_view<T> m, vector_view<T> x) {
  for (index i = 0; i < x.size; ++i) {
    const double h = double(gradient[i]) * double(gradient[i]) + s.epsilon1;
    v[i] = static_cast<T>(s.beta2 * double(v[i]) + (1.0 - s.beta2) * h);
  }
  detail::adafactor_update<T>(
      s, {gradient.data, 1, x.size}, {m.data, m.size == 0 ? index{0} : index{1}, m.size},
      {x.data, 1, x.size}, [&](index, index j) { return double(v[j]); });
}

}  // namespace loop
}  // namespace gkd::inline v0
