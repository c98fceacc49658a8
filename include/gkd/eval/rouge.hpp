// SPDX-License-Identifier: Apache-2.0
// ROUGE: what a candidate shares with a reference.
//
//   ROUGE-N   n-grams in common, each as often as both have it
//   ROUGE-L   the longest common subsequence
//   recall = shared / of the reference,  precision = shared / of the candidate
//
// Source: Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", ACL 2004 workshop; numbers
// as those of the Python package rouge_score without stemming, on rouge_words().
#pragma once

#include <gkd/core/error.hpp>
#include <gkd/core/math.hpp>
#include <gkd/eval/ngrams.hpp>

namespace gkd::inline v0 {

/// Shares of what candidate and reference have in common, each 0 where there is nothing to share.
struct rouge_score {
  double precision = 0.0;
  double recall = 0.0;

  /// Harmonic mean of both.
  double f1() const {
    return precision + recall == 0.0 ? 0.0 : 2.0 * precision * recall / (precision + recall);
  }
};

namespace detail {
inline rouge_score rouge_of(index shared, index of_reference, index of_candidate) {
  const auto share = [&](index whole) {
    return whole == 0 ? 0.0 : static_cast<double>(shared) / static_cast<double>(whole);
  };
  return {share(of_candidate), share(of_reference)};
}
}  // namespace detail

/// ROUGE-N of one pair of token sequences. Throws bad_argument for n = 0.
template <class T>
rouge_score rouge_n(const std::vector<T>& reference, const std::vector<T>& candidate, index n) {
  if (n == 0) fail(errc::bad_argument, "rouge_n got n = 0, want at least 1");
  const auto in_reference = detail::ngram_counts(std::span(reference), n);
  const auto in_candidate = detail::ngram_counts(std::span(candidate), n);
  index shared = 0;
  for (const auto& [ngram, count] : in_candidate)
    if (const auto found = in_reference.find(ngram); found != in_reference.end())
      shared += math::min(count, found->second);
  const auto ngrams = [&](index tokens) { return tokens < n ? 0 : tokens - n + 1; };
  return detail::rouge_of(shared, ngrams(reference.size()), ngrams(candidate.size()));
}

/// ROUGE-L of one pair of token sequences. Time: product of the lengths.
template <class T>
rouge_score rouge_l(const std::vector<T>& reference, const std::vector<T>& candidate) {
  // longest[j]: of the reference so far and the first j tokens of the candidate
  std::vector<index> longest(candidate.size() + 1, 0);
  for (const T& token_of_reference : reference) {
    index diagonal = 0;  // longest[j - 1] of the row above
    for (index j = 1; j <= candidate.size(); ++j) {
      const index above = longest[j];
      longest[j] =
          candidate[j - 1] == token_of_reference ? diagonal + 1 : math::max(above, longest[j - 1]);
      diagonal = above;
    }
  }
  return detail::rouge_of(longest.back(), reference.size(), candidate.size());
}

}  // namespace gkd::inline v0
