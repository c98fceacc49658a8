// SPDX-License-Identifier: Apache-2.0
// The compensated sum.
#include <gkd/core/sum.hpp>

#include "support/catch.hpp"

#include <cmath>   // abs, isnan
#include <limits>  // infinity, quiet_NaN

namespace {
template <class... Numbers>
double sum(Numbers... numbers) {
  gkd::compensated_sum s;
  (s.add(numbers), ...);
  return s.value();
}
}  // namespace

TEST_CASE("what cancels is found again") {
  CHECK(sum() == 0.0);
  CHECK(sum(1.0, 1e100, 1.0, -1e100) == 2.0);  // plain addition gives 0
  CHECK(sum(1e16, 1.0, -1e16) == 1.0);
}

TEST_CASE("the error does not grow with the number of terms") {
  gkd::compensated_sum s;
  double plain = 0.0;
  for (int i = 0; i < 10'000'000; ++i) {
    s.add(0.1);
    plain += 0.1;
  }
  // 1e7 times the double next to 0.1, which is 0.1 + 5.55e-18
  CHECK(s.value() == Approx(1e6).epsilon(1e-16));
  CHECK(std::abs(plain - 1e6) > 1e-5);
}

TEST_CASE("infinities and NaN stay visible") {
  const double inf = std::numeric_limits<double>::infinity();
  CHECK(sum(1.0, inf) == inf);
  CHECK(sum(inf, 1.0, 2.0) == inf);
  CHECK(sum(-inf, 1.0) == -inf);
  CHECK(std::isnan(sum(inf, -inf)));
  CHECK(std::isnan(sum(1.0, std::numeric_limits<double>::quiet_NaN(), 1.0)));
}
