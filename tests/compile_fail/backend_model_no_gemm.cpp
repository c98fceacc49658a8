// SPDX-License-Identifier: Apache-2.0
// A model on a backend without a product.
// expect: gkd: a backend needs  void gemm(transpose op_a, transpose op_b, T alpha,
// expect: matrix_view<const T, space> a, matrix_view<const T, space> b, T beta, matrix_view<T,
// expect: space> c) const
#include <gkd/backend/ops.hpp>
#include <gkd/backend/reference.hpp>
#include <gkd/model/mlp.hpp>

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

int main() {
  gkd::mlp model{gkd::mlp_config{.vocab_size = 3}, own_backend{}, 1};
  return model.vocab_size() == 3 ? 0 : 1;
}
