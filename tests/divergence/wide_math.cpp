// SPDX-License-Identifier: Apache-2.0
// The polynomials of the vectorised row kernel against the C++ library in long double.
#include <gkd/divergence/wide_math.hpp>

#include "support/catch.hpp"
#include "support/worst_of.hpp"

#include <cmath>  // expl, log1pl

namespace wide = gkd::detail::wide;

namespace {

// the worst relative error of f against the exact function over [from, to]
template <class F, class Exact>
double worst(F f, Exact exact, double from, double to) {
  long double error = 0;
  constexpr int steps = 500'000;
  for (int i = 0; i <= steps; ++i) {
    const double x = from + (to - from) * i / steps;
    const long double want = exact(static_cast<long double>(x));
    if (want != 0) error = worst_of(error, std::fabs(f(x) / want - 1));
  }
  return static_cast<double>(error);
}

}  // namespace

TEST_CASE("exp: 4.4e-16 over its range, exactly 1 at 0") {
  // the functions are always inlined: a pointer to one does not compile without optimisation
  const auto exp = [](double x) { return wide::exp(x); };
  const auto exact = [](long double x) { return std::exp(x); };
  CHECK(worst(exp, exact, -700, 700) < 5e-16);
  CHECK(worst(exp, exact, -2, 2) < 5e-16);
  CHECK(wide::exp(0.0) == 1.0);
  CHECK(wide::exp(-0.0) == 1.0);
}

TEST_CASE("log1p: 5e-16, exactly 0 at 0, also near 0 and near -1") {
  const auto log1p = [](double x) { return wide::log1p(x); };
  const auto exact = [](long double x) { return std::log1p(x); };
  CHECK(worst(log1p, exact, -0.9, 3) < 1e-15);
  CHECK(worst(log1p, exact, -1e-3, 1e-3) < 6e-16);
  CHECK(worst(log1p, exact, -1e-15, 1e-15) < 6e-16);
  CHECK(worst(log1p, exact, 1, 1e6) < 6e-16);
  CHECK(worst(log1p, exact, 1e290, 1e300) < 6e-16);
  CHECK(wide::log1p(0.0) == 0.0);
  // near -1 the argument's own rounding is what counts
  CHECK(wide::log1p(-1 + 1e-9) == Approx(std::log(1e-9)).epsilon(1e-8));
}

TEST_CASE("log1p's gap to its argument: relatively exact near 0, where the two are close") {
  const auto gap = [](double y) { return wide::parts_of_log1p(y).gap(y); };
  const auto exact = [](long double y) {
    if (std::fabs(y) > 0.1L) return y - std::log1p(y);
    long double sum = 0, power = y * y;
    for (int k = 2; k < 40; ++k, power *= -y) sum += power / static_cast<long double>(k);
    return sum;
  };
  CHECK(worst(gap, exact, -1e-12, 1e-12) < 1e-15);
  CHECK(worst(gap, exact, -1e-4, 1e-4) < 1e-15);
  CHECK(worst(gap, exact, -0.9, 3) < 1e-14);  // R is known to 1e-12 alone
  CHECK(worst(gap, exact, 1, 1e6) < 1e-15);
  CHECK(gap(0.0) == 0.0);
}

TEST_CASE("expm1: by its series near 0, by a difference elsewhere") {
  const auto exact = [](long double x) { return std::expm1(x); };
  const auto expm1 = [](double d) { return wide::expm1(d, std::exp(d)); };
  const auto series = [](double x) { return wide::expm1_series(x); };
  CHECK(worst(expm1, exact, -0.0156, 0.0156) < 1e-13);
  CHECK(worst(expm1, exact, 0.0157, 2) < 2e-14);
  CHECK(worst(expm1, exact, -2, -0.0157) < 2e-14);
  CHECK(worst(series, exact, -1e-8, 1e-8) < 3e-16);
  CHECK(wide::expm1(0.0, 1.0) == 0.0);
}

TEST_CASE("a polynomial, a choice and a bound") {
  const double c[] = {1, 2, 3};
  CHECK(wide::polynomial(c, 2.0) == 17.0);  // 1 + 2 * 2 + 3 * 4
  CHECK(wide::select(true, 1.5, -2.0) == 1.5);
  CHECK(wide::select(false, 1.5, -2.0) == -2.0);
  CHECK(wide::not_negative(-1e-300) == 0.0);
  CHECK(wide::not_negative(2.0) == 2.0);
  CHECK(wide::within(-0.1, 0.2));
  CHECK_FALSE(wide::within(0.2, 0.2));
}
