// SPDX-License-Identifier: Apache-2.0
// A product on one thread in plain C++, for backends without a library that has one: registers hold
// a piece of C, 6 rows by two vectors of columns, while it runs through up to 128 of the inner
// dimension; B is packed for that, A is read in place (Goto and van de Geijn 2008, the inner
// loops).
//
// Each element of C is summed in the same order and by the same instructions wherever it lies, so a
// row of C does not depend on the number of rows.
#pragma once

#include <gkd/backend/loop/matrix.hpp>

#include <algorithm>  // min
#include <cstring>    // memcpy

namespace gkd::inline v0::host {

#if defined(__AVX512F__)
inline constexpr index register_bytes = 64;
#elif defined(__AVX__)
inline constexpr index register_bytes = 32;
#else
inline constexpr index register_bytes = 16;
#endif

/// What the kernel of one number type works on.
template <class T>
struct gemm_kernel {
  typedef T lanes __attribute__((vector_size(register_bytes)));

  static constexpr index width = register_bytes / sizeof(T);
  static constexpr index rows = 6;          // of C in registers
  static constexpr index cols = 2 * width;  // of C in registers
  static constexpr index depth = 128;       // of the inner dimension between two visits of C
  static constexpr index line = 64 / sizeof(T);  // of the cache

  /// A factor seen as (i, k) -> data[i * step + k * inner_step].
  struct factor {
    const T* data;
    index step, inner_step;
    factor from(index i, index k) const {
      return {data + i * step + k * inner_step, step, inner_step};
    }
  };

  /// sums(i, j) = sum_k a(i, k) b(j, k) for R rows and all columns; b.step is 1.
  template <index R>
  static void multiply(const factor& a, const factor& b, index k, T (&sums)[rows][cols]) {
    lanes left[R] = {}, right[R] = {};
    for (index x = 0; x < k; ++x) {
      lanes b0, b1;
      std::memcpy(&b0, b.data + x * b.inner_step, sizeof b0);
      std::memcpy(&b1, b.data + x * b.inner_step + width, sizeof b1);
      for (index i = 0; i < R; ++i) {
        const T l = a.data[i * a.step + x * a.inner_step];
        left[i] += l * b0;
        right[i] += l * b1;
      }
    }
    for (index i = 0; i < R; ++i) {
      std::memcpy(&sums[i][0], &left[i], sizeof left[i]);
      std::memcpy(&sums[i][width], &right[i], sizeof right[i]);
    }
  }
  /// The same for r rows, 1 <= r <= R.
  template <index R = rows>
  static void multiply_rows(index r, const factor& a, const factor& b, index k,
                            T (&sums)[rows][cols]) {
    if constexpr (R == 1) {
      multiply<1>(a, b, k, sums);
    } else {
      if (r == R) return multiply<R>(a, b, k, sums);
      multiply_rows<R - 1>(r, a, b, k, sums);
    }
  }

  /// n columns of B side by side, padded with zeros to `cols`. Of a transposed B, one cache line of
  /// a row after another: rows that lie whole pages apart drive each other out of the cache.
  static factor pack(const factor& b, index n, index k, T* packed) {
    index begin = 0;
    if (n == cols && b.inner_step == 1)
      for (; begin + line <= k; begin += line)
        for (index j = 0; j < cols; ++j) {
          const T* const from = b.data + j * b.step + begin;
          T* const to = packed + begin * cols + j;
          for (index x = 0; x < line; ++x) to[x * cols] = from[x];
        }
    for (index x = begin; x < k; ++x) {
      for (index j = 0; j < n; ++j) packed[x * cols + j] = b.data[j * b.step + x * b.inner_step];
      for (index j = n; j < cols; ++j) packed[x * cols + j] = T(0);
    }
    return {packed, 1, cols};
  }

  /// C = alpha A B + beta C for up to `depth` of the inner dimension and `cols` columns.
  static void panel(const factor& a, const factor& b, index k, T alpha, T beta, matrix_view<T> c) {
    T sums[rows][cols];
    for (index i = 0; i < c.rows; i += rows) {
      const index r = std::min(rows, c.rows - i);
      multiply_rows(r, a.from(i, 0), b, k, sums);
      for (index x = 0; x < r; ++x) {
        T* const to = c.row(i + x).data;
        if (beta == T(0))
          for (index j = 0; j < c.cols; ++j) to[j] = alpha * sums[x][j];
        else
          for (index j = 0; j < c.cols; ++j) to[j] = beta * to[j] + alpha * sums[x][j];
      }
    }
  }
};

/// C = alpha op(A) op(B) + beta C, in the number type T. C is not read when beta is 0.
template <class T>
void gemm(transpose op_a, transpose op_b, T alpha, matrix_view<const T> a, matrix_view<const T> b,
          T beta, matrix_view<T> c) {
  using kernel = gemm_kernel<T>;
  using factor = typename kernel::factor;
  const index inner = op_a == transpose::no ? a.cols : a.rows;
  if (inner == 0) return loop::gemm(op_a, op_b, alpha, a, b, beta, c);
  const factor left{a.data, op_a == transpose::no ? a.stride : 1,
                    op_a == transpose::no ? 1 : a.stride};
  const factor right{b.data, op_b == transpose::no ? 1 : b.stride,
                     op_b == transpose::no ? b.stride : 1};
  const bool few = c.rows <= 2 * kernel::rows;
  alignas(64) T packed[kernel::depth * kernel::cols];
  const auto visit = [&](index j, index x) {
    const index k = std::min(kernel::depth, inner - x);
    const index n = std::min(kernel::cols, c.cols - j);
    // a few rows do not repay the packing
    const bool in_place = few && right.step == 1 && n == kernel::cols;
    const factor columns = right.from(j, x);
    kernel::panel(left.from(0, x), in_place ? columns : kernel::pack(columns, n, k, packed), k,
                  alpha, x == 0 ? beta : T(1), c.columns(j, n));
  };
  // the sums of an element have the same order either way; where A is small enough to be read again
  // for all columns, a transposed B is read as it lies
  if (few && right.step != 1) {
    for (index j = 0; j < c.cols; j += kernel::cols)
      for (index x = 0; x < inner; x += kernel::depth) visit(j, x);
  } else {
    for (index x = 0; x < inner; x += kernel::depth)
      for (index j = 0; j < c.cols; j += kernel::cols) visit(j, x);
  }
}

}  // namespace gkd::inline v0::host
