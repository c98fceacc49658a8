// SPDX-License-Identifier: Apache-2.0
// Evaluation on held-out data, as a policy of the trainer:
//
//   gkd::generation_options answers{.max_new_tokens = 64, .stop_tokens = {eos}};
//   gkd::trainer t{student, teacher, loss, source, optimizer, options,
//                  gkd::evaluate_on{chats, {.generate = true, .generation = answers}}};
//   t.evaluate();    // and at start, every eval_steps, at each epoch: see training_options
//
// On the dataset's answers: eval_loss (the trainer's own), eval_forward_kl, eval_reverse_kl,
// eval_jsd, eval_perplexity, eval_token_agreement. On answers that the student writes:
// eval_own_forward_kl, eval_own_reverse_kl, eval_mean_length, eval_eos_rate, eval_exact_match with
// a 95 % interval.
#pragma once

#include <gkd/data/fixed.hpp>
#include <gkd/eval/divergence_metrics.hpp>
#include <gkd/eval/exact_match.hpp>
#include <gkd/eval/generation_statistics.hpp>
#include <gkd/loss/batch_loss.hpp>
#include <gkd/train/policies.hpp>

#include <algorithm>    // min
#include <functional>   // function
#include <type_traits>  // conditional_t, is_convertible_v, is_lvalue_reference_v
#include <utility>      // declval, move
#include <vector>       // vector

namespace gkd::inline v0 {

/// How far an evaluation is.
struct evaluation_progress {
  bool writes = false;  ///< the student writes answers; false: answers are measured
  index done = 0;       ///< examples of this part
  index examples = 0;   ///< in all
};

struct evaluation_options {
  bool generate = false;               ///< let the student answer the prompts, too
  generation_options generation = {};  ///< how; its seed, ids and batch_size are set anew
  std::string name = "eval";           ///< what the names of the metrics begin with
  index max_examples = 0;              ///< only the first so many; 0: all
  bool loss_only = false;              ///< of the dataset's answers eval_loss and nothing else
  /// Asked before each batch, and after each row of tokens that the student writes; false gives
  /// the evaluation up: evaluate() throws interrupted, and trainer.train() stops there, as if a
  /// callback had asked, without an on_eval.
  std::function<bool(const evaluation_progress&)> keep_going = {};
};

/// A completion is right when it is the dataset's answer, token by token, stop token included.
struct equal_to_answer {};

namespace detail {

template <class M>
using const_logits = matrix_view<const scalar_of<M>, space_of<M>>;

/// The answers of a dataset: what full(i) refers to, without a copy; else what it returns.
template <class Dataset>
class answers_of {
  using result = decltype(std::declval<const Dataset&>().full(index{}));
  static constexpr bool refers =
      std::is_lvalue_reference_v<result> &&
      std::is_convertible_v<std::remove_reference_t<result>*, const sequence*>;

 public:
  void add(const Dataset& dataset, index i) {
    if constexpr (refers)
      held_.push_back(&dataset.full(i));
    else
      held_.push_back(dataset.full(i));
  }
  index size() const { return held_.size(); }
  const sequence& operator[](index i) const {
    if constexpr (refers)
      return *held_[i];
    else
      return held_[i];
  }

 private:
  std::vector<std::conditional_t<refers, const sequence*, sequence>> held_;
};

/// What batches of the answers count, added up in their order. Throws as token_batch does, with the
/// sequence's number in the data.
template <class Answers>
loss_count count_answers(const Answers& all, index batch_size) {
  loss_count total;
  for (index first = 0; first < all.size(); first += batch_size) {
    loss_count batch;
    for (index b = 0; b < math::min(batch_size, all.size() - first); ++b) {
      const sequence& s = all[first + b];
      check_sequence(s, [&] { return concat("sequence ", first + b, " of the data"); });
      const index rows[] = {0, s.tokens.size() - 1};
      batch += gkd::count({std::span(s.weights).subspan(1), rows});
    }
    total += batch;
  }
  return total;
}

/// The trainer's loss over a whole dataset as if it were one batch, without gradients: its own
/// divergence, normaliser and temperature. Infinite where one row's divergence is.
template <class Loss>
class whole_loss {
 public:
  whole_loss(const evaluation_request<Loss>& request, const loss_count& total)
      : request_(request), total_(total) {}

