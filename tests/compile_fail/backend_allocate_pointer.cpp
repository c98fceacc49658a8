// SPDX-License-Identifier: Apache-2.0
// A backend whose memory has no owner.
// expect: gkd: a backend needs  template <class T> auto allocate(gkd::index n) const  that
// expect: returns an owner of n zeros
#include <gkd/backend/ops.hpp>
#include <gkd/backend/reference.hpp>

struct own_backend {
  using space = gkd::host_space;
#if GKD_TWIN
  template <class T>
  gkd::host_buffer<T> allocate(gkd::index n) const {
    return gkd::host_buffer<T>(n);
  }
#else
  template <class T>
  T* allocate(gkd::index n) const {
    return new T[n];
  }
#endif
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
