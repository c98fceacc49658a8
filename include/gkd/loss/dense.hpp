// SPDX-License-Identifier: Apache-2.0
// The loss on given logits: value and gradient of a divergence between two (N, V) matrices.
//
//   loss = sum_n scale_n D(softmax(teacher_n / temperature), softmax(student_n / temperature))
//   dlogits_n = d loss / d student_n
//
// with scale_n from the weights or labels and the normaliser (loss/reduce). One pass over the rows,
// no temporary of size (N, V); dlogits may be the student's logits themselves.
#pragma once

#include <gkd/backend/ops/step.hpp>
#include <gkd/backend/reference.hpp>
#include <gkd/core/memory.hpp>
#include <gkd/divergence/row_errors.hpp>
#include <gkd/loss/row_losses.hpp>

#include <algorithm>    // is_sorted, min
#include <type_traits>  // type_identity_t

namespace gkd::inline v0 {

/// The label of a token that is not learned, as in PyTorch and TRL.
inline constexpr token ignore_index = -100;

/// Which rows count, and for how much.
struct loss_options {
  std::span<const token> labels = {};       ///< (N): rows with ignore_index are left out
  std::span<const float> weights = {};      ///< (N): >= 0; a row counts as often. 1 if not given
  std::span<const index> row_offsets = {};  ///< (B + 1): sequences, for sequence_mean
  normaliser reduction = normaliser::token_mean;
  /// Of the loss, on both sides; no T^2 factor, as in TRL
  double temperature = 1.0;
  /// Columns that take part; 0: all that both sides have
  index vocab_size = 0;
};

namespace detail {

/// Columns that take part: the common ones, or the first `wanted` of them.
inline index common_vocab(index teacher_cols, index student_cols, index wanted) {
  const index common = std::min(teacher_cols, student_cols);
  if (common == 0)
    fail(errc::empty_data, "dense_loss: teacher logits have ", teacher_cols,
         " columns and student logits ", student_cols, ", want at least 1 of both");
  if (wanted > common)
    fail(errc::vocabulary_mismatch, "vocab_size is ", wanted, ", but teacher logits have ",
         teacher_cols, " columns and student logits ", student_cols);
  return wanted == 0 ? common : wanted;
}

/// Weights of N rows from labels or weights, checked.
inline std::vector<float> dense_weights(const loss_options& o, index rows, index vocab) {
  const auto check_size = [&](std::string_view what, index size) {
    if (size != 0 && size != rows)
      fail(errc::shape_mismatch, "dense_loss: got ", size, " ", what, " for ", rows,
           " rows, want one for each");
  };
  check_size("labels", o.labels.size());
  check_size("weights", o.weights.size());
  std::vector<float> weights(rows, 1.0f);
  for (index n = 0; n < o.weights.size(); ++n) {
    weights[n] = o.weights[n];
    if (!(weights[n] >= 0.0f && math::is_finite(weights[n])))
      fail(errc::bad_argument, "weight of row ", n, " is ", weights[n],
           ", want a finite number >= 0");
  }
  for (index n = 0; n < o.labels.size(); ++n) {
    if (o.labels[n] == ignore_index)
      weights[n] = 0.0f;
    else if (o.labels[n] < 0 || static_cast<index>(o.labels[n]) >= vocab)
      fail(errc::vocabulary_mismatch, "label of row ", n, " is ", o.labels[n],
           ", want 0 <= label < ", vocab, " or ", ignore_index, " to leave the row out");
  }
  return weights;
}

/// Every row its own group unless the caller named sequences.
inline std::vector<index> dense_offsets(const loss_options& o, index rows) {
  if (o.row_offsets.empty()) {
    if (o.reduction == normaliser::sequence_mean)
      fail(errc::bad_argument,
           "dense_loss: sequence_mean needs row_offsets, the first row of every sequence and the "
           "end");
    return {0, rows};
  }
  const bool ordered = std::is_sorted(o.row_offsets.begin(), o.row_offsets.end());
  if (o.row_offsets.front() != 0 || o.row_offsets.back() != rows || !ordered)
    fail(errc::shape_mismatch, "dense_loss: row_offsets go from ", o.row_offsets.front(), " to ",
         o.row_offsets.back(), ", want ascending from 0 to the number of rows, ", rows);
  return {o.row_offsets.begin(), o.row_offsets.end()};
}

// two matrix views in one memory space
template <class P, class Q, class Space>
void take_logits(matrix_view<P, Space>, matrix_view<Q, Space>);
template <class P, class Q>
concept views_of_logits = requires(const P& teacher, const Q& student) {
  take_logits(teacher, student);
};

// what dense_loss can be called with; what is wrong with the rest it says itself
template <class D, class P, class Q, class Backend>
constexpr bool fits_dense_loss =
    loss_function<D> && !target_loss<D> && std::is_same_v<P, Q> && backend<Backend, Q>;

/// Throws shape_mismatch for a gradient at a null pointer, bad_argument for one in the place of
/// logits that are still to be read: of the teacher's, or of a part of the student's.
template <class P, class Q, class G>
void check_dlogits(const P& teacher, const Q& student, const G& dlogits) {
  check_memory("dlogits", dlogits);
  const bool in_place = same_memory(dlogits, student);
  if (!in_place && overlap(dlogits, student))
    fail(errc::bad_argument,
         "dlogits are where a part of the student's logits is, which they would overwrite; want "
         "memory of their own, or all of the student's logits");
  if (!(in_place && same_memory(teacher, student)) && overlap(dlogits, teacher))
    fail(errc::bad_argument,
         "dlogits are where the teacher's logits are, which they would overwrite; want memory of "
         "their own, or the student's logits");
}

/// Throws shape_mismatch unless the three views have as many rows, and lie somewhere.
template <class P, class Q, class G>
void check_dense_shapes(const P& teacher, const Q& student, const G& dlogits) {
  const index rows = student.rows;
  if (teacher.rows != rows)
    fail(errc::shape_mismatch, "teacher logits have ", teacher.rows, " rows, student logits ", rows,
         ", want as many of both");
  const bool wanted = dlogits.rows != 0 || dlogits.cols != 0;
  if (wanted && (dlogits.rows != rows || dlogits.cols != student.cols))
    fail(errc::shape_mismatch, "dlogits is (", dlogits.rows, ", ", dlogits.cols, "), want (", rows,
         ", ", student.cols, ") like the student logits");
  check_memory("teacher logits", teacher);
  check_memory("student logits", student);
  check_dlogits(teacher, student, dlogits);
}

// dense_loss of what fits
template <class D, class P, class Q, class G, class Backend>
loss_result fitting_dense_loss(const D& divergence, P teacher, Q student,
                               const loss_options& options, G dlogits, const Backend& backend) {
  check_dense_shapes(teacher, student, dlogits);
  check_loss_temperature("temperature of the loss", options.temperature);
  const index vocab = common_vocab(teacher.cols, student.cols, options.vocab_size);

  const auto weights = dense_weights(options, student.rows, vocab);
  const auto offsets = dense_offsets(options, student.rows);
  const row_groups groups{weights, offsets};
  const loss_count total = count(groups);
  row_losses losses;
  losses.resize(student.rows);
  row_scales(groups, options.reduction, total, losses.scales);
  ops::divergence_rows(backend, divergence, teacher, student, losses.scales,
                       {vocab, options.temperature}, dlogits, losses.results);
  loss_result result = sum_rows(losses, [](index n) { return concat("row ", n); });
  result.counted = total;
  return result;
}

}  // namespace detail

/// Value of a divergence between teacher and student logits, and its gradient with respect to the
/// student's logits into `dlogits` unless that is empty.
///
///   auto r = dense_loss(generalized_jsd{0.5}, teacher, student, {.labels = labels}, dlogits);
///
/// teacher (N, Vt), student and dlogits (N, Vs), in the order of D(p, q): extra columns of either
/// side take no part, but their mass is reported, so that they may not hold NaN either. Rows of
/// weight 0 are not read and get gradient 0. `dlogits` may be the student's logits, but nothing
/// else that is read. Where no row counts, as there is none or each has weight 0 or the label
/// ignore_index, loss and gradient are 0, and so are `rows` and `counted.weight` of the result: no
/// error, since a batch may hold no answer.
/// Throws shape_mismatch, vocabulary_mismatch, empty_data without columns, bad_argument, all before
/// dlogits has changed; and non_finite naming the row, after which its content is undefined.
template <class D, class P, class Q, class Space, class Backend = reference>
loss_result dense_loss(
    const D& divergence, matrix_view<P, Space> teacher, matrix_view<Q, Space> student,
    const loss_options& options = {},
    std::type_identity_t<matrix_view<std::remove_const_t<Q>, Space>> dlogits = {},
    const Backend& backend = {}) {
  using number = std::remove_const_t<Q>;
  check_loss_function<D>();
  check_backend<Backend, number>();
  static_assert(!target_loss<D>,
                "gkd: a loss of labels alone, as cross_entropy, needs no teacher: dense_loss is "
                "for divergences between teacher and student, a trainer takes either  "
                "[docs/concepts.md#target-loss]");
  static_assert(std::is_same_v<std::remove_const_t<P>, number>,
                "gkd: dense_loss needs teacher and student logits of one number type "
                "[docs/concepts.md#dense-loss]");
  if constexpr (detail::fits_dense_loss<D, std::remove_const_t<P>, number, Backend>)
    return detail::fitting_dense_loss(divergence, teacher, student, options, dlogits, backend);
  else
    return {};
}

/// Of anything but two matrix views in one memory space it says so.
template <class D, class P, class Q, class G = Q, class Backend = reference>
  requires(!detail::views_of_logits<P, Q>)
loss_result dense_loss(const D&, const P&, const Q&, const loss_options& = {}, const G& = {},
                       const Backend& = {}) {
  static_assert(detail::views_of_logits<P, Q>,
                "gkd: dense_loss needs the logits of teacher and student as two matrix_view in one "
                "memory space, as  matrix_view(numbers.data(), rows, columns)  "
                "[docs/concepts.md#dense-loss]");
  return {};
}

}  // namespace gkd::inline v0
