// SPDX-License-Identifier: Apache-2.0
// A running sum whose error does not grow with the number of terms: the rounding error of each
// addition is kept and added at the end.
// Source: Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", 1974.
#pragma once

#include <gkd/core/math.hpp>

namespace gkd::inline v0 {

class compensated_sum {
 public:
  GKD_FN void add(double x) {
    const double sum = sum_ + x;
    lost_ += math::abs(sum_) >= math::abs(x) ? (sum_ - sum) + x : (x - sum) + sum_;
    sum_ = sum;
  }
  GKD_FN double value() const {
    const double total = sum_ + lost_;
    return math::is_finite(total) ? total : sum_;  // inf - inf in lost_ must not hide an infinity
  }

 private:
  double sum_ = 0.0;
  double lost_ = 0.0;
};

}  // namespace gkd::inline v0
