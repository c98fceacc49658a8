// SPDX-License-Identifier: Apache-2.0
// A product on a backend that has none: the operation says so before its call fails.
// expect: gkd: a backend needs  void gemm(transpose op_a, transpose op_b, T alpha,
// expect: matrix_view<const T, space> a, matrix_view<const T, space> b, T beta, matrix_view<T,
// expect: space> c) const
#include <gkd/backend/ops.hpp>
#include <gkd/backend/reference.hpp>

struct own_backend {
  using space = gkd::host_space;
  template <class T>
  gkd::host_buffer<T> allocate(gkd::index n) const {
    return gkd::host_buffer<T>(n);
  }
  template <class T>
  void copy(gkd::vector_view<const T> from, gkd::vector_view<T> to) const {
    gkd::reference{}.copy(from, to);
  }
#if GKD_TWIN
  template <class T>
  void gemm(gkd::transpose op_a, gkd::transpose op_b, T alpha, gkd::matrix_view<const T> a,
            gkd::matrix_view<const T> b, T beta, gkd::matrix_view<T> c) const {
    gkd::reference{}.gemm(op_a, op_b, alpha, a, b, beta, c);
  }
#endif
  void synchronize() const {}
};

void square(gkd::matrix_view<const float> a, gkd::matrix_view<float> out) {
  gkd::ops::gemm(own_backend{}, gkd::transpose::no, gkd::transpose::no, 1.0f, a, a, 0.0f, out);
}
