// SPDX-License-Identifier: Apache-2.0
// The row kernel: one row of teacher and student logits gives a divergence and its gradient.
#include <gkd/divergence/row.hpp>

#include "divergence/row_sweep.hpp"
#include "support/worst_of.hpp"

#include <algorithm>  // all_of, reverse
#include <cmath>      // log, exp, signbit
#include <limits>     // quiet_NaN
#include <memory>     // unique_ptr
#include <numeric>    // iota
#include <vector>     // vector

using gkd::any_divergence;
using gkd::row_status;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
const std::vector<double> betas = {0.0, 1e-6, 1e-3, 0.1, 0.5, 0.9, 0.999, 1 - 1e-6, 1.0};

// KL(q || p) by its formula alone, to compare with the built-in's own column
struct plain_reverse_kl {
  static constexpr bool finite_at_zero_q = true;
  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
    return gkd::math::weigh(exp(log_q), log_q - log_p);
  }
};

// the same as a divergence of whole rows
struct rowwise_reverse_kl {
  static constexpr bool finite_at_zero_q = true;
  double row(const double* log_p, const double* log_q, double* grad, gkd::index vocab) const {
    double sum = 0;
    for (gkd::index v = 0; v < vocab; ++v) {
      if (log_q[v] == -inf) continue;
      const double q = std::exp(log_q[v]);
      sum += q * (log_q[v] - log_p[v]);
      grad[v] = q * (log_q[v] - log_p[v] + 1);
    }
    return sum;
  }
};

template <class T>
std::vector<any_divergence> all_divergences() {
  std::vector<any_divergence> out = {gkd::total_variation{}, gkd::jeffreys{}};
  for (double beta : betas) out.push_back(any_divergence::from_beta(beta));
  for (double a : {0.1, 0.5, 0.9}) {
    out.push_back(gkd::skew_forward_kl{a});
    out.push_back(gkd::skew_reverse_kl{a});
    out.push_back(gkd::alpha_divergence{a});
  }
  return out;
}

}  // namespace

TEST_CASE("a row by hand: p = (3/4, 1/4), q = (1/2, 1/2)") {
  const std::vector<double> teacher = {std::log(3.0), 0.0}, student = {0.0, 0.0};
  // KL(p || q) = 3/4 log(3/2) + 1/4 log(1/2);  dD/dz = q - p
  const auto forward = run_row(gkd::forward_kl{}, teacher, student);
  CHECK(forward.value() == Approx(0.75 * std::log(1.5) + 0.25 * std::log(0.5)).epsilon(1e-15));
  CHECK(forward.dz[0] == Approx(-0.25).epsilon(1e-15));
  CHECK(forward.dz[1] == Approx(0.25).epsilon(1e-15));
  CHECK(forward.result.status == row_status::ok);

  // at temperature 2, p = sqrt(3) : 1, and the gradient is divided by 2
  const double p = std::sqrt(3.0) / (1 + std::sqrt(3.0));
  const auto warm = run_row(gkd::forward_kl{}, teacher, student, 2.0);
  CHECK(warm.dz[0] == Approx((0.5 - p) / 2).epsilon(1e-15));
}

TEST_CASE("the gradient may overwrite the student's row, be scaled, or be left out") {
  const std::vector<float> teacher = {1, 2, 3}, student = {2, 1, 0};
  std::vector<double> scratch(gkd::row_scratch<gkd::forward_kl>(3));
  const auto want = run_row(gkd::forward_kl{}, teacher, student);
  std::vector<float> in_place = student;
  const gkd::row_pair<float> row{teacher.data(), in_place.data(), 3, 3, 3};
  const auto without = gkd::divergence_row(gkd::forward_kl{}, row, 1.0, 1.0,
                                           static_cast<float*>(nullptr), scratch.data());
  CHECK(in_place == student);
  CHECK(without.value == want.value());
  gkd::divergence_row(gkd::forward_kl{}, row, 1.0, -4.0, in_place.data(), scratch.data());
  for (std::size_t v = 0; v < 3; ++v) CHECK(in_place[v] == -4 * want.dz[v]);
}

