// SPDX-License-Identifier: Apache-2.0
// A backend that does not say where its memory lies.
// expect: gkd: a backend needs  using space = ...  that names where its memory lies
#include <gkd/backend/ops.hpp>
#include <gkd/backend/reference.hpp>

struct own_backend {
#if GKD_TWIN
  using space = gkd::host_space;
#endif
  template <class T>
  gkd::host_buffer<T> allocate(gkd::index n) const {
    return gkd::host_buffer<T>(n);
  }
  template <class T>
  void copy(gkd::vector_view<const T> from, gkd::vector_view<T> to) const {
    gkd::reference{}.copy(from, to);
  }
  template <class T>
  void gemm(gkd::transpose op_a, gkd::transpose op_b, T alpha, gkd::matrix_view<const T> a,
            gkd::matrix_view<const T> b, T beta, gkd::matrix_view<T> c) const {
    gkd::reference{}.gemm(op_a, op_b, alpha, a, b, beta, c);
  }
  void synchronize() const {}
};

int main() { gkd::check_backend<own_backend>(); }
