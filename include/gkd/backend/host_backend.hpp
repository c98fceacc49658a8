// SPDX-License-Identifier: Apache-2.0
// What the CPU backends have in common: memory, threads, and the operations that deserve better
// than the plain loop. A vector library V completes it, a struct of static functions:
//
//   exp, tanh, sqrt (T* x, index n)          in place; x aligned to 64 bytes, n a multiple of 16
//   dots, add_rows, add_outer                rows of a matrix and a vector, see host/attention.hpp
//   gemm(op_a, op_b, alpha, a, b, beta, c)   one tile of a product, on one thread
//
// backend/{parallel_host,eigen,xtensor}.hpp are this with plain loops, Eigen and xtensor.
// Operations not named here run the plain loops, in parallel: backend/ops/dispatch.hpp.
#pragma once

#include <gkd/backend/host/activation.hpp>
#include <gkd/backend/host/attention.hpp>
#include <gkd/backend/host/gemm_tiles.hpp>
#include <gkd/backend/host/rows.hpp>
#include <gkd/backend/loop/matrix.hpp>
#include <gkd/backend/threads.hpp>
#include <gkd/core/buffer.hpp>

#include <algorithm>    // copy_n, max
#include <span>         // span
#include <type_traits>  // remove_const_t

namespace gkd::inline v0 {

/// A backend on ordinary memory. Copies share their threads. Every result is the same, to the bit,
/// for every number of threads.
template <class V, class Threads = thread_pool>
struct host_backend {
  using space = host_space;

  Threads threads;  ///< from a number: .threads = 4; 0 is one per core

  template <class T>
  host_buffer<T> allocate(index n) const {
    return host_buffer<T>(n);
  }
  template <class T>
  void copy(vector_view<const T> from, vector_view<T> to) const {
    GKD_ASSERT(from.size == to.size);
    std::copy_n(from.data, from.size, to.data);
  }
  void synchronize() const {}
  template <class F>
  void parallel(index count, index grain, const F& f) const {
    threads.parallel(count, grain, f);
  }

  /// C = alpha op(A) op(B) + beta C, in tiles that depend on the shape alone.
  template <class T>
  void gemm(transpose op_a, transpose op_b, T alpha, matrix_view<const T> a, matrix_view<const T> b,
            T beta, matrix_view<T> c) const {
    if (c.empty()) return;
    const host::gemm_tiles tiles(c.rows, c.cols, op_a == transpose::no ? a.cols : a.rows);
    threads.parallel(tiles.size(), 1, [&](index first, index n) {
      for (index t = first; t < first + n; ++t) {
        const auto [row, rows, col, cols] = tiles[t];
        const auto part_a = op_a == transpose::no ? a.slice(row, rows) : a.columns(row, rows);
        const auto part_b = op_b == transpose::no ? b.columns(col, cols) : b.slice(col, cols);
        V::gemm(op_a, op_b, alpha, part_a, part_b, beta, c.slice(row, rows).columns(col, cols));
      }
    });
  }

  template <class T>
  void activate(activation kind, matrix_view<const T> x, matrix_view<T> out) const {
    in_rows(x.rows, 2 * x.cols, [&](index first, index n) {
      host::activate<V, T>(kind, x.slice(first, n), out.slice(first, n));
    });
  }
  template <class T>
  void activate_backward(activation kind, matrix_view<const T> x, matrix_view<const T> dout,
                         matrix_view<T> dx) const {
    in_rows(x.rows, 2 * x.cols, [&](index first, index n) {
      host::activate_backward<V, T>(kind, x.slice(first, n), dout.slice(first, n),
                                    dx.slice(first, n));
    });
  }
  template <class T>
  void gated(activation kind, matrix_view<const T> gate, matrix_view<const T> up,
             matrix_view<T> out) const {
    in_rows(out.rows, 2 * out.cols, [&](index first, index n) {
      host::gated<V, T>(kind, gate.slice(first, n), up.slice(first, n), out.slice(first, n));
    });
  }
  template <class T>
  void gated_backward(activation kind, matrix_view<const T> gate, matrix_view<const T> up,
                      matrix_view<const T> dout, matrix_view<T> dgate, matrix_view<T> dup) const {
    in_rows(dout.rows, 3 * dout.cols, [&](index first, index n) {
      host::gated_backward<V, T>(kind, gate.slice(first, n), up.slice(first, n),
                                 dout.slice(first, n), dgate.slice(first, n), dup.slice(first, n));
    });
  }
  template <class T>
  void softcap(T cap, matrix_view<T> x) const {
    in_rows(x.rows, 2 * x.cols,
            [&](index first, index n) { host::softcap<V, T>(cap, x.slice(first, n)); });
  }

