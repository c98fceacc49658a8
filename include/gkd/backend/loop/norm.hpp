// SPDX-License-Identifier: Apache-2.0
// Plain loops: normalisation of rows and its gradient.   x, out (N, D); gain, bias (D)
//
//   rms_norm    y = x / sqrt(mean(x^2) + eps) * (offset + gain)       Zhang and Sennrich 2019
//   layer_norm  y = (x - mean) / sqrt(var + eps) * gain + bias        Ba, Kiros and Hinton 2016
#pragma once

#include <gkd/backend/host/block.hpp>
#include <gkd/core/math.hpp>
#include <gkd/core/tensor.hpp>

namespace gkd::inline v0 {

/// Settings of a normalisation.
struct norm_options {
  double eps = 1e-5;
  double gain_offset = 0.0;  ///< 1 where the weights store gain - 1 (Gemma)
};

namespace loop {

/// 1 / sqrt(mean(x^2) + eps) of one row.
template <class T>
double inverse_rms(vector_view<const T> x, double eps) {
  double sum = 0.0;
  for (index j = 0; j < x.size; ++j) sum += double(x[j]) * double(x[j]);
  return 1.0 / math::sqrt(sum / double(x.size) + eps);
}

template <class T>
void rms_norm(matrix_view<const T> x, vector_view<const T> gain, norm_options o,
              matrix_view<T> out) {
  for (index i = 0; i < x.rows; ++i) {
    const double r = inverse_rms(x.row(i), o.eps);
    for (index j = 0; j < x.cols; ++j)
      out(i, j) = static_cast<T>(double(x(i, j)) * r * (o.gain_offset + double(gain[j])));
  }
}

/// dx += r (h - x r^2 mean(h x)) with h = dout (offset + gain), r = 1 / rms(x).
template <class T>
void rms_norm_backward(matrix_view<const T> x, vector_view<const T> gain, norm_options o,
                       matrix_view<const T> dout, matrix_view<T> dx) {
  for (index i = 0; i < x.rows; ++i) {
    const double r = inverse_rms(x.row(i), o.eps);
    const auto h = [&](index j) { return double(dout(i, j)) * (o.gain_offset + double(gain[j])); };
    double mean = 0.0;
    for (index j = 0; j < x.cols; ++j) mean += h(j) * double(x(i, j));
    mean /= double(x.cols);
    for (index j = 0; j < x.cols; ++j)
      dx(i, j) += static_cast<T>(r * (h(j) - double(x(i, j)) * r * r * mean));
  }
}

/// dgain += sum over rows of dout x r, row after row in T.
template <class T>
void rms_norm_gain_backward(matrix_view<const T> x, norm_options o, matrix_view<const T> dout,
                            vector_view<T> dgain) {
  for (index i = 0; i < x.rows; ++i) {
    const double r = inverse_rms(x.row(i), o.eps);
    for (index j = 0; j < x.cols; ++j)
      dgain[j] += static_cast<T>(double(dout(i, j)) * double(x(i, j)) * r);
  }
}

/// Mean and 1 / sqrt(var + eps) of one row, in lanes since gradients need them again and again.
struct row_moments {
  double mean, inverse_deviation;
};

template <class T>
row_moments moments(vector_view<const T> x, double eps) {
  const double n = double(x.size);
  const double mean = host::sum_in_lanes(x.size, [&](index j) { return double(x[j]); }) / n;
  const double squares = host::sum_in_lanes(
      x.size, [&](index j) { return (double(x[j]) - mean) * (double(x[j]) - mean); });
  return {mean, 1.0 / math::sqrt(squares / n + eps)};
}

template <class T>
void layer_norm(matrix_view<const T> x, vector_view<const T> gain, vector_view<const T> bias,
                norm_options o, matrix_view<T> out) {
  for (index i = 0; i < x.rows; ++i) {
    const auto [mean, r] = moments(x.row(i), o.eps);
    for (index j = 0; j < x.cols; ++j)
      out(i, j) = static_cast<T>((double(x(i, j)) - mean) * r * (o.gain_offset + double(gain[j])) +
                                 double(bias[j]));
  }
}

/// dx += r (h - mean(h) - n mean(h n)) with h = dout (offset + gain), n = (x - mean) r.
template <class T>
void layer_norm_backward(matrix_view<const T> x, vector_view<const T> gain, norm_options o,
                         matrix_view<const T> dout, matrix_view<T> dx) {
  for (index i = 0; i < x.rows; ++i) {
    const row_moments m = moments(x.row(i), o.eps);
    const double r = m.inverse_deviation;
    const auto h = [&](index j) { return double(dout(i, j)) * (o.gain_offset + double(gain[j])); };
    const auto n = [&](index j) { return (double(x(i, j)) - m.mean) * r; };
    double mean_h = 0.0, mean_hn = 0.0;
    for (index j = 0; j < x.cols; ++j) {
      mean_h += h(j);
      mean_hn += h(j) * n(j);
    }
    mean_h /= double(x.cols);
    mean_hn /= double(x.cols);
    for (index j = 0; j < x.cols; ++j)
      dx(i, j) += static_cast<T>(r * (h(j) - mean_h - n(j) * mean_hn));
  }
}

/// dgain += sum over rows of dout n, dbias += sum over rows of dout, in columns [first, first + n).
/// The moments of all rows are computed again for every call, so n should be a good part of them.
template <class T>
void layer_norm_gain_backward(matrix_view<const T> x, norm_options o, matrix_view<const T> dout,
                              vector_view<T> dgain, vector_view<T> dbias, index first, index n) {
  constexpr index most = 1024;
  for (const index end = first + n; first < end; first += most) {
    const index cols = math::min(most, end - first);
    double gain[most] = {}, bias[most] = {};
    for (index i = 0; i < x.rows; ++i) {
      const auto [mean, r] = moments(x.row(i), o.eps);
      const T* const in = x.row(i).data + first;
      const T* const d = dout.row(i).data + first;
      for (index j = 0; j < cols; ++j) {
        gain[j] += double(d[j]) * (double(in[j]) - mean) * r;
        bias[j] += double(d[j]);
      }
    }
    for (index j = 0; j < cols; ++j) {
      dgain[first + j] += static_cast<T>(gain[j]);
      dbias[first + j] += static_cast<T>(bias[j]);
    }
  }
}

}  // namespace loop
}  // namespace gkd::inline v0
