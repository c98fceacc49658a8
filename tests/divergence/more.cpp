// SPDX-License-Identifier: Apache-2.0
// Total variation, Jeffreys and the alpha-divergence.
#include <gkd/divergence/more.hpp>

#include "divergence/row_sweep.hpp"

#include <cmath>   // log, sqrt
#include <vector>  // vector

using Catch::Matchers::ContainsSubstring;
using gkd::alpha_divergence;
using gkd::jeffreys;
using gkd::total_variation;

static_assert(gkd::divergence<total_variation> && gkd::divergence<jeffreys>);
static_assert(gkd::divergence<alpha_divergence>);

namespace {
// p = (3/4, 1/4), q = (1/2, 1/2)
const std::vector<double> teacher = {std::log(3.0), 0.0}, student = {0.0, 0.0};
constexpr double inf = std::numeric_limits<double>::infinity();
}  // namespace

TEST_CASE("total variation by hand: 1/2 (1/4 + 1/4)") {
  const auto o = run_row(total_variation{}, teacher, student);
  CHECK(o.value() == Approx(0.25).epsilon(1e-15));
  // TV = q_1 - 1/4 here, and dq_1/dz_0 = -q_0 q_1
  CHECK(o.dz[0] == Approx(-0.25).epsilon(1e-15));
  CHECK(o.dz[1] == Approx(0.25).epsilon(1e-15));
  // without a common token it is 1
  const std::vector<double> left = {0, -inf}, right = {-inf, 0};
  CHECK(run_row(total_variation{}, left, right).value() == 1.0);
}

TEST_CASE("Jeffreys by hand: (p - q) (log p - log q) summed is 1/4 log 3") {
  const auto o = run_row(jeffreys{}, teacher, student);
  CHECK(o.value() == Approx(0.25 * std::log(3.0)).epsilon(1e-15));
  // the sum of the gradients of both KLs: (q - p) - 1/4 log 3 for the first token
  CHECK(o.dz[0] == Approx(-0.25 - 0.25 * std::log(3.0)).epsilon(1e-15));
}

TEST_CASE("alpha = 1/2 is 4 times the squared Hellinger distance") {
  const auto o = run_row(alpha_divergence{0.5}, teacher, student);
  CHECK(o.value() == Approx(4 * (1 - std::sqrt(0.375) - std::sqrt(0.125))).epsilon(1e-14));
  // without a common token sum p^a q^(1-a) is 0
  const std::vector<double> left = {0, -inf}, right = {-inf, 0};
  CHECK(run_row(alpha_divergence{0.5}, left, right).value() == 4.0);
  CHECK(run_row(alpha_divergence{0.1}, left, right).value() == Approx(1 / 0.09).epsilon(1e-15));
}

TEST_CASE("alpha -> 1 is forward KL, alpha -> 0 is reverse KL") {
  const double forward = run_row(gkd::forward_kl{}, teacher, student).value();
  const double reverse = run_row(gkd::reverse_kl{}, teacher, student).value();
  CHECK(run_row(alpha_divergence{1 - 1e-7}, teacher, student).value() ==
        Approx(forward).epsilon(1e-6));
  CHECK(run_row(alpha_divergence{1e-7}, teacher, student).value() == Approx(reverse).epsilon(1e-6));
}

TEST_CASE("alpha outside (0, 1) is refused") {
  for (double alpha : {0.0, 1.0, -1.0, 2.0, double(NAN)})
    CHECK_THROWS_WITH(alpha_divergence(alpha),
                      ContainsSubstring("alpha_divergence: alpha is") &&
                          ContainsSubstring("want 0 < alpha < 1; alpha = 0 is reverse_kl"));
}

TEMPLATE_TEST_CASE("N01 N02 N03 N06 N12 Jeffreys and alpha against long double", "", double,
                   float) {
  survey s;
  for (std::size_t vocab : {2u, 3u, 7u, 64u, 1271u, 32000u})
    for (const sweep_case& c : sweep_cases(vocab, vocab < 1000 ? 200 : vocab < 2000 ? 50 : 2))
      for (const gkd::any_divergence& d :
           {gkd::any_divergence(jeffreys{}), gkd::any_divergence(alpha_divergence{0.01}),
            gkd::any_divergence(alpha_divergence{0.5}), gkd::any_divergence(alpha_divergence{0.9})})
        check_against_oracle<TestType>(s, d, c);
  s.require();
}

TEMPLATE_TEST_CASE("N01 N03 N06 total variation, away from its kinks", "", double, float) {
  // where p_v = q_v but for rounding the sign of p - q is not defined, and with it the gradient
  survey s;
  for (std::size_t vocab : {2u, 3u, 7u, 64u, 1271u})
    for (const sweep_case& c : sweep_cases(vocab, 200))
      if (c.noise >= 1.0 && c.shape != cases::shape::tiny && c.shape != cases::shape::one_hot &&
          c.shape != cases::shape::sharp)
        check_against_oracle<TestType>(s, total_variation{}, c);
  s.require();
}

TEST_CASE("more: the built-in columns equal the formulas and their dual numbers") {
  const auto check = [](const auto& d, double shift_of_grad_per_q, double d_ref) {
    for (double p : {0.7, 0.2, 1e-9}) {
      for (double q : {0.6, 0.3, 1e-7}) {
        const double ratio = std::log(p / q);
        const auto fused = d.on_row(d_ref)(gkd::column<double>{p, q, ratio, ratio - d_ref});
        const auto dual = gkd::detail::differentiate(d, std::log(p), std::log(q));
        CHECK(fused.value == Approx(dual.value).epsilon(1e-12).margin(1e-20));
        CHECK(fused.grad ==
              Approx(dual.grad - shift_of_grad_per_q * q).epsilon(1e-12).margin(1e-20));
      }
    }
  };
  // relative to a reference with p/q = 2: X = 1/2 sign(q - p), -d - p/q + 1, (1 - (p/q)^a) / a
  const double d_ref = std::log(2.0);
  check(total_variation{}, -0.5, d_ref);
  check(jeffreys{}, -d_ref, d_ref);  // p - q stays as it is: it sums to 0
  check(alpha_divergence{0.3}, (1 - std::pow(2.0, 0.3)) / 0.3, d_ref);
}
