// SPDX-License-Identifier: Apache-2.0
// A mixture of two sources: with probability lambda a batch (or each sequence of it) comes from the
// first, on-policy as a rule, else from the second.
//
//   gkd::mixture{gkd::on_policy{chats, {.stop_tokens = {eos}}}, gkd::fixed{chats}, 0.5}
//
// The draw of a batch is a function of (seed, round), the same on every process; that of a sequence
// of (seed, its number in the run), whatever the size of the batches. Both are the same after every
// restart; a mixture that is part of another source has draws of its own (data/parts).
// lambda is a number or a schedule, any callable double(long step).
// Source: Agarwal et al. 2024, algorithm 1; per batch as in TRL, per sequence as an option.
#pragma once

#include <gkd/data/fixed.hpp>
#include <gkd/data/parts.hpp>

namespace gkd::inline v0 {

/// A schedule that never changes.
struct constant {
  double value;
  double operator()(long) const { return value; }
};

/// What one draw of lambda decides.
enum class draw_per { batch, sequence };

template <class OnPolicy, class Offline, class Lambda>
class mixture {
  static constexpr bool carries_state = detail::has_state<std::remove_cvref_t<OnPolicy>> ||
                                        detail::has_state<std::remove_cvref_t<Offline>>;
  template <class Student>
  static constexpr bool both_give_sequences =
      detail::gives_sequences<std::remove_cvref_t<OnPolicy>, Student> &&
      detail::gives_sequences<std::remove_cvref_t<Offline>, Student>;
  template <class Student>
  static constexpr bool both_give_batches =
      data_source<std::remove_reference_t<OnPolicy>, Student> &&
      data_source<std::remove_reference_t<Offline>, Student>;

 public:
  /// Throws bad_argument for a number outside [0, 1].
  mixture(OnPolicy&& on, Offline&& off, Lambda lambda, draw_per per = draw_per::batch)
    requires(!std::convertible_to<Lambda, double>)  // else 1 would deduce a schedule of type int
      : on_(static_cast<OnPolicy&&>(on)),
        off_(static_cast<Offline&&>(off)),
        lambda_(lambda),
        per_(per) {
    static_assert(schedule<Lambda>,
                  "gkd: lambda needs to be a number or  double operator()(long step) const  "
                  "[docs/concepts.md#schedule]");
    lambda_at(0);
  }
  template <std::convertible_to<double> Number>
    requires std::same_as<Lambda, constant>
  mixture(OnPolicy&& on, Offline&& off, Number lambda, draw_per per = draw_per::batch)
      : mixture(static_cast<OnPolicy&&>(on), static_cast<Offline&&>(off),
                constant{static_cast<double>(lambda)}, per) {}

  /// Examples of the source that knows its size; of both, the first's.
  index size() const
    requires(detail::has_size<std::remove_cvref_t<OnPolicy>> ||
             detail::has_size<std::remove_cvref_t<Offline>>)
  {
    if constexpr (detail::has_size<std::remove_cvref_t<OnPolicy>>)
      return on_.size();
    else
      return off_.size();
  }

  /// Of both datasets, or of the one that has a fingerprint.
  std::uint64_t fingerprint() const
    requires(detail::has_fingerprint<std::remove_cvref_t<OnPolicy>> ||
             detail::has_fingerprint<std::remove_cvref_t<Offline>>)
  {
    if constexpr (!detail::has_fingerprint<std::remove_cvref_t<OnPolicy>>)
      return off_.fingerprint();
    else if constexpr (!detail::has_fingerprint<std::remove_cvref_t<Offline>>)
      return on_.fingerprint();
    else
      return detail::combined_fingerprint(on_.fingerprint(), off_.fingerprint());
  }

  /// Of lambda and both parts. A schedule without identity() is known as one, whatever it gives.
  identity_fields identity() const {
    identity_fields out("mixture");
    if constexpr (std::same_as<Lambda, constant>)
      out.add("lambda", lambda_.value);
    else if constexpr (detail::has_identity<Lambda>)
      out.add("lambda", lambda_.identity());
    else
      out.add("lambda", "schedule");
    return out.add("draw_per", per_ == draw_per::batch ? "batch" : "sequence")
        .add("first", part_identity(on_))
        .add("second", part_identity(off_));
  }

