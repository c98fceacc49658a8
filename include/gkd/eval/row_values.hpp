// SPDX-License-Identifier: Apache-2.0
// What the measures over tokens share: going through sequences a batch at a time, a value for each
// row by an operation of the backend, and means that do not depend on how the batches were cut.
#pragma once

#include <gkd/backend/ops/step.hpp>
#include <gkd/backend/reference.hpp>
#include <gkd/core/batch.hpp>
#include <gkd/core/sum.hpp>
#include <gkd/divergence/row_errors.hpp>
#include <gkd/loss/batch_rows.hpp>

#include <type_traits>  // remove_const_t
#include <utility>      // as_const
#include <vector>       // vector

namespace gkd::inline v0 {

/// How sequences are measured.
struct measure_options {
  index batch_size = 8;      ///< sequences that the models run at a time; changes no result
  double temperature = 1.0;  ///< of all distributions
  index vocab_size = 0;      ///< ids below this take part; 0: all that the models share
};

namespace detail {

inline void check_measure(const measure_options& o, index shared_vocab) {
  if (o.batch_size == 0)
    fail(errc::bad_argument, "measure_options::batch_size is 0, want at least 1");
  check_loss_temperature("measure_options::temperature", o.temperature);
  if (o.vocab_size > shared_vocab)
    fail(errc::vocabulary_mismatch, "measure_options::vocab_size is ", o.vocab_size,
         ", but the models share ", shared_vocab, " tokens");
}

inline void check_measured(index rows, index sequences) {
  if (rows == 0)
    fail(errc::empty_data, "none of the ", sequences, " sequences has a target to measure");
}

/// f(batch, number of its first sequence) for batches of the sequences, in order: a span of them,
/// or whatever has size() and gives number i as [i]. Throws before the first for what can be no
/// sequence of a batch, by its number in the data, as token_batch does.
template <class Sequences, class F>
void for_each_batch(const Sequences& sequences, index batch_size, const F& f) {
  for (index b = 0; b < sequences.size(); ++b)
    check_sequence(sequences[b], [&] { return concat("sequence ", b, " of the data"); });
  for (index first = 0; first < sequences.size(); first += batch_size) {
    token_batch batch;
    for (index b = 0; b < math::min(batch_size, sequences.size() - first); ++b)
      batch.add(sequences[first + b]);
    f(std::as_const(batch), first);
  }
}

/// model.logits(batch), where the batch's first sequence has number `first`; an error of the model,
/// which knows the batch alone, says so.
template <class Model>
auto logits_from(Model& model, const token_batch& batch, index first) {
  try {
    return model.logits(batch);
  } catch (const error& e) {
    if (first == 0) throw;
    throw error(e.code(), concat(e.what(), " (sequence 0 being number ", first, " of the data)"));
  }
}

/// sum w x / sum w, with an error that does not grow with the number of terms.
class weighted_mean {
 public:
  void add(double weight, double x) {
    weight_.add(weight);
    sum_.add(weight * x);
  }
  double weight() const { return weight_.value(); }
  double value() const { return weight_.value() > 0.0 ? sum_.value() / weight_.value() : 0.0; }

 private:
  compensated_sum sum_, weight_;
};

/// One value for each row of a batch, whose first sequence has number `first`.
class row_values {
 public:
  row_values(const token_batch& batch, index first, const row_options& options)
      : batch_(batch), first_(first), options_(options) {
    check_targets(batch, options.vocab, first);
  }

  template <class B, class D, class T, class S>
  std::span<const row_result> divergence(const B& backend, const D& d, matrix_view<T, S> teacher,
                                         matrix_view<T, S> student) {
    check_logits(teacher, batch_, options_.vocab, "teacher");
    check_logits(student, batch_, options_.vocab, "student");
    results_.resize(student.rows);
    scales_.assign(student.rows, 1.0);
    ops::divergence_rows(backend, d, teacher, student, scales_, options_,
                         matrix_view<std::remove_const_t<T>, S>{}, results_);
    return checked();
  }
  template <class B, class T, class S>
  std::span<const row_result> cross_entropy(const B& backend, matrix_view<T, S> logits,
                                            std::string_view whose) {
    check_logits(logits, batch_, options_.vocab, whose);
    results_.resize(logits.rows);
    scales_.assign(logits.rows, 1.0);
    ops::cross_entropy_rows(backend, batch_.targets(), logits, scales_, options_,
                            matrix_view<std::remove_const_t<T>, S>{}, results_);
    return checked(whose);
  }

  /// Adds the values to a mean.
  void add_to(weighted_mean& mean, std::span<const row_result> rows) const {
    for (index n = 0; n < rows.size(); ++n)
      mean.add(static_cast<double>(batch_.weights()[n]), rows[n].value);
  }

 private:
  // nothing in common is an infinite value; no number is an error
  std::span<const row_result> checked(std::string_view student = "student") {
    for (index n = 0; n < results_.size(); ++n) {
      row_result& r = results_[n];
      if (r.status == row_status::disjoint) r.value = math::infinity<double>();
      if (r.status == row_status::not_finite)
        fail(errc::non_finite, "the divergence of ", row_place(batch_, n, first_),
             " is NaN or infinite for finite logits");
      const bool of_teacher = r.status == row_status::teacher_not_finite;
      if (of_teacher || r.status == row_status::student_not_finite)
        fail_not_finite(of_teacher ? "teacher" : student, row_place(batch_, n, first_), r);
    }
    return results_;
  }

  const token_batch& batch_;
  index first_;
  row_options options_;
  std::vector<double> scales_;       // (N)
  std::vector<row_result> results_;  // (N)
};

}  // namespace detail
}  // namespace gkd::inline v0
