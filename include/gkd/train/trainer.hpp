// SPDX-License-Identifier: Apache-2.0
// The trainer: generalized knowledge distillation of a student from a teacher.
//
//   gkd::generation_options answers{.max_new_tokens = 128, .stop_tokens = {eos}};
//   gkd::trainer t{student, teacher, gkd::generalized_jsd{0.5},
//                  gkd::mixture{gkd::on_policy{chats, answers}, gkd::fixed{chats}, /*lambda*/ 0.5},
//                  gkd::adamw{}, gkd::training_options{.max_steps = 1000}, callbacks...};
//   t.train();
//
// Without a teacher, trainer{student, loss, source, optimizer, options, ...}, the student is taught
// by a frozen copy of itself, or by nobody where the loss needs no teacher.
//
// A step gathers its micro-batches first (sampling happens there), counts the tokens of all of
// them, and only then computes losses: the gradient does not depend on how the batch is split.
// Source: Agarwal et al. 2024 (arXiv 2306.13649), algorithm 1.
#pragma once

#include <gkd/core/stopwatch.hpp>
#include <gkd/data/source_state.hpp>
#include <gkd/loss/batch_loss.hpp>
#include <gkd/optim/clip.hpp>
#include <gkd/train/exchange.hpp>
#include <gkd/train/run_totals.hpp>
#include <gkd/train/same_settings.hpp>
#include <gkd/train/step_counts.hpp>
#include <gkd/train/step_place.hpp>
#include <gkd/train/trainer_types.hpp>

#include <type_traits>  // type_identity_t
#include <utility>      // exchange

namespace gkd::inline v0 {

/// Student, Teacher, Source: `X&` refers to the caller's object, which must outlive the trainer;
/// `X` is the trainer's own. Deduced: an lvalue is referred to, an rvalue moved in.
template <class Student, class Teacher, class Loss, class Source, class Optimizer,
          class... Policies>
class trainer {
  using student_type = std::remove_reference_t<Student>;  // const: refused by types::check()
  using teacher_type = std::remove_reference_t<Teacher>;  // may be const
  using source_type = std::remove_reference_t<Source>;

 public:
  trainer(std::type_identity_t<Student> student, std::type_identity_t<Teacher> teacher, Loss loss,
          std::type_identity_t<Source> source, Optimizer optimizer, training_options options = {},
          std::type_identity_t<Policies>... policies)
      : student_(static_cast<Student&&>(student)),
        teacher_(static_cast<Teacher&&>(teacher)),
        loss_(loss),
        source_(static_cast<Source&&>(source)),
        options_(std::move(options)),
        policies_(static_cast<Policies&&>(policies)...),
        optimizer_(bind(optimizer)) {
    settle();
  }
  /// Without a teacher: see default_teacher.
  trainer(std::type_identity_t<Student> student, Loss loss, std::type_identity_t<Source> source,
          Optimizer optimizer, training_options options = {},
          std::type_identity_t<Policies>... policies)
      : student_(static_cast<Student&&>(student)),
        teacher_(copy_student(std::tie(policies...))),
        loss_(loss),
        source_(static_cast<Source&&>(source)),
        options_(std::move(options)),
        policies_(static_cast<Policies&&>(policies)...),
        optimizer_(bind(optimizer)),
        teaches_itself_(types::has_teacher) {
    settle();
  }

  /// Not movable: the optimizer's state refers to the student. A function may return  trainer{...}.
  trainer(const trainer&) = delete;
  trainer& operator=(const trainer&) = delete;

  /// Trains until max_steps or num_train_epochs are done or a callback stops it; called again, it
  /// goes on. Throws what the parts throw, errors of gkd with step and micro-batch, at the end
  /// empty_data if not one step had a token to learn from, bad_argument if without a teacher no
  /// loss was ever more than 0. Several processes begin with the parameters of the first one, stop
  /// where one is asked to and throw where one does, or bad_checkpoint if they are at different
  /// steps, bad_argument with other settings. A failed step takes back what the source changed.
  train_result train() {
    const stopwatch watch;
    detail::run_totals totals(state_);
    stop_ = false;
    share();
    const bool owed = state_.evaluation_due && state_.step > 0;
    agree([&] {
      notify(start_event{state_.step, plan_.total_steps, plan_.epoch_at(plan_.total_steps),
                         summary(), processes()});
      if (state_.step == 0) state_.evaluation_due = options_.eval_on_start;
      evaluate_if_due();
    });
    if (owed && !state_.evaluation_due) save_if(options_.save_strategy != interval::no);
    while (!finished() && !stop_) {
      totals.add(training_step());
      after_step();
    }
    const double seconds = watch.seconds();
    agree([&] { notify(end_event{state_.step, !finished(), seconds, state_.evaluation_due}); });
    if (finished()) totals.check(state_, teaches_itself_);
    if constexpr (trainable<student_type>)  // what the last update has broken, no step finds
      if (finished())
        detail::step_place{state_.step, rank()}.locate("", [&] { check_finite_values(student_); });
    return totals.result(state_, seconds, !finished());
  }

