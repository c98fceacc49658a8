// SPDX-License-Identifier: Apache-2.0
// What a divergence is made of: a column, f and g of it, and the helpers that do not cancel.
#include <gkd/divergence/kl.hpp>
#include <gkd/divergence/term.hpp>

#include "support/catch.hpp"

#include <cmath>   // exp, log
#include <limits>  // infinity

namespace {
constexpr double inf = std::numeric_limits<double>::infinity();

struct squared_gap {  // f = (log p - log q)^2
  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
    return (log_p - log_q) * (log_p - log_q);
  }
};
struct says_so : squared_gap {
  static constexpr bool finite_at_zero_p = true;
};
}  // namespace

TEST_CASE("a policy that has only f gets its derivative from dual numbers") {
  const auto t = gkd::detail::differentiate(squared_gap{}, -1.0, -3.0);
  CHECK(t.value == 4.0);
  CHECK(t.grad == -4.0);  // d/dlog q (log p - log q)^2 = -2 (log p - log q)
}

TEST_CASE("columns with a zero take part only where a policy says that f is finite there") {
  CHECK_FALSE(gkd::detail::finite_at_zero_p<squared_gap>());
  CHECK_FALSE(gkd::detail::finite_at_zero_q<squared_gap>());
  CHECK(gkd::detail::finite_at_zero_p<says_so>());
  CHECK(gkd::detail::finite_at_zero_p<gkd::forward_kl>());
  CHECK_FALSE(gkd::detail::finite_at_zero_q<gkd::forward_kl>());
  CHECK(gkd::detail::finite_at_zero_q<gkd::reverse_kl>());
}

TEST_CASE("p - q keeps its digits where p and q nearly agree") {
  using gkd::detail::difference;
  // p = 1/4 e^(1e-12), q = 1/4
  const double p = 0.25 * std::exp(1e-12);
  CHECK(difference(gkd::column<double>{p, 0.25, 1e-12, 0}) == Approx(2.5e-13).epsilon(1e-11));
  CHECK(difference(gkd::column<double>{0.25, p, -1e-12, 0}) == Approx(-2.5e-13).epsilon(1e-11));
  CHECK(difference(gkd::column<double>{0.25, 0, inf, 0}) == 0.25);
  CHECK(difference(gkd::column<double>{0, 0.25, -inf, 0}) == -0.25);
}

TEST_CASE("ln(a + w e^d) for every d") {
  using gkd::detail::log_mixture;
  CHECK(log_mixture(0.5, 0.5, 0.0) == 0.0);
  CHECK(log_mixture(0.75, 0.25, std::log(5.0)) == Approx(std::log(2.0)).epsilon(1e-15));
  CHECK(log_mixture(0.75, 0.25, 1e-14) == Approx(0.25e-14).epsilon(1e-13));
  CHECK(log_mixture(0.75, 0.25, -inf) == Approx(std::log(0.75)).epsilon(1e-15));
  CHECK(log_mixture(1e-6, 1 - 1e-6, -inf) == Approx(std::log(1e-6)).epsilon(1e-15));
  CHECK(log_mixture(0.75, 0.25, 1000.0) == Approx(1000 + std::log(0.25)).epsilon(1e-15));
  CHECK(log_mixture(0.75, 0.25, inf) == inf);
}

TEST_CASE("a mixture relative to the reference token") {
  // m(d) = 3/4 + 1/4 e^d with e^(d_ref) = 5: m = 2
  const double d_ref = std::log(5.0);
  const gkd::detail::mixture_change m(0.75, 0.25, d_ref);
  CHECK(m.total() == Approx(2.0).epsilon(1e-15));
  CHECK(m.a() == Approx(0.375).epsilon(1e-15));
  CHECK(m.w_ref() == Approx(0.625).epsilon(1e-15));
  // e^d = 13: m = 4, twice as much
  const double d = std::log(13.0);
  const gkd::column<double> c{0, 0, d, d - d_ref};
  CHECK(m.relative(c) == Approx(1.0).epsilon(1e-15));
  CHECK(m.log(c) == Approx(std::log(2.0)).epsilon(1e-15));
  // close to the reference: ln(1 + 5/8 (e^h - 1)) = 5/8 h + ...
  CHECK(m.log(gkd::column<double>{0, 0, d_ref, 1e-12}) == Approx(0.625e-12).epsilon(1e-11));
  // a reference without teacher mass: m(d_ref) = 3/4
  const gkd::detail::mixture_change none(0.75, 0.25, -inf);
  CHECK(none.log(gkd::column<double>{0, 0, 0.0, inf}) == Approx(std::log(4.0 / 3)).epsilon(1e-15));
  CHECK(none.log(gkd::column<double>{0, 0, -inf, 0.0}) == 0.0);
}
