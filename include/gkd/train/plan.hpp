// SPDX-License-Identifier: Apache-2.0
// What a trainer settles before its first step: who teaches, whether several processes can train,
// which columns of the logits take part and how long sequences may be, how many steps there are and
// how they count as epochs.
#pragma once

#include <gkd/concepts.hpp>
#include <gkd/data/source_state.hpp>
#include <gkd/loss/batch_loss.hpp>
#include <gkd/sample/context.hpp>
#include <gkd/train/options.hpp>

#include <algorithm>    // min
#include <cmath>        // ceil, floor
#include <limits>       // numeric_limits
#include <memory>       // addressof
#include <type_traits>  // conditional_t, is_copy_constructible_v

namespace gkd::inline v0 {

// --- who teaches ---------------------------------------------------------------------------------

namespace detail {

template <class M>
concept freezes = requires(const M& m) { m.frozen(); };

template <class M>
struct frozen_model {
  using type = M;
};
template <freezes M>
struct frozen_model<M> {
  using type = std::remove_cvref_t<decltype(std::declval<const M&>().frozen())>;
};

}  // namespace detail

/// Who teaches where no teacher is given: the student as it is before its first step, frozen;
/// nobody for a loss that needs no teacher.
template <class Loss, class Student>
using default_teacher =
    std::conditional_t<target_loss<Loss>, no_teacher,
                       typename detail::frozen_model<std::remove_cvref_t<Student>>::type>;

/// A copy of the student that only gives logits: its member frozen() if it has one, else itself.
template <class Loss, class Student>
default_teacher<Loss, Student> make_default_teacher([[maybe_unused]] const Student& student) {
  if constexpr (target_loss<Loss>) {
    return {};
  } else if constexpr (detail::freezes<Student>) {
    return student.frozen();
  } else {
    constexpr bool copies = std::is_copy_constructible_v<Student>;
    static_assert(copies,
                  "gkd: a trainer without a teacher takes a frozen copy of the student, which "
                  "needs  auto frozen() const  or to be copyable; else give it a teacher  "
                  "[docs/concepts.md#teacher]");
    if constexpr (copies) return student;
  }
}

/// Throws bad_argument where one object is student and teacher: it would be its own equal in every
/// step, and its logits one memory.
template <class Student, class Teacher>
void check_two_models(const Student& student, const Teacher& teacher) {
  if constexpr (std::is_same_v<Student, Teacher>)
    if (std::addressof(student) == std::addressof(teacher))
      fail(errc::bad_argument,
           "student and teacher are one object, which would teach itself nothing; want two models, "
           "or trainer{student, loss, source, ...} without a teacher, in which a frozen copy of "
           "the student teaches");
}

/// Throws bad_argument for what several processes cannot do: add up gradients that a student does
/// not show, keep in one checkpoint what the source of each carries.
template <class Student, class Source>
void check_processes(index processes, bool keeps_runs) {
  if (processes == 1) return;
  if (!trainable<Student>)
    fail(errc::bad_argument, "the student shows no parameters, so that the gradients of ",
         processes,
         " processes cannot be added up; want  void parameters(auto&& visit)  or one process  "
         "[docs/concepts.md#trainable]");
  if (keeps_runs && detail::has_state<Source>)
    fail(errc::bad_argument, "the data source carries something from batch to batch, each of ",
         processes,
         " processes its own, and a checkpoint keeps one; want a source without state, or no "
         "checkpoints");
}

/// Throws bad_argument where evaluations are asked for and there are none to make.
inline void check_evaluations(const training_options& options, bool evaluates) {
  if (!evaluates && (options.eval_strategy != interval::no || options.eval_on_start))
    fail(errc::bad_argument,
         "training_options asks for evaluations (eval_strategy, eval_on_start), but the trainer "
         "has none; want one among its policies, such as evaluate_on{dataset}");
}

/// What the logits of both have to have in common.
template <class Teacher, class Student>
constexpr void check_teacher_of() {
  static_assert(std::is_same_v<space_of<Teacher>, space_of<Student>>,
                "gkd: teacher and student need logits in the same memory space  "
                "[docs/concepts.md#spaces]");
  static_assert(std::is_same_v<scalar_of<Teacher>, scalar_of<Student>>,
                "gkd: teacher and student need logits of the same number type  "
                "[docs/concepts.md#spaces]");
}

/// The columns of the logits that take part: `wanted`, or where that is 0 the vocabulary that both
/// have. Throws vocabulary_mismatch.
template <class Student, class Teacher>
index shared_vocab(const Student& student, const Teacher& teacher, index wanted) {
  const index mine = student.vocab_size();
  index theirs = mine;
  if constexpr (!std::is_same_v<Teacher, no_teacher>) theirs = teacher.vocab_size();
  if (wanted == 0 && mine != theirs)
    fail(errc::vocabulary_mismatch, "the teacher's vocabulary has ", theirs,
         " tokens, the student's ", mine,
         "; if both use one tokenizer and differ only by padding, set "
         "training_options.vocab_size to the tokenizer's size");
  if (wanted > std::min(mine, theirs))
    fail(errc::vocabulary_mismatch, "training_options.vocab_size is ", wanted,
         ", more than the teacher's ", theirs, " or the student's ", mine);
  return wanted == 0 ? mine : wanted;
}

/// The longest sequence that both take.
template <class Student, class Teacher>
index shared_positions(const Student& student, const Teacher& teacher) {
  return std::min(detail::context_of(student), detail::context_of(teacher));
}

// --- how long ------------------------------------------------------------------------------------

/// Steps of a run, and what they are in epochs.
struct training_plan {
  long total_steps = 0;
  double sequences_per_step = 0.0;  ///< of all processes and micro-batches
  double examples = 0.0;            ///< of the source; 0 where it does not know its size

