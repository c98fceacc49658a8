// SPDX-License-Identifier: Apache-2.0
// The scalar functions that host and device share.
#include <gkd/core/math.hpp>

#include "support/catch.hpp"

#include <cmath>   // exp, log
#include <limits>  // infinity, quiet_NaN

namespace math = gkd::math;

TEST_CASE("a weight of 0 makes every product 0") {
  const double inf = math::infinity<double>();
  CHECK(math::weigh(0.0, inf) == 0.0);
  CHECK(math::weigh(0.0, -inf) == 0.0);
  CHECK(math::weigh(0.0, std::numeric_limits<double>::quiet_NaN()) == 0.0);
  CHECK(math::weigh(0.5, 3.0) == 1.5);
  CHECK(math::weigh(0.5, -inf) == -inf);
}

TEMPLATE_TEST_CASE("infinity, NaN and finite numbers are told apart", "", float, double) {
  using limits = std::numeric_limits<TestType>;
  CHECK(math::infinity<TestType>() == limits::infinity());
  CHECK(math::is_nan(limits::quiet_NaN()));
  CHECK_FALSE(math::is_nan(limits::infinity()));
  CHECK(math::is_finite(limits::max()));
  CHECK(math::is_finite(limits::denorm_min()));
  CHECK_FALSE(math::is_finite(limits::infinity()));
  CHECK_FALSE(math::is_finite(-limits::infinity()));
  CHECK_FALSE(math::is_finite(limits::quiet_NaN()));
}

TEST_CASE("max and min keep their first argument beside a NaN") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(math::max(2.0, 3.0) == 3.0);
  CHECK(math::min(2.0, 3.0) == 2.0);
  CHECK(math::max(2.0, nan) == 2.0);
  CHECK(math::min(2.0, nan) == 2.0);
}

TEMPLATE_TEST_CASE("the functions are those of the C++ library, in the type of their argument", "",
                   float, double) {
  static_assert(std::is_same_v<decltype(math::exp(TestType(1))), TestType>);
  static_assert(std::is_same_v<decltype(math::log1p(TestType(1))), TestType>);
  for (TestType x : {TestType(0.1), TestType(0.7), TestType(1.5)}) {
    CHECK(math::exp(x) == std::exp(x));
    CHECK(math::expm1(x) == std::expm1(x));
    CHECK(math::log(x) == std::log(x));
    CHECK(math::log1p(x) == std::log1p(x));
    CHECK(math::sqrt(x) == std::sqrt(x));
    CHECK(math::tanh(x) == std::tanh(x));
    CHECK(math::cos(x) == std::cos(x));
    CHECK(math::sin(x) == std::sin(x));
    CHECK(math::abs(-x) == x);
  }
  CHECK(math::exp(-math::infinity<TestType>()) == TestType(0));
  static_assert(std::is_same_v<decltype(math::pow(TestType(1), TestType(1))), TestType>);
  CHECK(math::pow(TestType(2), TestType(10)) == TestType(1024));
  CHECK(math::fma(TestType(2), TestType(3), TestType(4)) == TestType(10));
  // one rounding: 1 - (1 - 2^-53)(1 + 2^-52) without it would be 0 or 2^-53
  CHECK(math::fma(-(1.0 - 0x1p-53), 1.0 + 0x1p-52, 1.0) == -0x1p-53 + 0x1p-105);
}