  template <class T>
  void attention(matrix_view<const T> q, matrix_view<const T> k, matrix_view<const T> v,
                 std::span<const key_range> ranges, const attention_options& o,
                 matrix_view<T> out) const {
    if (q.rows == 0) return;
    in_rows(q.rows, attention_work(ranges, o) / q.rows, [&](index first, index n) {
      host::attention<V, T>(q.slice(first, n), k, v, ranges.subspan(first, n), o,
                            out.slice(first, n));
    });
  }
  /// One kv head of one part of the queries writes dq, dk and dv of its own.
  template <class T>
  void attention_backward(matrix_view<const T> q, matrix_view<const T> k, matrix_view<const T> v,
                          std::span<const key_range> ranges, const attention_options& o,
                          matrix_view<const T> dout, matrix_view<T> dq, matrix_view<T> dk,
                          matrix_view<T> dv) const {
    constexpr index parts = 8;  // of the queries, whatever the threads
    const index group = o.heads / o.kv_heads, d = o.head_dim, units = o.kv_heads * parts;
    attention_options one = o;
    one.kv_heads = 1;
    one.heads = group;
    in_rows(units, 4 * attention_work(ranges, o) / units, [&](index first, index n) {
      for (index unit = first; unit < first + n; ++unit) {
        const index head = unit / parts;
        const auto [top, rows] = host::part_of_queries(ranges, unit % parts, parts);
        if (rows == 0) continue;
        const auto of_q = [&](auto x) {
          return x.slice(top, rows).columns(head * group * d, group * d);
        };
        const auto of_k = [&](auto x) { return x.columns(head * d, d); };
        host::attention_backward<V, T>(of_q(q), of_k(k), of_k(v), ranges.subspan(top, rows), one,
                                       of_q(dout), of_q(dq), of_k(dk), of_k(dv));
      }
    });
  }

  template <class T>
  void rms_norm(matrix_view<const T> x, vector_view<const T> gain, norm_options o,
                matrix_view<T> out) const {
    in_rows(x.rows, x.cols, [&](index first, index n) {
      host::rms_norm<T>(x.slice(first, n), gain, o, out.slice(first, n));
    });
  }
  template <class T>
  void rms_norm_backward(matrix_view<const T> x, vector_view<const T> gain, norm_options o,
                         matrix_view<const T> dout, matrix_view<T> dx, vector_view<T> dgain) const {
    in_rows(x.rows, 2 * x.cols, [&](index first, index n) {
      host::rms_norm_backward<T>(x.slice(first, n), gain, o, dout.slice(first, n),
                                 dx.slice(first, n));
    });
    threads.parallel(x.cols, std::max<index>(256, x.cols / 8), [&](index first, index n) {
      host::rms_norm_gain_backward<T>(x, o, dout, dgain, first, n);
    });
  }

  template <class T>
  void add_bias_backward(matrix_view<const T> dy, vector_view<T> dbias) const {
    in_rows(dy.cols, dy.rows, [&](index first, index n) {
      host::in_blocks(n, [&](index left, index cols) {
        host::add_column_sums<T>(dy.rows, first + left, cols, dbias,
                                 [&](index i, index j) { return double(dy(i, j)); });
      });
    });
  }
  template <class T>
  double sum_of_squares(matrix_view<T> x) const {
    double sum = 0.0;
    for (index i = 0; i < x.rows; ++i) {
      const T* const row = x.row(i).data;
      sum += host::sum_in_lanes(x.cols, [&](index j) { return double(row[j]) * double(row[j]); });
    }
    return sum;
  }
  template <class T>
  void adamw(const adamw_step& step, vector_view<const T> gradient, vector_view<T> m,
             vector_view<T> v, vector_view<T> x) const {
    in_rows(x.size, 3, [&](index first, index n) {
      host::adamw<V, T>(step, gradient.slice(first, n), m.slice(first, n), v.slice(first, n),
                        x.slice(first, n));
    });
  }

 private:
  /// Chunks of rows that are worth waking a thread for, some 30 microseconds each. `cost` of a row
  /// is in nanoseconds, roughly; it must not depend on the number of threads.
  template <class F>
  void in_rows(index rows, index cost, const F& f) const {
    constexpr index worth_a_thread = 30'000;
    threads.parallel(rows, worth_a_thread / (cost + 1) + 1, f);
  }
  static index attention_work(std::span<const key_range> ranges, const attention_options& o) {
    index keys = 0;
    for (const key_range& range : ranges) keys += range.count;
    return o.heads * (ranges.size() * 100 + keys * (4 + o.head_dim / 8));
  }
};

}  // namespace gkd::inline v0
