// SPDX-License-Identifier: Apache-2.0
// What prompts a model takes. How long a sequence may be says its optional member
//   index max_positions() const
// and which limit it is that decides, where there are others, length_limit.
#pragma once

#include <gkd/concepts.hpp>

#include <limits>       // numeric_limits
#include <span>         // span
#include <string>       // string
#include <string_view>  // string_view

namespace gkd::inline v0::detail {

template <class M>
concept has_max_positions = requires(const M& m) {
  { m.max_positions() } -> std::convertible_to<index>;
};

/// Tokens that one sequence of the model may have; without the member as many as can be counted.
template <class M>
index context_of(const M& model) {
  if constexpr (has_max_positions<M>)
    return model.max_positions();
  else
    return std::numeric_limits<index>::max();
}

/// What has a limit on the tokens of a sequence.
enum class limit_of { model, both_models, max_length };

/// The most tokens of a sequence with its prompt, and whose limit that is.
struct length_limit {
  index tokens;
  limit_of whose;

  /// Where both are the same, this.
  length_limit or_shorter(length_limit other) const {
    return other.tokens < tokens ? other : *this;
  }
  /// As errors put it, after "at most" or "fewer than".
  std::string text() const {
    switch (whose) {
      case limit_of::model: return concat("the model's ", tokens, " (max_positions)");
      case limit_of::both_models:
        return concat(tokens,
                      ", the longest sequence that teacher and student take (max_positions)");
      case limit_of::max_length: return concat("max_length = ", tokens);
    }
    return concat(tokens);
  }
};

/// That of a model and, unless it is 0, of an option max_length.
template <class M>
length_limit limit_with(const M& model, index max_length) {
  const length_limit own{context_of(model), limit_of::model};
  return max_length > 0 ? own.or_shorter({max_length, limit_of::max_length}) : own;
}

/// Throws for tokens that a model does not take: empty_data, context_overflow or, unless vocab is
/// 0, vocabulary_mismatch. `what` and `number` say whose they are.
inline void check_tokens(std::string_view what, index number, std::span<const token> tokens,
                         const length_limit& longest, index vocab) {
  if (tokens.empty()) fail(errc::empty_data, what, number, " has no tokens");
  if (tokens.size() > longest.tokens)
    fail(errc::context_overflow, what, number, " has ", tokens.size(), " tokens, want at most ",
         longest.text());
  if (vocab == 0) return;
  for (index t = 0; t < tokens.size(); ++t)
    if (tokens[t] < 0 || static_cast<index>(tokens[t]) >= vocab)
      fail(errc::vocabulary_mismatch, what, number, ", position ", t, ": token id ", tokens[t],
           ", want 0 <= id < vocab_size = ", vocab);
}

}  // namespace gkd::inline v0::detail