TEST_CASE("padded columns take no part and their mass is reported") {
  const std::vector<double> teacher = {0, 0, 0, 0}, student = {0, 0, 0, 0, std::log(4.0)};
  const auto o = run_row(gkd::generalized_jsd{0.5}, teacher, student, 1.0, 3);
  CHECK(o.value() == 0.0);  // both are uniform over the three columns
  CHECK(o.result.teacher_outside == Approx(0.25));
  CHECK(o.result.student_outside == Approx(5.0 / 8));
  for (double g : o.dz) CHECK(g == 0.0);
}

TEST_CASE("a divergence by its formula, by its own column and by whole rows is the same") {
  for (const sweep_case& c : sweep_cases(64, 100)) {
    if (c.shape == cases::shape::tiny || c.shape == cases::shape::sharp) continue;
    cases::numbers random(c.seed);
    const auto row = cases::row<double>(c.shape, c.vocab, c.noise, random);
    const auto built_in = run_row(gkd::reverse_kl{}, row.teacher, row.student);
    const auto formula = run_row(plain_reverse_kl{}, row.teacher, row.student);
    const auto whole = run_row(rowwise_reverse_kl{}, row.teacher, row.student);
    INFO(c.text());
    CHECK(formula.value() == Approx(built_in.value()).epsilon(1e-10).margin(1e-14));
    CHECK(whole.value() == Approx(built_in.value()).epsilon(1e-10).margin(1e-14));
    for (std::size_t v = 0; v < 64; ++v) {
      CHECK(std::fabs(formula.dz[v] - built_in.dz[v]) < 1e-14);
      CHECK(std::fabs(whole.dz[v] - built_in.dz[v]) < 1e-14);
    }
  }
}

TEMPLATE_TEST_CASE("N01 N02 N03 N06 N12 every beta, shape and distance against long double", "",
                   double, float) {
  survey s;
  for (std::size_t vocab : {1u, 2u, 3u, 7u, 64u, 1000u, 1271u, 32000u, 151936u}) {
    for (const sweep_case& c : sweep_cases(vocab, vocab <= 1271 ? 200 : 4)) {
      for (double beta : betas) {
        if (vocab > 1271 && c.seed % 3 != 0 && beta != 0.5) continue;
        check_against_oracle<TestType>(s, any_divergence::from_beta(beta), c);
      }
    }
  }
  s.require();
}

TEMPLATE_TEST_CASE("N01 N02 N03 N06 N12 at temperatures other than 1", "", double, float) {
  survey s;
  for (double temperature : {0.5, 0.7, 2.0, 4.0})
    for (const sweep_case& c : sweep_cases(100, 100))
      for (double beta : {0.0, 0.3, 1.0})
        check_against_oracle<TestType>(s, any_divergence::from_beta(beta), c, temperature);
  s.require();
}

TEMPLATE_TEST_CASE("by hand: a teacher far above its student, all of whose logits are equal", "",
                   double, float) {
  // p = (1/2, 1/2), q = (3/4, 1/4)
  const std::vector<TestType> student = {static_cast<TestType>(std::log(3.0)), 0};
  for (double far : {1.0, 1e4, 1e8, 1e12, 1e17, 1e30, -1e12, -1e30}) {
    const std::vector<TestType> teacher(2, static_cast<TestType>(far));
    const double epsilon = tolerance<TestType>::epsilon;
    const auto forward = run_row(gkd::forward_kl{}, teacher, student);
    INFO("teacher at " << far);
    CHECK(forward.value() == Approx(0.5 * std::log(4.0 / 3)).epsilon(4 * epsilon));
    CHECK(forward.dz[0] == Approx(0.25).epsilon(4 * epsilon));
    CHECK(forward.dz[1] == Approx(-0.25).epsilon(4 * epsilon));
    const auto reverse = run_row(gkd::reverse_kl{}, teacher, student);
    CHECK(reverse.value() ==
          Approx(0.75 * std::log(1.5) - 0.25 * std::log(2)).epsilon(4 * epsilon));
  }
}