  template <class Backend, class Logits, class TeacherLogits>
  void add(const Backend& backend, const token_batch& batch, index first, const Logits& q,
           [[maybe_unused]] const TeacherLogits& p) {
    row_values values(batch, first, {request_.vocab, request_.temperature});
    if constexpr (target_loss<Loss>)
      add_rows(batch, values.cross_entropy(backend, q, "student"));
    else
      add_rows(batch, values.divergence(backend, request_.loss, p, q));
  }
  double value() const { return sum_.value(); }

 private:
  void add_rows(const token_batch& batch, std::span<const row_result> rows) {
    scales_.resize(rows.size());
    row_scales(groups_of(batch), request_.reduction, total_, scales_);
    for (index n = 0; n < rows.size(); ++n)
      if (scales_[n] > 0.0) sum_.add(scales_[n] * rows[n].value);
  }

  const evaluation_request<Loss>& request_;
  loss_count total_;
  compensated_sum sum_;
  std::vector<double> scales_;  // (N)
};

}  // namespace detail

/// Measures the student on a dataset, which an lvalue refers to (it must outlive the policy) and an
/// rvalue is moved into. The dataset is one for on_policy or fixed: with answers there are metrics
/// on them, with `.generate` there are metrics on the student's own. Examples without an answer,
/// such as chats that end with the user, are only written to.
///
/// `Right` is bool(index example, std::span<const token> completion) and says which completions
/// count for eval_exact_match; without it the dataset's answers do, of the examples that have one.
template <class Dataset, class Right = equal_to_answer>
class evaluate_on {
  using dataset_type = std::remove_cvref_t<Dataset>;
  static constexpr bool has_answers = detail::has_answers<dataset_type>;
  static constexpr bool judges_by_answer = std::is_same_v<Right, equal_to_answer>;

 public:
  /// Throws bad_argument where there is nothing to measure: no answers and no `.generate`.
  explicit evaluate_on(Dataset&& dataset, evaluation_options options = {}, Right right = {})
      : dataset_(static_cast<Dataset&&>(dataset)),
        options_(std::move(options)),
        right_(std::move(right)) {
    detail::check_dataset<dataset_type>();
    static_assert(
        judges_by_answer ||
            requires(const Right& r, std::span<const token> completion) {
              { r(index{}, completion) } -> std::convertible_to<bool>;
            },
        "gkd: evaluate_on needs a predicate  bool right(gkd::index example, std::span<const "
        "gkd::token> completion)  [docs/concepts.md#evaluation]");
    if (!has_answers && !options_.generate)
      fail(errc::bad_argument,
           "evaluate_on: the dataset has no answers, full(i), and "
           "evaluation_options.generate is off: there is nothing to measure");
  }

  /// Deterministic: the random streams of the sampling depend on the trainer's seed and the number
  /// of the example, and are not those of training. What the dataset returns references to is not
  /// copied, so it has to stay until the end. Throws empty_data for an empty dataset and,
  /// without `.generate`, for one without a target; interrupted where `.keep_going` says no, and
  /// what the models and generate() throw.
  template <class Student, class Teacher, class Loss>
  metrics evaluate(Student& student, Teacher& teacher, const evaluation_request<Loss>& request) {
    metrics out;
    if (count() == 0) fail(errc::empty_data, "evaluate_on: the dataset has no examples");
    const auto all = answers();
    if constexpr (has_answers) measure_answers(student, teacher, all, request, out);
    if (options_.generate) measure_own(student, teacher, all, request, out);
    return out;
  }

  /// What the names of its metrics begin with.
  const std::string& prefix() const { return options_.name; }

