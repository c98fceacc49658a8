// SPDX-License-Identifier: Apache-2.0
// The row kernel: one row of teacher and student logits gives the divergence and its gradient.
// Every host backend calls this one function.
//
//   q = softmax(z / temperature), p likewise from the teacher      g_v = df/dlog q_v
//   D = sum_v f(log p_v, log q_v)        dD/dz_k = (g_k - q_k sum_v g_v) / temperature
//
// Computed in double whatever T is, with compensated sums, relative to the reference token
// r = argmax z, where one token holding nearly all mass would otherwise cancel. Equal rows give
// exactly 0 and an exactly zero gradient.
#pragma once

#include <gkd/divergence/row_types.hpp>
#include <gkd/divergence/softmax.hpp>
#include <gkd/divergence/term.hpp>
#include <gkd/divergence/wide_row.hpp>

#include <concepts>     // same_as
#include <type_traits>  // is_same_v

namespace gkd::inline v0 {

/// Scratch that `divergence_row` needs for a vocabulary of `vocab` columns, in doubles.
template <class D>
GKD_FN constexpr index row_scratch(index vocab) {
  return (row_divergence<D> ? 5 : 2) * vocab;
}

namespace detail {

/// The columns that take part on one side: all, or those where the other side gives mass.
template <class T>
struct takes_part {
  const T* other;
  bool all;
  GKD_FN bool operator()(index v) const { return all || other[v] != -math::infinity<T>(); }
};

/// Both sides of a row, restricted to the columns on which D is finite.
struct softmax_pair {
  softmax_side teacher, student;
};

template <class D, class T>
GKD_FN softmax_pair normalise_pair(const row_pair<T>& row, double temperature, double* p,
                                   double* q) {
  const takes_part<T> in_teacher{row.student, finite_at_zero_q<D>()};
  const takes_part<T> in_student{row.teacher, finite_at_zero_p<D>()};
  return {normalise(row.teacher, row.teacher_cols, row.vocab, temperature, in_teacher, p),
          normalise(row.student, row.student_cols, row.vocab, temperature, in_student, q)};
}

inline GKD_FN row_status status_of(const softmax_pair& s) {
  if (!s.teacher.finite) return row_status::teacher_not_finite;
  if (!s.student.finite) return row_status::student_not_finite;
  return s.teacher.has_mass() && s.student.has_mass() ? row_status::ok : row_status::disjoint;
}

/// Where a column stands: log p, log q and d = log p - log q, from the logits themselves, so that a
/// probability that underflows keeps its logarithm. d is a difference of differences of logits,
///
///   d_v = ((t_v - s_v) - (max t - max s)) / temperature - (log sum t - log sum s)
///
/// which is exact where both sides nearly agree, and exactly 0 where they differ by a constant.
template <class T>
class log_columns {
 public:
  GKD_FN log_columns(const row_pair<T>& row, double temperature, const softmax_pair& s)
      : row_(row),
        temperature_(temperature),
        sides_(s),
        between_max_(exact_difference(s.teacher.max, s.student.max)),
        between_sums_(s.teacher.log_sum - s.student.log_sum),
        reference_(between(s.student.argmax)),
        d_ref_(log_ratio(s.student.argmax)) {}
  GKD_FN double log_p(index v) const { return log_softmax(row_.teacher[v], sides_.teacher); }
  GKD_FN double log_q(index v) const { return log_softmax(row_.student[v], sides_.student); }
  GKD_FN double log_ratio(index v) const {
    const double d = detail::difference(between(v), between_max_) / temperature_ - between_sums_;
    return math::is_finite(d) ? d : log_p(v) - log_q(v);  // -inf, or logits beyond 1e307
  }
  /// d_v - d_r for the reference token r, the student's most likely one.
  GKD_FN double relative_log_ratio(index v, double d) const {
    const double d_rel = detail::difference(between(v), reference_) / temperature_;
    if (math::is_finite(d_rel)) return d_rel;
    return d == d_ref_ ? 0.0 : d - d_ref_;
  }
  GKD_FN double reference() const { return d_ref_; }

