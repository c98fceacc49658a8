// SPDX-License-Identifier: Apache-2.0
// The normaliser of one row.
#include <gkd/divergence/softmax.hpp>

#include "support/catch.hpp"

#include <cmath>   // exp, log
#include <limits>  // infinity
#include <vector>  // vector

namespace {
constexpr double inf = std::numeric_limits<double>::infinity();

struct all {
  bool operator()(gkd::index) const { return true; }
};
struct even {
  bool operator()(gkd::index v) const { return v % 2 == 0; }
};
}  // namespace

TEST_CASE("softmax of (log 1, log 2, log 5) by hand") {
  const std::vector<double> x = {0.0, std::log(2.0), std::log(5.0)};
  std::vector<double> e(3);
  const auto s = gkd::detail::normalise(x.data(), 3, 3, 1.0, all{}, e.data());
  CHECK(s.argmax == 2);
  CHECK(s.rest == Approx(0.6).epsilon(1e-15));
  CHECK(s.max + s.log_sum == Approx(std::log(8.0)).epsilon(1e-15));
  CHECK(s.probability(e[0]) == Approx(1.0 / 8).epsilon(1e-15));
  CHECK(s.probability(e[2]) == Approx(5.0 / 8).epsilon(1e-15));
  CHECK(s.outside == 0.0);
  CHECK(s.finite);
}

TEST_CASE("one token holding nearly all mass keeps the digits of the rest") {
  const std::vector<double> x = {0.0, -100.0, -101.0};
  std::vector<double> e(3);
  const auto s = gkd::detail::normalise(x.data(), 3, 3, 1.0, all{}, e.data());
  CHECK(s.log_sum == Approx(std::exp(-100.0) + std::exp(-101.0)).epsilon(1e-14));
}

TEST_CASE("columns that take no part are the outside") {
  // the even columns of the first four: 0 and 2; outside: 1, 3 and the padding 4
  const std::vector<float> x = {0, 0, 0, 0, 0};
  std::vector<double> e(4);
  const auto s = gkd::detail::normalise(x.data(), 5, 4, 1.0, even{}, e.data());
  CHECK(s.rest == 1.0);
  CHECK(s.outside == Approx(0.6));
  CHECK(e == std::vector<double>{1, 0, 1, 0});
  // the outside may dwarf the inside
  const std::vector<float> y = {0, 1000, 0, 0, 0};
  CHECK(gkd::detail::normalise(y.data(), 5, 4, 1.0, even{}, e.data()).outside == 1.0);
}

TEST_CASE("NaN, +inf and nothing but -inf are not finite; -inf is probability 0") {
  std::vector<double> e(2);
  const auto finite = [&](double a, double b) {
    const std::vector<double> x = {a, b};
    return gkd::detail::normalise(x.data(), 2, 2, 1.0, all{}, e.data()).finite;
  };
  CHECK(finite(0, -inf));
  CHECK(e[1] == 0.0);
  CHECK(finite(-inf, 0));
  CHECK_FALSE(finite(-inf, -inf));
  for (double bad : {inf, double(NAN)}) {
    CHECK_FALSE(finite(0, bad));
    CHECK_FALSE(finite(bad, 0));
    CHECK_FALSE(finite(bad, -inf));
    CHECK_FALSE(finite(bad, bad));
  }
}

TEST_CASE("the exponential is right to the last digits, however far below the maximum") {
  // x - max and its quotient by the temperature are rounded; the exponential of them is not
  for (double temperature : {1.0, 0.7, 3.0}) {
    for (double x : {-0.1, -1.3, -33.7, -100.1, -700.3}) {
      const double max = 17.77;
      const long double want = std::exp((static_cast<long double>(x) - max) / temperature);
      const double got = gkd::detail::shifted_exp(x, max, temperature);
      if (want > 1e-300L) CHECK(std::fabs(static_cast<double>(got / want - 1)) < 4e-16);
    }
  }
  CHECK(gkd::detail::shifted_exp(-inf, 0.0, 1.0) == 0.0);
  CHECK(gkd::detail::shifted_exp(-1e300, 1e300, 1e-3) == 0.0);
  CHECK(gkd::detail::shifted_exp(5.0, 5.0, 0.3) == 1.0);
}

TEST_CASE("differences in two parts are exact") {
  const auto d = gkd::detail::exact_difference(1.0, 1e-20);
  CHECK(d.high == 1.0);
  CHECK(d.low == -1e-20);
  // (1 - 1e-20) - (1 - 3e-20) = 2e-20
  CHECK(gkd::detail::difference(d, gkd::detail::exact_difference(1.0, 3e-20)) == Approx(2e-20));
}
