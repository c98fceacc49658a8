// SPDX-License-Identifier: Apache-2.0
// The normaliser of one row of logits x at a temperature, over the columns that take part:
//
//   log softmax(x / temperature)_v = (x_v - max) / temperature - log1p(rest)
//   rest = sum of e^((x_v - max) / temperature) over all columns but the largest
//
// The largest column's own 1 is kept out of the sum: where one token holds nearly all mass, the
// difference of two normalisers is a difference of tiny numbers, not of numbers near 1.
#pragma once

#include <gkd/core/sum.hpp>

namespace gkd::inline v0::detail {

struct softmax_side {
  double max = -math::infinity<double>();  ///< largest logit that takes part
  index argmax = 0;
  double rest = 0.0;
  double log_sum = 0.0;  ///< log1p(rest)
  double outside = 0.0;  ///< probability on the columns that do not take part
  bool finite = false;   ///< neither NaN nor +inf, and not all -inf

  GKD_FN bool has_mass() const { return max > -math::infinity<double>(); }
  /// The probability of a column with e = e^((x - max) / temperature).
  GKD_FN double probability(double e) const { return e / (1.0 + rest); }
};

/// A number as an unevaluated sum: twice the digits of a double.
struct two_part {
  double high, low;
};

/// a - b without rounding. Source: Knuth, "The Art of Computer Programming", volume 2, 4.2.2.
inline GKD_FN two_part exact_difference(double a, double b) {
  const double difference = a - b, part = difference - a;
  return {difference, (a - (difference - part)) - (b + part)};
}
/// a - b, rounded once where high parts cancel.
inline GKD_FN double difference(two_part a, two_part b) {
  const two_part d = exact_difference(a.high, b.high);
  return d.high + (d.low + (a.low - b.low));
}

/// e^((x - max) / temperature) to the last digits: what the exponent loses to rounding would else
/// come back multiplied by its size. 0 for x = -inf whatever max is.
inline GKD_FN double shifted_exp(double x, double max, double temperature) {
  if (x == -math::infinity<double>()) return 0.0;
  const two_part below = exact_difference(x, max);
  const double z = below.high / temperature;
  if (z < -800.0) return 0.0;
  const double lost = below.low + math::fma(-z, temperature, below.high);
  return math::exp(z) * (1.0 + lost / temperature);
}

/// Normaliser of x[0, cols); `takes_part(v)` selects among the columns below `vocab`.
/// Writes e[v] = e^((x_v - max) / temperature), 0 for columns that do not take part. (vocab)
template <class T, class Takes>
GKD_FN softmax_side normalise(const T* x, index cols, index vocab, double temperature,
                              const Takes& takes_part, double* e) {
  softmax_side side;
  double max_all = -math::infinity<double>();
  for (index v = 0; v < cols; ++v) {
    const double z = static_cast<double>(x[v]);
    max_all = math::max(max_all, z);
    if (v < vocab && takes_part(v) && z > side.max) {
      side.max = z;
      side.argmax = v;
    }
  }
  compensated_sum rest, outside;
  for (index v = 0; v < cols; ++v) {
    const double z = static_cast<double>(x[v]);
    if (v < vocab && takes_part(v)) {
      e[v] = shifted_exp(z, side.max, temperature);
      if (v != side.argmax || !side.has_mass()) rest.add(e[v]);
    } else {
      outside.add(shifted_exp(z, max_all, temperature));
      if (v < vocab) e[v] = 0.0;
    }
  }
  side.rest = rest.value();
  side.log_sum = math::log1p(side.rest);
  // without any mass rest is 0, or NaN if some x was; with mass a NaN or +inf makes all of it NaN
  const double inside =
      side.has_mass() ? (1.0 + side.rest) * shifted_exp(side.max, max_all, temperature) : side.rest;
  const double all = inside + outside.value();
  side.finite = math::is_finite(all) && all > 0.0;
  side.outside = side.finite ? outside.value() / all : 0.0;
  return side;
}

}  // namespace gkd::inline v0::detail
