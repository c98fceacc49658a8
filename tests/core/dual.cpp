// SPDX-License-Identifier: Apache-2.0
// Dual numbers: the exact derivative by the rules of arithmetic.
#include <gkd/core/dual.hpp>

#include "support/catch.hpp"

#include <cmath>        // exp, log
#include <limits>       // infinity
#include <type_traits>  // is_same_v

using gkd::dual;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

// f and f' at x
template <class F>
dual<double> at(F f, double x) {
  return f(dual<double>(x, 1.0));
}

// the derivative of f against its central difference
template <class F>
void check_derivative(F f, double x) {
  const double h = 1e-6;
  const double difference = (f(dual<double>(x + h)).value - f(dual<double>(x - h)).value) / (2 * h);
  INFO("at " << x);
  CHECK(at(f, x).slope == Approx(difference).epsilon(1e-8).margin(1e-9));
}

}  // namespace

TEST_CASE("x^2 e^x at 1 by hand: e and 3 e") {
  const auto f = at([](auto x) { return x * x * exp(x); }, 1.0);
  CHECK(f.value == Approx(std::exp(1.0)));
  CHECK(f.slope == Approx(3 * std::exp(1.0)));
}

TEST_CASE("a constant has slope 0 and mixes with variables") {
  const auto f = at([](auto x) { return dual<double>(3.0) - x / dual<double>(2.0) + 1.0; }, 4.0);
  CHECK(f.value == 2.0);
  CHECK(f.slope == -0.5);
  dual<double> x(2.0, 1.0);
  x += x;
  x *= x;
  x -= 1.0;
  x /= 3.0;
  CHECK(x.value == 5.0);
  CHECK(x.slope == Approx(16.0 / 3));
}

TEST_CASE("every function's derivative is its difference quotient") {
  using namespace gkd::math;
  for (double x : {0.3, 0.9, 2.0}) {
    check_derivative([](auto a) { return exp(a); }, x);
    check_derivative([](auto a) { return expm1(a); }, x);
    check_derivative([](auto a) { return log(a); }, x);
    check_derivative([](auto a) { return log1p(a); }, x);
    check_derivative([](auto a) { return sqrt(a); }, x);
    check_derivative([](auto a) { return tanh(a); }, x);
    check_derivative([](auto a) { return sin(a) * cos(a + 1.0); }, x);
    check_derivative([](auto a) { return pow(a, 2.5); }, x);
    check_derivative([](auto a) { return pow(2.5, a); }, x);
    check_derivative([](auto a) { return pow(a, a); }, x);
    check_derivative([](auto a) { return fma(a, exp(a), log(a)); }, x);
    check_derivative([](auto a) { return abs(-a); }, x);
    check_derivative([](auto a) { return weigh(exp(a), log(a)); }, x);
    check_derivative([](auto a) { return (a * a - 1.0) / (a + 2.0); }, x);
    check_derivative([](auto a) { return min(a * a, a) + max(a, dual<double>(1.5)); }, x);
  }
}

TEST_CASE("powers where a logarithm or a power is infinite") {
  using namespace gkd::math;
  CHECK(pow(dual<double>(-2.0, 1.0), 3.0).slope ==
        12.0);  // log(-2) is no number, and not asked for
  CHECK(pow(dual<double>(0.0, 1.0), 2.0).slope == 0.0);
  CHECK(pow(dual<double>(0.0, 1.0), 0.0).slope == 0.0);  // constant
  CHECK(pow(0.0, dual<double>(2.0, 1.0)).slope == 0.0);
  CHECK(pow(dual<double>(0.0, 1.0), 0.5).slope == inf);
}

TEST_CASE("a formula of any function is written once, for float, double and their duals") {
  namespace math = gkd::math;
  const auto formula = []<class T>(T x) {
    const T a = math::pow(x, T(1.5)) + math::sin(x) * math::cos(x);
    const T b = math::fma(x, math::sqrt(x), math::tanh(math::expm1(math::log1p(math::exp(x)))));
    return a + b + math::max(math::abs(x), math::log(x)) - math::min(x, T(2));
  };
  const double want = formula(0.75);
  CHECK(formula(0.75f) == Approx(want).epsilon(1e-6));
  static_assert(std::is_same_v<decltype(formula(0.75f)), float>);
  CHECK(formula(dual<double>(0.75, 1.0)).value == want);
  CHECK(formula(dual<float>(0.75f, 1.0f)).slope ==
        Approx(formula(dual<double>(0.75, 1.0)).slope).epsilon(1e-6));
}

TEST_CASE("0 times infinity is 0: no NaN where a probability is 0") {
  using namespace gkd::math;
  // p log p at log p = -inf, by the student's variable
  const dual<double> log_q(-inf, 1.0);
  const auto f = weigh(exp(log_q), log_q);
  CHECK(f.value == 0.0);
  CHECK(f.slope == 0.0);
  // a constant of infinite slope: log of a constant 0
  CHECK(log(dual<double>(0.0)).slope == 0.0);
  CHECK((dual<double>(inf) * dual<double>(2.0, 0.0)).slope == 0.0);
  CHECK((dual<double>(1.0) / dual<double>(inf, 0.0)).slope == 0.0);
}

TEST_CASE("|a| has slope 0 at 0, a subgradient; comparisons look at values") {
  CHECK(abs(dual<double>(0.0, 1.0)).slope == 0.0);
  CHECK(abs(dual<double>(-2.0, 1.0)).slope == -1.0);
  CHECK(dual<double>(1.0, 5.0) < dual<double>(2.0, 0.0));
  CHECK(dual<double>(2.0, 5.0) == dual<double>(2.0, 0.0));
  CHECK(dual<double>(2.0) >= dual<double>(2.0, 1.0));
  CHECK(dual<double>(3.0) > dual<double>(2.0));
  CHECK(dual<double>(2.0) <= dual<double>(2.0));
}
