// SPDX-License-Identifier: Apache-2.0
// How many completions are right: by a predicate, or token by token equal to a reference.
#pragma once

#include <gkd/eval/proportion.hpp>
#include <gkd/sample/generate.hpp>

#include <algorithm>  // equal

namespace gkd::inline v0 {

/// Which completions are right, and how many.
struct match_result {
  std::vector<bool> matches;  // (B)

  proportion count() const {
    proportion p{.trials = matches.size()};
    for (bool match : matches) p.successes += match ? 1 : 0;
    return p;
  }
  double rate() const { return count().rate(); }
};

/// right(b, completion) for each generated sequence b; the completion includes its stop token.
template <class Predicate>
match_result match_if(std::span<const sequence> generated, const Predicate& right) {
  constexpr bool judges = requires(index b, std::span<const token> completion) {
    { right(b, completion) } -> std::convertible_to<bool>;
  };
  static_assert(judges,
                "gkd: match_if needs a predicate  bool right(gkd::index b, std::span<const "
                "gkd::token> completion)  [docs/concepts.md#evaluation]");
  match_result out;
  if constexpr (judges)
    for (index b = 0; b < generated.size(); ++b)
      out.matches.push_back(right(b, completion_of(generated[b])));
  return out;
}

namespace detail {

// exact_match() with references of which number b is [b]
template <class References>
match_result exact_match_with(std::span<const sequence> generated, const References& references) {
  if (generated.size() != references.size())
    fail(errc::shape_mismatch, "exact_match got ", generated.size(), " sequences and ",
         references.size(), " references, want one for each");
  return match_if(generated, [&](index b, std::span<const token> completion) {
    const std::span<const token> own = generated[b].tokens, all = references[b].tokens;
    const std::span<const token> prompt = own.first(own.size() - completion.size());
    if (all.size() < prompt.size() || !std::equal(prompt.begin(), prompt.end(), all.begin()))
      fail(errc::bad_argument, "exact_match: reference ", b,
           " does not begin with the prompt of its sequence, ", prompt.size(), " tokens");
    const std::span<const token> want = all.subspan(prompt.size());
    return std::equal(completion.begin(), completion.end(), want.begin(), want.end());
  });
}

}  // namespace detail

/// Whether each completion is what follows the same prompt in its reference, stop token included.
/// The weights of the references do not count: earlier turns of a chat may be targets, too.
/// Throws shape_mismatch unless there is one reference per sequence, bad_argument for one that does
/// not begin with the prompt.
inline match_result exact_match(std::span<const sequence> generated,
                                std::span<const sequence> references) {
  return detail::exact_match_with(generated, references);
}

/// Whether two sets of completions of the same prompts differ in what they get right.
inline paired_comparison compare_paired(const match_result& first, const match_result& second) {
  return compare_paired(first.matches, second.matches);
}

}  // namespace gkd::inline v0
