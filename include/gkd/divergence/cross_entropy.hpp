// SPDX-License-Identifier: Apache-2.0
// Cross-entropy with the label, -log q[label]: supervised fine-tuning and, on sequences that the
// teacher wrote, sequence-level distillation. It needs no teacher's logits.
//
//   D = -log q_y,   dD/dz_k = (q_k - [k = y]) / temperature
//
// It is forward KL from a teacher that is sure of the label.
#pragma once

#include <gkd/divergence/row.hpp>

#include <type_traits>  // is_same_v

namespace gkd::inline v0 {

struct cross_entropy {};

namespace detail {

/// The normaliser of a row whose columns all take part.
template <class T>
GKD_FN softmax_side normalise_all(const T* x, index cols, index vocab, double temperature,
                                  double* e) {
#if !defined(__CUDA_ARCH__)
  if constexpr (std::is_same_v<T, float>) {
    softmax_side side;
    if (vocab != 0 && wide_normalise(x, cols, vocab, temperature, e, side)) return side;
  }
#endif
  struct all {
    GKD_FN bool operator()(index) const { return true; }
  };
  return normalise(x, cols, vocab, temperature, all{}, e);
}

}  // namespace detail

/// -log q[label] of one row, and scale * dD/dz into `dz` unless it is null. (cols)
/// Only columns [0, vocab) take part, label < vocab. `dz` may be the student's own row.
template <class T>
GKD_FN row_result cross_entropy_row(const T* student, index cols, index vocab, index label,
                                    double temperature, double scale, T* dz, double* scratch) {
  const auto s = detail::normalise_all(student, cols, vocab, temperature, scratch);
  if (!s.finite) return row_not_finite(row_status::student_not_finite, student, cols);
  row_result result{0.0, 0.0, s.outside, row_status::ok};
  if (student[label] == -math::infinity<T>()) {
    result.status = row_status::disjoint;
    return result;
  }
  // -log q_y = log1p(rest) + (max - z_y) / temperature, both terms >= 0
  const double below = s.max - static_cast<double>(student[label]);
  result.value = s.log_sum + below / temperature;
  if (dz == nullptr) return result;
  const double factor = s.probability(scale / temperature);
  for (index v = 0; v < vocab; ++v) dz[v] = static_cast<T>(factor * scratch[v]) + T(0);
  // q_y - 1, which cancels only where y is the largest, and there it is -rest / (1 + rest)
  const double others =
      label == s.argmax ? s.rest / (1.0 + s.rest) : 1.0 - s.probability(scratch[label]);
  dz[label] = static_cast<T>(-scale / temperature * others) + T(0);  // + 0 turns -0 into 0
  // of the others the largest logit's is the largest
  if (!math::is_finite(dz[label]) || !math::is_finite(dz[s.argmax]))
    result.status = row_status::not_finite;
  for (index v = vocab; v < cols; ++v) dz[v] = T(0);
  return result;
}

}  // namespace gkd::inline v0
