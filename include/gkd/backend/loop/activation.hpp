// SPDX-License-Identifier: Apache-2.0
// Plain loops: activations, gated activations, the soft cap, and their gradients.
//
//   gelu_tanh  x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))   Hendrycks and Gimpel 2016
//   silu       x / (1 + e^-x)                                  gated: y = activation(gate) * up
//   soft cap   y = cap tanh(x / cap)                           Shazeer 2020 (GLU); Gemma 2
#pragma once

#include <gkd/core/dual.hpp>
#include <gkd/core/tensor.hpp>

namespace gkd::inline v0 {

enum class activation { gelu_tanh, silu };

namespace loop {

/// The activation of one number; with a dual number, its derivative too.
template <class Number>
GKD_FN Number activate(activation kind, Number x) {
  using namespace math;
  using T = decltype([] {
    if constexpr (requires { Number{}.slope; }) return Number{}.value;
    else return Number{};
  }());
  if (kind == activation::silu) {  // e^-|x|, whose derivative does not overflow
    if (x < Number(T(0))) return x * exp(x) / (Number(T(1)) + exp(x));
    return x / (Number(T(1)) + exp(-x));
  }
  // x or 0 to the last digit long before 30; further out x^3 overflows and inf * 0 is the slope
  const Number far(T(30)), near = x > far ? far : x < -far ? -far : x;
  const Number inner =
      Number(T(0.7978845608028654)) * (near + Number(T(0.044715)) * near * near * near);
  return Number(T(0.5)) * x * (Number(T(1)) + tanh(inner));
}

template <class T>
void activate(activation kind, matrix_view<const T> x, matrix_view<T> out) {
  for (index i = 0; i < x.rows; ++i)
    for (index j = 0; j < x.cols; ++j) out(i, j) = activate(kind, x(i, j));
}

/// dx = dout * activation'(x).
template <class T>
void activate_backward(activation kind, matrix_view<const T> x, matrix_view<const T> dout,
                       matrix_view<T> dx) {
  for (index i = 0; i < x.rows; ++i)
    for (index j = 0; j < x.cols; ++j)
      dx(i, j) = dout(i, j) * activate(kind, dual<T>(x(i, j), T(1))).slope;
}

/// out = activation(gate) * up.   all (N, F)
template <class T>
void gated(activation kind, matrix_view<const T> gate, matrix_view<const T> up,
           matrix_view<T> out) {
  for (index i = 0; i < out.rows; ++i)
    for (index j = 0; j < out.cols; ++j) out(i, j) = activate(kind, gate(i, j)) * up(i, j);
}

/// dgate = dout * up * activation'(gate), dup = dout * activation(gate).
template <class T>
void gated_backward(activation kind, matrix_view<const T> gate, matrix_view<const T> up,
                    matrix_view<const T> dout, matrix_view<T> dgate, matrix_view<T> dup) {
  for (index i = 0; i < dout.rows; ++i)
    for (index j = 0; j < dout.cols; ++j) {
      const dual<T> a = activate(kind, dual<T>(gate(i, j), T(1)));
      const T d = dout(i, j);
      dgate(i, j) = d * up(i, j) * a.slope;
      dup(i, j) = d * a.value;
    }
}

/// x = cap tanh(x / cap); cap > 0. Finite for infinite x.
template <class T>
void softcap(T cap, matrix_view<T> x) {
  for (index i = 0; i < x.rows; ++i)
    for (index j = 0; j < x.cols; ++j) x(i, j) = cap * math::tanh(x(i, j) / cap);
}

/// dx = dy (1 - (y / cap)^2), in place of dy, from the capped y.
template <class T>
void softcap_backward(T cap, matrix_view<const T> y, matrix_view<T> dy) {
  for (index i = 0; i < y.rows; ++i)
    for (index j = 0; j < y.cols; ++j) {
      const T t = y(i, j) / cap;
      dy(i, j) *= T(1) - t * t;
    }
}

}  // namespace loop
}  // namespace gkd::inline v0
