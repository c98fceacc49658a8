// SPDX-License-Identifier: Apache-2.0
// From logits to a token. The stages, each on what the one before it left:
//
//   repetition_penalty r   z_v = z_v / r if z_v >= 0, z_v r otherwise, for every v seen so far
//   temperature            z = z / temperature
//   top_k                  drops z_v below the k-th largest; what ties with it stays
//   top_p                  drops v when the tokens before it, most likely first, hold top_p already
//   min_p                  drops p_v < min_p max p
//   softmax of what is left, then the inverse of its distribution function in the order of ids
//
// Source: order and meaning are transformers' generate(). Where top_p must choose among equal
// logits, the lowest ids stay; greedy takes the lowest id among the largest.
#pragma once

#include <gkd/core/error.hpp>
#include <gkd/core/math.hpp>
#include <gkd/core/tensor.hpp>
#include <gkd/divergence/row_errors.hpp>

#include <algorithm>  // nth_element, make_heap, pop_heap
#include <span>       // span
#include <vector>     // vector

namespace gkd::inline v0 {

/// How a token is chosen. The defaults draw from the model's own distribution.
struct sampler {
  double temperature = 1.0;         ///< > 0
  index top_k = 0;                  ///< 0: no limit
  double top_p = 1.0;               ///< in (0, 1]
  double min_p = 0.0;               ///< in [0, 1]
  double repetition_penalty = 1.0;  ///< > 0; 1: none
  bool greedy = false;              ///< the most likely token; only repetition_penalty counts

  /// Throws bad_argument for a setting outside its range.
  void check() const {
    const auto want = [](bool ok, std::string_view field, double got, std::string_view wanted) {
      if (!ok) fail(errc::bad_argument, "sampler::", field, " is ", got, ", want ", wanted);
    };
    want(repetition_penalty > 0.0 && math::is_finite(repetition_penalty), "repetition_penalty",
         repetition_penalty, "a finite number > 0");
    if (greedy) return;
    want(temperature > 0.0 && math::is_finite(temperature), "temperature", temperature,
         "a finite number > 0 (greedy takes the most likely token)");
    want(top_p > 0.0 && top_p <= 1.0, "top_p", top_p, "a number in (0, 1]");
    want(min_p >= 0.0 && min_p <= 1.0, "min_p", min_p, "a number in [0, 1]");
  }
};

/// Chooses tokens by one set of settings. Its scratch is kept: after the first row of a vocabulary
/// nothing is allocated. Not for two threads at a time.
class token_sampler {
 public:
  /// Throws bad_argument for a setting outside its range.
  explicit token_sampler(const sampler& settings) : settings_(settings) { settings.check(); }

  const sampler& settings() const { return settings_; }

  /// The probability of each token to be drawn after `history`, valid until the next call.   (V)
  /// Throws as `draw` does; `where()` names the row in the text.
  template <class T, class Where>
  std::span<const double> probabilities(vector_view<T> logits, std::span<const token> history,
                                        const Where& where) {
    weigh_tokens(logits, history, where);
    const double total = sum();
    for (double& w : weights_) w /= total;
    return weights_;
  }

  /// The token that u in [0, 1) stands for. A token with logit -inf is never drawn.
  /// Throws non_finite for NaN, +inf or nothing but -inf among the logits, vocabulary_mismatch for
  /// a token of `history` that has no logit; `where()` names the row in the text.
  template <class T, class Where>
  token draw(vector_view<T> logits, std::span<const token> history, double u, const Where& where) {
    weigh_tokens(logits, history, where);
    const double target = u * sum();
    double below = 0.0;
    index drawn = 0;
    for (index v = 0; v < weights_.size(); ++v) {
      if (weights_[v] == 0.0) continue;
      drawn = v;
      below += weights_[v];
      if (below > target) break;
    }
    return static_cast<token>(drawn);
  }

