// SPDX-License-Identifier: Apache-2.0
// The loss of one batch of sequences, as the trainer and the evaluations use it: logits of teacher
// and student for the batch's rows, one row each, scales from the normaliser.
#pragma once

#include <gkd/backend/ops/step.hpp>
#include <gkd/backend/reference.hpp>
#include <gkd/loss/batch_rows.hpp>
#include <gkd/loss/row_losses.hpp>

namespace gkd::inline v0 {

/// Stands where no teacher is needed: a loss of student and label alone.
struct no_teacher {};

/// Settings of the loss that all batches share. rows.vocab = 0, the default, means all columns that
/// the logits have in common.
struct batch_loss_options {
  normaliser reduction = normaliser::token_mean;
  row_options rows;
};

/// sum_n scale_n D_n over the rows of `batch`, where scale_n makes the loss of the whole step (all
/// micro-batches and processes together count `total`). With `gradient`, the student's logits are
/// overwritten by theirs.
///
/// student_logits (N, Vs) belong to the student and were made for `batch`; the teacher is asked for
/// its own. Throws bad_argument unless 1e-4 <= temperature <= 1e4 and, with `gradient`, where both
/// logits are one memory, shape_mismatch, and naming
/// sequence and position vocabulary_mismatch for a label outside the columns that take part,
/// non_finite for logits or values that are not; after that one the student's logits are undefined.
template <class Loss, class Teacher, class T, class Space, class Backend>
loss_result batch_loss(const Loss& loss, Teacher& teacher, matrix_view<T, Space> student_logits,
                       const token_batch& batch, const loss_count& total,
                       const batch_loss_options& options, bool gradient, const Backend& backend,
                       row_losses& rows) {
  check_backend<Backend, T>();
  row_options o = options.rows;
  detail::check_loss_temperature("temperature of the loss", o.temperature);
  detail::check_logits(student_logits, batch, o.vocab, "student");
  const row_groups groups = groups_of(batch);
  rows.resize(batch.rows().size());
  row_scales(groups, options.reduction, total, rows.scales);
  const auto dlogits = gradient ? student_logits : matrix_view<T, Space>{};
  if constexpr (target_loss<Loss>) {
    if (o.vocab == 0) o.vocab = student_logits.cols;
    detail::check_targets(batch, o.vocab);
    ops::cross_entropy_rows(backend, batch.targets(), student_logits, rows.scales, o, dlogits,
                            rows.results);
  } else {
    static_assert(std::is_same_v<space_of<Teacher>, Space>,
                  "gkd: teacher and student need logits in the same memory space  "
                  "[docs/concepts.md#spaces]");
    static_assert(std::is_same_v<scalar_of<Teacher>, T>,
                  "gkd: teacher and student need logits of the same number type  "
                  "[docs/concepts.md#spaces]");
    const matrix_view<const T, Space> teacher_logits = teacher.logits(batch);  // (N, Vt)
    detail::check_logits(teacher_logits, batch, o.vocab, "teacher");
    if (gradient && detail::overlap(teacher_logits, student_logits))
      fail(errc::bad_argument,
           "the teacher's logits are in the memory of the student's, as those of one model are "
           "that is called twice; want a teacher with logits of its own");
    if (o.vocab == 0) o.vocab = math::min<index>(teacher_logits.cols, student_logits.cols);
    detail::check_targets(batch, o.vocab);
    ops::divergence_rows(backend, loss, teacher_logits, student_logits, rows.scales, o, dlogits,
                         rows.results);
  }
  loss_result result = sum_rows(
      rows, [&](index n) { return detail::row_place(batch, n); },
      target_loss<Loss> ? batch.targets() : std::span<const token>{});
  result.counted = count(groups);
  return result;
}

}  // namespace gkd::inline v0
