// SPDX-License-Identifier: Apache-2.0
// BLEU of a corpus: how many n-grams of the candidates are in their references, in percent.
//
//   BLEU = 100 bp exp(1/N sum_n log(matched_n / total_n)),    n = 1 ... N
//   bp   = min(1, exp(1 - reference length / candidate length))
//
// Matches and lengths are summed over the corpus first. Of several references the one nearest in
// length counts, the shorter of two. Source: Papineni et al., "BLEU: a Method for Automatic
// Evaluation of Machine Translation", ACL 2002; smoothing as sacreBLEU's (Post 2018).
#pragma once

#include <gkd/core/error.hpp>
#include <gkd/core/math.hpp>
#include <gkd/eval/ngrams.hpp>

namespace gkd::inline v0 {

/// What stands for an n-gram order without a match.
enum class bleu_smoothing {
  none,        ///< 0, and so BLEU is 0
  exponential  ///< 1/2 match for the first such order, 1/4 for the next ...; sacreBLEU's default.
               ///< Nothing stands in for single tokens: without a match BLEU is 0
};

/// Gathers a corpus. A candidate's tokens are words or token ids, cut as those of its references.
class bleu {
 public:
  /// Throws bad_argument for max_order 0.
  explicit bleu(index max_order = 4, bleu_smoothing smoothing = bleu_smoothing::exponential)
      : smoothing_(smoothing), matched_(max_order, 0), total_(max_order, 0) {
    if (max_order == 0) fail(errc::bad_argument, "bleu: max_order is 0, want at least 1");
  }

  /// Adds a candidate. Throws empty_data without a reference.
  template <class T>
  void add(const std::vector<T>& candidate, const std::vector<std::vector<T>>& references) {
    if (references.empty()) fail(errc::empty_data, "bleu: a candidate has no reference");
    for (index n = 1; n <= matched_.size(); ++n) count(candidate, references, n);
    index nearest = references[0].size();
    const auto distance = [&](index length) {
      return length > candidate.size() ? length - candidate.size() : candidate.size() - length;
    };
    for (const auto& r : references) {
      const index a = distance(r.size()), b = distance(nearest);
      if (a < b || (a == b && r.size() < nearest)) nearest = r.size();
    }
    candidate_length_ += candidate.size();
    reference_length_ += nearest;
  }

  /// 0 to 100. 0 for an empty corpus, for candidates shorter than max_order, and where no token is
  /// in its reference, whatever the smoothing, as in sacreBLEU.
  double score() const {
    if (matched_[0] == 0) return 0.0;  // then no longer n-gram matches either
    double log_mean = 0.0, smoothed = 1.0;
    for (index n = 0; n < matched_.size(); ++n) {
      if (total_[n] == 0) return 0.0;
      double matched = static_cast<double>(matched_[n]);
      if (matched_[n] == 0) {
        if (smoothing_ == bleu_smoothing::none) return 0.0;
        matched = smoothed *= 0.5;
      }
      log_mean += math::log(matched / static_cast<double>(total_[n])) /
                  static_cast<double>(matched_.size());
    }
    return 100.0 * brevity_penalty() * math::exp(log_mean);
  }
  /// min(1, exp(1 - reference length / candidate length)); 0 without candidates.
  double brevity_penalty() const {
    if (candidate_length_ == 0) return 0.0;
    const double ratio =
        static_cast<double>(reference_length_) / static_cast<double>(candidate_length_);
    return math::min(1.0, math::exp(1.0 - ratio));
  }

 private:
  // matches of n-grams, each at most as often as the reference with most of it
  template <class T>
  void count(const std::vector<T>& candidate, const std::vector<std::vector<T>>& references,
             index n) {
    std::map<std::vector<T>, index> most;
    for (const auto& r : references)
      for (const auto& [ngram, times] : detail::ngram_counts(std::span(r), n))
        most[ngram] = math::max(most[ngram], times);
    for (const auto& [ngram, times] : detail::ngram_counts(std::span(candidate), n)) {
      total_[n - 1] += times;
      if (const auto found = most.find(ngram); found != most.end())
        matched_[n - 1] += math::min(times, found->second);
    }
  }

  bleu_smoothing smoothing_;
  std::vector<index> matched_, total_;  // (N)
  index candidate_length_ = 0;
  index reference_length_ = 0;
};

}  // namespace gkd::inline v0
