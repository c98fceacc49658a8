// SPDX-License-Identifier: Apache-2.0
// Plain loops: one step of an optimiser on one parameter, and the numbers it needs.
#pragma once

#include <gkd/backend/host/block.hpp>
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

// Adafactor in passes over chunks of a parameter: in_chunks(count, work, f) calls f(first, n) for
// all of [0, count), perhaps by several threads (ops/step). No sum depends on how it cuts. The root
// of v_ij is a product, so that an element costs no root:
//   u_ij = g_ij a_i b_j,   a_i = sqrt(mean r) / sqrt(r_i),   b_j = 1 / sqrt(c_j)
namespace detail {

/// f(top, bottom, left, n, b) for tiles of rows [top, bottom) and columns [left, left + n), with
/// their b. All columns of a few rows come before the next rows, so that memory is read much as it
/// lies; a b serves as many elements as a tile has rows.
template <class B, class F>
void in_scaled_tiles(index first, index last, index cols, const B& b, const F& f) {
  constexpr index height = 32;
  for (index top = first; top < last; top += height)
    host::in_blocks(cols, [&](index left, index n) {
      host::block<double> scale;
      for (index j = 0; j < n; ++j) scale[j] = b(left + j);
      f(top, math::min(last, top + height), left, n, scale);
    });
}

/// sum u^2 over rows [first, last).
template <class T, class A, class B>
double squares_of_update(matrix_view<const T> gradient, const A& a, const B& b, index first,
                         index last) {
  host::block<double> sums;
  const auto tile = [&](index top, index bottom, index left, index n, const auto& scale) {
    for (index i = top; i < bottom; ++i) {
      const T* const g = gradient.row(i).data + left;
      const double row = a(i);
      for (index j = 0; j < n; ++j) {
        const double u = double(g[j]) * (row * scale[j]);
        sums[j] += u * u;
      }
    }
  };
  in_scaled_tiles(first, last, gradient.cols, b, tile);
  return host::sum_in_lanes(host::block_size, [&](index j) { return sums[j]; });
}

/// m and x of rows [first, last), with a that holds the learning rate, too.
template <class T, class A, class B>
void apply_update(const adafactor_step& s, double kept, matrix_view<const T> gradient, const A& a,
                  const B& b, matrix_view<T> m, matrix_view<T> x, index first, index last) {
  const auto tile = [&](index top, index bottom, index left, index n, const auto& scale) {
    for (index i = top; i < bottom; ++i) {
      const T* const g = gradient.row(i).data + left;
      T* const to = x.row(i).data + left;
      const double row = a(i);
      for (index j = 0; j < n; ++j) {
        double u = double(g[j]) * (row * scale[j]);
        if (s.beta1 != 0.0) {
          u = s.beta1 * double(m(i, left + j)) + (1.0 - s.beta1) * u;
          m(i, left + j) = static_cast<T>(u);
        }
        to[j] = static_cast<T>(double(to[j]) * kept - u);
      }
    }
  };
  in_scaled_tiles(first, last, x.cols, b, tile);
}

template <class T>
double squares_of(const T* x, index n) {
  return host::sum_in_lanes(n, [&](index j) { return double(x[j]) * double(x[j]); });
}

/// What follows once the moments are known.
template <class T, class A, class B, class Chunks>
void adafactor_update(const adafactor_step& s, matrix_view<const T> gradient, const A& a,
                      const B& b, matrix_view<T> m, matrix_view<T> x, const Chunks& in_chunks) {
  constexpr index most = 64;
  const index parts = math::min(most, x.rows);  // of the rows, whatever the threads
  double squares_u[most] = {}, squares_x[most] = {};
  in_chunks(parts, 8 * x.size() / parts, [&](index begin, index n) {
    for (index p = begin; p < begin + n; ++p) {
      const index first = p * x.rows / parts, last = (p + 1) * x.rows / parts;
      squares_u[p] = squares_of_update(gradient, a, b, first, last);
      if (!s.scale_parameter) continue;
      for (index i = first; i < last; ++i) squares_x[p] += squares_of(x.row(i).data, x.cols);
    }
  });
  const auto rms = [&](const double* squares) {
    return math::sqrt(host::sum_in_lanes(most, [&](index p) { return squares[p]; }) /
                      static_cast<double>(x.size()));
  };
  const double scale = s.scale_parameter ? math::max(s.epsilon2, rms(squares_x)) : 1.0;
  const double rate = s.learning_rate * scale;
  const double step = rate / math::max(1.0, rms(squares_u) / s.clip_threshold);
  in_chunks(x.rows, 8 * x.cols, [&](index first, index n) {
    apply_update<T>(s, 1.0 - rate * s.weight_decay, gradient, [&](index i) { return step * a(i); },
                    b, m, x, first, first + n);
  });
}

}  // namespace detail

