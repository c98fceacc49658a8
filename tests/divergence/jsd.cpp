// SPDX-License-Identifier: Apache-2.0
// The generalized Jensen-Shannon divergence.
#include <gkd/divergence/jsd.hpp>
#include <gkd/divergence/kl.hpp>

#include "divergence/row_sweep.hpp"

#include <cmath>   // log, nextafter
#include <vector>  // vector

using Catch::Matchers::ContainsSubstring;
using gkd::generalized_jsd;
using gkd::generalized_jsd_at;

static_assert(gkd::divergence<generalized_jsd>);
static_assert(gkd::divergence<generalized_jsd_at<1, 2>> &&
              std::is_empty_v<generalized_jsd_at<1, 2>>);

TEST_CASE("JSD by hand: p = (1, 0), q = (1/2, 1/2), beta = 1/2, so m = (3/4, 1/4)") {
  const double inf = std::numeric_limits<double>::infinity();
  const std::vector<double> teacher = {0, -inf}, student = {0, 0};
  // 1/2 log(4/3) + 1/2 (1/2 log(2/3) + 1/2 log 2)
  const double want = 0.5 * std::log(4.0 / 3) + 0.25 * std::log(4.0 / 3);
  const auto o = run_row(generalized_jsd{0.5}, teacher, student);
  CHECK(o.value() == Approx(want).epsilon(1e-15));
  // dD/dz_0 = 1/2 q_0 (log(q_0/m_0) - sum_v q_v log(q_v/m_v)) = 1/8 log(1/3)
  CHECK(o.dz[0] == Approx(-std::log(3.0) / 8).epsilon(1e-15));
  CHECK(o.dz[1] == Approx(std::log(3.0) / 8).epsilon(1e-15));
}

TEST_CASE("two distributions without a common token: D = H(beta), log 2 at beta = 1/2") {
  const std::vector<float> teacher = {0, -INFINITY}, student = {-INFINITY, 0};
  CHECK(run_row(generalized_jsd{0.5}, teacher, student).value() ==
        Approx(std::log(2.0)).epsilon(1e-15));
  const double h = -0.1 * std::log(0.1) - 0.9 * std::log(0.9);
  CHECK(run_row(generalized_jsd{0.1}, teacher, student).value() == Approx(h).epsilon(1e-15));
}

TEST_CASE("beta at compile time is the same divergence, and takes no memory") {
  cases::numbers random(1);
  const auto row = cases::row<double>(cases::shape::normal, 50, 1.0, random);
  const auto run_time = run_row(generalized_jsd{0.25}, row.teacher, row.student);
  const auto fixed = run_row(generalized_jsd_at<1, 4>{}, row.teacher, row.student);
  CHECK(fixed.value() == run_time.value());
  CHECK(fixed.dz == run_time.dz);
  CHECK(generalized_jsd_at<1, 4>::beta() == 0.25);
}

TEST_CASE("scaling::continuous divides value and gradient by beta (1 - beta)") {
  cases::numbers random(2);
  const auto row = cases::row<double>(cases::shape::normal, 50, 1.0, random);
  const auto paper = run_row(generalized_jsd{0.2}, row.teacher, row.student);
  const auto scaled =
      run_row(generalized_jsd{0.2, gkd::scaling::continuous}, row.teacher, row.student);
  CHECK(scaled.value() == Approx(paper.value() / 0.16).epsilon(1e-14));
  for (std::size_t v = 0; v < 50; ++v)
    CHECK(scaled.dz[v] == Approx(paper.dz[v] / 0.16).epsilon(1e-13));
  using continuous_fifth = generalized_jsd_at<1, 5, gkd::scaling::continuous>;
  const auto fixed = run_row(continuous_fifth{}, row.teacher, row.student);
  CHECK(fixed.value() == Approx(scaled.value()).epsilon(1e-15));
}

TEST_CASE("jsd: the built-in column equals the formula and its dual numbers") {
  for (double beta : {0.1, 0.5, 0.9}) {
    for (double p : {0.7, 0.2, 1e-9}) {
      for (double q : {0.6, 0.2, 1e-7}) {
        const double d = std::log(p / q), d_ref = std::log(0.5 / 0.25);
        const auto fused =
            generalized_jsd{beta}.on_row(d_ref)(gkd::column<double>{p, q, d, d - d_ref});
        const auto dual =
            gkd::detail::differentiate(generalized_jsd{beta}, std::log(p), std::log(q));
        // the formula's value is a sum whose extra terms vanish over a row only; g is relative to r
        const double l_ref = -std::log(1 - beta + beta * 2.0);
        CHECK(fused.value == Approx(dual.value).epsilon(1e-9).margin(1e-16));
        CHECK(fused.grad == Approx(dual.grad - (1 - beta) * q * l_ref).epsilon(1e-9).margin(1e-16));
      }
    }
  }
}

TEST_CASE("beta outside (0, 1) is refused, with what to use instead") {
  for (double beta : {0.0, 1.0, -0.5, 1.5, double(NAN), double(INFINITY)}) {
    try {
      generalized_jsd d{beta};
      FAIL("no error for beta " << beta << d.beta());
    } catch (const gkd::error& e) {
      CHECK(e.code() == gkd::errc::bad_argument);
      CHECK_THAT(e.what(), ContainsSubstring("want 0 < beta < 1"));
      CHECK_THAT(e.what(), ContainsSubstring("any_divergence::from_beta"));
    }
  }
  CHECK_THROWS_WITH(generalized_jsd(1e-310, gkd::scaling::continuous),
                    ContainsSubstring("too close to 0 for scaling::continuous"));
}
