// SPDX-License-Identifier: Apache-2.0
// The skewed KLs.
#include <gkd/core/random.hpp>
#include <gkd/divergence/skew.hpp>

#include "divergence/row_sweep.hpp"

#include <cmath>    // log
#include <cstdint>  // uint64_t
#include <string>   // string
#include <vector>   // vector

using Catch::Matchers::ContainsSubstring;
using gkd::skew_forward_kl;
using gkd::skew_reverse_kl;

static_assert(gkd::divergence<skew_forward_kl> && gkd::divergence<skew_reverse_kl>);

namespace {

/// The row kernel without a gradient.
template <class D, class T>
gkd::row_result value_alone(const D& divergence, const std::vector<T>& teacher,
                            const std::vector<T>& student) {
  const gkd::index vocab = student.size();
  std::vector<double> scratch(gkd::row_scratch<D>(vocab));
  const gkd::row_pair<T> row{teacher.data(), student.data(), vocab, vocab, vocab};
  return gkd::divergence_row<D, T>(divergence, row, 1.0, 1.0, nullptr, scratch.data());
}

// p = (3/4, 1/4), q = (1/2, 1/2)
const std::vector<double> teacher = {std::log(3.0), 0.0}, student = {0.0, 0.0};
}  // namespace

TEST_CASE("skew KLs by hand: with a = 1/2 both mix to m = (5/8, 3/8)") {
  // KL(p || m) = 3/4 log(6/5) + 1/4 log(2/3), KL(q || m) = 1/2 log(4/5) + 1/2 log(4/3)
  CHECK(run_row(skew_forward_kl{0.5}, teacher, student).value() ==
        Approx(0.75 * std::log(1.2) - 0.25 * std::log(1.5)).epsilon(1e-14));
  CHECK(run_row(skew_reverse_kl{0.5}, teacher, student).value() ==
        Approx(0.5 * std::log(0.8) + 0.5 * std::log(4.0 / 3)).epsilon(1e-14));
  // together they are twice the JSD at beta = 1/2
  CHECK(run_row(skew_forward_kl{0.5}, teacher, student).value() +
            run_row(skew_reverse_kl{0.5}, teacher, student).value() ==
        Approx(2 * run_row(gkd::generalized_jsd{0.5}, teacher, student).value()).epsilon(1e-14));
}

TEST_CASE("they stay finite without a common token: -log a") {
  const std::vector<double> left = {0, -INFINITY}, right = {-INFINITY, 0};
  CHECK(run_row(skew_forward_kl{0.1}, left, right).value() ==
        Approx(-std::log(0.1)).epsilon(1e-15));
  CHECK(run_row(skew_reverse_kl{0.1}, left, right).value() ==
        Approx(-std::log(0.1)).epsilon(1e-15));
}

TEST_CASE("alpha -> 0 are the two KLs") {
  CHECK(run_row(skew_forward_kl{1e-9}, teacher, student).value() ==
        Approx(run_row(gkd::forward_kl{}, teacher, student).value()).epsilon(1e-8));
  CHECK(run_row(skew_reverse_kl{1e-9}, teacher, student).value() ==
        Approx(run_row(gkd::reverse_kl{}, teacher, student).value()).epsilon(1e-8));
}

TEST_CASE("alpha outside (0, 1) is refused, with what to use instead") {
  CHECK(skew_forward_kl{}.alpha() == 0.1);
  CHECK(skew_reverse_kl{}.alpha() == 0.1);
  for (double alpha : {0.0, 1.0, -1.0, double(NAN)}) {
    CHECK_THROWS_WITH(skew_forward_kl(alpha), ContainsSubstring("skew_forward_kl: alpha is") &&
                                                  ContainsSubstring("alpha = 0 is forward_kl"));
    CHECK_THROWS_WITH(skew_reverse_kl(alpha), ContainsSubstring("skew_reverse_kl: alpha is") &&
                                                  ContainsSubstring("alpha = 0 is reverse_kl"));
  }
}

