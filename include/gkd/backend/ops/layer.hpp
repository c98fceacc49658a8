// SPDX-License-Identifier: Apache-2.0
// Operations of transformer layers: normalisation, positions, attention, activations.
// Each backward operation says whether it adds to its outputs (+=) or sets them.
#pragma once

#include <gkd/backend/loop/activation.hpp>
#include <gkd/backend/loop/attention.hpp>
#include <gkd/backend/loop/norm.hpp>
#include <gkd/backend/ops/dispatch.hpp>

namespace gkd::inline v0::ops {

/// out = x / rms(x) * gain, row by row.   gain (D)
struct rms_norm_op {
  template <class B, class T, class S>
  void operator()(const B& b, in_matrix<T, S> x, in_vector<T, S> gain, norm_options o,
                  matrix_view<T, S> out) const {
    if constexpr (requires { b.rms_norm(x, gain, o, out); }) {
      b.rms_norm(x, gain, o, out);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, x.rows, 4 * x.cols, [&](index first, index n) {
        loop::rms_norm<T>(x.slice(first, n), gain, o, out.slice(first, n));
      });
    } else {
      static_assert(S::host_accessible,
                    "gkd: the backend of this memory space needs  void rms_norm(matrix_view x, "
                    "vector_view gain, norm_options o, matrix_view out) const  "
                    "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr rms_norm_op rms_norm{};

/// dx += and dgain += the gradients of rms_norm.
struct rms_norm_backward_op {
  template <class B, class T, class S>
  void operator()(const B& b, in_matrix<T, S> x, in_vector<T, S> gain, norm_options o,
                  in_matrix<T, S> dout, matrix_view<T, S> dx, vector_view<T, S> dgain) const {
    if constexpr (requires { b.rms_norm_backward(x, gain, o, dout, dx, dgain); }) {
      b.rms_norm_backward(x, gain, o, dout, dx, dgain);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, x.rows, 8 * x.cols, [&](index first, index n) {
        loop::rms_norm_backward<T>(x.slice(first, n), gain, o, dout.slice(first, n),
                                   dx.slice(first, n));
      });
      loop::rms_norm_gain_backward<T>(x, o, dout, dgain);
    } else {
      static_assert(S::host_accessible,
                    "gkd: the backend of this memory space needs  void "
                    "rms_norm_backward(matrix_view x, vector_view gain, norm_options o, "
                    "matrix_view dout, matrix_view dx, vector_view dgain) const  "
                    "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr rms_norm_backward_op rms_norm_backward{};

/// out = (x - mean) / deviation * gain + bias, row by row.   gain, bias (D)
struct layer_norm_op {
  template <class B, class T, class S>
  void operator()(const B& b, in_matrix<T, S> x, in_vector<T, S> gain, in_vector<T, S> bias,
                  norm_options o, matrix_view<T, S> out) const {
    if constexpr (requires { b.layer_norm(x, gain, bias, o, out); }) {
      b.layer_norm(x, gain, bias, o, out);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, x.rows, 6 * x.cols, [&](index first, index n) {
        loop::layer_norm<T>(x.slice(first, n), gain, bias, o, out.slice(first, n));
      });
    } else {
      static_assert(S::host_accessible,
                    "gkd: the backend of this memory space needs  void layer_norm(matrix_view x, "
                    "vector_view gain, vector_view bias, norm_options o, matrix_view out) const  "
                    "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr layer_norm_op layer_norm{};

/// dx +=, dgain += and dbias += the gradients of layer_norm.
struct layer_norm_backward_op {
  template <class B, class T, class S>
  void operator()(const B& b, in_matrix<T, S> x, in_vector<T, S> gain, norm_options o,
                  in_matrix<T, S> dout, matrix_view<T, S> dx, vector_view<T, S> dgain,
                  vector_view<T, S> dbias) const {
    if constexpr (requires { b.layer_norm_backward(x, gain, o, dout, dx, dgain, dbias); }) {
      b.layer_norm_backward(x, gain, o, dout, dx, dgain, dbias);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, x.rows, 10 * x.cols, [&](index first, index n) {
        loop::layer_norm_backward<T>(x.slice(first, n), gain, o, dout.slice(first, n),
                                     dx.slice(first, n));
      });
      const index strip = math::max<index>(256, x.cols / 8);  // of columns, down all rows
      detail::in_chunks(b, (x.cols + strip - 1) / strip, 4 * x.rows * strip,
                        [&](index first, index n) {
                          const index left = first * strip;
                          const index cols = math::min(n * strip, x.cols - left);
                          loop::layer_norm_gain_backward<T>(x, o, dout, dgain, dbias, left, cols);
                        });
    } else {
      static_assert(
          S::host_accessible,
          "gkd: the backend of this memory space needs  void layer_norm_backward(matrix_view x, "
          "vector_view gain, norm_options o, matrix_view dout, matrix_view dx, vector_view dgain, "
          "vector_view dbias) const  "
          "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr layer_norm_backward_op layer_norm_backward{};

/// Rotates the heads of row n by the angle of positions[n], in place; `back` rotates the other way,
/// which is the gradient.   x (N, H d), positions (N) on the host
struct rope_op {
  template <class B, class T, class S>
  void operator()(const B& b, matrix_view<T, S> x, std::span<const index> positions,
                  const rope_options& o, bool back = false) const {
    if constexpr (requires { b.rope(x, positions, o, back); }) {
      b.rope(x, positions, o, back);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, x.rows, 40 * x.cols, [&](index first, index n) {
        loop::rope<T>(x.slice(first, n), positions.subspan(first, n), o, back);
      });
    } else {
      static_assert(S::host_accessible,
                    "gkd: the backend of this memory space needs  void rope(matrix_view x, "
                    "std::span<const index> positions, rope_options o, bool back) const  "
                    "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr rope_op rope{};

/// out(n) = attention of query n over the key rows of ranges[n].   q, out (N, H d)  k, v (P, K d)
struct attention_op {
  template <class B, class T, class S>
  void operator()(const B& b, in_matrix<T, S> q, in_matrix<T, S> k, in_matrix<T, S> v,
                  std::span<const key_range> ranges, const attention_options& o,
                  matrix_view<T, S> out) const {
    if constexpr (requires { b.attention(q, k, v, ranges, o, out); }) {
      b.attention(q, k, v, ranges, o, out);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, q.rows, q.cols * 64, [&](index first, index n) {
        loop::attention<T>(q.slice(first, n), k, v, ranges.subspan(first, n), o,
                           out.slice(first, n));
      });
    } else {
      static_assert(S::host_accessible,
                    "gkd: the backend of this memory space needs  void attention(matrix_view q, "
                    "matrix_view k, matrix_view v, std::span<const key_range> ranges, "
                    "attention_options o, matrix_view out) const  "
                    "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr attention_op attention{};

/// dq +=, dk += and dv += the gradients of attention.
struct attention_backward_op {
  template <class B, class T, class S>
  void operator()(const B& b, in_matrix<T, S> q, in_matrix<T, S> k, in_matrix<T, S> v,
                  std::span<const key_range> ranges, const attention_options& o,
                  in_matrix<T, S> dout, matrix_view<T, S> dq, matrix_view<T, S> dk,
                  matrix_view<T, S> dv) const {
    if constexpr (requires { b.attention_backward(q, k, v, ranges, o, dout, dq, dk, dv); }) {
      b.attention_backward(q, k, v, ranges, o, dout, dq, dk, dv);
    } else if constexpr (S::host_accessible) {
      const index group = o.heads / o.kv_heads * o.head_dim;  // columns of q for one kv head
      detail::in_chunks(b, o.kv_heads, q.rows * group * 64, [&](index first, index n) {
        attention_options part = o;
        part.kv_heads = n;
        part.heads = n * (o.heads / o.kv_heads);
        const auto of_q = [&](auto x) { return x.columns(first * group, n * group); };
        const auto of_k = [&](auto x) { return x.columns(first * o.head_dim, n * o.head_dim); };
        loop::attention_backward<T>(of_q(q), of_k(k), of_k(v), ranges, part, of_q(dout), of_q(dq),
                                    of_k(dk), of_k(dv));
      });
    } else {
      static_assert(
          S::host_accessible,
          "gkd: the backend of this memory space needs  void attention_backward(matrix_view q, "
          "matrix_view k, matrix_view v, std::span<const key_range> ranges, attention_options o, "
          "matrix_view dout, matrix_view dq, matrix_view dk, matrix_view dv) const  "
          "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr attention_backward_op attention_backward{};

/// out = activation(x).
struct activate_op {
  template <class B, class T, class S>
  void operator()(const B& b, activation kind, in_matrix<T, S> x, matrix_view<T, S> out) const {
    if constexpr (requires { b.activate(kind, x, out); }) {
      b.activate(kind, x, out);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, x.rows, 16 * x.cols, [&](index first, index n) {
        loop::activate<T>(kind, x.slice(first, n), out.slice(first, n));
      });
    } else {
      static_assert(S::host_accessible,
                    "gkd: the backend of this memory space needs  void activate(activation kind, "
                    "matrix_view x, matrix_view out) const  "
                    "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr activate_op activate{};

/// dx = dout * activation'(x).
struct activate_backward_op {
  template <class B, class T, class S>
  void operator()(const B& b, activation kind, in_matrix<T, S> x, in_matrix<T, S> dout,
                  matrix_view<T, S> dx) const {
    if constexpr (requires { b.activate_backward(kind, x, dout, dx); }) {
      b.activate_backward(kind, x, dout, dx);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, x.rows, 24 * x.cols, [&](index first, index n) {
        loop::activate_backward<T>(kind, x.slice(first, n), dout.slice(first, n),
                                   dx.slice(first, n));
      });
    } else {
      static_assert(
          S::host_accessible,
          "gkd: the backend of this memory space needs  void activate_backward(activation kind, "
          "matrix_view x, matrix_view dout, matrix_view dx) const  "
          "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr activate_backward_op activate_backward{};

/// out = activation(gate) * up.   all (N, F)
struct gated_op {
  template <class B, class T, class S>
  void operator()(const B& b, activation kind, in_matrix<T, S> gate, in_matrix<T, S> up,
                  matrix_view<T, S> out) const {
    if constexpr (requires { b.gated(kind, gate, up, out); }) {
      b.gated(kind, gate, up, out);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, out.rows, 16 * out.cols, [&](index first, index n) {
        loop::gated<T>(kind, gate.slice(first, n), up.slice(first, n), out.slice(first, n));
      });
    } else {
      static_assert(S::host_accessible,
                    "gkd: the backend of this memory space needs  void gated(activation kind, "
                    "matrix_view gate, matrix_view up, matrix_view out) const  "
                    "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr gated_op gated{};

/// dgate = and dup = the gradients of gated.
struct gated_backward_op {
  template <class B, class T, class S>
  void operator()(const B& b, activation kind, in_matrix<T, S> gate, in_matrix<T, S> up,
                  in_matrix<T, S> dout, matrix_view<T, S> dgate, matrix_view<T, S> dup) const {
    if constexpr (requires { b.gated_backward(kind, gate, up, dout, dgate, dup); }) {
      b.gated_backward(kind, gate, up, dout, dgate, dup);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, dout.rows, 24 * dout.cols, [&](index first, index n) {
        loop::gated_backward<T>(kind, gate.slice(first, n), up.slice(first, n),
                                dout.slice(first, n), dgate.slice(first, n), dup.slice(first, n));
      });
    } else {
      static_assert(S::host_accessible,
                    "gkd: the backend of this memory space needs  void gated_backward(activation "
                    "kind, matrix_view gate, matrix_view up, matrix_view dout, matrix_view dgate, "
                    "matrix_view dup) const  "
                    "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr gated_backward_op gated_backward{};

/// x = cap tanh(x / cap), cap > 0.
struct softcap_op {
  template <class B, class T, class S>
  void operator()(const B& b, std::type_identity_t<T> cap, matrix_view<T, S> x) const {
    if constexpr (requires { b.softcap(cap, x); }) {
      b.softcap(cap, x);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, x.rows, 16 * x.cols,
                        [&](index first, index n) { loop::softcap<T>(cap, x.slice(first, n)); });
    } else {
      static_assert(
          S::host_accessible,
          "gkd: the backend of this memory space needs  void softcap(T cap, matrix_view x) const  "
          "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr softcap_op softcap{};

/// dy *= 1 - (y / cap)^2, from the capped y.
struct softcap_backward_op {
  template <class B, class T, class S>
  void operator()(const B& b, std::type_identity_t<T> cap, in_matrix<T, S> y,
                  matrix_view<T, S> dy) const {
    if constexpr (requires { b.softcap_backward(cap, y, dy); }) {
      b.softcap_backward(cap, y, dy);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, y.rows, y.cols, [&](index first, index n) {
        loop::softcap_backward<T>(cap, y.slice(first, n), dy.slice(first, n));
      });
    } else {
      static_assert(S::host_accessible,
                    "gkd: the backend of this memory space needs  void softcap_backward(T cap, "
                    "matrix_view y, matrix_view dy) const  "
                    "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr softcap_backward_op softcap_backward{};

}  // namespace gkd::inline v0::ops