 private:
  GKD_FN two_part between(index v) const {
    return exact_difference(static_cast<double>(row_.teacher[v]),
                            static_cast<double>(row_.student[v]));
  }
  GKD_FN double log_softmax(T x, const softmax_side& side) const {
    return (static_cast<double>(x) - side.max) / temperature_ - side.log_sum;
  }
  row_pair<T> row_;
  double temperature_;
  softmax_pair sides_;
  two_part between_max_;
  double between_sums_;
  two_part reference_;
  double d_ref_;
};

template <class D>
concept has_on_row = requires(const D& d, row_reference r) { d.on_row(r); };

/// What gives f and g of a column: the built-in's functor for this row, else the policy itself.
template <class D>
GKD_FN auto terms_of(const D& divergence, [[maybe_unused]] row_reference r) {
  if constexpr (has_on_row<D>)
    return divergence.on_row(r);
  else
    return divergence;
}

/// Value and g of every column of a separable divergence: g replaces p, q stays. Returns D.
template <class D, class T>
GKD_FN double separable_terms(const D& divergence, const log_columns<T>& logs, index vocab,
                              index reference, double* p_then_g, const double* q) {
  const auto terms =
      terms_of(divergence, row_reference(logs.reference(), p_then_g[reference], q[reference]));
  compensated_sum value;
  for (index v = 0; v < vocab; ++v) {
    if (p_then_g[v] == 0.0 && q[v] == 0.0) continue;  // no mass on either side: f = g = 0
    term<double> t;
    if constexpr (has_on_row<D>) {
      const double d = logs.log_ratio(v);
      t = terms(column<double>{p_then_g[v], q[v], d, logs.relative_log_ratio(v, d)});
    } else {
      t = differentiate(terms, logs.log_p(v), logs.log_q(v));
    }
    value.add(t.value);
    p_then_g[v] = t.grad;
  }
  return value.value();
}

/// Value and g of a divergence of whole rows; `scratch` holds 3 * vocab further doubles.
template <class D, class T>
GKD_FN double whole_row(const D& divergence, const log_columns<T>& logs, index vocab,
                        double* p_then_g, const double* q, double* scratch) {
  double *log_p = scratch, *log_q = scratch + vocab, *g = scratch + 2 * vocab;
  for (index v = 0; v < vocab; ++v) {
    const bool nothing = p_then_g[v] == 0.0 && q[v] == 0.0;
    log_p[v] = nothing ? -math::infinity<double>() : logs.log_p(v);
    log_q[v] = nothing ? -math::infinity<double>() : logs.log_q(v);
    g[v] = 0.0;
  }
  const double value = divergence.row(log_p, log_q, g, vocab);
  for (index v = 0; v < vocab; ++v) p_then_g[v] = g[v];
  return value;
}

/// A measure without a gradient that reads the logits themselves (eval/divergence_metrics).
template <class D, class T>
concept measures_logits = requires(const D& d, const row_pair<T>& row, double* scratch) {
  { d.on_logits(row, 1.0, scratch) } -> std::same_as<row_result>;
};

/// One row of a divergence that is known by its type.
template <class D, class T>
GKD_FN row_result chosen_row(const D& divergence, const row_pair<T>& row, double temperature,
                             double scale, T* dz, double* scratch) {
#if !defined(__CUDA_ARCH__)
  if constexpr (std::is_same_v<T, float> && has_wide_row<D>) {
    row_result result;
    if (row.vocab != 0 && wide_row(divergence, row, temperature, scale, dz, scratch, result))
      return result;
  }
#endif
  double *g = scratch, *q = scratch + row.vocab;  // g holds p at first
  const auto s = normalise_pair<D>(row, temperature, g, q);
  row_result result{0.0, s.teacher.outside, s.student.outside, status_of(s)};
  if (!s.teacher.finite) return row_not_finite(result.status, row.teacher, row.teacher_cols);
  if (!s.student.finite) return row_not_finite(result.status, row.student, row.student_cols);
  if (result.status != row_status::ok) return result;
  for (index v = 0; v < row.vocab; ++v) {
    g[v] = s.teacher.probability(g[v]);
    q[v] = s.student.probability(q[v]);
  }
  const log_columns<T> logs(row, temperature, s);
  if constexpr (row_divergence<D>) {
    result.value = whole_row(divergence, logs, row.vocab, g, q, q + row.vocab);
  } else {
    result.value = separable_terms(divergence, logs, row.vocab, s.student.argmax, g, q);
  }
  if (!math::is_finite(result.value)) result.status = row_status::not_finite;
  // dD/dz_k = (g_k - q_k sum_v g_v) / temperature; the second round takes away what rounding left
  // of the sum in the first. The status is the same whether the gradient is wanted or not.
  for (int round = 0; round < 2; ++round) {
    compensated_sum sum_g;
    for (index v = 0; v < row.vocab; ++v) sum_g.add(g[v]);
    if (!math::is_finite(sum_g.value())) result.status = row_status::not_finite;
    if (dz == nullptr) return result;
    for (index v = 0; v < row.vocab; ++v) g[v] -= q[v] * sum_g.value();
  }
  // + 0 turns -0 into 0: equal rows give the same zero bits whatever the sign of scale
  T beyond = T(0);  // NaN as soon as an entry is beyond T
  for (index v = 0; v < row.vocab; ++v) {
    dz[v] = static_cast<T>(scale / temperature * g[v]) + T(0);
    beyond += dz[v] - dz[v];
  }
  if (!math::is_finite(beyond)) result.status = row_status::not_finite;
  for (index v = row.vocab; v < row.student_cols; ++v) dz[v] = T(0);
  return result;
}

/// The same as a visitor, for a choice made at run time: what it returns is a name for compilers.
template <class T>
struct row_of_chosen {
  const row_pair<T>& row;
  double temperature, scale;
  T* dz;
  double* scratch;
  row_result& result;
  template <class D>
  GKD_FN what_f_returns operator()(const D& divergence) const {
    static_assert(
        !row_divergence<D>,
        "gkd: a run-time choice is among separable divergences, since row_scratch is sized "
        "for them  [docs/concepts.md#divergence-choice]");
    result = chosen_row(divergence, row, temperature, scale, dz, scratch);
    return {};
  }
};

}  // namespace detail

/// D(p, q) of one row, and scale * dD/dz into `dz` unless it is null. (student_cols)
///
/// `dz` may be the student's own row: it is written last. Columns outside get gradient 0.
/// `scratch` holds row_scratch<D>(row.vocab) doubles. Never throws; what is wrong is in `status`,
/// and then value is no divergence and dz not to be used.
template <class D, class T>
GKD_FN row_result divergence_row(const D& divergence, const row_pair<T>& row, double temperature,
                                 double scale, T* dz, double* scratch) {
  if constexpr (divergence_choice<D>) {
    row_result result;
    static_cast<void>(
        divergence.visit(detail::row_of_chosen<T>{row, temperature, scale, dz, scratch, result}));
    return result;
  } else if constexpr (detail::measures_logits<D, T>) {
    return divergence.on_logits(row, temperature, scratch);
  } else {
    return detail::chosen_row(divergence, row, temperature, scale, dz, scratch);
  }
}

}  // namespace gkd::inline v0