TEMPLATE_TEST_CASE("N01 N02 N03 N06 N12 skew KLs against long double", "", double, float) {
  survey s;
  for (std::size_t vocab : {2u, 3u, 7u, 64u, 1271u, 32000u})
    for (const sweep_case& c : sweep_cases(vocab, vocab < 1000 ? 200 : vocab < 2000 ? 50 : 2))
      for (double alpha : {0.01, 0.1, 0.5, 0.9}) {
        check_against_oracle<TestType>(s, skew_forward_kl{alpha}, c);
        check_against_oracle<TestType>(s, skew_reverse_kl{alpha}, c);
      }
  s.require();
}

TEMPLATE_TEST_CASE("skew KLs of a small alpha where the teacher all but rules a token out", "",
                   double, float) {
  survey s;
  const gkd::random_stream random(3, gkd::purpose::data);
  std::uint64_t drawn = 0;
  const auto uniform = [&] { return random.uniform(drawn++); };
  for (double alpha : {1e-3, 1e-6, 1e-8, 1e-12, 1e-16, 1e-30}) {
    for (std::size_t k = 0; k < 400; ++k) {
      const std::size_t vocab = 2 + k % 4;
      std::vector<TestType> t, s_row;
      for (std::size_t v = 0; v < vocab; ++v) {
        t.push_back(static_cast<TestType>(3 * uniform()));
        s_row.push_back(static_cast<TestType>(3 * uniform()));
      }
      t[k % vocab] = static_cast<TestType>(-80 * uniform() - 5);
      const std::string where = gkd::concat("alpha ", alpha, ", row ", k);
      const auto check = [&](const auto& divergence) {
        const auto got = run_row(divergence, t, s_row);
        s.record("status", got.result.status != gkd::row_status::ok, 0.5, where);
        record_errors(s, expect_row(divergence, t, s_row), got, where);
        const gkd::row_result alone = value_alone(divergence, t, s_row);
        s.record("value alone", alone.status != got.result.status || alone.value != got.value(),
                 0.5, where);
      };
      check(skew_reverse_kl{alpha});
      check(skew_forward_kl{alpha});
    }
  }
  s.require();
}

TEMPLATE_TEST_CASE("skew KLs keep the digits of a value that goes to 0 with 1 - alpha", "", double,
                   float) {
  survey s;
  const gkd::random_stream random(4, gkd::purpose::data);
  std::uint64_t drawn = 0;
  for (double beta : {0.9, 0.3, 0.1, 1e-3, 1e-6, 1e-8, 1e-10, 1e-13, 2.3e-16}) {
    for (std::size_t k = 0; k < 200; ++k) {
      std::vector<TestType> t, s_row;
      for (std::size_t v = 0; v < 2 + k % 9; ++v) {
        const double x = 3 * random.normal(drawn++);
        t.push_back(static_cast<TestType>(x));
        s_row.push_back(static_cast<TestType>(x + (k % 2 == 0 ? 3 : 0.3) * random.normal(drawn++)));
      }
      if (k % 4 == 0) t[k % t.size()] = -40;
      if (k % 4 == 2) s_row[k % t.size()] = -40;
      const auto check = [&](const auto& divergence) {
        const std::string where = gkd::concat("1 - alpha ", beta, ", row ", k);
        const auto want = expect_row(divergence, t, s_row);
        const auto got = run_row(divergence, t, s_row);
        s.record("value", static_cast<double>(std::fabs(got.value() - want.value)),
                 static_cast<double>(1e-12L * want.value), where);
      };
      check(skew_forward_kl{1 - beta});
      check(skew_reverse_kl{1 - beta});
    }
  }
  s.require();
}

TEST_CASE("skew: the built-in columns equal the formulas and their dual numbers") {
  const auto check = [](const auto& d, double shift_of_grad_per_q) {
    const double d_ref = std::log(2.0);
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
  // relative to a reference with p/q = 2, where m/q = 1 + a and 2 - a:
  // X = (1 - a) (1 - p/m) and log(q/m) + a (1 - q/m)
  const double a = 0.2;
  check(skew_forward_kl{a}, (1 - a) * (1 - 2 / (1 + a)));
  check(skew_reverse_kl{a}, -std::log(2 - a) + a * (1 - 1 / (2 - a)));
}
