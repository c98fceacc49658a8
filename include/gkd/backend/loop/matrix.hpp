// SPDX-License-Identifier: Apache-2.0
// Plain loops over host views: the specification of matrix operations. Sums of products, of columns
// and of squares are in double; scatter_add_rows adds in T, row after row.
#pragma once

#include <gkd/core/config.hpp>
#include <gkd/core/tensor.hpp>

#include <span>  // span

namespace gkd::inline v0 {

namespace loop {

/// C = alpha op(A) op(B) + beta C. C is not read when beta is 0.   A (M, K), B (K, N), C (M, N)
template <class T>
void gemm(transpose op_a, transpose op_b, T alpha, matrix_view<const T> a, matrix_view<const T> b,
          T beta, matrix_view<T> c) {
  const index inner = op_a == transpose::no ? a.cols : a.rows;
  for (index i = 0; i < c.rows; ++i)
    for (index j = 0; j < c.cols; ++j) {
      double sum = 0.0;
      for (index k = 0; k < inner; ++k) {
        const T left = op_a == transpose::no ? a(i, k) : a(k, i);
        const T right = op_b == transpose::no ? b(k, j) : b(j, k);
        sum += double(left) * double(right);
      }
      const double kept = beta == T(0) ? 0.0 : double(beta) * double(c(i, j));
      c(i, j) = static_cast<T>(double(alpha) * sum + kept);
    }
}

/// x = value.
template <class T>
void fill(matrix_view<T> x, T value) {
  for (index i = 0; i < x.rows; ++i)
    for (index j = 0; j < x.cols; ++j) x(i, j) = value;
}

/// y += alpha x.
template <class T>
void add(T alpha, matrix_view<const T> x, matrix_view<T> y) {
  for (index i = 0; i < y.rows; ++i)
    for (index j = 0; j < y.cols; ++j) y(i, j) += alpha * x(i, j);
}

/// x *= alpha.
template <class T>
void scale(T alpha, matrix_view<T> x) {
  for (index i = 0; i < x.rows; ++i)
    for (index j = 0; j < x.cols; ++j) x(i, j) *= alpha;
}

/// Every row of y += bias.   bias (D), y (N, D)
template <class T>
void add_bias(vector_view<const T> bias, matrix_view<T> y) {
  for (index i = 0; i < y.rows; ++i)
    for (index j = 0; j < y.cols; ++j) y(i, j) += bias[j];
}

/// dbias += the sum of the rows of dy.   dy (N, D), dbias (D)
template <class T>
void add_bias_backward(matrix_view<const T> dy, vector_view<T> dbias) {
  for (index j = 0; j < dy.cols; ++j) {
    double sum = 0.0;
    for (index i = 0; i < dy.rows; ++i) sum += double(dy(i, j));
    dbias[j] += static_cast<T>(sum);
  }
}

/// out(n) = x(rows[n]).   x (P, D), out (N, D)
template <class T>
void gather_rows(matrix_view<const T> x, std::span<const index> rows, matrix_view<T> out) {
  for (index n = 0; n < rows.size(); ++n)
    for (index j = 0; j < out.cols; ++j) out(n, j) = x(rows[n], j);
}

/// out(rows[n]) = x(n); every row is named at most once.   x (N, D), out (P, D)
template <class T>
void scatter_rows(matrix_view<const T> x, std::span<const index> rows, matrix_view<T> out) {
  for (index n = 0; n < rows.size(); ++n)
    for (index j = 0; j < x.cols; ++j) out(rows[n], j) = x(n, j);
}

/// out(rows[n]) += x(n); a row may be named more than once.   x (N, D), out (P, D)
template <class T>
void scatter_add_rows(matrix_view<const T> x, std::span<const index> rows, matrix_view<T> out) {
  for (index n = 0; n < rows.size(); ++n)
    for (index j = 0; j < x.cols; ++j) out(rows[n], j) += x(n, j);
}

/// Sum of squares of all elements.
template <class T>
double sum_of_squares(matrix_view<const T> x) {
  double sum = 0.0;
  for (index i = 0; i < x.rows; ++i)
    for (index j = 0; j < x.cols; ++j) sum += double(x(i, j)) * double(x(i, j));
  return sum;
}

}  // namespace loop
}  // namespace gkd::inline v0
