// SPDX-License-Identifier: Apache-2.0
// Operations at the ends of a training step: losses row by row, and updates of parameters.
#pragma once

#include <gkd/backend/loop/rows.hpp>
#include <gkd/backend/loop/update.hpp>
#include <gkd/backend/ops/dispatch.hpp>

namespace gkd::inline v0::ops {

/// results[n] = D of row n; dlogits row n = scales[n] dD/dz. scales and results (N) lie on the
/// host. An empty dlogits asks for values only; dlogits may be the student's logits.
struct divergence_rows_op {
  template <class B, class D, class T, class S>
  void operator()(const B& b, const D& divergence, in_matrix<T, S> teacher, in_matrix<T, S> student,
                  std::span<const double> scales, const row_options& o, matrix_view<T, S> dlogits,
                  std::span<row_result> results) const {
    GKD_ASSERT(teacher.rows == student.rows && results.size() == student.rows);
    GKD_ASSERT(o.vocab <= teacher.cols && o.vocab <= student.cols);
    if constexpr (requires {
                    b.divergence_rows(divergence, teacher, student, scales, o, dlogits, results);
                  }) {
      b.divergence_rows(divergence, teacher, student, scales, o, dlogits, results);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, student.rows, 64 * o.vocab, [&](index first, index n) {
        const auto part = dlogits.empty() ? dlogits : dlogits.slice(first, n);
        loop::divergence_rows<D, T>(divergence, teacher.slice(first, n), student.slice(first, n),
                                    scales.subspan(first, n), o, part, results.subspan(first, n));
      });
    } else {
      static_assert(S::host_accessible,
                    "gkd: the backend of this memory space needs  void divergence_rows(divergence, "
                    "matrix_view teacher, matrix_view student, std::span<const double> scales, "
                    "row_options o, matrix_view dlogits, std::span<row_result> results) const  "
                    "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr divergence_rows_op divergence_rows{};

/// The same for the cross-entropy with targets[n].
struct cross_entropy_rows_op {
  template <class B, class T, class S>
  void operator()(const B& b, std::span<const token> targets, in_matrix<T, S> student,
                  std::span<const double> scales, const row_options& o, matrix_view<T, S> dlogits,
                  std::span<row_result> results) const {
    if constexpr (requires {
                    b.cross_entropy_rows(targets, student, scales, o, dlogits, results);
                  }) {
      b.cross_entropy_rows(targets, student, scales, o, dlogits, results);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, student.rows, 16 * o.vocab, [&](index first, index n) {
        const auto part = dlogits.empty() ? dlogits : dlogits.slice(first, n);
        loop::cross_entropy_rows<T>(targets.subspan(first, n), student.slice(first, n),
                                    scales.subspan(first, n), o, part, results.subspan(first, n));
      });
    } else {
      static_assert(
          S::host_accessible,
          "gkd: the backend of this memory space needs  void cross_entropy_rows(std::span<const "
          "token> targets, matrix_view student, std::span<const double> scales, row_options o, "
          "matrix_view dlogits, std::span<row_result> results) const  "
          "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr cross_entropy_rows_op cross_entropy_rows{};

/// One step of SGD on a parameter.   gradient, velocity, x (n)
struct sgd_op {
  template <class B, class T, class S>
  void operator()(const B& b, const sgd_step& step, in_vector<T, S> gradient,
                  vector_view<T, S> velocity, vector_view<T, S> x) const {
    if constexpr (requires { b.sgd(step, gradient, velocity, x); }) {
      b.sgd(step, gradient, velocity, x);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, x.size, 4, [&](index first, index n) {
        const auto v = velocity.size == 0 ? velocity : velocity.slice(first, n);
        loop::sgd<T>(step, gradient.slice(first, n), v, x.slice(first, n));
      });
    } else {
      static_assert(S::host_accessible,
                    "gkd: the backend of this memory space needs  void sgd(sgd_step step, "
                    "vector_view gradient, vector_view velocity, vector_view x) const  "
                    "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr sgd_op sgd{};

/// One step of AdamW on a parameter.   gradient, m, v, x (n)
struct adamw_op {
  template <class B, class T, class S>
  void operator()(const B& b, const adamw_step& step, in_vector<T, S> gradient, vector_view<T, S> m,
                  vector_view<T, S> v, vector_view<T, S> x) const {
    if constexpr (requires { b.adamw(step, gradient, m, v, x); }) {
      b.adamw(step, gradient, m, v, x);
    } else if constexpr (S::host_accessible) {
      detail::in_chunks(b, x.size, 16, [&](index first, index n) {
        loop::adamw<T>(step, gradient.slice(first, n), m.slice(first, n), v.slice(first, n),
                       x.slice(first, n));
      });
    } else {
      static_assert(S::host_accessible,
                    "gkd: the backend of this memory space needs  void adamw(adamw_step step, "
                    "vector_view gradient, vector_view m, vector_view v, vector_view x) const  "
                    "[docs/concepts.md#backend]");
    }
  }
};
inline constexpr adamw_op adamw{};

/// One step of Adafactor on a parameter. An empty m goes with beta1 = 0.
struct adafactor_op {
  /// gradient, m, x (R, C); r (R), c (C)
  template <class B, class T, class S>
  void operator()(const B& b, const adafactor_step& step, in_matrix<T, S> gradient,
                  vector_view<T, S> r, vector_view<T, S> c, matrix_view<T, S> m,
                  matrix_view<T, S> x) const {
    if constexpr (requires { b.adafactor(step, gradient, r, c, m, x); }) {
      b.adafactor(step, gradient, r, c, m, x);
    } else if constexpr (S::host_accessible) {
      loop::adafactor<T>(step, gradient, r, c, m, x, detail::chunks_of(b));
    } else {
      static_assert(S::host_accessible,
                    "gkd: the backend of this memory space needs  void adafactor(adafactor_step "
                    "step, matrix_view gradient, vector_view r, vector_view c, matrix_view m, "
                    "matrix_view x) const  [docs/concepts.md#backend]");
    }
  }
  /// gradient, v, m, x (n)
  template <class B, class T, class S>
  void operator()(const B& b, const adafactor_step& step, in_vector<T, S> gradient,
                  vector_view<T, S> v, vector_view<T, S> m, vector_view<T, S> x) const {
    if constexpr (requires { b.adafactor(step, gradient, v, m, x); }) {
      b.adafactor(step, gradient, v, m, x);
    } else if constexpr (S::host_accessible) {
      loop::adafactor<T>(step, gradient, v, m, x, detail::chunks_of(b));
    } else {
      static_assert(S::host_accessible,
                    "gkd: the backend of this memory space needs  void adafactor(adafactor_step "
                    "step, vector_view gradient, vector_view v, vector_view m, vector_view x) "
                    "const  [docs/concepts.md#backend]");
    }
  }
};
inline constexpr adafactor_op adafactor{};

}  // namespace gkd::inline v0::ops
