// SPDX-License-Identifier: Apache-2.0
// Activations in blocks, for a vector library V that has exp and tanh. Both activations are
// x sigmoid(a x'), so that one exponential serves either:
//
//   silu       x sigmoid(x)
//   gelu_tanh  x sigmoid(2 u(x)),  since 1 + tanh u = 2 sigmoid(2u)
//
// Formulas and sources: backend/loop/activation.hpp.
#pragma once

#include <gkd/backend/host/block.hpp>
#include <gkd/backend/loop/activation.hpp>

namespace gkd::inline v0::host {

/// s = sigmoid(z) with activation(x) = x s, and slope = dz/dx, for the first n numbers of x.
template <class V, class T>
void activation_sigmoid(activation kind, const block<T>& x, index n, block<T>& s, block<T>& slope) {
  constexpr T c = T(2 * 0.7978845608028654), cubic = T(0.044715);
  // gelu is x or 0 long before 30; what lies further out must not overflow in x^3
  constexpr T far = T(30);
  for (index j = 0; j < block_size; ++j) {
    const T z = math::min(math::max(x[j], -far), far);
    s[j] = kind == activation::silu ? -x[j] : -c * (z + cubic * z * z * z);
    slope[j] = kind == activation::silu ? T(1) : c * (T(1) + T(3) * cubic * z * z);
  }
  V::exp(s.at, padded(n));
  for (index j = 0; j < block_size; ++j) s[j] = T(1) / (T(1) + s[j]);
}

/// d activation/dx = s + x s (1 - s) slope. The product with 1 - s comes first: x slope may be
/// huge.
template <class T>
T activation_slope(T x, T s, T slope) {
  return s + s * (T(1) - s) * x * slope;
}

/// Copies of n numbers in blocks, and back.
template <class T>
void load(const T* from, index n, block<T>& to) {
  std::copy_n(from, n, to.at);
}
template <class T>
void store(const block<T>& from, index n, T* to) {
  std::copy_n(from.at, n, to);
}

/// out = activation(x).
template <class V, class T>
void activate(activation kind, matrix_view<const T> x, matrix_view<T> out) {
  in_row_blocks(x, x.contiguous() && out.contiguous(), [&](index i, index first, index n) {
    block<T> in, s, slope;
    load(x.data + i * x.stride + first, n, in);
    activation_sigmoid<V>(kind, in, n, s, slope);
    for (index j = 0; j < block_size; ++j) s[j] *= in[j];
    store(s, n, out.data + i * out.stride + first);
  });
}

/// dx = dout * activation'(x).
template <class V, class T>
void activate_backward(activation kind, matrix_view<const T> x, matrix_view<const T> dout,
                       matrix_view<T> dx) {
  const bool flat = x.contiguous() && dout.contiguous() && dx.contiguous();
  in_row_blocks(x, flat, [&](index i, index first, index n) {
    block<T> in, d, s, slope;
    load(x.data + i * x.stride + first, n, in);
    load(dout.data + i * dout.stride + first, n, d);
    activation_sigmoid<V>(kind, in, n, s, slope);
    for (index j = 0; j < block_size; ++j) d[j] *= activation_slope(in[j], s[j], slope[j]);
    store(d, n, dx.data + i * dx.stride + first);
  });
}

/// out = activation(gate) * up.
template <class V, class T>
void gated(activation kind, matrix_view<const T> gate, matrix_view<const T> up,
           matrix_view<T> out) {
  const bool flat = gate.contiguous() && up.contiguous() && out.contiguous();
  in_row_blocks(gate, flat, [&](index i, index first, index n) {
    block<T> g, u, s, slope;
    load(gate.data + i * gate.stride + first, n, g);
    load(up.data + i * up.stride + first, n, u);
    activation_sigmoid<V>(kind, g, n, s, slope);
    for (index j = 0; j < block_size; ++j) s[j] = g[j] * s[j] * u[j];
    store(s, n, out.data + i * out.stride + first);
  });
}

/// dgate = dout * up * activation'(gate), dup = dout * activation(gate).
template <class V, class T>
void gated_backward(activation kind, matrix_view<const T> gate, matrix_view<const T> up,
                    matrix_view<const T> dout, matrix_view<T> dgate, matrix_view<T> dup) {
  const bool flat = gate.contiguous() && up.contiguous() && dout.contiguous() &&
                    dgate.contiguous() && dup.contiguous();
  in_row_blocks(gate, flat, [&](index i, index first, index n) {
    block<T> g, u, d, s, slope;
    load(gate.data + i * gate.stride + first, n, g);
    load(up.data + i * up.stride + first, n, u);
    load(dout.data + i * dout.stride + first, n, d);
    activation_sigmoid<V>(kind, g, n, s, slope);
    for (index j = 0; j < block_size; ++j) {
      u[j] = d[j] * u[j] * activation_slope(g[j], s[j], slope[j]);
      d[j] = d[j] * (g[j] * s[j]);
    }
    store(u, n, dgate.data + i * dgate.stride + first);
    store(d, n, dup.data + i * dup.stride + first);
  });
}

/// x = cap tanh(x / cap).
template <class V, class T>
void softcap(T cap, matrix_view<T> x) {
  in_row_blocks(x, x.contiguous(), [&](index i, index first, index n) {
    T* at = x.data + i * x.stride + first;
    block<T> t;
    load(at, n, t);
    for (index j = 0; j < block_size; ++j) t[j] /= cap;
    V::tanh(t.at, padded(n));
    for (index j = 0; j < block_size; ++j) t[j] *= cap;
    store(t, n, at);
  });
}

}  // namespace gkd::inline v0::host
