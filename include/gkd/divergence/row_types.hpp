// SPDX-License-Identifier: Apache-2.0
// What goes into the row kernel and what comes out of it.
#pragma once

#include <gkd/core/math.hpp>

#include <cstdint>  // uint8_t

namespace gkd::inline v0 {

/// Logits of one position. Only columns [0, vocab) take part; both sides may have more (padding of
/// the vocabulary to a round number), whose mass is reported.
template <class T>
struct row_pair {
  const T* teacher;  // (teacher_cols)
  const T* student;  // (student_cols)
  index teacher_cols;
  index student_cols;
  index vocab;
};

/// What went wrong in a row, if anything.
enum class row_status : std::uint8_t {
  ok,
  teacher_not_finite,  ///< NaN or +inf among the teacher's logits, or nothing but -inf
  student_not_finite,  ///< the same among the student's
  disjoint,            ///< the divergence is infinite: no column where both give mass
  not_finite,          ///< value or gradient of finite logits is NaN, infinite or beyond T
};

/// The outcome of one row.
struct row_result {
  double value = 0.0;            ///< D, nats, >= 0
  double teacher_outside = 0.0;  ///< teacher probability on columns that were left out
  double student_outside = 0.0;  ///< student probability on columns that were left out
  row_status status = row_status::ok;
};

}  // namespace gkd::inline v0