 private:
  index count() const {
    const index size = dataset_.size();
    return options_.max_examples == 0 ? size : std::min(size, options_.max_examples);
  }
  void keep_going(const evaluation_progress& now) const {
    if (options_.keep_going && !options_.keep_going(now))
      fail(errc::interrupted, "evaluate_on: given up after ", now.done, " of ", now.examples,
           now.writes ? " answers written" : " examples measured");
  }
  void report(metrics& out, std::string_view name, double value) const {
    out.emplace_back(concat(options_.name, "_", name), value);
  }
  // of the dataset, as far as they are asked; none where it has none
  auto answers() const {
    if constexpr (has_answers) {
      detail::answers_of<dataset_type> all;
      for (index i = 0; i < count(); ++i) all.add(dataset_, i);
      return all;
    } else {
      return std::span<const sequence>{};
    }
  }

  // --- on the dataset's answers
  template <class Student, class Teacher, class Answers, class Loss>
  void measure_answers(Student& student, Teacher& teacher, const Answers& all,
                       const evaluation_request<Loss>& request, metrics& out) {
    const loss_count total = detail::count_answers(all, request.batch_size);
    if (total.sequences == 0.0 && options_.generate) return;  // prompts alone: see measure_own
    detail::check_measured(static_cast<index>(total.sequences), all.size());
    detail::whole_loss<Loss> loss(request, total);
    if constexpr (std::is_same_v<Teacher, no_teacher>)
      measure_labels(student, all, request, loss, out);
    else
      measure_pair(student, teacher, all, request, loss, out);
  }
  template <class Student, class Answers, class Loss>
  void measure_labels(Student& student, const Answers& all,
                      const evaluation_request<Loss>& request, detail::whole_loss<Loss>& loss,
                      metrics& out) {
    const auto backend = backend_of(student);
    detail::weighted_mean labels;
    detail::for_each_batch(all, request.batch_size, [&](const token_batch& batch, index first) {
      keep_going({.done = first, .examples = all.size()});
      const detail::const_logits<Student> q = detail::logits_from(student, batch, first);  // (N, V)
      loss.add(backend, batch, first, q, q);
      if (options_.loss_only) return;
      detail::row_values values(batch, first, {request.vocab, 1.0});
      values.add_to(labels, values.cross_entropy(backend, q, "student"));
    });
    report(out, "loss", loss.value());
    if (options_.loss_only) return;
    report(out, "cross_entropy", labels.value());
    report(out, "perplexity", math::exp(labels.value()));
    report(out, "tokens", labels.weight());
  }
  template <class Student, class Teacher, class Answers, class Loss>
  void measure_pair(Student& student, Teacher& teacher, const Answers& all,
                    const evaluation_request<Loss>& request, detail::whole_loss<Loss>& loss,
                    metrics& out) {
    detail::divergence_means means;
    const auto backend = backend_of(student);
    detail::for_each_batch(all, request.batch_size, [&](const token_batch& batch, index first) {
      keep_going({.done = first, .examples = all.size()});
      const detail::const_logits<Student> q =
          detail::logits_from(student, batch, first);  // (N, Vs)
      const detail::const_logits<Teacher> p =
          detail::logits_from(teacher, batch, first);  // (N, Vt)
      loss.add(backend, batch, first, q, p);
      if (options_.loss_only) return;
      detail::row_values values(batch, first, {request.vocab, 1.0});
      means.add(values, batch, backend, p, q);
    });
    report(out, "loss", loss.value());
    if (options_.loss_only) return;
    const divergence_metrics m = means.result(all.size());
    report(out, "forward_kl", m.forward_kl);
    report(out, "reverse_kl", m.reverse_kl);
    report(out, "jsd", m.jsd);
    report(out, "cross_entropy", m.cross_entropy);
    report(out, "perplexity", m.perplexity());
    report(out, "teacher_perplexity", m.teacher_perplexity());
    report(out, "token_agreement", m.token_agreement);
    report(out, "tokens", m.tokens);
  }

