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

#include <gkd/divergence/cross_entropy.hpp>
#include <gkd/divergence/jsd.hpp>
#include <gkd/divergence/kl.hpp>
#include <gkd/eval/mean_divergence.hpp>

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

// -sum q log q = log(sum e) + sum(e below) / sum e of one row of logits x, with e = exp(-below) and
// below = (max - x) / temperature. e (vocab) is scratch; `bad` is what a row of no numbers is.
template <class T>
GKD_FN row_result entropy_row(const T* x, index cols, index vocab, double temperature, double* e,
                              row_status bad) {
  const softmax_side s = normalise_all(x, cols, vocab, temperature, e);
  if (!s.finite) return row_not_finite(bad, x, cols);
  row_result result;
  if (!s.has_mass()) {
    result.status = row_status::disjoint;
    return result;
  }
  constexpr index lanes = 4;  // a single sum would wait for each addition
  const double inv_temperature = 1.0 / temperature;
  double sums[lanes] = {};
  for (index v = 0; v < vocab; ++v) {
    const double below = (s.max - static_cast<double>(x[v])) * inv_temperature;
    sums[v % lanes] += e[v] > 0.0 ? e[v] * below : 0.0;
  }
  result.value = s.log_sum + ((sums[0] + sums[1]) + (sums[2] + sums[3])) / (1.0 + s.rest);
  return result;
}

// The measures of a row that are no sums of f(log p, log q), as the row kernel takes them.
struct teacher_entropy_policy {
  template <class T>
  GKD_FN row_result on_logits(const row_pair<T>& row, double temperature, double* scratch) const {
    return entropy_row(row.teacher, row.teacher_cols, row.vocab, temperature, scratch,
                       row_status::teacher_not_finite);
  }
};
struct student_entropy_policy {
  template <class T>
  GKD_FN row_result on_logits(const row_pair<T>& row, double temperature, double* scratch) const {
    return entropy_row(row.student, row.student_cols, row.vocab, temperature, scratch,
                       row_status::student_not_finite);
  }
};
// 1 where the first of the largest is the same, else 0
struct agreement_policy {
  template <class T>
  GKD_FN row_result on_logits(const row_pair<T>& row, double /*temperature*/, double*) const {
    const bool same =
        first_of_largest(row.teacher, row.vocab) == first_of_largest(row.student, row.vocab);
    return {.value = same ? 1.0 : 0.0};
  }
  // of logits without NaN: the divergences of the same rows have found it
  template <class T>
  GKD_FN static index first_of_largest(const T* x, index vocab) {
    index at = 0;
    T largest = x[0];
    for (index v = 1; v < vocab; ++v) {
      if (!(x[v] > largest)) continue;
      largest = x[v];
      at = v;
    }
    return at;
  }
};

/// The sums behind divergence_metrics. Who reports no entropies need not add them.
class divergence_means {
 public:
  template <class B, class Matrix>
  void add(row_values& values, const token_batch& batch, const B& backend, const Matrix& p,
           const Matrix& q) {
    const auto divergence = [&](weighted_mean& mean, const auto& policy) {
      const auto results = values.divergence(backend, policy, p, q);
      values.add_to(mean, results);
      return results;
    };
    const auto results = divergence(forward_, forward_kl{});
    for (index n = 0; n < results.size(); ++n) {
      const auto weight = static_cast<double>(batch.weights()[n]);
      student_outside_.add(weight, results[n].student_outside);
      teacher_outside_.add(weight, results[n].teacher_outside);
    }
    divergence(reverse_, reverse_kl{});
    divergence(jsd_, generalized_jsd{0.5});
    divergence(agreement_, agreement_policy{});
    values.add_to(labels_, values.cross_entropy(backend, q, "student"));
    values.add_to(teacher_labels_, values.cross_entropy(backend, p, "teacher"));
  }
  template <class B, class Matrix>
  void add_entropies(row_values& values, const B& backend, const Matrix& p, const Matrix& q) {
    values.add_to(entropy_, values.divergence(backend, student_entropy_policy{}, p, q));
    values.add_to(teacher_entropy_, values.divergence(backend, teacher_entropy_policy{}, p, q));
  }
  divergence_metrics result(index sequences) const {
    return {.forward_kl = forward_.value(),
            .reverse_kl = reverse_.value(),
            .jsd = jsd_.value(),
            .cross_entropy = labels_.value(),
            .teacher_cross_entropy = teacher_labels_.value(),
            .entropy = entropy_.value(),
            .teacher_entropy = teacher_entropy_.value(),
            .token_agreement = agreement_.value(),
            .student_outside = student_outside_.value(),
            .teacher_outside = teacher_outside_.value(),
            .tokens = forward_.weight(),
            .sequences = sequences};
  }

 private:
  weighted_mean forward_, reverse_, jsd_, labels_, teacher_labels_, entropy_, teacher_entropy_,
      agreement_, student_outside_, teacher_outside_;
};

}  // namespace detail

/// Measures student and teacher on the targets of the sequences: the tokens with a weight. Takes
/// six divergences of each row; mean_divergence() takes the one that is wanted.
///
/// Throws as mean_divergence() does. A KL of rows without a common token is infinite, as is the
/// cross-entropy of a label that a model rules out.
template <class Student, class Teacher>
divergence_metrics measure_divergences(Student& student, Teacher& teacher,
                                       std::span<const sequence> sequences,
                                       const measure_options& options = {}) {
  detail::divergence_means means;
  detail::for_each_pair(student, teacher, sequences, options,
                        [&](auto& values, const token_batch& batch, const auto& backend,
                            const auto& p, const auto& q) {
                          means.add(values, batch, backend, p, q);
                          means.add_entropies(values, backend, p, q);
                        });
  return means.result(sequences.size());
}

}  // namespace gkd::inline v0