  /// One optimiser step over gradient_accumulation_steps micro-batches; also after the last one.
  step_event training_step() {
    step_event e;
    if (!shared_) share();
    if constexpr (types::fit()) take_step(e);  // else the constructor has said what is missing
    return e;
  }

  /// Runs the evaluation policies and returns their metrics, one after another. Throws interrupted
  /// where one is given up; train() stops there instead. Several processes all call it, as they all
  /// call save() and resume(): where one fails, all throw.
  metrics evaluate() {
    static_assert(types::evaluates,
                  "gkd: trainer.evaluate() needs an evaluation among the trainer's policies, such "
                  "as  gkd::evaluate_on{dataset}  [docs/concepts.md#evaluation]");
    metrics all;
    agree([&] { all = run_evaluations(); });
    return all;
  }

  /// Writes a checkpoint with the trainer's checkpoint policy; its path. Of several processes the
  /// first one writes, and the others return an empty path.
  std::string save() {
    static_assert(types::keeps_runs,
                  "gkd: trainer.save() needs a checkpoint policy, such as  "
                  "gkd::checkpoints{}  of gkd/train/checkpoint.hpp  [docs/concepts.md#checkpoint]");
    std::string path;
    agree([&] { path = write_checkpoint(); });
    return path;
  }
  /// Writes the student alone into a directory, for use without the trainer.
  void save(std::string_view directory) {
    static_assert(types::keeps_runs,
                  "gkd: trainer.save(directory) needs a checkpoint policy, such as  "
                  "gkd::checkpoints{}  of gkd/train/checkpoint.hpp  [docs/concepts.md#checkpoint]");
    agree([&] { first_process([&](auto& p, auto) { p.save_model(student_, directory); }); });
  }
  /// Goes back to the newest whole checkpoint, bit for bit; false when there is none. Several
  /// processes all read it, and then have the parameters of the first one. Where only some went
  /// back, as where one fails, training throws bad_checkpoint until all have.
  bool resume() {
    static_assert(types::keeps_runs,
                  "gkd: trainer.resume() needs a checkpoint policy, such as  "
                  "gkd::checkpoints{}  of gkd/train/checkpoint.hpp  [docs/concepts.md#checkpoint]");
    double resumed = 0.0;  // processes
    agree({&resumed, 1}, [&] {
      with_checkpoints([&](auto& policy, auto now) { resumed = bool(policy.resume(now)); });
      apart_ = apart_ || resumed > 0.0;
    });
    if (resumed > 0.0) apart_ = resumed < double(processes());
    share();
    return resumed > 0.0;
  }

  student_type& student() { return student_; }
  teacher_type& teacher() { return teacher_; }
  const train_state& state() const { return state_; }
  long total_steps() const { return plan_.total_steps; }
  const training_options& options() const { return options_; }

 private:
  using types = detail::trainer_types<student_type, teacher_type, Loss, source_type, Optimizer,
                                      std::remove_reference_t<Policies>...>;
  using snapshot_type = typename types::snapshot_type;

