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
  double value = 0.0;  ///< D, nats, >= 0; of a side that is not finite what made it so: see below
  double teacher_outside = 0.0;  ///< teacher probability on columns that were left out
  double student_outside = 0.0;  ///< student probability on columns that were left out
  row_status status = row_status::ok;
  index column = 0;  ///< of the first NaN or +inf, where a side is not finite
};

/// The outcome of a row whose one side is not finite: logits x (cols), whose is in `status`. The
/// value is the first of them that is NaN or +inf; -inf: they are nothing but that.
template <class T>
GKD_FN row_result row_not_finite(row_status status, const T* x, index cols) {
  row_result result;
  result.status = status;
  result.value = -math::infinity<double>();
  for (index v = cols; v-- > 0;)
    if (!(x[v] < math::infinity<T>())) {  // true for NaN
      result.value = static_cast<double>(x[v]);
      result.column = v;
    }
  return result;
}

}  // namespace gkd::inline v0
