// SPDX-License-Identifier: Apache-2.0
// The reference backend: every operation as an obvious loop, one thread, standard library only. It
// is the specification that other backends are tested against, and it trains small models as it is.
// Sums are in double, but for gradients to which one row after another adds in T: those of the gain
// of rms_norm, of embeddings, of scattered rows and of the queries, keys and values of attention.
//
// A backend is a handle that is cheap to copy. It must have
//   using space                                        where its memory lies
//   auto allocate<T>(index n) const                    an owner of n zeros, with view()
//   void copy(vector_view<const T, From>, vector_view<T, To>) const     one side may be the host
//   void gemm(transpose, transpose, T alpha, A, B, T beta, C) const
//   void synchronize() const
// and may have any operation of backend/ops, which else falls back to the plain loops on the host.
// A backend of a space that the host cannot follow must have all operations that are used.
#pragma once

#include <gkd/backend/loop/matrix.hpp>
#include <gkd/core/buffer.hpp>

#include <algorithm>  // copy_n

namespace gkd::inline v0 {

struct reference {
  using space = host_space;

  template <class T>
  host_buffer<T> allocate(index n) const {
    return host_buffer<T>(n);
  }
  template <class T>
  void copy(vector_view<const T> from, vector_view<T> to) const {
    GKD_ASSERT(from.size == to.size);
    std::copy_n(from.data, from.size, to.data);
  }
  template <class T>
  void gemm(transpose op_a, transpose op_b, T alpha, matrix_view<const T> a,
            matrix_view<const T> b, T beta, matrix_view<T> c) const {
    loop::gemm(op_a, op_b, alpha, a, b, beta, c);
  }
  void synchronize() const {}
};

/// The backend that a model brings, `model.backend()`, or the reference for host models without
/// one.
template <class Model>
auto backend_of(const Model& model) {
  if constexpr (requires { model.backend(); }) {
    return model.backend();
  } else {
    return reference{};
  }
}

}  // namespace gkd::inline v0