  // --- on answers that the student writes
  template <class Student, class Teacher, class Answers, class Loss>
  void measure_own(Student& student, Teacher& teacher, const Answers& all,
                   const evaluation_request<Loss>& request, metrics& out) {
    constexpr std::uint64_t beyond_training = std::uint64_t{1} << 63;  // ids of the random streams
    generation_options how = options_.generation;
    how.seed = request.seed;
    how.ids.clear();
    how.batch_size = request.batch_size;
    if (how.vocab_size == 0) how.vocab_size = request.vocab;
    batch_request taken;  // of both models, where the teacher, which is to read it, takes less
    if constexpr (!std::is_same_v<Teacher, no_teacher>)
      if (how.max_length == 0 && detail::context_of(teacher) < detail::context_of(student))
        how.max_length = taken.max_positions = detail::context_of(teacher);
    if (how.stop_tokens_of.size() > count()) how.stop_tokens_of.resize(count());
    std::vector<std::span<const token>> prompts;
    for (index i = 0; i < count(); ++i) {
      prompts.push_back(dataset_.prompt(i));
      detail::check_example("the prompt of example ", i, prompts.back(), taken);
      how.ids.push_back(beyond_training + i);
    }
    keep_going({.writes = true, .examples = count()});
    const auto own = generate(student, prompts, how, [&](const generation_progress& now) {
      keep_going({.writes = true, .done = now.finished, .examples = now.sequences});
    });
    const generation_statistics lengths = measure_generations(own, how);
    report(out, "mean_length", lengths.mean_length());
    report(out, "eos_rate", lengths.eos_rate());
    report_matches(own, all, out);
    if constexpr (!std::is_same_v<Teacher, no_teacher>)
      measure_own_kl(student, teacher, own, request, out);
  }
  // both from one pass of the models
  template <class Student, class Teacher, class Loss>
  void measure_own_kl(Student& student, Teacher& teacher, std::span<const sequence> own,
                      const evaluation_request<Loss>& request, metrics& out) {
    detail::weighted_mean forward, reverse;
    index done = 0;
    detail::for_each_pair(student, teacher, own,
                          {.batch_size = request.batch_size, .vocab_size = request.vocab},
                          [&](auto& values, const token_batch& batch, const auto& backend,
                              const auto& p, const auto& q) {
                            keep_going({.done = done, .examples = own.size()});
                            done += batch.size();
                            values.add_to(forward, values.divergence(backend, forward_kl{}, p, q));
                            values.add_to(reverse, values.divergence(backend, reverse_kl{}, p, q));
                          });
    report(out, "own_forward_kl", forward.value());
    report(out, "own_reverse_kl", reverse.value());
  }
  template <class Answers>
  void report_matches(std::span<const sequence> own, const Answers& all, metrics& out) const {
    proportion right;
    if constexpr (!judges_by_answer)
      right = match_if(own, right_).count();
    else if constexpr (has_answers)
      right = matches_of_answered(own, all);
    if (right.trials == 0) return;
    const interval_of_rate interval = right.wilson();
    report(out, "exact_match", right.rate());
    report(out, "exact_match_low", interval.low);
    report(out, "exact_match_high", interval.high);
  }
  // an example that ends with its prompt has no answer to miss
  template <class Answers>
  proportion matches_of_answered(std::span<const sequence> own, const Answers& all) const {
    const match_result result = detail::exact_match_with(own, all);
    proportion right;
    for (index i = 0; i < all.size(); ++i) {
      if (all[i].tokens.size() == dataset_.prompt(i).size()) continue;
      ++right.trials;
      if (result.matches[i]) ++right.successes;
    }
    return right;
  }

  Dataset dataset_;
  evaluation_options options_;
  Right right_;
};

template <class Dataset>
evaluate_on(Dataset&&) -> evaluate_on<Dataset>;
template <class Dataset>
evaluate_on(Dataset&&, evaluation_options) -> evaluate_on<Dataset>;
template <class Dataset, class Right>
evaluate_on(Dataset&&, evaluation_options, Right) -> evaluate_on<Dataset, Right>;

}  // namespace gkd::inline v0
