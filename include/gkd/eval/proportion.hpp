// SPDX-License-Identifier: Apache-2.0
// Counted successes and what they say: a share with its interval, and whether one of two methods
// that were tried on the same cases is better.
#pragma once

#include <gkd/core/error.hpp>
#include <gkd/core/math.hpp>

#include <cmath>   // ldexp
#include <vector>  // vector

namespace gkd::inline v0 {

/// From low to high.
struct interval_of_rate {
  double low = 0.0;
  double high = 1.0;
};

/// `successes` of `trials`.
struct proportion {
  index successes = 0;
  index trials = 0;

  /// successes / trials; 0 without a trial.
  double rate() const {
    return trials == 0 ? 0.0 : static_cast<double>(successes) / static_cast<double>(trials);
  }
  /// Wilson's score interval; z = 1.96 covers the true rate in 95 % of the cases.
  ///   (r + z^2 / 2n +- z sqrt(r (1 - r) / n + z^2 / 4n^2)) / (1 + z^2 / n)
  /// Without a trial [0, 1]. Source: Wilson, "Probable Inference, the Law of Succession, and
  /// Statistical Inference", JASA 1927.
  interval_of_rate wilson(double z = 1.959963984540054) const {
    if (trials == 0) return {};
    const auto n = static_cast<double>(trials);
    const double r = rate(), middle = r + z * z / (2.0 * n), whole = 1.0 + z * z / n;
    const double half = z * math::sqrt(r * (1.0 - r) / n + z * z / (4.0 * n * n));
    return {successes == 0 ? 0.0 : (middle - half) / whole,
            successes == trials ? 1.0 : (middle + half) / whole};
  }
};

/// Two methods on the same cases, by what only one of them got right.
struct paired_comparison {
  index only_first = 0;
  index only_second = 0;
  index trials = 0;

  /// How much more of all cases the first got right, -1 to 1.
  double difference() const {
    return trials == 0 ? 0.0
                       : (static_cast<double>(only_first) - static_cast<double>(only_second)) /
                             static_cast<double>(trials);
  }
  /// McNemar's z = (b - c) / sqrt(b + c) with b = only_first and c = only_second; 0 where they
  /// never differ. Where both are equally good it is standard normal in the limit of many differing
  /// cases; of few it claims too much (4 : 0 has z = 2 and p_value() = 0.125).
  /// Source: McNemar, "Note on the Sampling Error of the Difference Between Correlated Proportions
  /// or Percentages", Psychometrika 1947.
  double mcnemar_z() const {
    const auto b = static_cast<double>(only_first), c = static_cast<double>(only_second);
    return only_first + only_second == 0 ? 0.0 : (b - c) / math::sqrt(b + c);
  }
  /// McNemar's exact two-sided test: how often two equally good methods would differ in n = b + c
  /// cases and be as uneven as this,
  ///   min(1, 2 sum_{k <= min(b, c)} binomial(n, k) / 2^n);   1 where they never differ.
  /// Below 0.05 it is significant at 5 % for these two models on more such cases. Of two ways to
  /// train it says little: another seed would have given other models. Takes min(b, c) additions.
  double p_value() const {
    const auto n = static_cast<double>(only_first + only_second);
    const auto fewer = static_cast<double>(math::min(only_first, only_second));
    constexpr double high = 0x1p500;  // above it the sum is kept in units of 2^unit, unit > 0
    double binomial = 1.0, sum = 1.0, unit = 0.0;
    for (double k = 1.0; k <= fewer; ++k) {
      binomial *= (n - k + 1.0) / k;
      sum += binomial;
      if (sum > high) binomial /= high, sum /= high, unit += 500.0;
    }
    const double exponent = math::max(1.0 + unit - n, -4000.0);  // where the result is 0
    return math::min(1.0, std::ldexp(sum, static_cast<int>(exponent)));
  }
};

/// Compares case by case. Throws shape_mismatch unless both are of one length.
inline paired_comparison compare_paired(const std::vector<bool>& first,
                                        const std::vector<bool>& second) {
  if (first.size() != second.size())
    fail(errc::shape_mismatch, "compare_paired got ", first.size(), " and ", second.size(),
         " cases, want the same cases of both");
  paired_comparison out{.trials = first.size()};
  for (index i = 0; i < first.size(); ++i) {
    if (first[i] && !second[i]) ++out.only_first;
    if (second[i] && !first[i]) ++out.only_second;
  }
  return out;
}

}  // namespace gkd::inline v0
