// SPDX-License-Identifier: Apache-2.0
// The Eigen backend: products and vector functions by Eigen 3.4 or 5, threads by gkd.
//
//   gkd::eigen backend{.threads = 4};
//
// Eigen sees raw memory through Map, and no expression of it leaves the function that made it. Its
// own threads must be off: Eigen splits a product by the number of threads, which changes the bits
// of the result, and it spins while it waits. Eigen::setNbThreads would be a setting of the whole
// program, so gkd asks for the macro instead, in every file of a program that uses OpenMP.
#pragma once

#include <gkd/backend/host_backend.hpp>

#include <Eigen/Core>

#if defined(EIGEN_HAS_OPENMP) || defined(EIGEN_GEMM_THREADPOOL)
#error \
    "gkd: define EIGEN_DONT_PARALLELIZE: threads inside Eigen's products make results depend on " \
       "their number; gkd::eigen has its own [docs/design.md#threads]"
#endif

namespace gkd::inline v0 {

/// The vector library of the Eigen backend: see backend/host_backend.hpp.
struct eigen_vectors {
  template <class T>
  static void exp(T* x, index n) {
    auto a = blocks(x, n);
    a = a.exp();
  }
  template <class T>
  static void tanh(T* x, index n) {
    auto a = blocks(x, n);
    a = a.tanh();
  }
  template <class T>
  static void sqrt(T* x, index n) {
    auto a = blocks(x, n);
    a = a.sqrt();
  }

  template <class T>
  static void dots(matrix_view<const T> m, const T* x, T* out) {
    vector<T>(out, m.rows).noalias() = matrix(m) * vector<const T>(x, m.cols);
  }
  template <class T>
  static void add_rows(matrix_view<const T> m, const T* w, T* out) {
    vector<T>(out, m.cols).noalias() += matrix(m).transpose() * vector<const T>(w, m.rows);
  }
  template <class T>
  static void add_outer(const T* w, const T* x, matrix_view<T> m) {
    matrix(m).noalias() += vector<const T>(w, m.rows) * vector<const T>(x, m.cols).transpose();
  }

  template <class T>
  static void gemm(transpose op_a, transpose op_b, T alpha, matrix_view<const T> a,
                   matrix_view<const T> b, T beta, matrix_view<T> c) {
    auto to = matrix(c);
    const auto add_product = [&](const auto& left, const auto& right) {
      if (beta == T(0)) {
        to.noalias() = alpha * (left * right);  // does not read C
      } else {
        if (beta != T(1)) to *= beta;
        to.noalias() += alpha * (left * right);
      }
    };
    const auto with_left = [&](const auto& left) {
      op_b == transpose::no ? add_product(left, matrix(b))
                            : add_product(left, matrix(b).transpose());
    };
    op_a == transpose::no ? with_left(matrix(a)) : with_left(matrix(a).transpose());
  }

 private:
  template <class T>
  using dense = std::conditional_t<
      std::is_const_v<T>,
      const Eigen::Matrix<std::remove_const_t<T>, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>,
      Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;
  template <class T>
  using column = std::conditional_t<std::is_const_v<T>,
                                    const Eigen::Matrix<std::remove_const_t<T>, Eigen::Dynamic, 1>,
                                    Eigen::Matrix<T, Eigen::Dynamic, 1>>;

  template <class T>
  static Eigen::Map<dense<T>, Eigen::Unaligned, Eigen::OuterStride<>> matrix(matrix_view<T> m) {
    return {m.data, size(m.rows), size(m.cols), Eigen::OuterStride<>(size(m.stride))};
  }
  template <class T>
  static Eigen::Map<column<T>> vector(T* data, index n) {
    return {data, size(n)};
  }
  template <class T>
  static Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>, Eigen::Aligned64> blocks(T* x, index n) {
    return {x, size(n)};
  }
  static Eigen::Index size(index n) { return static_cast<Eigen::Index>(n); }
};

/// A backend on ordinary memory with Eigen's products and packet functions.
using eigen = host_backend<eigen_vectors>;

}  // namespace gkd::inline v0