  /// Examples seen after a number of steps / size of the source; 0 where unknown.
  double epoch_at(long step) const {
    return examples > 0.0 ? double(step) * sequences_per_step / examples : 0.0;
  }
  /// Of the update that follows `step` steps.
  double learning_rate(long step, const training_options& options) const {
    if (options.lr_schedule) return options.lr_schedule(step);
    return learning_rate_schedule{
        options.lr_scheduler_type, options.learning_rate, total_steps,
        options.warmup_steps,      options.warmup_ratio,  options.min_lr_ratio}(step);
  }
  /// Whether something that happens at such an interval happens after this step.
  bool due(long step, interval when, long every) const {
    if (when == interval::no || step == total_steps) return when != interval::no;
    if (when == interval::steps) return step % every == 0;
    return std::floor(epoch_at(step)) > std::floor(epoch_at(step - 1));
  }
  /// Whether a checkpoint is due after this step; where a run is stopped, after its last one.
  bool saves_after(long step, const training_options& options, bool stopped = false) const {
    return stopped ? options.save_strategy != interval::no
                   : due(step, options.save_strategy, options.save_steps);
  }
  /// Whether this step's loss is logged.
  bool logs_after(long step, const training_options& options) const {
    return due(step, options.logging_strategy, options.logging_steps) ||
           (options.logging_first_step && step == 1);
  }
  /// Whether an evaluation is due after this step. The last one is never too early.
  bool evaluates_after(long step, const training_options& options) const {
    const bool by_epoch = options.eval_strategy == interval::epoch;
    const double now = by_epoch ? epoch_at(step) : double(step);
    return due(step, options.eval_strategy, options.eval_steps) &&
           (now >= options.eval_delay || step == total_steps);
  }
};

/// Throws bad_argument for what is to happen at each end of an epoch where these are not known.
inline void check_epochs_known(const training_options& o, double examples) {
  if (examples > 0.0) return;
  const auto check = [](interval when, std::string_view name) {
    if (when == interval::epoch)
      fail(errc::bad_argument, "training_options.", name,
           " is epoch, want steps or no: the data source does not know its size, so that epochs "
           "cannot be counted");
  };
  check(o.logging_strategy, "logging_strategy");
  check(o.eval_strategy, "eval_strategy");
  check(o.save_strategy, "save_strategy");
}

/// Throws empty_data for a source of size 0, bad_argument where neither max_steps nor the source's
/// size says how long to train, for more steps than a long can count, and for an interval::epoch
/// over a source that does not know its size.
template <class Source>
training_plan plan_training(const training_options& options, const Source& source,
                            index processes) {
  training_plan plan{options.max_steps, double(options.per_device_train_batch_size) *
                                            double(options.gradient_accumulation_steps) *
                                            double(processes)};
  if constexpr (detail::has_size<Source>) {
    plan.examples = double(static_cast<index>(source.size()));
    if (plan.examples == 0.0) fail(errc::empty_data, "the data source has no examples");
  }
  if (options.max_steps > 0) {
    check_epochs_known(options, plan.examples);
    return plan;
  }
  if constexpr (detail::has_size<Source>) {
    const double steps =
        std::ceil(options.num_train_epochs * plan.examples / plan.sequences_per_step);
    if (!(steps < static_cast<double>(std::numeric_limits<long>::max())))
      fail(errc::bad_argument, "training_options.num_train_epochs is ", options.num_train_epochs,
           ": ", steps, " steps over ", plan.examples, " examples, more than can be counted");
    plan.total_steps = static_cast<long>(steps);
    return plan;
  } else {
    fail(errc::bad_argument, "training_options.max_steps is ", options.max_steps,
         ", want at least 1: the data source does not know its size, so that epochs cannot be "
         "counted");
  }
}

}  // namespace gkd::inline v0