  // --- before the first step: what fails in one process, the others hear of where they settle
  auto copy_student(const auto& policies) {
    const auto& student = detail::shared(policies, student_);
    return detail::or_agree(policies, [&] { return make_default_teacher<Loss>(student); });
  }
  auto bind([[maybe_unused]] const Optimizer& optimizer) {
    types::check();
    if constexpr (types::binds)
      return detail::or_agree(policies_, [&] { return optimizer.bind(student_); });
    else
      return detail::nothing{};
  }
  void settle() {
    if constexpr (types::fit())
      detail::agree(policies_, [&] {
        validate(options_);
        check_two_models(student_, teacher_);
        check_processes<student_type, source_type>(processes(), types::keeps_runs);
        check_evaluations(options_, types::evaluates);
        detail::check_evaluation_names(policies_);
        vocab_ = shared_vocab(student_, teacher_, options_.vocab_size);
        positions_ = shared_positions(student_, teacher_);
        plan_ = plan_training(options_, source_, processes());
        first_process([&](auto& policy, auto) {
          if constexpr (requires { policy.open(options_); }) policy.open(options_);
        });
      });
  }
  void share() {
    shared_ = false;
    detail::check_same_run(policies_, options_, plan_, state_.step, apart_, loss_, optimizer_);
    detail::shared(policies_, student_);
    shared_ = true;
  }
  std::string summary() const {
    return concat(plan_.total_steps, " steps of ", plan_.sequences_per_step, " sequences, loss on ",
                  vocab_, " tokens of vocabulary, ", processes(), " process(es)");
  }

  // --- one step
  void take_step(step_event& e) {
    const stopwatch watch;
    detail::step_counts counts;
    place_ = {state_.step, rank()};
    detail::source_mark<source_type> before;
    try {
      place_.locate("; no parameter was changed in this step", [&] {
        agree(counts.numbers(), [&] {
          before.set(source_);
          gather();
          e.generation_seconds = watch.seconds();
          counts = detail::step_counts(batches_);
        });
        if (counts.in_loss().weight > 0.0) learn(counts.in_loss(), e);
      });
      place_.locate("", [&] {
        agree([&] {
          update(counts, e);
          e.seconds = watch.seconds();
          notify(e);
        });
      });
    } catch (...) {
      if (state_.step == place_.step) before.go_back(source_);
      throw;
    }
  }
  void gather() {
    batches_.clear();
    for (index i = 0; i < options_.gradient_accumulation_steps; ++i) {
      place_.micro_batch = i;
      const index round =
          static_cast<index>(state_.step) * options_.gradient_accumulation_steps + i;
      const batch_request request{.number = round * processes() + rank(),
                                  .size = options_.per_device_train_batch_size,
                                  .seed = options_.seed,
                                  .round = round,
                                  .step = state_.step,
                                  .data_seed = options_.data_seed,
                                  .vocab_size = vocab_,
                                  .max_positions = positions_};
      std::optional<token_batch> batch = source_.next(student_, request);
      if (!batch) fail(errc::empty_data, "the data source has no further batch");
      batch->check_tokens(vocab_);
      notify(batch_event{state_.step, i, *batch});
      batches_.push_back(std::move(*batch));
    }
    place_.micro_batch.reset();
  }
  // leaves the gradients of the whole step in the student of every process
  void learn(const loss_count& total, step_event& e) {
    detail::step_losses losses;
    agree(losses.numbers(), [&] {
      if constexpr (trainable<student_type>) zero_gradients(student_);
      for (index i = 0; i < batches_.size(); ++i) {
        place_.micro_batch = i;
        losses.add(learn_from(batches_[i], total));
      }
      place_.micro_batch.reset();
    });
    e.details = losses.result();
    e.loss = e.details.value;
    if constexpr (trainable<student_type>)
      detail::add_up_gradients(policies_, student_, [&] {
        e.gradient_norm = options_.max_grad_norm > 0.0
                              ? clip_by_global_norm(student_, options_.max_grad_norm)
                              : global_gradient_norm(student_);
      });
  }
  loss_result learn_from(const token_batch& batch, const loss_count& total) {
    if (batch.rows().empty()) return {};
    const auto backend = backend_of(student_);
    const matrix_view<scalar_of<Student>, space_of<Student>> logits = student_.logits(batch);
    const loss_result r = batch_loss(
        loss_, teacher_, logits, batch, total,
        {options_.loss_normaliser, {vocab_, options_.loss_temperature}}, true, backend, rows_);
    student_.backward(batch, logits);  // the logits now hold their gradient
    return r;
  }
  void update(const detail::step_counts& counts, step_event& e) {
    if (counts.in_loss().weight > 0.0)
      optimizer_.step(e.learning_rate = plan_.learning_rate(state_.step, options_));
    else
      ++state_.skipped_steps;
    ++state_.step, state_.evaluation_due = false;
    counts.add_to(state_, e);
    e.step = state_.step, e.total_steps = plan_.total_steps, e.epoch = plan_.epoch_at(state_.step);
    e.log = plan_.logs_after(state_.step, options_);
  }