TEMPLATE_TEST_CASE("N01 N02 N03 N06 N12 one side alone shifted by a power of two", "", double,
                   float) {
  survey s;
  std::vector<any_divergence> some = {gkd::jeffreys{}, gkd::skew_forward_kl{0.1},
                                      gkd::skew_reverse_kl{0.1}, gkd::alpha_divergence{0.5}};
  for (double beta : {0.0, 0.1, 0.5, 0.9, 1.0}) some.push_back(any_divergence::from_beta(beta));
  for (int power = 0; power <= 120; power += power < 64 ? 1 : 7) {
    for (const sweep_case& c : sweep_cases(64, 10)) {
      if (c.shape == cases::shape::sharp || c.shape == cases::shape::tiny) continue;
      cases::numbers random(c.seed);
      const auto row = cases::row<TestType>(c.shape, c.vocab, c.noise, random);
      const double shift = (random.uniform() < 0.5 ? -1 : 1) * std::pow(2.0, power);
      auto moved = row, same = row;  // same: the rounded logits of moved, shifted back exactly
      const bool of_teacher = random.uniform() < 0.5;
      auto& there = of_teacher ? moved.teacher : moved.student;
      auto& here = of_teacher ? same.teacher : same.student;
      for (std::size_t v = 0; v < c.vocab; ++v) {
        there[v] = static_cast<TestType>(there[v] + shift);
        here[v] = static_cast<TestType>(there[v] - shift);
        REQUIRE((here[v] + static_cast<long double>(shift)) - there[v] == 0.0L);
      }
      for (double temperature : {1.0, 0.5, 1e6}) {
        for (const any_divergence& d : some)
          record_errors(
              s, expect_row(d, same.teacher, same.student, temperature),
              run_row(d, moved.teacher, moved.student, temperature),
              gkd::concat(d.text(), ", temperature ", temperature, ", shift ", shift,
                          of_teacher ? " of the teacher, " : " of the student, ", c.text()));
      }
    }
  }
  s.require();
}

TEST_CASE("N04 the gradient equals five-point differences of the value") {
  const double h0 = std::pow(2.2e-16, 0.2);
  for (const any_divergence& d : all_divergences<double>()) {
    if (d.name() == "total_variation") continue;  // its derivative jumps
    for (std::size_t i = 0; i < 40; ++i) {
      cases::numbers random(77 + i);
      const std::size_t vocab = 2 + i;
      const auto row = cases::row<double>(cases::shape::normal, vocab, i % 2 ? 1.0 : 0.1, random);
      const double temperature = i % 4 < 2 ? 1.0 : 2.0;
      const auto got = run_row(d, row.teacher, row.student, temperature);
      double largest = 0;
      for (double g : got.dz) largest = worst_of(largest, std::fabs(g));
      for (std::size_t k = 0; k < vocab; ++k) {
        const double h = h0 * std::max(1.0, std::fabs(row.student[k]));
        const auto value = [&](double step) {
          auto moved = row.student;
          moved[k] += step;
          return run_row(d, row.teacher, moved, temperature).value();
        };
        const double slope =
            (value(-2 * h) - 8 * value(-h) + 8 * value(h) - value(2 * h)) / (12 * h);
        INFO(d.text() << ", V=" << vocab << ", column " << k << ": " << got.dz[k] << " " << slope);
        CHECK(std::fabs(got.dz[k] - slope) <= 1e-8);
        CHECK(std::fabs(got.dz[k] - slope) <= 1e-6 * largest + 1e-10);
      }
    }
  }
}

TEMPLATE_TEST_CASE("N07 D <= H(beta)", "", double, float) {
  for (double beta : {1e-6, 1e-3, 0.1, 0.5, 0.9, 0.999}) {
    const double entropy = -beta * std::log(beta) - (1 - beta) * std::log1p(-beta);
    for (const sweep_case& c : sweep_cases(64, 200)) {
      cases::numbers random(c.seed);
      const auto row = cases::row<TestType>(c.shape, c.vocab, 10 * c.noise, random);
      CHECK(run_row(gkd::generalized_jsd{beta}, row.teacher, row.student).value() <=
            entropy + 4 * tolerance<TestType>::epsilon);
    }
    // and it is attained by two distributions without a token in common
    const std::vector<TestType> teacher = {0, -200}, student = {-200, 0};
    CHECK(run_row(gkd::generalized_jsd{beta}, teacher, student).value() ==
          Approx(entropy).epsilon(4 * tolerance<TestType>::epsilon));
  }
}

