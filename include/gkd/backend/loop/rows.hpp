// SPDX-License-Identifier: Apache-2.0
// Plain loops: losses row by row, through the one row kernel.
#pragma once

#include <gkd/divergence/cross_entropy.hpp>
#include <gkd/divergence/row.hpp>

#include <memory>  // make_unique_for_overwrite
#include <span>    // span

namespace gkd::inline v0 {

/// What all rows of a loss share.
struct row_options {
  index vocab = 0;           ///< columns [0, vocab) take part
  double temperature = 1.0;  ///< of the loss; both sides are divided by it
};

namespace loop {

/// A row of weight 0 does not exist: its logits are not read (they may be anything), its value and
/// gradient are 0.
template <class T, class F>
void weighted_rows(std::span<const double> scales, matrix_view<T> dlogits,
                   std::span<row_result> results, const F& row) {
  for (index n = 0; n < results.size(); ++n) {
    T* dz = dlogits.empty() ? nullptr : dlogits.row(n).data;
    if (scales[n] != 0.0) {
      results[n] = row(n, dz);
    } else {
      results[n] = {};
      for (index v = 0; v < dlogits.cols; ++v) dz[v] = T(0);
    }
  }
}

/// Scratch for one row is allocated once per call, and not filled: the kernels write before they
/// read.
///
/// results[n] = D of row n; dlogits row n = scales[n] * dD/dz. An empty dlogits asks for values
/// only; dlogits may be the student's logits.   teacher (N, Vt), student and dlogits (N, Vs)
template <class D, class T>
void divergence_rows(const D& divergence, matrix_view<const T> teacher,
                     matrix_view<const T> student, std::span<const double> scales,
                     const row_options& o, matrix_view<T> dlogits, std::span<row_result> results) {
  const auto scratch = std::make_unique_for_overwrite<double[]>(row_scratch<D>(o.vocab));
  weighted_rows(scales, dlogits, results, [&](index n, T* dz) {
    const row_pair<T> row{teacher.row(n).data, student.row(n).data, teacher.cols, student.cols,
                          o.vocab};
    return divergence_row(divergence, row, o.temperature, scales[n], dz, scratch.get());
  });
}

/// The same for the cross-entropy with targets[n].
template <class T>
void cross_entropy_rows(std::span<const token> targets, matrix_view<const T> student,
                        std::span<const double> scales, const row_options& o,
                        matrix_view<T> dlogits, std::span<row_result> results) {
  const auto scratch = std::make_unique_for_overwrite<double[]>(o.vocab);
  weighted_rows(scales, dlogits, results, [&](index n, T* dz) {
    return cross_entropy_row(student.row(n).data, student.cols, o.vocab,
                             static_cast<index>(targets[n]), o.temperature, scales[n], dz,
                             scratch.get());
  });
}

}  // namespace loop
}  // namespace gkd::inline v0
