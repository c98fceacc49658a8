// SPDX-License-Identifier: Apache-2.0
// The xtensor backend: exp, tanh and sqrt are xtensor expressions over adapted memory, which xsimd
// turns into vector instructions where the program defines XTENSOR_USE_XSIMD (the target
// gkd::xtensor does). xtensor has no product without a BLAS, and does not vectorise broadcasts and
// reductions along an axis (20 times slower than a loop, version 0.24): these are gkd's own loops.
//
//   gkd::xtensor backend{.threads = 4};
//
// Expressions are evaluated where they are written; none leaves its function. Both layouts of
// headers are known, up to 0.25 and from 0.26 on.
#pragma once

#include <gkd/backend/host/portable.hpp>
#include <gkd/backend/host_backend.hpp>

#if __has_include(<xtensor/containers/xadapt.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/core/xmath.hpp>
#include <xtensor/core/xnoalias.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnoalias.hpp>
#endif

#include <array>  // array

namespace gkd::inline v0 {

/// The vector library of the xtensor backend: see backend/host_backend.hpp.
struct xtensor_vectors : host::portable_vectors {
  template <class T>
  static void exp(T* x, index n) {
    auto a = adapt(x, n);
    xt::noalias(a) = xt::exp(a);
  }
  template <class T>
  static void tanh(T* x, index n) {
    auto a = adapt(x, n);
    xt::noalias(a) = xt::tanh(a);
  }
  template <class T>
  static void sqrt(T* x, index n) {
    auto a = adapt(x, n);
    xt::noalias(a) = xt::sqrt(a);
  }

 private:
  // a view of (n), no copy
  template <class T>
  static auto adapt(T* x, index n) {
    return xt::adapt(x, n, xt::no_ownership(), std::array<index, 1>{n});
  }
};

/// A backend on ordinary memory with xtensor's vector functions.
using xtensor = host_backend<xtensor_vectors>;

}  // namespace gkd::inline v0
