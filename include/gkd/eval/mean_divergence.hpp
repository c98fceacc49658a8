// SPDX-License-Identifier: Apache-2.0
// One divergence between a student and its teacher, averaged over given tokens: with the weights w
// of the targets,
//
//   sum_n w_n D(p_n, q_n) / sum_n w_n      nats per token
#pragma once

#include <gkd/concepts.hpp>
#include <gkd/eval/row_values.hpp>

namespace gkd::inline v0 {

namespace detail {

// for_each_pair, of models that are known to be ones and alike
template <class Student, class Teacher, class F>
void for_each_checked_pair(Student& student, Teacher& teacher, std::span<const sequence> sequences,
                           const measure_options& options, const F& f) {
  using matrix = matrix_view<const scalar_of<Student>, space_of<Student>>;
  const index shared = math::min<index>(student.vocab_size(), teacher.vocab_size());
  check_measure(options, shared);
  const row_options rows{options.vocab_size == 0 ? shared : options.vocab_size,
                         options.temperature};
  const auto backend = backend_of(student);
  index measured = 0;
  for_each_batch(sequences, options.batch_size, [&](const token_batch& batch, index first) {
    row_values values(batch, first, rows);
    const matrix q = logits_from(student, batch, first);
    const matrix p = logits_from(teacher, batch, first);
    f(values, batch, backend, p, q);
    measured += q.rows;
  });
  check_measured(measured, sequences.size());
}

/// f(values, batch, backend, p, q) for batches of the sequences, p and q the logits of teacher and
/// student, (N, Vt) and (N, Vs). Throws empty_data where no sequence has a target.
template <class Student, class Teacher, class F>
void for_each_pair(Student& student, Teacher& teacher, std::span<const sequence> sequences,
                   const measure_options& options, const F& f) {
  check_teacher<Student>();
  check_teacher<Teacher>();
  if constexpr (gkd::teacher<Student> && gkd::teacher<Teacher>) {
    constexpr bool alike = std::is_same_v<space_of<Teacher>, space_of<Student>> &&
                           std::is_same_v<scalar_of<Teacher>, scalar_of<Student>>;
    static_assert(alike,
                  "gkd: teacher and student need logits of one number type in one memory space  "
                  "[docs/concepts.md#spaces]");
    if constexpr (alike) for_each_checked_pair(student, teacher, sequences, options, f);
  }
}

}  // namespace detail

/// The mean of a divergence over the targets of the sequences: the tokens with a weight. Streaming:
/// as much memory as one batch needs. The result does not depend on batch_size, as far as the
/// models' logits do not. Infinite where a row's divergence is. Models are given student first, as
/// to a trainer; the divergence is D(teacher, student) all the same.
///
/// Throws bad_argument, vocabulary_mismatch for a label outside the common vocabulary, empty_data
/// where there is no target, non_finite naming sequence and position.
template <class Divergence, class Student, class Teacher>
double mean_divergence(const Divergence& divergence, Student& student, Teacher& teacher,
                       std::span<const sequence> sequences, const measure_options& options = {}) {
  check_loss_function<Divergence>();
  static_assert(!target_loss<Divergence>,
                "gkd: mean_divergence is for divergences between teacher and student; "
                "measure_perplexity measures the labels  [docs/concepts.md#target-loss]");
  detail::weighted_mean mean;
  detail::for_each_pair(
      student, teacher, sequences, options,
      [&](auto& values, const token_batch&, const auto& backend, const auto& p, const auto& q) {
        if constexpr (loss_function<Divergence> && !target_loss<Divergence>)
          values.add_to(mean, values.divergence(backend, divergence, p, q));
      });
  return mean.value();
}

}  // namespace gkd::inline v0
