// SPDX-License-Identifier: Apache-2.0
// The vector library that needs no library: loops for the compiler, the functions of the standard
// library, and the product of backend/host/gemm_kernel. See backend/host_backend.hpp.
#pragma once

#include <gkd/backend/host/block.hpp>
#include <gkd/backend/host/gemm_kernel.hpp>
#include <gkd/core/math.hpp>

namespace gkd::inline v0::host {

struct portable_vectors {
  template <class T>
  static void exp(T* x, index n) {
    for (index j = 0; j < n; ++j) x[j] = math::exp(x[j]);
  }
  template <class T>
  static void tanh(T* x, index n) {
    for (index j = 0; j < n; ++j) x[j] = math::tanh(x[j]);
  }
  template <class T>
  static void sqrt(T* x, index n) {
    for (index j = 0; j < n; ++j) x[j] = math::sqrt(x[j]);
  }

  template <class T>
  static void dots(matrix_view<const T> m, const T* x, T* out) {
    for (index j = 0; j < m.rows; ++j) {
      const T* const row = m.row(j).data;
      out[j] = sum_in_lanes<T>(m.cols, [&](index c) { return row[c] * x[c]; });
    }
  }
  template <class T>
  static void add_rows(matrix_view<const T> m, const T* w, T* out) {
    for (index j = 0; j < m.rows; ++j) {
      const T* const row = m.row(j).data;
      for (index c = 0; c < m.cols; ++c) out[c] += w[j] * row[c];
    }
  }
  template <class T>
  static void add_outer(const T* w, const T* x, matrix_view<T> m) {
    for (index j = 0; j < m.rows; ++j) {
      T* const row = m.row(j).data;
      for (index c = 0; c < m.cols; ++c) row[c] += w[j] * x[c];
    }
  }

  template <class T>
  static void gemm(transpose op_a, transpose op_b, T alpha, matrix_view<const T> a,
                   matrix_view<const T> b, T beta, matrix_view<T> c) {
    host::gemm(op_a, op_b, alpha, a, b, beta, c);
  }
};

}  // namespace gkd::inline v0::host
