// SPDX-License-Identifier: Apache-2.0
// What the loops of the CPU backends are built from: blocks of numbers on the stack that a compiler
// turns into vector instructions, and sums in double over a fixed number of lanes.
//
// Functions of a vector library see whole, aligned blocks only, padded at the end of a row. An
// element's result then never depends on where in a row or chunk it lies, as it would where a
// library treats the last few elements by other instructions than the rest.
#pragma once

#include <gkd/core/tensor.hpp>

#include <algorithm>  // copy_n, min

namespace gkd::inline v0::host {

/// Numbers that are worked on at a time.
inline constexpr index block_size = 64;

/// Vector functions are called for multiples of this many numbers.
inline constexpr index granule = 16;

constexpr index padded(index n) { return (n + granule - 1) / granule * granule; }

/// Up to `block_size` numbers on the stack. Whatever was not loaded is a number, too.
template <class T>
struct alignas(64) block {
  T at[block_size] = {};

  T& operator[](index j) { return at[j]; }
  const T& operator[](index j) const { return at[j]; }
};

/// f(first, n) for [0, count) in pieces of at most block_size.
template <class F>
void in_blocks(index count, const F& f) {
  for (index first = 0; first < count; first += block_size)
    f(first, std::min(block_size, count - first));
}

/// The same for every row of a matrix: f(row, first column, n). Contiguous matrices are one long
/// row, seen as `x.data + row * x.stride + first`.
template <class T, class F>
void in_row_blocks(matrix_view<T> shape, bool contiguous, const F& f) {
  const index rows = contiguous ? index{shape.size() != 0} : shape.rows;
  const index cols = contiguous ? shape.size() : shape.cols;
  for (index i = 0; i < rows; ++i) in_blocks(cols, [&](index first, index n) { f(i, first, n); });
}

/// sum_j term(j), j < n: eight partial sums, added in a fixed order.
template <class Number = double, class Term>
Number sum_in_lanes(index n, const Term& term) {
  constexpr index lanes = 8;
  Number sum[lanes] = {};
  index j = 0;
  for (; j + lanes <= n; j += lanes)
    for (index l = 0; l < lanes; ++l) sum[l] += term(j + l);
  for (index l = 0; j < n; ++j, ++l) sum[l] += term(j);
  return ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
}

}  // namespace gkd::inline v0::host
