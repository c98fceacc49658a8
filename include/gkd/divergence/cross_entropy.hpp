// SPDX-License-Identifier: Apache-2.0
// Cross-entropy with the label, -log q[label]: supervised fine-tuning and, on sequences that the
// teacher wrote, sequence-level distillation. It needs no teacher's logits.
//
//   D = -log q_y,   dD/dz_k = (q_k - [k = y]) / temperature
//
// It is forward KL from a teacher that is sure of the label.
#pragma once

#include <gkd/divergence/row.hpp>

namespace gkd::inline v0 {

struct cross_entropy {
  using target_loss_tag = void;
};

/// -log q[label] of one row, and scale * dD/dz into `dz` unless it is null. (cols)
/// Only columns [0, vocab) take part, label < vocab. `dz` may be the student's own row.
template <class T>
GKD_FN row_result cross_entropy_row(const T* student, index cols, index vocab, index label,
                                    double temperature, double scale, T* dz, double* scratch) {
  struct all {
    GKD_FN bool operator()(index) const { return true; }
  };
  const auto s = detail::normalise(student, cols, vocab, temperature, all{}, scratch);
  row_result result{0.0, 0.0, s.outside, row_status::ok};
  if (!s.finite)
    result.status = row_status::student_not_finite;
  else if (student[label] == -math::infinity<T>())
    result.status = row_status::disjoint;
  if (result.status != row_status::ok) return result;
  // -log q_y = log1p(rest) + (max - z_y) / temperature, both terms >= 0
  const double below = s.max - static_cast<double>(student[label]);
  result.value = s.log_sum + below / temperature;
  if (dz == nullptr) return result;
  for (index v = 0; v < vocab; ++v)
    dz[v] = static_cast<T>(scale / temperature * s.probability(scratch[v]));
  // q_y - 1, which cancels only where y is the largest, and there it is -rest / (1 + rest)
  const double others =
      label == s.argmax ? s.rest / (1.0 + s.rest) : 1.0 - s.probability(scratch[label]);
  dz[label] = static_cast<T>(-scale / temperature * others);
  for (index v = vocab; v < cols; ++v) dz[v] = T(0);
  return result;
}

}  // namespace gkd::inline v0
