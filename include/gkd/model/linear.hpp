// SPDX-License-Identifier: Apache-2.0
// Layers that are views of their parameters: a linear layer, with low-rank adapters where there
// are any, and a norm. They own nothing; a parameter without a gradient is not learned.
//
//   linear    y = x W^T + b          W (out, in) as in PyTorch
//   adapter   y[rows] += scale (x A^T) B^T      A (r, in), B (rows, r)     Hu et al. 2021 (LoRA)
#pragma once

#include <gkd/backend/ops.hpp>
#include <gkd/model/parameter_block.hpp>
#include <gkd/model/transformer_config.hpp>

#include <vector>  // vector

namespace gkd::inline v0 {

/// Low-rank change of the rows [first, first + up.value.rows) of a linear layer's weight.
template <class Backend, class T>
struct low_rank {
  using matrix = matrix_view<T, typename Backend::space>;
  parameter<matrix> down;  // (r, in)   A
  parameter<matrix> up;    // (rows, r) B
  index first = 0;
  T scale = T(1);
};

/// Memory that layers use while they run.
template <class Backend, class T>
struct layer_scratch {
  workspace<Backend, T> inner, inner_gradient;  // (N, r) of adapters
  workspace<Backend, T> unused;                 // gradients that nobody wants
};

template <class Backend, class T>
struct linear {
  using space = typename Backend::space;
  using matrix = matrix_view<T, space>;
  using input = matrix_view<const T, space>;
  using scratch = layer_scratch<Backend, T>;

  parameter<matrix> weight;             // (out, in)
  parameter<vector_view<T, space>> bias;  // (out), or empty
  std::vector<low_rank<Backend, T>> adapters;

  /// y = layer(x) + keep * y.   x (N, in), y (N, out)
  void apply(const Backend& b, input x, T keep, matrix y, scratch& s) const {
    ops::gemm(b, transpose::no, transpose::yes, T(1), x, weight.value, keep, y);
    if (bias.value.size != 0) ops::add_bias(b, bias.value, y);
    for (const auto& a : adapters) {
      const matrix inner = s.inner.matrix(b, x.rows, a.down.value.rows);  // (N, r)
      ops::gemm(b, transpose::no, transpose::yes, T(1), x, a.down.value, T(0), inner);
      ops::gemm(b, transpose::no, transpose::yes, a.scale, inner, a.up.value, T(1),
                y.columns(a.first, a.up.value.rows));
    }
  }

  /// dx = gradient of the input; adds to the gradients of what is learned.
  void backward(const Backend& b, input x, input dy, matrix dx, scratch& s) const {
    ops::gemm(b, transpose::no, transpose::no, T(1), dy, weight.value, T(0), dx);
    if (!weight.gradient.empty())
      ops::gemm(b, transpose::yes, transpose::no, T(1), dy, x, T(1), weight.gradient);
    if (bias.gradient.size != 0) ops::add_bias_backward(b, dy, bias.gradient);
    for (const auto& a : adapters) {
      const input dpart = dy.columns(a.first, a.up.value.rows);                    // (N, rows)
      const matrix inner = s.inner.matrix(b, x.rows, a.down.value.rows);           // (N, r)
      const matrix dinner = s.inner_gradient.matrix(b, x.rows, a.down.value.rows);  // (N, r)
      ops::gemm(b, transpose::no, transpose::yes, T(1), x, a.down.value, T(0), inner);
      ops::gemm(b, transpose::yes, transpose::no, a.scale, dpart, inner, T(1), a.up.gradient);
      ops::gemm(b, transpose::no, transpose::no, a.scale, dpart, a.up.value, T(0), dinner);
      ops::gemm(b, transpose::yes, transpose::no, T(1), dinner, x, T(1), a.down.gradient);
      ops::gemm(b, transpose::no, transpose::no, T(1), dinner, a.down.value, T(1), dx);
    }
  }
};

/// RMSNorm or LayerNorm with its parameters.
template <class Backend, class T>
struct norm_layer {
  using space = typename Backend::space;
  using vector = vector_view<T, space>;
  using matrix = matrix_view<T, space>;
  using input = matrix_view<const T, space>;

  parameter<vector> gain;  // (D)
  parameter<vector> bias;  // (D), empty for RMSNorm
  norm_kind kind = norm_kind::rms;
  norm_options options;

  /// out = norm(x).   (N, D)
  void apply(const Backend& b, input x, matrix out) const {
    if (kind == norm_kind::rms)
      ops::rms_norm(b, x, gain.value, options, out);
    else
      ops::layer_norm(b, x, gain.value, bias.value, options, out);
  }

  /// dx += the gradient of the input. `unused` (2, D) takes the gradients of a norm that does not
  /// learn.
  void backward(const Backend& b, input x, input dout, matrix dx, matrix unused) const {
    const bool learns = gain.gradient.size != 0;
    const vector dgain = learns ? gain.gradient : unused.row(0);
    if (kind == norm_kind::rms) {
      ops::rms_norm_backward(b, x, gain.value, options, dout, dx, dgain);
    } else {
      const vector dbias = learns ? bias.gradient : unused.row(1);
      ops::layer_norm_backward(b, x, gain.value, options, dout, dx, dgain, dbias);
    }
  }
};

}  // namespace gkd::inline v0