/// Of a matrix.   gradient, m, x (R, C); r (R), c (C)
template <class T, class Chunks>
void adafactor(const adafactor_step& s, matrix_view<const T> gradient, vector_view<T> r,
               vector_view<T> c, matrix_view<T> m, matrix_view<T> x, const Chunks& in_chunks) {
  if (x.empty()) return;
  // of `count` squares of gradients
  const auto mix = [&](T& mean, double sum, index count) {
    const double now = sum / static_cast<double>(count) + s.epsilon1;
    mean = static_cast<T>(s.beta2 * double(mean) + (1.0 - s.beta2) * now);
  };
  in_chunks(x.rows, 2 * x.cols, [&](index first, index n) {
    for (index i = first; i < first + n; ++i)
      mix(r[i], detail::squares_of(gradient.row(i).data, x.cols), x.cols);
  });
  // wide strips of columns down all rows, as the memory lies; chunks of less, for more threads
  constexpr index least = 256, most = 1024;
  in_chunks((x.cols + least - 1) / least, 2 * x.rows * least, [&](index begin, index n) {
    const index end = math::min(x.cols, (begin + n) * least);
    for (index left = begin * least; left < end; left += most) {
      const index count = math::min(most, end - left);
      double sums[most] = {};
      for (index i = 0; i < x.rows; ++i) {
        const T* const g = gradient.row(i).data + left;
        for (index j = 0; j < count; ++j) sums[j] += double(g[j]) * double(g[j]);
      }
      for (index j = 0; j < count; ++j) mix(c[left + j], sums[j], x.rows);
    }
  });
  double sum_r = 0.0;
  for (index i = 0; i < x.rows; ++i) sum_r += double(r[i]);
  const double root = math::sqrt(sum_r / static_cast<double>(x.rows));
  detail::adafactor_update<T>(
      s, gradient, [&](index i) { return root / math::sqrt(double(r[i])); },
      [&](index j) { return 1.0 / math::sqrt(double(c[j])); }, m, x, in_chunks);
}

/// Of a vector.   gradient, v, m, x (n)
template <class T, class Chunks>
void adafactor(const adafactor_step& s, vector_view<const T> gradient, vector_view<T> v,
               vector_view<T> m, vector_view<T> x, const Chunks& in_chunks) {
  if (x.size == 0) return;
  in_chunks(x.size, 4, [&](index first, index n) {
    for (index i = first; i < first + n; ++i) {
      const double h = double(gradient[i]) * double(gradient[i]) + s.epsilon1;
      v[i] = static_cast<T>(s.beta2 * double(v[i]) + (1.0 - s.beta2) * h);
    }
  });
  detail::adafactor_update<T>(
      s, {gradient.data, x.size, 1}, [&](index i) { return 1.0 / math::sqrt(double(v[i])); },
      [](index) { return 1.0; }, {m.data, m.size, 1}, {x.data, x.size, 1}, in_chunks);
}

}  // namespace loop
}  // namespace gkd::inline v0