TEMPLATE_TEST_CASE("N08 at equality loss and gradient are exactly 0", "", double, float) {
  for (const any_divergence& d : all_divergences<TestType>()) {
    for (std::size_t vocab : {1u, 2u, 7u, 1271u}) {
      for (cases::shape shape : cases::shapes) {
        cases::numbers random(vocab);
        const auto row = cases::row<TestType>(shape, vocab, 0.0, random);
        const auto o = run_row(d, row.teacher, row.student, 0.7);
        INFO(d.text() << ", " << cases::name(shape) << ", V=" << vocab);
        CHECK(o.value() == 0.0);
        const auto zero = [](TestType g) { return g == TestType(0) && !std::signbit(g); };
        CHECK(std::all_of(o.dz.begin(), o.dz.end(), zero));
      }
    }
  }
}

TEMPLATE_TEST_CASE("N09 D_beta(p, q) = D_(1 - beta)(q, p)", "", double, float) {
  survey s;
  for (double beta : {0.0, 1e-3, 0.1, 0.25, 0.5}) {
    for (const sweep_case& c : sweep_cases(64, 200)) {
      cases::numbers random(c.seed);
      const auto row = cases::row<TestType>(c.shape, c.vocab, c.noise, random);
      const double one = run_row(any_divergence::from_beta(beta), row.teacher, row.student).value();
      const double two =
          run_row(any_divergence::from_beta(1 - beta), row.student, row.teacher).value();
      const double delta = distance(row.teacher, row.student, 1.0);
      const double allowed = std::is_same_v<TestType, double>
                                 ? 8 * tolerance<double>::epsilon
                                 : 8 * tolerance<float>::epsilon / std::min(1.0, delta);
      s.record("N09", std::fabs(one - two), allowed * std::max(one, delta < 1 ? 1.0 : one) + 1e-300,
               gkd::concat("beta ", beta, ", ", c.text()));
    }
  }
  s.require();
}

TEST_CASE("N10 the limits: D_beta / beta -> KL(p || q) and D_(1 - beta) / beta -> KL(q || p)") {
  cases::numbers random(10);
  for (int draw = 0; draw < 200; ++draw) {
    const auto row = cases::row<double>(cases::shape::normal, 7, 0.3, random);
    for (bool forward : {true, false}) {
      const double kl = forward ? run_row(gkd::forward_kl{}, row.teacher, row.student).value()
                                : run_row(gkd::reverse_kl{}, row.teacher, row.student).value();
      // chi^2(p || q) = sum (p - q)^2 / q, with the sides exchanged for the other limit
      const auto& a = forward ? row.teacher : row.student;
      const auto& b = forward ? row.student : row.teacher;
      double za = 0, zb = 0, chi2 = -1;
      for (double x : a) za += std::exp(x);
      for (double x : b) zb += std::exp(x);
      for (std::size_t v = 0; v < a.size(); ++v) chi2 += std::exp(2 * a[v] - b[v]) / (za * za) * zb;
      double previous = 0;
      for (double beta : {1e-2, 1e-4, 1e-6, 1e-8}) {
        const auto error_at = [&](double weight) {
          const gkd::generalized_jsd d{forward ? weight : 1 - weight};
          return std::fabs(run_row(d, row.teacher, row.student).value() / weight - kl) / kl;
        };
        CHECK(error_at(beta) <= beta * chi2 / kl + 1e-8);
        previous = error_at(beta);
        if (previous > 1e-6 && beta <= 1e-4)  // halving beta halves the error
          CHECK(error_at(beta / 2) == Approx(previous / 2).epsilon(0.1));
      }
    }
  }
}

