// SPDX-License-Identifier: Apache-2.0
// Plain loops: losses row by row, through the one row kernel.
#pragma once

#include <gkd/divergence/cross_entropy.hpp>
#include <gkd/divergence/row.hpp>

#include <span>    // span
#include <vector>  // vector

namespace gkd::inline v0 {

/// What all rows of a loss share.
struct row_options {
  index vocab = 0;           ///< columns [0, vocab) take part
  double temperature = 1.0;  ///< of the loss; both sides are divided by it
};

namespace loop {

/// results[n] = D of row n; dlogits row n = scale[n] * dD/dz. An empty dlogits asks for values only;
/// dlogits may be the student's logits.   teacher (N, Vt), student and dlogits (N, Vs)
template <class D, class T>
void divergence_rows(const D& divergence, matrix_view<const T> teacher,
                     matrix_view<const T> student, std::span<const double> scale,
                     const row_options& o, matrix_view<T> dlogits,
                     std::span<row_result> results) {
  std::vector<double> scratch(row_scratch<D>(o.vocab));
  for (index n = 0; n < student.rows; ++n) {
    const row_pair<T> row{teacher.row(n).data, student.row(n).data, teacher.cols, student.cols,
                          o.vocab};
    T* dz = dlogits.empty() ? nullptr : dlogits.row(n).data;
    results[n] = divergence_row(divergence, row, o.temperature, scale[n], dz, scratch.data());
  }
}

/// The same for the cross-entropy with targets[n].
template <class T>
void cross_entropy_rows(std::span<const token> targets, matrix_view<const T> student,
                        std::span<const double> scale, const row_options& o,
                        matrix_view<T> dlogits, std::span<row_result> results) {
  std::vector<double> scratch(o.vocab);
  for (index n = 0; n < student.rows; ++n) {
    T* dz = dlogits.empty() ? nullptr : dlogits.row(n).data;
    results[n] = cross_entropy_row(student.row(n).data, student.cols, o.vocab,
                                   static_cast<index>(targets[n]), o.temperature, scale[n], dz,
                                   scratch.data());
  }
}

}  // namespace loop
}  // namespace gkd::inline v0