  template <class Student>
  std::optional<token_batch> next(Student& student, const batch_request& request) {
    check_data_source<std::remove_reference_t<OnPolicy>, Student>();
    check_data_source<std::remove_reference_t<Offline>, Student>();
    if (per_ == draw_per::sequence) {
      if constexpr (both_give_sequences<Student>) {
        return detail::whole_batch(*this, student, request);
      } else {
        fail(errc::bad_argument,
             "mixture: draw_per::sequence needs two sources that give single "
             "sequences, as fixed, on_policy and teacher_generated do");
      }
    }
    if constexpr (both_give_batches<Student>)
      return on_first(request, request.round) ? on_.next(student, request_for_part(request, 0))
                                  : off_.next(student, request_for_part(request, 1));
    else
      return std::nullopt;  // the checks above have said why
  }
  /// Throws shape_mismatch where one of the sources gives another number of sequences than asked.
  template <class Student>
  std::vector<sequence> sequences(Student& student, const batch_request& request,
                                  std::span<const index> members)
    requires both_give_sequences<Student>
  {
    std::vector<index> from_on, from_off;
    for (index j : members)
      (on_first(request, draw_of(request, j)) ? from_on : from_off).push_back(j);
    auto first = detail::sequences_of("the first source of mixture", on_, student,
                                      request_for_part(request, 0), from_on);
    auto second = detail::sequences_of("the second source of mixture", off_, student,
                                       request_for_part(request, 1), from_off);
    std::vector<sequence> out;  // in the order asked for
    index next_on = 0, next_off = 0;
    for (index j : members) {
      const bool on = next_on < from_on.size() && from_on[next_on] == j;
      out.push_back(std::move(on ? first[next_on++] : second[next_off++]));
    }
    return out;
  }

  /// The states of both sources, if one of them has any.
  source_state state() const
    requires carries_state
  {
    source_state both;
    both.parts = {detail::state_of(on_), detail::state_of(off_)};
    return both;
  }
  /// Throws bad_checkpoint for what is no state of two sources, and what they throw; then both are
  /// as they were.
  void restore(source_state state)
    requires carries_state
  {
    if (state.parts.size() != 2 || !state.sequences.empty())
      fail(errc::bad_checkpoint, "mixture: the saved state is of ", state.parts.size(),
           " sources, want 2");
    source_state before = detail::state_of(on_);
    detail::restore_state(on_, std::move(state.parts[0]));
    try {
      detail::restore_state(off_, std::move(state.parts[1]));
    } catch (...) {
      detail::restore_state(on_, std::move(before));
      throw;
    }
    on_mark_ = {};
    off_mark_ = {};
  }

  /// From here on both sources can be taken back to where they are, until they are restored.
  void mark()
    requires carries_state
  {
    on_mark_.set(on_);
    off_mark_.set(off_);
  }
  void rollback()
    requires carries_state
  {
    on_mark_.go_back(on_);
    off_mark_.go_back(off_);
  }

 private:
  double lambda_at(long step) const {
    double lambda = 0.0;
    if constexpr (schedule<Lambda>) lambda = lambda_(step);
    if (!(lambda >= 0.0 && lambda <= 1.0))
      fail(errc::bad_argument, "lambda is ", lambda, " at step ", step, ", want 0 <= lambda <= 1");
    return lambda;
  }
  // of a sequence its number in the run, however that is cut into batches; of a batch one that is
  // the same on every process
  std::uint64_t draw_of(const batch_request& request, index j) const {
    return per_ == draw_per::sequence ? sequence_id(request, j) : request.round;
  }
  // uniform < lambda: 0 never, 1 always
  bool on_first(const batch_request& request, std::uint64_t draw) const {
    return draws_of(request, purpose::mixing, draw).uniform(0) < lambda_at(request.step);
  }

  OnPolicy on_;
  Offline off_;
  Lambda lambda_;
  draw_per per_;
  detail::source_mark<std::remove_cvref_t<OnPolicy>> on_mark_;
  detail::source_mark<std::remove_cvref_t<Offline>> off_mark_;
};

template <class OnPolicy, class Offline, std::convertible_to<double> Number>
mixture(OnPolicy&&, Offline&&, Number, draw_per = draw_per::batch)
    -> mixture<OnPolicy, Offline, constant>;
template <class OnPolicy, class Offline, class Lambda>
  requires(!std::convertible_to<Lambda, double>)
mixture(OnPolicy&&, Offline&&, Lambda, draw_per = draw_per::batch)
    -> mixture<OnPolicy, Offline, Lambda>;

}  // namespace gkd::inline v0