  // --- between steps
  // an evaluation that fails does not take the checkpoint of its step with it
  void after_step() {
    const auto measure = [&] { agree([&] { evaluate_if_due(); }); };
    const auto keep = [&] { save_if(plan_.saves_after(state_.step, options_, stopped())); };
    state_.evaluation_due = plan_.evaluates_after(state_.step, options_);
    state_.evaluation_due ? detail::then_also(measure, keep) : keep();
  }
  void save_if(bool due) {
    if constexpr (types::keeps_runs)
      if (due) agree([&] { write_checkpoint(); });
  }
  // what a stop leaves out in one process, the run that goes on makes up for in all
  void evaluate_if_due() {
    if constexpr (types::evaluates)
      if (state_.evaluation_due && !stopped())
        stop_ = (state_.evaluation_due = given_up([&] { run_evaluations(); })) || stop_;
  }
  metrics run_evaluations() {
    const evaluation_request<Loss> r{loss_,         options_.per_device_eval_batch_size,
                                     options_.seed, options_.loss_temperature,
                                     vocab_,        options_.loss_normaliser};
    const stopwatch watch;
    metrics all = detail::all_metrics(policies_, student_, teacher_, r, {state_.step, rank()});
    notify(eval_event{state_.step, plan_.epoch_at(state_.step), all, watch.seconds()});
    return all;
  }
  std::string write_checkpoint() {
    std::string path;
    first_process([&](auto& policy, auto now) {
      path = policy.save(now);
      notify(save_event{state_.step, path});
    });
    return path;
  }
  bool stopped() const { return stop_ && !finished(); }
  bool finished() const { return state_.step >= plan_.total_steps; }

  // --- the policies
  void notify(const auto& event) {
    detail::for_each_policy(policies_, [&](auto& policy) {
      if (!gkd::notify(policy, event)) stop_ = true;
    });
  }
  void with_checkpoints(const auto& f) {
    detail::for_each_policy(policies_, [&]<class P>(P& policy) {
      if constexpr (detail::keeps_runs<P, snapshot_type>)
        f(policy, snapshot_type{state_, student_, optimizer_, source_, options_, processes(),
                                detail::loss_identity(loss_), detail::teacher_mark(teacher_)});
    });
  }
  void first_process(const auto& f) {
    if (rank() == 0) with_checkpoints(f);
  }

  // --- the other processes: see train/processes
  void agree(std::span<double> numbers, const auto& f) {
    const bool as_before = std::exchange(shared_, false);  // where one fails, the next step asks
    detail::agree(policies_, numbers, {&stop_, &state_.evaluation_due, &apart_}, f);
    shared_ = as_before;
  }
  void agree(const auto& f) { agree({}, f); }
  index processes() const { return detail::processes_of(policies_); }
  index rank() const { return detail::rank_of(policies_); }

  Student student_;
  Teacher teacher_;
  Loss loss_;
  Source source_;
  training_options options_;
  std::tuple<Policies...> policies_;
  typename types::optimizer_state optimizer_;
  train_state state_;
  bool teaches_itself_ = false, stop_ = false;  // no teacher was given; asked to
  bool shared_ = false, apart_ = false;         // all go on from one place; some went back alone
  index vocab_ = 0, positions_ = 0;             // of the loss; the longest sequence of both models
  training_plan plan_;
  detail::step_place place_;
  std::vector<token_batch> batches_;
  row_losses rows_;
};

template <class Student, class Teacher, class Loss, class Source, class Optimizer,
          class... Policies>
trainer(Student&&, Teacher&&, Loss, Source&&, Optimizer, training_options, Policies&&...)
    -> trainer<Student, Teacher, Loss, Source, Optimizer, Policies...>;
template <class Student, class Teacher, class Loss, class Source, class Optimizer>
  requires(!std::is_same_v<Optimizer, training_options>)
trainer(Student&&, Teacher&&, Loss, Source&&, Optimizer)
    -> trainer<Student, Teacher, Loss, Source, Optimizer>;
template <class Student, class Loss, class Source, class Optimizer, class... Policies>
trainer(Student&&, Loss, Source&&, Optimizer, training_options, Policies&&...)
    -> trainer<Student, default_teacher<Loss, Student>, Loss, Source, Optimizer, Policies...>;
template <class Student, class Loss, class Source, class Optimizer>
trainer(Student&&, Loss, Source&&, Optimizer)
    -> trainer<Student, default_teacher<Loss, Student>, Loss, Source, Optimizer>;

}  // namespace gkd::inline v0
