// SPDX-License-Identifier: Apache-2.0
// Where views lie in memory, to be compared and not followed: nowhere, or so that what is written
// through one changes what another shows.
#pragma once

#include <gkd/core/error.hpp>
#include <gkd/core/tensor.hpp>

#include <cstdint>      // uintptr_t
#include <string_view>  // string_view

namespace gkd::inline v0::detail {

/// Throws shape_mismatch for numbers at a null pointer, in whatever memory; `what` are they, with
/// rows and columns as they are said to have.
template <class View>
void check_memory(std::string_view what, const View& x) {
  if (!x.data && !x.empty())
    fail(errc::shape_mismatch, what, " are (", x.rows, ", ", x.cols,
         ") at a null pointer, want a view of memory that holds them");
}

/// Where a view begins, in whatever memory.
template <class T, class S>
std::uintptr_t address_of(matrix_view<T, S> x) {
  if constexpr (S::host_accessible)
    return reinterpret_cast<std::uintptr_t>(x.data);
  else
    return reinterpret_cast<std::uintptr_t>(x.data.raw());
}

/// Whether two views show the same numbers of the same memory.
template <class T, class U, class S>
bool same_memory(matrix_view<T, S> x, matrix_view<U, S> y) {
  return address_of(x) == address_of(y) && x.rows == y.rows && x.cols == y.cols &&
         (x.stride == y.stride || x.rows <= 1);
}

/// Whether a number of one is a number of the other. Columns of one matrix beside each other do not
/// overlap; views whose strides differ are taken to overlap where the one ends behind the other's
/// beginning.
template <class T, class U, class S>
bool overlap(matrix_view<T, S> x, matrix_view<U, S> y) {
  if (x.empty() || y.empty()) return false;
  const std::uintptr_t x_begin = address_of(x), y_begin = address_of(y);
  if (x_begin > y_begin) return overlap(y, x);
  if (x_begin + ((x.rows - 1) * x.stride + x.cols) * sizeof(T) <= y_begin) return false;
  if (x.rows == 1 || sizeof(T) != sizeof(U)) return true;
  if (y.rows > 1 && x.stride != y.stride) return true;
  const std::uintptr_t column = (y_begin - x_begin) / sizeof(T) % x.stride;  // of y's beginning
  return column < x.cols || column + y.cols > x.stride;
}

}  // namespace gkd::inline v0::detail
