// SPDX-License-Identifier: Apache-2.0
// From values per token to one loss. With row weights w_n (0 or 1 unless chosen otherwise), over
// the whole accumulated and distributed batch, counted after generation:
//
//   token_mean      sum_n w_n D_n / sum_n w_n                       TRL
//   sequence_mean   mean over sequences of sum_n w_n D_n / sum_n w_n   the paper's 1/L_y, eq. 2
//   sum             sum_n w_n D_n
#pragma once

#include <gkd/core/batch.hpp>

namespace gkd::inline v0 {

enum class normaliser { token_mean, sequence_mean, sum };

namespace detail {
inline const char* name_of(normaliser how) {
  switch (how) {
    case normaliser::token_mean: return "token_mean";
    case normaliser::sequence_mean: return "sequence_mean";
    case normaliser::sum: return "sum";
  }
  return "unknown";
}
}  // namespace detail

/// What a loss is divided by, counted over all micro-batches and processes of a step.
struct loss_count {
  double weight = 0.0;     ///< sum of the row weights: tokens
  double sequences = 0.0;  ///< sequences with at least one row

  loss_count& operator+=(const loss_count& other) {
    weight += other.weight;
    sequences += other.sequences;
    return *this;
  }
};

/// Rows that belong together: rows [offsets[b], offsets[b + 1]) are sequence b.
struct row_groups {
  std::span<const float> weights;  // (N)
  std::span<const index> offsets;  // (B + 1)
};

inline row_groups groups_of(const token_batch& batch) {
  return {batch.weights(), batch.row_offsets()};
}

namespace detail {
inline double group_weight(const row_groups& rows, index b) {
  double sum = 0.0;
  for (index n = rows.offsets[b]; n < rows.offsets[b + 1]; ++n) sum += double(rows.weights[n]);
  return sum;
}
}  // namespace detail

inline loss_count count(const row_groups& rows) {
  loss_count c;
  for (index b = 0; b + 1 < rows.offsets.size(); ++b) {
    const double weight = detail::group_weight(rows, b);
    c.weight += weight;
    c.sequences += weight > 0.0 ? 1.0 : 0.0;
  }
  return c;
}

/// scales[n]: what row n's value is multiplied by in the loss, and its gradient too. Nothing to
/// learn from (`total` is 0) gives 0 everywhere.
inline void row_scales(const row_groups& rows, normaliser how, const loss_count& total,
                       std::span<double> scales) {
  for (index b = 0; b + 1 < rows.offsets.size(); ++b) {
    double divisor = 1.0;
    if (how == normaliser::token_mean) divisor = total.weight;
    if (how == normaliser::sequence_mean) divisor = detail::group_weight(rows, b) * total.sequences;
    for (index n = rows.offsets[b]; n < rows.offsets[b + 1]; ++n)
      scales[n] = divisor > 0.0 ? double(rows.weights[n]) / divisor : 0.0;
  }
}

}  // namespace gkd::inline v0
