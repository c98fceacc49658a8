// SPDX-License-Identifier: Apache-2.0
// TRL's loss with TRL's arguments and denominators, for programs that come from Python and for
// comparing numbers with it. Logits (B, T, V) are the rows of a matrix (N, V), N = B T.
//
//   loss = sum_n D_beta(softmax(t_n / temperature), softmax(s_n / temperature)) / divisor
//
// gkd's own losses divide by loss/reduce instead, which does not depend on how a batch is cut up.
// Source: trl 1.16.0, experimental/gkd/gkd_trainer.py, GKDTrainer.generalized_jsd_loss.
#pragma once

#include <gkd/backend/ops/dispatch.hpp>
#include <gkd/divergence/any.hpp>
#include <gkd/loss/dense.hpp>

#include <algorithm>    // count, max
#include <optional>     // optional
#include <type_traits>  // remove_const_t
#include <vector>       // vector

namespace gkd::inline v0 {

/// TRL's `reduction`; its strings are these names.
enum class trl_reduction {
  batchmean,  ///< divisor: rows that count if there are labels, else B; at least 1
  sum,        ///< divisor: 1
  mean,       ///< divisor: rows that count times V, the number of elements
  none,       ///< every element by itself
};

/// What a tensor and autograd carry along in Python.
template <class T>
struct trl_loss_options {
  index sequences = 0;  ///< B; batchmean without labels needs it
  /// Tokens that all micro-batches and processes of the step count together: the divisor whatever
  /// the reduction, > 0.
  std::optional<double> num_items_in_batch = {};
  matrix_view<T> dlogits = {};   ///< (N, V): d value / d student_logits is written here
  matrix_view<T> elements = {};  ///< (rows that count, V): where reduction none writes
};

namespace detail {

// The elements that TRL sums. Its KL terms lack the q - p that makes the row kernel's >= 0, so
// single ones are negative; over a row both sum to the same.
inline auto trl_element(const forward_kl&, double /*d_ref*/) {
  return [](const column<double>& c) { return math::weigh(c.p, c.d); };
}
inline auto trl_element(const reverse_kl&, double /*d_ref*/) {
  return [](const column<double>& c) { return math::weigh(c.q, -c.d); };
}
inline auto trl_element(const generalized_jsd& jsd, double d_ref) {
  return [term = jsd.on_row(d_ref)](const column<double>& c) { return term(c).value; };
}

/// The elements of one row; a row that has none is left to the row kernel to report.
template <class D, class T>
void write_trl_elements(const D& divergence, const row_pair<T>& row, double temperature,
                        T* elements, double* scratch) {
  double *p = scratch, *q = scratch + row.vocab;
  const auto s = normalise_pair<D>(row, temperature, p, q);
  if (status_of(s) != row_status::ok) return;
  const log_columns<T> logs(row, temperature, s);
  const auto element = trl_element(divergence, logs.reference());
  for (index v = 0; v < row.vocab; ++v) {
    const double d = logs.log_ratio(v);
    const column<double> c{s.teacher.probability(p[v]), s.student.probability(q[v]), d,
                           logs.relative_log_ratio(v, d)};
    elements[v] = c.p == 0.0 && c.q == 0.0 ? T(0) : static_cast<T>(element(c));
  }
}

/// The elements of the rows with a weight, one row after the other, in chunks that the backend may
/// share among threads.
template <class Backend, class D, class T>
void write_trl_elements(const Backend& backend, const D& divergence, matrix_view<const T> student,
                        matrix_view<const T> teacher, std::span<const float> weights,
                        double temperature, matrix_view<T> elements) {
  std::vector<index> rows;
  for (index n = 0; n < student.rows; ++n)
    if (weights[n] != 0.0f) rows.push_back(n);
  ops::detail::in_chunks(backend, rows.size(), 64 * student.cols, [&](index first, index n) {
    std::vector<double> scratch(2 * student.cols);
    for (index to = first; to < first + n; ++to) {
      const row_pair<T> row{teacher.row(rows[to]).data, student.row(rows[to]).data, teacher.cols,
                            student.cols, student.cols};
      write_trl_elements(divergence, row, temperature, elements.row(to).data, scratch.data());
    }
  });
}

template <class T>
void check_trl_shapes(matrix_view<const T> student, matrix_view<const T> teacher,
                      std::span<const token> labels, const trl_loss_options<T>& o) {
  constexpr std::string_view who = "generalized_jsd_loss: ";
  if (teacher.rows != student.rows)
    fail(errc::shape_mismatch, who, "teacher logits have ", teacher.rows, " rows, student logits ",
         student.rows, ", want as many of both");
  if (teacher.cols != student.cols)  // TRL cannot subtract them either
    fail(errc::vocabulary_mismatch, who, "teacher logits have ", teacher.cols,
         " columns, student logits ", student.cols,
         ", want as many of both; dense_loss takes padded vocabularies");
  if (student.cols == 0)
    fail(errc::empty_data, who, "teacher and student logits have 0 columns, want at least 1");
  if (!labels.empty() && labels.size() != student.rows)
    fail(errc::shape_mismatch, who, "got ", labels.size(), " labels for ", student.rows,
         " rows, want one for each");
  if (o.sequences != 0 && student.rows % o.sequences != 0)
    fail(errc::shape_mismatch, who, student.rows, " rows are not ", o.sequences,
         " sequences of one length, want B T rows of (B, T, V)");
  const matrix_view<T>& d = o.dlogits;
  if ((d.rows != 0 || d.cols != 0) && (d.rows != student.rows || d.cols != student.cols))
    fail(errc::shape_mismatch, who, "dlogits is (", d.rows, ", ", d.cols, "), want (", student.rows,
         ", ", student.cols, ") like the student logits");
  check_memory("teacher logits", teacher);
  check_memory("student logits", student);
  check_dlogits(teacher, student, d);
  check_memory("elements", o.elements);
  const auto check_apart = [&](std::string_view what, matrix_view<const T> x) {
    if (overlap(o.elements, x))
      fail(errc::bad_argument, who, "elements are where ", what,
           " are, which they would overwrite; want memory of their own");
  };
  check_apart("the logits of the teacher", teacher);
  check_apart("the logits of the student", student);
  check_apart("dlogits", d);
}

/// What TRL divides the sum of all elements by; `counted` rows are not masked.
template <class T>
double trl_divisor(trl_reduction reduction, index counted, index vocab, bool labels,
                   const trl_loss_options<T>& o) {
  if (o.num_items_in_batch) {  // TRL looks at it first: `reduction` has no effect then
    const double items = *o.num_items_in_batch;
    if (!(items > 0.0 && math::is_finite(items)))  // TRL returns inf or NaN
      fail(errc::bad_argument, "generalized_jsd_loss: num_items_in_batch is ", items,
           ", want the number of tokens that count, > 0");
    return items;
  }
  switch (reduction) {
    case trl_reduction::batchmean:
      // tokens with labels, sequences without: T times apart on the same batch
      if (labels) return std::max(1.0, double(counted));
      if (o.sequences == 0 && counted != 0)
        fail(errc::bad_argument,
             "generalized_jsd_loss: batchmean without labels divides by the number of sequences, "
             "want .sequences = B of (B, T, V)");
      return std::max(1.0, double(o.sequences));
    case trl_reduction::mean:
      // elements, not tokens: V times smaller than a mean over tokens. TRL's mean of no element is
      // NaN; here it is 0 like every other loss of nothing
      return std::max(1.0, double(counted) * double(vocab));
    case trl_reduction::sum:
    case trl_reduction::none: break;
  }
  return 1.0;
}

/// Reduction none writes elements, and no other does.
template <class T>
bool wants_trl_elements(trl_reduction reduction, index counted, index vocab,
                        const trl_loss_options<T>& o) {
  const bool wanted = reduction == trl_reduction::none && !o.num_items_in_batch;
  const index rows = wanted ? counted : 0;
  const bool fits = o.elements.rows == rows && (o.elements.cols == vocab || rows == 0);
  if (!fits && wanted)
    fail(errc::shape_mismatch, "generalized_jsd_loss: elements is (", o.elements.rows, ", ",
         o.elements.cols, "), want (", counted, ", ", vocab, "): the rows that count");
  if (!fits)
    fail(errc::bad_argument,
         "generalized_jsd_loss: elements are written by reduction none without num_items_in_batch "
         "alone, want no elements here");
  return rows != 0;
}

/// generalized_jsd_loss of logits of one number type.
template <class T, class Backend>
loss_result trl_loss(matrix_view<const T> student, matrix_view<const T> teacher,
                     std::span<const token> labels, double beta, double temperature,
                     trl_reduction reduction, const trl_loss_options<T>& options,
                     const Backend& backend) {
  check_trl_shapes(student, teacher, labels, options);
  check_loss_temperature("temperature of the loss", temperature);
  const auto divergence = any_divergence::from_beta(beta);
  const index vocab = student.cols;
  const auto weights = dense_weights({.labels = labels}, student.rows, vocab);
  const auto counted = static_cast<index>(std::count(weights.begin(), weights.end(), 1.0f));
  const double divisor = trl_divisor(reduction, counted, vocab, !labels.empty(), options);

  if (wants_trl_elements(reduction, counted, vocab, options)) {
    const auto write = [&](const auto& d) {
      write_trl_elements(backend, d, student, teacher, weights, temperature, options.elements);
    };
    if (beta == 0.0)
      write(forward_kl{});
    else if (beta == 1.0)
      write(reverse_kl{});
    else
      write(generalized_jsd{beta});
  }
  row_losses losses;
  losses.resize(student.rows);
  for (index n = 0; n < student.rows; ++n) losses.scales[n] = double(weights[n]) / divisor;
  ops::divergence_rows(backend, divergence, teacher, student, losses.scales, {vocab, temperature},
                       options.dlogits, losses.results);
  loss_result result = sum_rows(losses, [](index n) { return concat("row ", n); });
  result.counted = {double(counted), double(options.sequences)};
  return result;
}

}  // namespace detail

/// TRL's generalized_jsd_loss. beta = 0 is forward KL, 1 reverse KL (exact comparisons, as in TRL);
/// between them the value is not divided by beta (1 - beta), so it jumps at both ends.
///
///   auto r = generalized_jsd_loss(student, teacher, labels, 0.5, 1.0, trl_reduction::batchmean,
///                                 {.dlogits = d});
///
/// student_logits and teacher_logits (N, V), in host memory, already shifted as TRL's trainer does;
/// labels (N): rows with -100 are not read and get gradient 0; none: all rows count. TRL looks at
/// no other label; here one outside [0, V) is an error. Unlike TRL, logits of -inf are allowed.
/// `value` is the loss; with reduction none, the sum of the elements, whose gradient autograd gives
/// for `loss.sum()`. dlogits may be the student's logits, not the teacher's; elements must be
/// neither. The student comes first, as in TRL; in dense_loss, as in D(p, q), the teacher does.
/// Throws shape_mismatch, vocabulary_mismatch, empty_data without columns, bad_argument, all before
/// anything is written; and non_finite naming the row, after which the content of dlogits and
/// elements is undefined.
template <class S, class P, class Backend = reference>
loss_result generalized_jsd_loss(matrix_view<S> student_logits, matrix_view<P> teacher_logits,
                                 std::span<const token> labels = {}, double beta = 0.5,
                                 double temperature = 1.0,
                                 trl_reduction reduction = trl_reduction::batchmean,
                                 const trl_loss_options<std::remove_const_t<S>>& options = {},
                                 const Backend& backend = {}) {
  using T = std::remove_const_t<S>;
  check_backend<Backend, T>();
  static_assert(std::is_same_v<T, std::remove_const_t<P>>,
                "gkd: generalized_jsd_loss needs teacher and student logits of one number type "
                "[docs/concepts.md#dense-loss]");
  if constexpr (std::is_same_v<T, std::remove_const_t<P>> && gkd::backend<Backend, T>)
    return detail::trl_loss<T>(student_logits, teacher_logits, labels, beta, temperature, reduction,
                               options, backend);
  else
    return {};
}

namespace detail {

// what generalized_jsd_loss takes; the number type of its options goes by the student's
template <class S, class P, class Backend = reference>
void take_trl_arguments(matrix_view<S>, matrix_view<P>, std::span<const token> = {}, double = 0.5,
                        double = 1.0, trl_reduction = {},
                        const trl_loss_options<std::remove_const_t<S>>& = {}, const Backend& = {});
template <class... Given>
concept trl_arguments = requires(const Given&... given) { take_trl_arguments(given...); };

}  // namespace detail

/// Of anything else it says so.
template <class... Given>
  requires(!detail::trl_arguments<Given...>)
loss_result generalized_jsd_loss(const Given&...) {
  static_assert(detail::trl_arguments<Given...>,
                "gkd: generalized_jsd_loss needs the logits of student and teacher as two "
                "matrix_view of host memory, as  matrix_view(numbers.data(), rows, columns),  then "
                "labels, beta, temperature, and a reduction such as  trl_reduction::batchmean  "
                "[docs/concepts.md#dense-loss]");
  return {};
}

}  // namespace gkd::inline v0
