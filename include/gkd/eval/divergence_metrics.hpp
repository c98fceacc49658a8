// SPDX-License-Identifier: Apache-2.0
// How far a student is from its teacher on given sequences: means over all targets, in nats per
// token, of
//
//   forward_kl  KL(p || q)      reverse_kl  KL(q || p)      jsd  of beta 1/2
//   entropies of p and q, cross-entropies with the labels, and how often both have the same argmax
//
// On the student's own samples this is what on-policy distillation lowers; on reference answers,
// what supervised distillation lowers.
#pragma once

#include <gkd/concepts.hpp>
#include <gkd/divergence/jsd.hpp>
#include <gkd/divergence/kl.hpp>
#include <gkd/eval/row_values.hpp>

#include <string>   // string
#include <utility>  // pair

namespace gkd::inline v0 {

/// Means over the targets of all sequences, weighted by the targets' weights; nats.
struct divergence_metrics {
  double forward_kl = 0.0;
  double reverse_kl = 0.0;
  double jsd = 0.0;                    ///< at most ln 2
  double cross_entropy = 0.0;          ///< of the student with the labels
  double teacher_cross_entropy = 0.0;  ///< of the teacher with the labels
  double entropy = 0.0;                ///< of the student
  double teacher_entropy = 0.0;
  double token_agreement = 0.0;  ///< share of the rows where both have the same argmax
  double student_outside = 0.0;  ///< student mass on tokens that take no part in forward_kl
  double teacher_outside = 0.0;  ///< the teacher's; see forward_kl and measure_options::vocab_size
  double tokens = 0.0;           ///< sum of the weights
  index sequences = 0;

  double perplexity() const { return math::exp(cross_entropy); }
  double teacher_perplexity() const { return math::exp(teacher_cross_entropy); }

  /// Name and value of each, for logs and tables.
  std::vector<std::pair<std::string, double>> entries() const {
    return {{"forward_kl", forward_kl},
            {"reverse_kl", reverse_kl},
            {"jsd", jsd},
            {"cross_entropy", cross_entropy},
            {"perplexity", perplexity()},
            {"teacher_cross_entropy", teacher_cross_entropy},
            {"teacher_perplexity", teacher_perplexity()},
            {"entropy", entropy},
            {"teacher_entropy", teacher_entropy},
            {"token_agreement", token_agreement},
            {"student_outside", student_outside},
            {"teacher_outside", teacher_outside},
            {"tokens", tokens},
            {"sequences", static_cast<double>(sequences)}};
  }
};

namespace detail {

// -sum p log p and -sum q log q, written as policies so that every backend computes them
struct teacher_entropy_policy {
  static constexpr bool finite_at_zero_p = true;
  static constexpr bool finite_at_zero_q = true;
  template <class T>
  GKD_FN T operator()(T log_p, T /*log_q*/) const {
    return -math::weigh(math::exp(log_p), log_p);
  }
};
struct student_entropy_policy {
  static constexpr bool finite_at_zero_p = true;
  static constexpr bool finite_at_zero_q = true;
  template <class T>
  GKD_FN T operator()(T /*log_p*/, T log_q) const {
    return -math::weigh(math::exp(log_q), log_q);
  }
};
// 1 where the first of the largest is the same, else 0
struct agreement_policy {
  static constexpr bool finite_at_zero_p = true;
  static constexpr bool finite_at_zero_q = true;
  GKD_FN double row(const double* log_p, const double* log_q, double*, index vocab) const {
    index p = 0, q = 0;
    for (index v = 1; v < vocab; ++v) {
      if (log_p[v] > log_p[p]) p = v;
      if (log_q[v] > log_q[q]) q = v;
    }
    return p == q ? 1.0 : 0.0;
  }
};

}  // namespace detail

/// Measures student and teacher on the targets of the sequences: the tokens with a weight.
/// Streaming: as much memory as one batch needs. The result does not depend on batch_size, as far
/// as the models' logits do not.
///
/// Throws bad_argument, vocabulary_mismatch for a label outside the common vocabulary, empty_data
/// where there is no target, non_finite naming sequence and position. A KL of rows without a common
/// token is infinite, as is the cross-entropy of a label that a model rules out.
template <class Student, class Teacher>
divergence_metrics measure_divergences(Student& student, Teacher& teacher,
                                       std::span<const sequence> sequences,
                                       const measure_options& options = {}) {
  check_teacher<Student>();
  check_teacher<Teacher>();
  static_assert(std::is_same_v<space_of<Teacher>, space_of<Student>> &&
                    std::is_same_v<scalar_of<Teacher>, scalar_of<Student>>,
                "gkd: teacher and student need logits of one number type in one memory space  "
                "[docs/concepts.md#spaces]");
  using matrix = matrix_view<const scalar_of<Student>, space_of<Student>>;
  const index shared = math::min<index>(student.vocab_size(), teacher.vocab_size());
  detail::check_measure(options, shared);
  const row_options rows{options.vocab_size == 0 ? shared : options.vocab_size,
                         options.temperature};
  const auto backend = backend_of(student);
  detail::weighted_mean forward, reverse, jsd, student_labels, teacher_labels, student_entropy,
      teacher_entropy, agreement, student_outside, teacher_outside;
  detail::for_each_batch(sequences, options.batch_size, [&](const token_batch& batch, index first) {
    detail::row_values values(batch, first, rows);
    const matrix q = student.logits(batch), p = teacher.logits(batch);  // (N, Vs), (N, Vt)
    const auto add = [&](detail::weighted_mean& mean, const auto& policy) {
      const auto results = values.divergence(backend, policy, p, q);
      values.add_to(mean, results);
      return results;
    };
    const auto results = add(forward, forward_kl{});
    for (index n = 0; n < results.size(); ++n) {
      const auto weight = static_cast<double>(batch.weights()[n]);
      student_outside.add(weight, results[n].student_outside);
      teacher_outside.add(weight, results[n].teacher_outside);
    }
    add(reverse, reverse_kl{});
    add(jsd, generalized_jsd{0.5});
    add(student_entropy, detail::student_entropy_policy{});
    add(teacher_entropy, detail::teacher_entropy_policy{});
    add(agreement, detail::agreement_policy{});
    values.add_to(student_labels, values.cross_entropy(backend, q, "student"));
    values.add_to(teacher_labels, values.cross_entropy(backend, p, "teacher"));
  });
  if (forward.weight() == 0.0)
    fail(errc::empty_data, "none of the ", sequences.size(), " sequences has a target to measure");
  return {.forward_kl = forward.value(),
          .reverse_kl = reverse.value(),
          .jsd = jsd.value(),
          .cross_entropy = student_labels.value(),
          .teacher_cross_entropy = teacher_labels.value(),
          .entropy = student_entropy.value(),
          .teacher_entropy = teacher_entropy.value(),
          .token_agreement = agreement.value(),
          .student_outside = student_outside.value(),
          .teacher_outside = teacher_outside.value(),
          .tokens = forward.weight(),
          .sequences = sequences.size()};
}

}  // namespace gkd::inline v0
