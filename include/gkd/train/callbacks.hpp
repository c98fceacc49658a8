// SPDX-License-Identifier: Apache-2.0
// Callbacks: any type with one or more of the members
//
//   on_start(const start_event&)   on_batch(const batch_event&)   on_step(const step_event&)
//   on_eval(const eval_event&)     on_save(const save_event&)     on_end(const end_event&)
//
// A member that returns false stops the training at the end of the current step; others return
// void. A type that handles no event is a compile error, and so is a member of one of these names
// that cannot be called with its event: of other arguments, private, ambiguous, with a constraint
// that does not hold. Another name beside them is the type's own affair.
#pragma once

#include <gkd/core/batch.hpp>
#include <gkd/loss/row_losses.hpp>

#include <concepts>     // same_as
#include <string>       // string
#include <string_view>  // string_view
#include <type_traits>  // is_class_v, is_final_v, remove_cv_t
#include <utility>      // declval, pair
#include <vector>       // vector

namespace gkd::inline v0 {

/// What train() did.
struct train_result {
  long steps = 0;          ///< of the whole run, those before a resume included
  double mean_loss = 0.0;  ///< over the steps of this call that had a token to learn from
  double seconds = 0.0;
  double tokens_per_second = 0.0;
  bool stopped = false;    ///< a callback asked to
  long skipped_steps = 0;  ///< of this call: steps without a single token to learn from
};

/// Named numbers, in the order they were measured.
using metrics = std::vector<std::pair<std::string, double>>;

/// Training is about to begin, or to go on after a checkpoint.
struct start_event {
  struct member {
    int on_start;
  };
  template <class C>
  static constexpr bool named_in = requires { &C::on_start; };
  template <class C>
  static constexpr bool type_in =
      requires { typename C::on_start; } || requires { static_cast<struct C::on_start*>(nullptr); };
  static auto deliver(auto& to, const start_event& e) -> decltype(to.on_start(e)) {
    return to.on_start(e);
  }
  long first_step = 0;       ///< 0, or the step that a checkpoint continues at
  long total_steps = 0;      ///< steps of the whole run
  double total_epochs = 0;   ///< 0 where the source does not know its size
  std::string_view summary;  ///< one line: steps, sequences a step, vocabulary, processes
  index processes = 1;       ///< that train together
};

/// A micro-batch was generated or read; its loss follows.
struct batch_event {
  struct member {
    int on_batch;
  };
  template <class C>
  static constexpr bool named_in = requires { &C::on_batch; };
  template <class C>
  static constexpr bool type_in =
      requires { typename C::on_batch; } || requires { static_cast<struct C::on_batch*>(nullptr); };
  static auto deliver(auto& to, const batch_event& e) -> decltype(to.on_batch(e)) {
    return to.on_batch(e);
  }
  long step = 0;
  index micro_batch = 0;     ///< within the step
  const token_batch& batch;  ///< valid during the call
};

/// An optimiser step was taken. Counts, shares and the loss are of all processes.
struct step_event {
  struct member {
    int on_step;
  };
  template <class C>
  static constexpr bool named_in = requires { &C::on_step; };
  template <class C>
  static constexpr bool type_in =
      requires { typename C::on_step; } || requires { static_cast<struct C::on_step*>(nullptr); };
  static auto deliver(auto& to, const step_event& e) -> decltype(to.on_step(e)) {
    return to.on_step(e);
  }
  long step = 0;  ///< steps taken, from 1
  long total_steps = 0;
  double epoch = 0.0;          ///< examples seen / size of the source; 0 where unknown
  double loss = 0.0;           ///< of the whole accumulated batch, nats
  double gradient_norm = 0.0;  ///< before clipping
  double learning_rate = 0.0;
  double seconds = 0.0;  ///< of this step, generation included
  double generation_seconds = 0.0;
  double rows = 0.0;              ///< tokens in the loss
  double tokens = 0.0;            ///< tokens through the student, prompts included
  double tokens_seen = 0.0;       ///< of all steps so far
  double student_fraction = 0.0;  ///< share of the sequences that the student wrote; 0 of none
  loss_result details;            ///< masses left out and counts
  bool log = false;               ///< logging_steps says that this step is to be reported
};

/// An evaluation ended.
struct eval_event {
  struct member {
    int on_eval;
  };
  template <class C>
  static constexpr bool named_in = requires { &C::on_eval; };
  template <class C>
  static constexpr bool type_in =
      requires { typename C::on_eval; } || requires { static_cast<struct C::on_eval*>(nullptr); };
  static auto deliver(auto& to, const eval_event& e) -> decltype(to.on_eval(e)) {
    return to.on_eval(e);
  }
  long step = 0;
  double epoch = 0.0;
  const metrics& values;
  double seconds = 0.0;
};

/// A checkpoint was written and verified.
struct save_event {
  struct member {
    int on_save;
  };
  template <class C>
  static constexpr bool named_in = requires { &C::on_save; };
  template <class C>
  static constexpr bool type_in =
      requires { typename C::on_save; } || requires { static_cast<struct C::on_save*>(nullptr); };
  static auto deliver(auto& to, const save_event& e) -> decltype(to.on_save(e)) {
    return to.on_save(e);
  }
  long step = 0;
  std::string_view path;
};

/// Training ended.
struct end_event {
  struct member {
    int on_end;
  };
  template <class C>
  static constexpr bool named_in = requires { &C::on_end; };
  template <class C>
  static constexpr bool type_in =
      requires { typename C::on_end; } || requires { static_cast<struct C::on_end*>(nullptr); };
  static auto deliver(auto& to, const end_event& e) -> decltype(to.on_end(e)) {
    return to.on_end(e);
  }
  long step = 0;
  bool stopped = false;  ///< before total_steps, by a callback
  double seconds = 0.0;
  bool evaluation_due = false;  ///< of this step: a stop has left it out, and the run may go on
};

namespace detail {

// C has the member for event E
template <class C, class E>
concept handles = requires(C& c, const E& e) { E::deliver(c, e); };

}  // namespace detail

/// Calls the member for this event if C has it; false asks to stop. For policies that hold others.
template <class C, class E>
bool notify(C& c, const E& e) {
  if constexpr (!detail::handles<C, E>) {
    return true;
  } else if constexpr (std::same_as<decltype(E::deliver(c, e)), bool>) {
    return E::deliver(c, e);
  } else {
    E::deliver(c, e);
    return true;
  }
}

template <class C>
concept callback = detail::handles<C, start_event> || detail::handles<C, batch_event> ||
                   detail::handles<C, step_event> || detail::handles<C, eval_event> ||
                   detail::handles<C, save_event> || detail::handles<C, end_event>;

namespace detail {
// A member that is private, overloaded or a template has no address, but its name is found in two
// bases. Not so in a final class, which can be no base, nor for a type of that name.
template <class C, class E>
struct with_member_of : C, E::member {};
template <class C, class E>
concept hides_member =
    std::is_class_v<C> && !std::is_final_v<C> && !E::template type_in<C> &&
    !E::template named_in<with_member_of<std::remove_cv_t<C>, E>>;
template <class C, class E>
concept names_member = E::template named_in<C> || hides_member<C, E>;

// a member of the event's name takes the event and returns void or bool; none is fine
template <class C, class E>
constexpr bool event_member_fits() {
  if constexpr (handles<C, E>) {
    using result = decltype(E::deliver(std::declval<C&>(), std::declval<const E&>()));
    return std::same_as<result, void> || std::same_as<result, bool>;
  } else {
    return !names_member<C, E>;
  }
}

// what any policy is asked, whether it is a callback or has some events beside its own task
template <class C>
constexpr void check_event_members() {
  static_assert(
      event_member_fits<C, start_event>() && event_member_fits<C, batch_event>() &&
          event_member_fits<C, step_event>() && event_member_fits<C, eval_event>() &&
          event_member_fits<C, save_event>() && event_member_fits<C, end_event>(),
      "gkd: a member of a callback takes the event of its name, as in  void "
      "on_step(const step_event&),  and returns void, or bool: false stops the "
      "training; it can be called from outside with that event alone  [docs/concepts.md#callback]");
}
// a name that is there and cannot be called was meant for an event
template <class C>
concept means_event = callback<C> || names_member<C, start_event> || names_member<C, batch_event> ||
                      names_member<C, step_event> || names_member<C, eval_event> ||
                      names_member<C, save_event> || names_member<C, end_event>;
}  // namespace detail

template <class C>
constexpr void check_callback() {
  detail::check_event_members<C>();
  static_assert(detail::means_event<C>,
                "gkd: a callback handles no event; it needs one "
                "of  on_start(const start_event&)  "
                "on_batch(const batch_event&)  on_step(const "
                "step_event&)  on_eval(const eval_event&)  "
                "on_save(const save_event&)  on_end(const "
                "end_event&)  [docs/concepts.md#callback]");
}

}  // namespace gkd::inline v0
