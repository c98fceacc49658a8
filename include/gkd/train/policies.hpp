// SPDX-License-Identifier: Apache-2.0
// The optional parts of a trainer, given after its options in any order: callbacks, one
// communicator, evaluations, one checkpoint policy. Each is recognised by its members.
#pragma once

#include <gkd/comm/single.hpp>
#include <gkd/concepts.hpp>
#include <gkd/core/identity.hpp>
#include <gkd/optim/model_fingerprint.hpp>
#include <gkd/train/callbacks.hpp>
#include <gkd/train/options.hpp>
#include <gkd/train/step_place.hpp>

#include <concepts>     // convertible_to
#include <cstdint>      // uint64_t
#include <exception>    // exception_ptr
#include <functional>   // function
#include <span>         // span
#include <string>       // string
#include <tuple>        // tuple
#include <type_traits>  // is_const_v, remove_const_t
#include <vector>       // vector

namespace gkd::inline v0 {

/// What an evaluation is given besides the models.
template <class Loss>
struct evaluation_request {
  const Loss& loss;  ///< the trainer's
  index batch_size = 8;
  std::uint64_t seed = 42;
  double temperature = 1.0;  ///< of the loss
  index vocab = 0;           ///< columns that take part
  normaliser reduction = normaliser::token_mean;
};

namespace detail {
template <class E, class Student, class Teacher, class Loss>
concept has_evaluate = requires(E& e, Student& s, Teacher& t, const evaluation_request<Loss>& r) {
  e.evaluate(s, t, r);
};
}  // namespace detail

/// Measures a student against a teacher, which is a no_teacher where nobody teaches:
///   metrics evaluate(auto& student, auto& teacher, const auto& request)
/// One that throws interrupted stops the run, as a callback's false does, and is not heard of; the
/// run that goes on makes it first.
template <class E, class Student, class Teacher, class Loss>
concept evaluation = requires(E& e, Student& s, Teacher& t, const evaluation_request<Loss>& r) {
  { e.evaluate(s, t, r) } -> std::convertible_to<metrics>;
};

/// Where a run stands; counts are of all processes. Everything else that a step depends on follows
/// from this, the weights, the optimiser's moments and the source's state.
struct train_state {
  long step = 0;           ///< optimiser steps taken
  long skipped_steps = 0;  ///< of these, without a single token to learn from
  double sequences_seen = 0.0;
  double tokens_seen = 0.0;     ///< through the student, prompts included
  double rows_seen = 0.0;       ///< in the loss
  bool evaluation_due = false;  ///< after this step, and left out by a stop
};

/// What a checkpoint policy saves and restores, by reference.
template <class Student, class OptimizerState, class Source>
struct snapshot {
  train_state& state;
  Student& student;
  OptimizerState& optimizer;
  Source& source;
  const training_options& options;
  index processes = 1;
  identity_fields loss = identity_fields("unnamed");  ///< what tells it from another
  std::function<identity_fields()> teacher = {};      ///< the same; reads all parameters each time
};

/// Keeps a run on disk (train/checkpoint):
///   std::string save(snapshot)           writes a checkpoint, returns its path
///   bool resume(snapshot)                restores the newest whole one; false: there is none
///   void open(const training_options&)   optional: called once, before anything else
///   void save_model(student, path)       optional: weights alone
template <class C, class Snapshot>
concept checkpoint_policy = requires(C& c, Snapshot& s) {
  { c.save(s) } -> std::convertible_to<std::string>;
  { c.resume(s) } -> std::convertible_to<bool>;
};

/// Calls f(), such as an evaluation; whether a callback had it given up (errc::interrupted).
template <class F>
bool given_up(const F& f) {
  try {
    f();
    return false;
  } catch (const error& e) {
    if (e.code() != errc::interrupted) throw;
    return true;
  }
}

namespace detail {

// has a member that only a communicator, a checkpoint policy has: is meant to be one
template <class P>
concept joins_processes = requires(const P& p) {
  p.rank();
} || requires(const P& p, std::span<double> numbers) { p.all_reduce_sum(numbers); };
template <class P, class Snapshot>
concept keeps_runs =
    requires(P& p, Snapshot& s) { p.save(s); } || requires(P& p, Snapshot& s) { p.resume(s); };

// handles the same events when it is const
template <class P, class... Events>
concept same_events_const = ((handles<P, Events> == handles<const P, Events>)&&...);

// a const policy, some of whose members can therefore not be called: they would be passed over
template <class P, class Student, class Teacher, class Loss, class Snapshot,
          class Free = std::remove_const_t<P>>
concept hidden_by_const =
    std::is_const_v<P> && (keeps_runs<Free, Snapshot> != keeps_runs<P, Snapshot> ||
                           has_evaluate<Free, Student, Teacher, Loss> !=
                               has_evaluate<P, Student, Teacher, Loss> ||
                           !same_events_const<Free, start_event, batch_event, step_event,
                                              eval_event, save_event, end_event>);

template <class P, class Student, class Teacher, class Loss, class Snapshot>
constexpr void check_policy() {
  constexpr bool hidden = hidden_by_const<P, Student, Teacher, Loss, Snapshot>;
  static_assert(!hidden,
                "gkd: this policy is const, and its members that a run calls are not: pass one "
                "that is not const  [docs/concepts.md#trainer]");
  if constexpr (!hidden) check_event_members<P>();
  if constexpr (hidden) {
  } else if constexpr (joins_processes<P>) {
    check_communicator<P>();
  } else if constexpr (keeps_runs<P, Snapshot>) {
    static_assert(checkpoint_policy<P, Snapshot>,
                  "gkd: a checkpoint policy needs  std::string save(snapshot)  and  bool "
                  "resume(snapshot)  [docs/concepts.md#checkpoint]");
  } else if constexpr (has_evaluate<P, Student, Teacher, Loss>) {
    static_assert(evaluation<P, Student, Teacher, Loss>,
                  "gkd: an evaluation needs  gkd::metrics evaluate(auto& student, auto& teacher, "
                  "const auto& request)  [docs/concepts.md#evaluation]");
  } else {
    check_callback<P>();
  }
}

/// f() and after it g(), also where f throws; its exception goes on after that, and hides g's.
template <class F, class G>
void then_also(const F& f, const G& g) {
  try {
    f();
  } catch (...) {
    const std::exception_ptr first = std::current_exception();
    try {
      g();
    } catch (...) {
    }
    std::rethrow_exception(first);
  }
  g();
}

/// f(policy) for each policy of a tuple, in order.
template <class Tuple, class F>
void for_each_policy(Tuple& policies, const F& f) {
  std::apply([&](auto&... policy) { (f(policy), ...); }, policies);
}

/// f(), of an evaluation: a gkd::error out of it says of which.
template <class P, class F>
void in_evaluation([[maybe_unused]] const P& policy, const F& f) {
  try {
    f();
  } catch (const error& e) {
    std::string which = "an evaluation";
    if constexpr (requires { std::string(policy.prefix()); })
      which = "the evaluation " + in_quotes(std::string(policy.prefix()));
    fail(e.code(), "in ", which, ": ", e.text());
  }
}

/// The metrics of all evaluations among them, one after another; errors say in which they were, and
/// after which step.
template <class Tuple, class Student, class Teacher, class Loss>
metrics all_metrics(Tuple& policies, Student& student, Teacher& teacher,
                    const evaluation_request<Loss>& request, step_place place) {
  metrics all;
  for_each_policy(policies, [&]<class P>(P& policy) {
    if constexpr (evaluation<P, Student, Teacher, Loss>)
      place.locate("", [&] {
        in_evaluation(policy, [&] {
          for (auto& m : policy.evaluate(student, teacher, request)) all.push_back(std::move(m));
        });
      });
  });
  return all;
}

/// Whether two evaluations of these names could give a metric of one name. Those of evaluate_on can
/// also where one is named like the other and "_own" or "_teacher": eval_own_forward_kl and
/// eval_teacher_perplexity are metrics of "eval".
inline bool evaluations_collide(const std::string& a, const std::string& b) {
  for (const char* end : {"", "_own", "_teacher"})
    if (a == b + end || b == a + end) return true;
  return false;
}

/// Throws bad_argument where two evaluations begin the names of their metrics alike: a log has one
/// place for each name. Asks those that have  std::string prefix() const.
template <class Tuple>
void check_evaluation_names(const Tuple& policies) {
  std::vector<std::string> names;
  for_each_policy(policies, [&](const auto& policy) {
    if constexpr (requires { std::string(policy.prefix()); }) {
      const std::string name(policy.prefix());
      for (const std::string& other : names)
        if (evaluations_collide(name, other))
          fail(errc::bad_argument, "two evaluations of this trainer are named ", in_quotes(other),
               name == other ? "" : concat(" and ", in_quotes(name), ", which share metrics"),
               ", want a name for each, as in  evaluate_on{dataset, {.name = \"other\"}}");
      names.push_back(name);
    }
  });
}

}  // namespace detail
}  // namespace gkd::inline v0