 private:
  // weights_[v] = p_v / max p, 0 for what is dropped
  template <class T, class Where>
  void weigh_tokens(vector_view<T> logits, std::span<const token> history, const Where& where) {
    read(logits, history, where);
    const index best = largest(where);
    if (settings_.greedy) {
      std::fill(weights_.begin(), weights_.end(), 0.0);
      weights_[best] = 1.0;
      return;
    }
    const double max = logits_[best];
    const double least = settings_.top_k > 0 && settings_.top_k < logits_.size()
                             ? kth_largest(settings_.top_k)
                             : -math::infinity<double>();
    for (index v = 0; v < logits_.size(); ++v)
      weights_[v] = logits_[v] < least || logits_[v] == -math::infinity<double>()
                        ? 0.0
                        : math::exp((logits_[v] - max) / settings_.temperature);
    if (settings_.top_p < 1.0) keep_nucleus();
    for (double& w : weights_)
      if (w < settings_.min_p) w = 0.0;
  }

  // logits_ = the row with the repetition penalty
  template <class T, class Where>
  void read(vector_view<T> logits, std::span<const token> history, const Where& where) {
    logits_.resize(logits.size);
    weights_.resize(logits.size);
    for (index v = 0; v < logits.size; ++v) logits_[v] = static_cast<double>(logits[v]);
    const double r = settings_.repetition_penalty;
    if (r == 1.0) return;
    for (token id : history) {
      if (id < 0 || static_cast<index>(id) >= logits.size)
        fail(errc::vocabulary_mismatch, where(), ": token id ", id, " came before, but there are ",
             logits.size, " logits");
      const auto z = static_cast<double>(logits[static_cast<index>(id)]);
      logits_[static_cast<index>(id)] = z < 0.0 ? z * r : z / r;  // once, however often it came
    }
  }

  template <class Where>
  index largest(const Where& where) const {
    index best = 0;
    bool finite = true;
    for (index v = 0; v < logits_.size(); ++v) {
      finite = finite && logits_[v] < math::infinity<double>();  // false for NaN
      if (logits_[v] > logits_[best]) best = v;
    }
    if (logits_.empty()) fail(errc::non_finite, "the logits of ", where(), " are none, want some");
    if (!finite || logits_[best] == -math::infinity<double>())
      detail::fail_not_finite(
          "the", where(),
          row_not_finite(row_status::student_not_finite, logits_.data(), logits_.size()));
    return best;
  }

  double kth_largest(index k) {
    sorted_.assign(logits_.begin(), logits_.end());
    const auto kth = sorted_.begin() + static_cast<std::ptrdiff_t>(k - 1);
    std::nth_element(sorted_.begin(), kth, sorted_.end(), [](double a, double b) { return a > b; });
    return *kth;
  }

  // Takes tokens off a heap, most likely first, until they hold top_p; the rest is dropped.
  void keep_nucleus() {
    order_.clear();
    for (index v = 0; v < weights_.size(); ++v)
      if (weights_[v] > 0.0) order_.push_back(v);
    const auto less_likely = [&](index a, index b) {
      return logits_[a] != logits_[b] ? logits_[a] < logits_[b] : a > b;
    };
    const double limit = settings_.top_p * sum();
    std::make_heap(order_.begin(), order_.end(), less_likely);
    double before = 0.0;
    auto end = order_.end();
    while (end != order_.begin() && before < limit) {
      std::pop_heap(order_.begin(), end, less_likely);
      before += weights_[*--end];
    }
    for (auto dropped = order_.begin(); dropped != end; ++dropped) weights_[*dropped] = 0.0;
  }

  double sum() const {
    double total = 0.0;
    for (double w : weights_) total += w;
    return total;
  }

  sampler settings_;
  std::vector<double> logits_;   // (V)
  std::vector<double> weights_;  // (V)
  std::vector<double> sorted_;   // (V), for top_k
  std::vector<index> order_;     // (V), for top_p
};

/// The probability of each token to be drawn after `history`.   logits and result (V)
template <class T>
std::vector<double> probabilities(vector_view<T> logits, std::span<const token> history,
                                  const sampler& settings) {
  token_sampler s(settings);
  const auto p = s.probabilities(logits, history, [] { return "a row"; });
  return {p.begin(), p.end()};
}

/// The token that u in [0, 1) stands for, by token_sampler::draw.
template <class T>
token draw(vector_view<T> logits, std::span<const token> history, const sampler& settings,
           double u) {
  return token_sampler(settings).draw(logits, history, u, [] { return "a row"; });
}

}  // namespace gkd::inline v0