TEMPLATE_TEST_CASE("N11 beta next to 0 and 1 is no NaN; the ends are the KLs", "", double, float) {
  cases::numbers random(11);
  const auto row = cases::row<TestType>(cases::shape::normal, 64, 1.0, random);
  for (double beta : {std::nextafter(0.0, 1.0), std::nextafter(1.0, 0.0)}) {
    const auto o = run_row(gkd::generalized_jsd{beta}, row.teacher, row.student);
    CHECK(o.value() >= 0.0);
    CHECK(o.value() < 1e-10);
    for (auto g : o.dz) CHECK(std::isfinite(g));
  }
  const auto at_0 = run_row(any_divergence::from_beta(0.0), row.teacher, row.student);
  CHECK(at_0.value() == run_row(gkd::forward_kl{}, row.teacher, row.student).value());
  const auto at_1 = run_row(any_divergence::from_beta(1.0), row.teacher, row.student);
  CHECK(at_1.dz == run_row(gkd::reverse_kl{}, row.teacher, row.student).dz);
  // scaling::continuous joins them without a jump
  const gkd::generalized_jsd close{1e-9, gkd::scaling::continuous};
  CHECK(run_row(close, row.teacher, row.student).value() == Approx(at_0.value()).epsilon(1e-6));
  const gkd::generalized_jsd other{1 - 1e-9, gkd::scaling::continuous};
  CHECK(run_row(other, row.teacher, row.student).value() == Approx(at_1.value()).epsilon(1e-6));
}

TEMPLATE_TEST_CASE("N13 a common shift of either side changes no bit", "", double, float) {
  for (const any_divergence& d : all_divergences<TestType>()) {
    for (std::size_t i = 0; i < 200; ++i) {
      cases::numbers random(i);
      auto row = cases::row<TestType>(cases::shape::normal, 7, 1.0, random);
      cases::to_grid(row.teacher);
      cases::to_grid(row.student);
      const auto want = run_row(d, row.teacher, row.student);
      const auto c = static_cast<TestType>((i % 2 ? 1 : -1) * std::pow(2.0, double(i % 11)));
      for (auto& x : row.student) x += c;
      if (i % 3 == 0)
        for (auto& x : row.teacher) x -= 2 * c;
      const auto got = run_row(d, row.teacher, row.student);
      INFO(d.text() << ", draw " << i);
      CHECK(got.value() == want.value());
      CHECK(got.dz == want.dz);
    }
  }
}

TEMPLATE_TEST_CASE(
    "N14 shifting both sides, or one, by any c changes no more than rounding the logits", "",
    double, float) {
  survey s;
  for (const sweep_case& c : sweep_cases(64, 200)) {
    cases::numbers random(c.seed);
    const auto row = cases::row<TestType>(c.shape, c.vocab, c.noise, random);
    const double shift = 1e4 * (2 * random.uniform() - 1);
    auto both = row, teacher = row, student = row;
    for (auto* side : {&both.teacher, &both.student, &teacher.teacher, &student.student})
      for (auto& x : *side) x = static_cast<TestType>(x + shift);
    const double delta = distance(row.teacher, row.student, 1.0);
    if (delta < 1e-3) continue;
    const gkd::generalized_jsd d{0.5};
    const double want = run_row(d, row.teacher, row.student).value();
    for (const auto* moved : {&both, &teacher, &student})
      s.record("N14 value", std::fabs(run_row(d, moved->teacher, moved->student).value() - want),
               16 * tolerance<TestType>::epsilon * (1 + std::fabs(shift) / delta), c.text());
  }
  s.require();
}

TEMPLATE_TEST_CASE("N15 permuting the vocabulary permutes the gradient", "", double, float) {
  for (const any_divergence& d : all_divergences<TestType>()) {
    for (const sweep_case& c : sweep_cases(64, 50)) {
      if (d.name() == "total_variation" && c.shape == cases::shape::ties) continue;
      cases::numbers random(c.seed);
      auto row = cases::row<TestType>(c.shape, c.vocab, c.noise, random);
      const auto want = run_row(d, row.teacher, row.student);
      std::reverse(row.teacher.begin(), row.teacher.end());
      std::reverse(row.student.begin(), row.student.end());
      auto got = run_row(d, row.teacher, row.student);
      std::reverse(got.dz.begin(), got.dz.end());
      INFO(d.text() << ", " << c.text());
      const double epsilon = std::is_same_v<TestType, double> ? 4 * tolerance<double>::epsilon
                                                              : tolerance<float>::epsilon;
      CHECK(got.value() == Approx(want.value()).epsilon(epsilon).margin(1e-300));
      double largest = 0, error = 0;
      for (std::size_t v = 0; v < c.vocab; ++v) {
        largest = worst_of(largest, std::fabs(double(want.dz[v])));
        error = worst_of(error, std::fabs(double(got.dz[v]) - double(want.dz[v])));
      }
      CHECK(error <=
            (std::is_same_v<TestType, double> ? 4 : 2) * tolerance<TestType>::epsilon * largest +
                tolerance<TestType>::floor);
    }
  }
}

