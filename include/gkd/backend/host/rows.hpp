// SPDX-License-Identifier: Apache-2.0
// Norms, sums of columns and AdamW, as the CPU backends compute them: in double where the reference
// loops do, arranged for vector instructions. Formulas: backend/loop/{norm,update}.hpp.
#pragma once

#include <gkd/backend/host/block.hpp>
#include <gkd/backend/loop/norm.hpp>
#include <gkd/backend/loop/update.hpp>

namespace gkd::inline v0::host {

/// 1 / sqrt(mean(x^2) + eps). The squares are doubles: in float, 1e20 would overflow.
template <class T>
double inverse_rms(const T* x, index n, double eps) {
  const double sum = sum_in_lanes(n, [&](index j) { return double(x[j]) * double(x[j]); });
  return 1.0 / math::sqrt(sum / double(n) + eps);
}

template <class T>
void rms_norm(matrix_view<const T> x, vector_view<const T> gain, norm_options o,
              matrix_view<T> out) {
  for (index i = 0; i < x.rows; ++i) {
    const T* const in = x.row(i).data;
    T* const y = out.row(i).data;
    const double r = inverse_rms(in, x.cols, o.eps);
    for (index j = 0; j < x.cols; ++j)
      y[j] = static_cast<T>(double(in[j]) * r * (o.gain_offset + double(gain[j])));
  }
}

/// dx += r (h - x r^2 mean(h x)) with h = dout (offset + gain).
template <class T>
void rms_norm_backward(matrix_view<const T> x, vector_view<const T> gain, norm_options o,
                       matrix_view<const T> dout, matrix_view<T> dx) {
  for (index i = 0; i < x.rows; ++i) {
    const T* const in = x.row(i).data;
    const T* const d = dout.row(i).data;
    T* const to = dx.row(i).data;
    const double r = inverse_rms(in, x.cols, o.eps);
    const auto h = [&](index j) { return double(d[j]) * (o.gain_offset + double(gain[j])); };
    const double mean =
        sum_in_lanes(x.cols, [&](index j) { return h(j) * double(in[j]); }) / double(x.cols);
    for (index j = 0; j < x.cols; ++j)
      to[j] += static_cast<T>(r * (h(j) - double(in[j]) * r * r * mean));
  }
}

/// sums[j] += sum_i term(i, j) over all rows i, for columns [first, first + n), in double.
template <class T, class Term>
void add_column_sums(index rows, index first, index n, vector_view<T> sums, const Term& term) {
  block<double> sum;
  for (index i = 0; i < rows; ++i)
    for (index j = 0; j < n; ++j) sum[j] += term(i, first + j);
  for (index j = 0; j < n; ++j) sums[first + j] += static_cast<T>(sum[j]);
}

/// dgain[first, first + n) += sum over rows of dout x r: in double over 64 rows, whose r lie on the
/// stack, then in T. They are computed again for every call, so n should be a good part of the
/// columns.
template <class T>
void rms_norm_gain_backward(matrix_view<const T> x, norm_options o, matrix_view<const T> dout,
                            vector_view<T> dgain, index first, index n) {
  in_blocks(x.rows, [&](index top, index rows) {
    block<double> r;
    for (index i = 0; i < rows; ++i) r[i] = inverse_rms(x.row(top + i).data, x.cols, o.eps);
    in_blocks(n, [&](index left, index cols) {
      add_column_sums<T>(rows, first + left, cols, dgain, [&](index i, index j) {
        return double(dout(top + i, j)) * double(x(top + i, j)) * r[i];
      });
    });
  });
}

/// One step of AdamW, in double; V has sqrt.
template <class V, class T>
void adamw(const adamw_step& s, vector_view<const T> gradient, vector_view<T> m, vector_view<T> v,
           vector_view<T> x) {
  const double rate = s.learning_rate / s.correction1;
  const double inv_correction2 = 1.0 / s.correction2;
  const double kept = 1.0 - s.learning_rate * s.weight_decay;
  in_blocks(x.size, [&](index first, index n) {
    block<double> mean, root;
    for (index j = 0; j < n; ++j) {
      const index i = first + j;
      const double g = double(gradient[i]);
      mean[j] = s.beta1 * double(m[i]) + (1.0 - s.beta1) * g;
      const double square = s.beta2 * double(v[i]) + (1.0 - s.beta2) * g * g;
      m[i] = static_cast<T>(mean[j]);
      v[i] = static_cast<T>(square);
      root[j] = square * inv_correction2;
    }
    V::sqrt(root.at, padded(n));
    for (index j = 0; j < n; ++j) {
      const double step = rate * mean[j] / (root[j] + s.epsilon);
      x[first + j] = static_cast<T>(double(x[first + j]) * kept - step);
    }
  });
}

}  // namespace gkd::inline v0::host
