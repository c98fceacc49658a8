// SPDX-License-Identifier: Apache-2.0
// Forward and reverse KL.
#include <gkd/divergence/kl.hpp>

#include "divergence/row_sweep.hpp"

#include <cmath>   // log
#include <vector>  // vector

static_assert(gkd::divergence<gkd::forward_kl> && std::is_empty_v<gkd::forward_kl>);
static_assert(gkd::divergence<gkd::reverse_kl> && std::is_empty_v<gkd::reverse_kl>);

TEST_CASE("both KLs by hand: p = (3/4, 1/4), q = (1/2, 1/2)") {
  const std::vector<double> teacher = {std::log(3.0), 0.0}, student = {0.0, 0.0};
  const double log_3 = std::log(3.0), log_2 = std::log(2.0);
  // KL(p || q) = 3/4 log(3/2) - 1/4 log 2, KL(q || p) = 1/2 log(2/3) + 1/2 log 2
  const auto forward = run_row(gkd::forward_kl{}, teacher, student);
  CHECK(forward.value() == Approx(0.75 * log_3 - log_2).epsilon(1e-15));
  const auto reverse = run_row(gkd::reverse_kl{}, teacher, student);
  CHECK(reverse.value() == Approx(log_2 - 0.5 * log_3).epsilon(1e-14));
  // d KL(q || p)/dz_k = q_k (log(q_k/p_k) - KL), = -+ 1/4 log 3
  CHECK(reverse.dz[0] == Approx(-0.25 * log_3).epsilon(1e-15));
  CHECK(reverse.dz[1] == Approx(0.25 * log_3).epsilon(1e-15));
}

TEST_CASE("the terms of the formula are what KL sums, and none is negative") {
  for (double log_p : {-0.1, -1.0, -7.0, -700.0}) {
    for (double log_q : {-0.2, -1.0, -9.0, -650.0}) {
      CHECK(gkd::forward_kl{}(log_p, log_q) >= 0.0);
      CHECK(gkd::reverse_kl{}(log_p, log_q) == gkd::forward_kl{}(log_q, log_p));
    }
  }
}

TEST_CASE("kl: the built-in column equals the formula and its dual numbers") {
  // p = 0.3, q = 0.2: g may differ by a multiple of q, here by none for forward KL
  const double p = 0.3, q = 0.2, d = std::log(p / q);
  const auto fused = gkd::forward_kl{}.on_row(0.0)(gkd::column<double>{p, q, d, d});
  const auto dual = gkd::detail::differentiate(gkd::forward_kl{}, std::log(p), std::log(q));
  CHECK(fused.value == Approx(dual.value).epsilon(1e-14));
  CHECK(fused.grad == Approx(dual.grad).epsilon(1e-14));
  const auto reverse = gkd::reverse_kl{}.on_row(0.0)(gkd::column<double>{p, q, d, d});
  const auto reverse_dual = gkd::detail::differentiate(gkd::reverse_kl{}, std::log(p), std::log(q));
  CHECK(reverse.value == Approx(reverse_dual.value).epsilon(1e-14));
  CHECK(reverse.grad == Approx(reverse_dual.grad).epsilon(1e-14));
}
