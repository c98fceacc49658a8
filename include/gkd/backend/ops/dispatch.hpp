// SPDX-License-Identifier: Apache-2.0
// How an operation finds its implementation: the backend's own member first, else the plain loop
// where the host can follow the pointers, else a sentence from the compiler.
//
// A host backend with threads offers  parallel(count, grain, f),  which calls f(first, n) for fixed
// chunks of [0, count): loops that write disjoint rows or columns then run in parallel, with the
// same result for every number of threads.
#pragma once

#include <gkd/concepts.hpp>
#include <gkd/core/tensor.hpp>

#include <type_traits>  // type_identity_t

namespace gkd::inline v0::ops {

/// An input: any view that converts. The number type and space follow from the output.
template <class T, class S>
using in_matrix = std::type_identity_t<matrix_view<const T, S>>;
template <class T, class S>
using in_vector = std::type_identity_t<vector_view<const T, S>>;

namespace detail {

/// f(first, n) over [0, count), in parallel where the backend can. `work` is the cost of one unit
/// in arithmetic operations; a chunk holds enough units to be worth waking a thread.
template <class B, class F>
void in_chunks(const B& backend, index count, index work, const F& f) {
  constexpr index worth_a_thread = index{1} << 18;
  if (count == 0) return;
  if constexpr (requires { backend.parallel(count, count, f); }) {
    backend.parallel(count, worth_a_thread / (work + 1) + 1, f);
  } else {
    f(index{0}, count);
  }
}

/// in_chunks of this backend, for loops of several passes.
template <class B>
auto chunks_of(const B& backend) {
  return [&backend](index count, index work, const auto& f) { in_chunks(backend, count, work, f); };
}

}  // namespace detail
}  // namespace gkd::inline v0::ops
