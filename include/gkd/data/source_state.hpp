// SPDX-License-Identifier: Apache-2.0
// What a data source carries from batch to batch, what tells one dataset from another, and one
// source from another. All are kept in checkpoints. Most sources carry nothing: what they give
// follows from the request alone.
//
//   source_state state() const;  void restore(source_state);     a source that carries something;
//                                restore throws bad_checkpoint before it changes anything
//   void mark();  void rollback();                               one that can undo what it gave
//                                since the last mark without having been copied
//   std::uint64_t fingerprint() const;                           a dataset, or a source of one
//   identity_fields identity() const;                            a source with settings of its own
//
// A source that is made of others hands all on: mixture and replay do.
#pragma once

#include <gkd/core/batch.hpp>
#include <gkd/core/identity.hpp>
#include <gkd/core/random.hpp>

#include <concepts>  // convertible_to
#include <vector>    // vector

namespace gkd::inline v0 {

/// What a source keeps between batches, in the form that a checkpoint stores.
struct source_state {
  std::vector<sequence> sequences;
  std::uint64_t position = 0;       ///< what the source counts
  std::vector<source_state> parts;  ///< of the sources that it is made of, in its own order
};

namespace detail {

template <class S>
concept gives_state = requires(const S& s) { s.state(); } ||
                      requires(S& s, source_state now) { s.restore(std::move(now)); };
template <class S>
concept has_state = requires(const S& s, S& to, source_state now) {
  { s.state() } -> std::convertible_to<source_state>;
  to.restore(std::move(now));
};
template <class S>
concept gives_marks = requires(S& s) { s.mark(); } || requires(S& s) { s.rollback(); };
template <class S>
concept has_marks = requires(S& s) {
  s.mark();
  s.rollback();
};
template <class S>
concept has_fingerprint = requires(const S& s) {
  { s.fingerprint() } -> std::convertible_to<std::uint64_t>;
};

template <class S>
constexpr void check_source_state() {
  static_assert(!gives_state<S> || has_state<S>,
                "gkd: a data source that carries something from batch to batch needs  "
                "gkd::source_state state() const  and  void restore(gkd::source_state)  "
                "[docs/concepts.md#data-source]");
}

/// The state of one of the sources that a source is made of; empty for one that carries nothing.
template <class S>
source_state state_of(const S& source) {
  if constexpr (has_state<S>)
    return source.state();
  else
    return {};
}
/// Gives it back. Throws bad_checkpoint where a source that carries nothing is given something, and
/// what the source's restore() throws.
template <class S>
void restore_state(S& source, source_state state) {
  if constexpr (has_state<S>)
    source.restore(std::move(state));
  else if (!state.sequences.empty() || !state.parts.empty() || state.position != 0)
    fail(errc::bad_checkpoint, "the saved state of a data source holds ", state.sequences.size(),
         " sequences, position ", state.position, " and ", state.parts.size(),
         " parts, this run's source carries nothing from batch to batch");
}

/// Where a source is, so that it can be taken back there: by its own mark, or by its state.
template <class S>
class source_mark {
  static_assert(gives_marks<S> == has_marks<S>,
                "gkd: a data source that can take back what it gave needs  void mark()  and  "
                "void rollback()  [docs/concepts.md#data-source]");

 public:
  source_mark() = default;  ///< a place for one
  explicit source_mark(S& source) { set(source); }
  /// What the source throws; then no mark is set.
  void set([[maybe_unused]] S& source) {
    set_ = false;
    if constexpr (has_marks<S>)
      source.mark();
    else if constexpr (has_state<S>)
      state_ = source.state();
    set_ = true;
  }
  /// Nothing where no mark was set.
  void go_back([[maybe_unused]] S& source) const {
    if (!set_) return;
    if constexpr (has_marks<S>)
      source.rollback();
    else if constexpr (has_state<S>)
      source.restore(state_);
  }

 private:
  bool set_ = false;
  source_state state_;
};

/// One number for two datasets, in this order.
inline std::uint64_t combined_fingerprint(std::uint64_t first, std::uint64_t second) {
  const philox_block b = philox(
      {{static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(first >> 32), 0, 0}}, second);
  return std::uint64_t{b.word[0]} << 32 | b.word[1];
}

}  // namespace detail
}  // namespace gkd::inline v0