TEMPLATE_TEST_CASE("N16 D(z, t, T) = D(z/T, t/T, 1), the gradient divided by T", "", double,
                   float) {
  for (const any_divergence& d : all_divergences<TestType>()) {
    for (double temperature : {0.25, 0.5, 2.0, 8.0}) {  // dividing by these is exact
      for (const sweep_case& c : sweep_cases(64, 50)) {
        if (c.shape == cases::shape::tiny) continue;
        cases::numbers random(c.seed);
        auto row = cases::row<TestType>(c.shape, c.vocab, c.noise, random);
        const auto got = run_row(d, row.teacher, row.student, temperature);
        for (auto& x : row.teacher) x /= TestType(temperature);
        for (auto& x : row.student) x /= TestType(temperature);
        const auto want = run_row(d, row.teacher, row.student);
        INFO(d.text() << ", T=" << temperature << ", " << c.text());
        const double epsilon = 8 * tolerance<TestType>::epsilon;
        CHECK(got.value() == Approx(want.value()).epsilon(epsilon).margin(1e-300));
        for (std::size_t v = 0; v < c.vocab; ++v)
          CHECK(std::fabs(double(got.dz[v]) * temperature - double(want.dz[v])) <=
                epsilon * std::fabs(double(want.dz[v])) + tolerance<TestType>::floor);
      }
    }
  }
}

TEMPLATE_TEST_CASE("N17 -inf in both equals deleting the column", "", double, float) {
  for (const any_divergence& d : all_divergences<TestType>()) {
    for (std::size_t i = 0; i < 200; ++i) {
      cases::numbers random(i);
      const auto row =
          cases::row<TestType>(cases::shapes[i % cases::shapes.size()], 20, 1.0, random);
      auto with = row;
      std::vector<bool> gone(20);
      cases::pair<TestType> deleted;
      for (std::size_t v = 0; v < 20; ++v) {
        if ((gone[v] = random.uniform() < 0.3)) {
          with.teacher[v] = with.student[v] = -std::numeric_limits<TestType>::infinity();
        } else {
          deleted.teacher.push_back(row.teacher[v]);
          deleted.student.push_back(row.student[v]);
        }
      }
      const auto got = run_row(d, with.teacher, with.student);
      const auto want = run_row(d, deleted.teacher, deleted.student);
      INFO(d.text() << ", draw " << i);
      CHECK(got.result.status == row_status::ok);
      // bitwise in double, one unit in the last place in float, where a row with -inf is computed
      // by another kernel than a row without
      const TestType ulp =
          std::is_same_v<TestType, double> ? TestType(0) : tolerance<float>::epsilon;
      CHECK(std::fabs(got.value() - want.value()) <= double(ulp) * want.value());
      for (std::size_t v = 0, kept = 0; v < 20; ++v) {
        const TestType expected = gone[v] ? TestType(0) : want.dz[kept++];
        CHECK(std::fabs(got.dz[v] - expected) <= ulp * std::fabs(expected));
      }
    }
  }
}

TEMPLATE_TEST_CASE("N18 -inf on one side: finite, and what the definition says", "", double,
                   float) {
  survey s;
  for (double beta : betas) {
    for (std::size_t i = 0; i < 100; ++i) {
      cases::numbers random(i);
      auto row = cases::row<TestType>(cases::shape::normal, 20, 1.0, random);
      auto& side = i % 2 ? row.teacher : row.student;
      for (auto& x : side)
        if (random.uniform() < 0.3) x = -std::numeric_limits<TestType>::infinity();
      const auto want = expect_row(any_divergence::from_beta(beta), row.teacher, row.student);
      const auto got = run_row(any_divergence::from_beta(beta), row.teacher, row.student);
      CHECK(got.result.status == row_status::ok);
      const std::string where = gkd::concat("beta ", beta, ", draw ", i);
      s.record("N18 value", std::fabs(got.value() - double(want.value)),
               tolerance<TestType>::value(want.delta) * double(want.value) + 1e-300, where);
      for (std::size_t v = 0; v < 20; ++v) {
        s.record("N18 gradient", std::fabs(double(got.dz[v]) - double(want.dz[v])),
                 tolerance<TestType>::gradient * double(want.largest), where);
        if (!std::isfinite(row.student[v])) CHECK(got.dz[v] == TestType(0));
      }
    }
  }
  s.require();
}

