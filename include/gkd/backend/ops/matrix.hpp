// SPDX-License-Identifier: Apache-2.0
// Operations on matrices: product, sums, gathering and scattering of rows.
// Matrices are (N, D) row major views. See backend/ops for how a backend provides one.
#pragma once

#include <gkd/backend/loop/embedding.hpp>
#include <gkd/backend/loop/matrix.hpp>
#include <gkd/backend/ops/dispatch.hpp>

namespace gkd::inline v0::ops {

/// C = alpha op(A) op(B) + beta C. C is not read when beta is 0. Required of every backend.
struct gemm_op {
  template <class B, class T, class S>
  void operator()(const B& b, transpose op_x, transpose op_y, std::type_identity_t<T> alpha,
                  in_matrix<T, S> x, in_matrix<T, S> y, std::type_identity_t<T> beta,
                  matrix_view<T, S> out) const {
    check_backend<B, T>();
    GKD_ASSERT(out.rows == (op_x == transpose::no ? x.rows : x.cols));
    GKD_ASSERT(out.cols == (op_y == transpose::no ? y.cols : y.rows));
    GKD_ASSERT((op_x == transpose::no ? x.cols : x.rows) ==
               (op_y == transpose::no ? y.rows : y.cols));
    if constexpr (gkd::detail::has_gemm<B, T>) b.gemm(op_x, op_y, alpha, x, y, beta, out);
  }
};
inline constexpr gemm_op gemm{};

/// x = value.
struct fill_op {
  template <class B, class T, class S>
  void operator()(const B& b, matrix_view<T, S> x, std::type_identity_t<T> value) const {
    if constexpr (requires { b.fill(x, value); }) {
      b.fill(x, value);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, x.rows, x.cols,
                        [&](index first, index n) { loop::fill<T>(x.slice(first, n), value); });
    } else {
      static_assert(
          S::host_accessible,
          "gkd: the backend of this memory space needs  void fill(matrix_view x, T value) const  "
          "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr fill_op fill{};

/// y += alpha x.
struct add_op {
  template <class B, class T, class S>
  void operator()(const B& b, std::type_identity_t<T> alpha, in_matrix<T, S> x,
                  matrix_view<T, S> y) const {
    if constexpr (requires { b.add(alpha, x, y); }) {
      b.add(alpha, x, y);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, x.rows, x.cols, [&](index first, index n) {
        loop::add<T>(alpha, x.slice(first, n), y.slice(first, n));
      });
    } else {
      static_assert(S::host_accessible,
                    "gkd: the backend of this memory space needs  void add(T alpha, matrix_view x, "
                    "matrix_view y) const  "
                    "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr add_op add{};

/// x *= alpha.
struct scale_op {
  template <class B, class T, class S>
  void operator()(const B& b, std::type_identity_t<T> alpha, matrix_view<T, S> x) const {
    if constexpr (requires { b.scale(alpha, x); }) {
      b.scale(alpha, x);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, x.rows, x.cols,
                        [&](index first, index n) { loop::scale<T>(alpha, x.slice(first, n)); });
    } else {
      static_assert(
          S::host_accessible,
          "gkd: the backend of this memory space needs  void scale(T alpha, matrix_view x) const  "
          "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr scale_op scale{};

/// Every row of y += bias.   bias (D)
struct add_bias_op {
  template <class B, class T, class S>
  void operator()(const B& b, in_vector<T, S> bias, matrix_view<T, S> y) const {
    if constexpr (requires { b.add_bias(bias, y); }) {
      b.add_bias(bias, y);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, y.rows, y.cols,
                        [&](index first, index n) { loop::add_bias<T>(bias, y.slice(first, n)); });
    } else {
      static_assert(S::host_accessible,
                    "gkd: the backend of this memory space needs  void add_bias(vector_view bias, "
                    "matrix_view y) const  "
                    "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr add_bias_op add_bias{};

/// dbias += the sum of the rows of dy.   dbias (D)
struct add_bias_backward_op {
  template <class B, class T, class S>
  void operator()(const B& b, in_matrix<T, S> dy, vector_view<T, S> dbias) const {
    if constexpr (requires { b.add_bias_backward(dy, dbias); }) {
      b.add_bias_backward(dy, dbias);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, dy.cols, dy.rows, [&](index first, index n) {
        loop::add_bias_backward<T>(dy.columns(first, n), dbias.slice(first, n));
      });
    } else {
      static_assert(S::host_accessible,
                    "gkd: the backend of this memory space needs  void "
                    "add_bias_backward(matrix_view dy, vector_view dbias) const  "
                    "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr add_bias_backward_op add_bias_backward{};

/// out(n) = x(rows[n]).   rows (N) on the host
struct gather_rows_op {
  template <class B, class T, class S>
  void operator()(const B& b, in_matrix<T, S> x, std::span<const index> rows,
                  matrix_view<T, S> out) const {
    if constexpr (requires { b.gather_rows(x, rows, out); }) {
      b.gather_rows(x, rows, out);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, out.rows, out.cols, [&](index first, index n) {
        loop::gather_rows<T>(x, rows.subspan(first, n), out.slice(first, n));
      });
    } else {
      static_assert(S::host_accessible,
                    "gkd: the backend of this memory space needs  void gather_rows(matrix_view x, "
                    "std::span<const index> rows, matrix_view out) const  "
                    "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr gather_rows_op gather_rows{};

/// out(rows[n]) = x(n); every row is named at most once.   rows (N) on the host
struct scatter_rows_op {
  template <class B, class T, class S>
  void operator()(const B& b, in_matrix<T, S> x, std::span<const index> rows,
                  matrix_view<T, S> out) const {
    if constexpr (requires { b.scatter_rows(x, rows, out); }) {
      b.scatter_rows(x, rows, out);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, x.rows, x.cols, [&](index first, index n) {
        loop::scatter_rows<T>(x.slice(first, n), rows.subspan(first, n), out);
      });
    } else {
      static_assert(S::host_accessible,
                    "gkd: the backend of this memory space needs  void scatter_rows(matrix_view x, "
                    "std::span<const index> rows, matrix_view out) const  "
                    "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr scatter_rows_op scatter_rows{};

/// out(rows[n]) += x(n); a row may be named more than once.
struct scatter_add_rows_op {
  template <class B, class T, class S>
  void operator()(const B& b, in_matrix<T, S> x, std::span<const index> rows,
                  matrix_view<T, S> out) const {
    if constexpr (requires { b.scatter_add_rows(x, rows, out); }) {
      b.scatter_add_rows(x, rows, out);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, x.cols, x.rows, [&](index first, index n) {
        loop::scatter_add_rows<T>(x.columns(first, n), rows, out.columns(first, n));
      });
    } else {
      static_assert(
          S::host_accessible,
          "gkd: the backend of this memory space needs  void scatter_add_rows(matrix_view x, "
          "std::span<const index> rows, matrix_view out) const  "
          "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr scatter_add_rows_op scatter_add_rows{};

/// out(p) = factor * table(ids[p]); ids are token ids or positions, on the host.   table (V, D)
struct embed_op {
  template <class B, class Id, class T, class S>
  void operator()(const B& b, in_matrix<T, S> table, std::span<const Id> ids,
                  std::type_identity_t<T> factor, matrix_view<T, S> out) const {
    if constexpr (requires { b.embed(table, ids, factor, out); }) {
      b.embed(table, ids, factor, out);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, out.rows, out.cols, [&](index first, index n) {
        loop::embed<T, Id>(table, ids.subspan(first, n), factor, out.slice(first, n));
      });
    } else {
      static_assert(S::host_accessible,
                    "gkd: the backend of this memory space needs  void embed(matrix_view table, "
                    "std::span<const Id> ids, T factor, matrix_view out) const  "
                    "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr embed_op embed{};

/// dtable(ids[p]) += factor * dout(p).
struct embed_backward_op {
  template <class B, class Id, class T, class S>
  void operator()(const B& b, in_matrix<T, S> dout, std::span<const Id> ids,
                  std::type_identity_t<T> factor, matrix_view<T, S> dtable) const {
    if constexpr (requires { b.embed_backward(dout, ids, factor, dtable); }) {
      b.embed_backward(dout, ids, factor, dtable);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, dout.cols, dout.rows, [&](index first, index n) {
        loop::embed_backward<T, Id>(dout.columns(first, n), ids, factor, dtable.columns(first, n));
      });
    } else {
      static_assert(S::host_accessible,
                    "gkd: the backend of this memory space needs  void embed_backward(matrix_view "
                    "dout, std::span<const Id> ids, T factor, matrix_view dtable) const  "
                    "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr embed_backward_op embed_backward{};

/// Sum of squares of all elements, on the host.
struct sum_of_squares_op {
  template <class B, class T, class S>
  double operator()(const B& b, matrix_view<T, S> x) const {
    if constexpr (requires { b.sum_of_squares(x); }) {
      return b.sum_of_squares(x);
    } else if constexpr (S::host_accessible) {
      return loop::sum_of_squares<std::remove_const_t<T>>(x);
    } else {
      static_assert(S::host_accessible,
                    "gkd: the backend of this memory space needs  double "
                    "sum_of_squares(matrix_view x) const  "
                    "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr sum_of_squares_op sum_of_squares{};

}  // namespace gkd::inline v0::ops