TEST_CASE("N18 by hand: a token that the student cannot say") {
  const std::vector<double> teacher = {0, 0}, student = {0, -inf};
  // JSD: p = (1/2, 1/2), q = (1, 0): the token's part is the limit -beta p log beta
  const double beta = 0.25, m = beta * 0.5 + (1 - beta);
  const double want =
      beta * (0.5 * std::log(0.5 / m) - 0.5 * std::log(beta)) + (1 - beta) * std::log(1 / m);
  CHECK(run_row(gkd::generalized_jsd{beta}, teacher, student).value() ==
        Approx(want).epsilon(1e-14));
  // forward KL would be infinite: the teacher is taken over what the student can say
  const auto forward = run_row(gkd::forward_kl{}, teacher, student);
  CHECK(forward.value() == 0.0);
  CHECK(forward.result.teacher_outside == 0.5);
  CHECK(forward.dz == std::vector<double>{0.0, 0.0});
  // reverse KL is finite there
  CHECK(run_row(gkd::reverse_kl{}, teacher, student).value() ==
        Approx(std::log(2.0)).epsilon(1e-15));
}

TEMPLATE_TEST_CASE("N20 what is wrong with a row is its status", "", double, float) {
  const auto bad = [](double x) { return static_cast<TestType>(x); };
  const std::vector<TestType> good = {1, 2, 3}, none(3, bad(-inf));
  for (const any_divergence& d : all_divergences<TestType>()) {
    for (double x : {nan_value, inf}) {
      for (std::size_t v = 0; v < 3; ++v) {
        auto row = good;
        row[v] = bad(x);
        CHECK(run_row(d, row, good).result.status == row_status::teacher_not_finite);
        const gkd::row_result r = run_row(d, good, row).result;
        CHECK(r.status == row_status::student_not_finite);
        CHECK(r.column == v);
        CHECK((std::isnan(x) ? std::isnan(r.value) : r.value == inf));
        // also outside the vocabulary, and where the other side gives 0
        CHECK(run_row(d, good, row, 1.0, v).result.status != row_status::ok);
        auto zero = good;
        zero[v] = bad(-inf);
        CHECK(run_row(d, row, zero).result.status == row_status::teacher_not_finite);
      }
    }
    CHECK(run_row(d, none, good).result.status == row_status::teacher_not_finite);
    CHECK(run_row(d, good, none).result.status == row_status::student_not_finite);
    CHECK(run_row(d, good, none).result.value == -inf);
  }
  const std::vector<TestType> left = {1, bad(-inf)}, right = {bad(-inf), 1};
  CHECK(run_row(gkd::forward_kl{}, left, right).result.status == row_status::disjoint);
  CHECK(run_row(gkd::reverse_kl{}, left, right).result.status == row_status::disjoint);
  CHECK(run_row(gkd::generalized_jsd{0.5}, left, right).value() == Approx(std::log(2.0)));
}

TEMPLATE_TEST_CASE("a gradient beyond its number type is told, not written as success", "", double,
                   float) {
  // span and columns of the vectorised kernel, then of the exact one, which takes -inf
  const auto x = [](double v) { return static_cast<TestType>(v); };
  const std::vector<TestType> zero(100, x(0));
  std::vector<TestType> student = zero, excluded = zero;
  for (std::size_t v = 0; v < student.size(); ++v)
    student[v] = excluded[v] = x(0.01 * double(v % 7));
  excluded[99] = x(-inf);
  const double most = std::numeric_limits<TestType>::max();
  const auto status = [&](const auto& d, const std::vector<TestType>& row, double scale) {
    std::vector<TestType> dz(row.size());
    std::vector<double> scratch(2 * row.size());
    const gkd::row_pair<TestType> pair{zero.data(), row.data(), row.size(), row.size(),
                                       row.size()};
    return gkd::divergence_row(d, pair, 1e-2, scale, dz.data(), scratch.data()).status;
  };
  CHECK(status(gkd::forward_kl{}, student, 1.0) == row_status::ok);
  CHECK(status(gkd::forward_kl{}, student, most) == row_status::not_finite);
  CHECK(status(gkd::reverse_kl{}, student, most) == row_status::not_finite);
  CHECK(status(gkd::reverse_kl{}, excluded, 1.0) == row_status::ok);
  CHECK(status(gkd::reverse_kl{}, excluded, most) == row_status::not_finite);
}

TEMPLATE_TEST_CASE("huge and tiny logits are numbers like others", "", double, float) {
  const auto x = [](double v) { return static_cast<TestType>(v); };
  const std::vector<TestType> huge = {x(3e38), x(-3e38), x(0), x(3e38)};
  const std::vector<TestType> other = {x(-3e38), x(3e38), x(1e-45), x(3e38)};
  for (const any_divergence& d : all_divergences<TestType>()) {
    const auto o = run_row(d, huge, other);
    INFO(d.text());
    CHECK(o.result.status == row_status::ok);
    CHECK(std::isfinite(o.value()));
    CHECK(o.value() > 0.0);
    const std::vector<TestType> tiny = {x(1e-45), x(-1e-40), x(0), x(1e-38)};
    const std::vector<TestType> zero(4, x(0));
    const auto small = run_row(d, tiny, zero);
    CHECK(small.value() >= 0.0);
    CHECK(small.value() < 1e-30);
  }
  // in double also where the difference of two logits overflows
  const std::vector<double> far = {1.7e308, -1.7e308}, opposite = {-1.7e308, 1.7e308};
  CHECK(run_row(gkd::generalized_jsd{0.5}, far, opposite).value() == Approx(std::log(2.0)));
}

TEMPLATE_TEST_CASE("a tiny temperature leaves one token, a huge one the uniform row", "", double,
                   float) {
  const std::vector<TestType> teacher = {1, 2, 3}, student = {3, 2, 1};
  for (double temperature : {1e-3, 1e-30, 1e-300}) {
    const auto cold = run_row(gkd::generalized_jsd{0.5}, teacher, student, temperature);
    CHECK(cold.result.status == row_status::ok);
    CHECK(cold.value() == Approx(std::log(2.0)).epsilon(1e-14));
    for (auto g : cold.dz) CHECK(g == TestType(0));
    // KL(p || q) is the distance of the logits over the temperature
    CHECK(run_row(gkd::forward_kl{}, teacher, student, temperature).value() ==
          Approx(2 / temperature).epsilon(1e-14));
  }
  const auto hot = run_row(gkd::generalized_jsd{0.5}, teacher, student, 1e30);
  CHECK(hot.value() < 1e-50);
  CHECK(hot.value() >= 0.0);
}

TEMPLATE_TEST_CASE("N31 a vocabulary of no token has no distribution", "", double, float) {
  const std::unique_ptr<TestType[]> nothing(new TestType[0]);
  double scratch = 0;
  for (const any_divergence& d : all_divergences<TestType>()) {
    INFO(d.text());
    const gkd::row_pair<TestType> row{nothing.get(), nothing.get(), 0, 0, 0};
    const auto r = gkd::divergence_row(d, row, 1.0, 1.0, nothing.get(), &scratch);
    CHECK(r.status == row_status::teacher_not_finite);
  }
}

TEMPLATE_TEST_CASE("N31 a vocabulary of one token: loss 0, gradient 0", "", double, float) {
  for (const any_divergence& d : all_divergences<TestType>()) {
    const auto o = run_row(d, std::vector<TestType>{3}, std::vector<TestType>{-5});
    CHECK(o.result.status == row_status::ok);
    CHECK(o.value() == 0.0);
    CHECK(o.dz[0] == TestType(0));
  }
}
