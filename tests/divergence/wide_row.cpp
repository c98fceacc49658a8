// SPDX-License-Identifier: Apache-2.0
// The vectorised row kernel against the exact one; what it leaves to the exact one.
#include <gkd/divergence/any.hpp>
#include <gkd/divergence/wide_row.hpp>

#include "divergence/row_sweep.hpp"
#include "support/worst_of.hpp"

#include <cmath>   // fabs
#include <limits>  // infinity, quiet_NaN
#include <vector>  // vector

using gkd::any_divergence;

namespace {

// every built-in, by the vectorised kernel alone; false if it does not take the row
struct taken {
  const std::vector<float>&teacher, &student;
  gkd::row_result& result;
  float* dz;
  double temperature = 1.0;
  template <class D>
  bool operator()(const D& d) const {
    const gkd::index vocab = teacher.size();
    std::vector<double> scratch(2 * vocab);
    const gkd::row_pair<float> row{teacher.data(), student.data(), vocab, vocab, vocab};
    return gkd::detail::wide_row(d, row, temperature, 1.0, dz, scratch.data(), result);
  }
};

std::vector<any_divergence> built_ins() {
  std::vector<any_divergence> out;
  for (const char* name : {"forward_kl", "reverse_kl", "total_variation", "jeffreys"})
    out.push_back(any_divergence::from_name(name));
  for (double a : {0.1, 0.5, 0.9}) {
    out.push_back(gkd::generalized_jsd{a});
    out.push_back(gkd::skew_forward_kl{a});
    out.push_back(gkd::skew_reverse_kl{a});
    out.push_back(gkd::alpha_divergence{a});
  }
  out.push_back(gkd::generalized_jsd(0.3, gkd::scaling::continuous));
  return out;
}

}  // namespace

TEST_CASE("the vectorised kernel equals the exact one in double, rounded to float") {
  survey s;
  // around the blocks of 64 and the steps of 16
  for (std::size_t vocab : {1u, 2u, 15u, 16u, 17u, 63u, 64u, 65u, 128u, 129u, 1000u}) {
    for (const sweep_case& c : sweep_cases(vocab, 50)) {
      // at its kinks total variation has no gradient that two kernels could agree on
      if (c.shape == cases::shape::tiny) continue;
      cases::numbers random(c.seed);
      const auto row = cases::row<float>(c.shape, c.vocab, c.noise, random);
      const std::vector<double> teacher(row.teacher.begin(), row.teacher.end());
      const std::vector<double> student(row.student.begin(), row.student.end());
      for (const any_divergence& d : built_ins()) {
        if (d.name() == "total_variation" && c.noise < 1) continue;
        gkd::row_result got;
        std::vector<float> dz(c.vocab);
        const std::string where = gkd::concat(d.text(), ", ", c.text());
        INFO(where);
        REQUIRE(d.visit(taken{row.teacher, row.student, got, dz.data(), 0.7}));
        const auto want = run_row(d, teacher, student, 0.7);
        const double delta = distance(teacher, student, 0.7);
        if (delta > 1e-2)
          s.record("value", std::fabs(got.value - want.value()), 1e-9 * want.value() + 1e-300,
                   where);
        double error = 0, largest = 0;
        for (std::size_t v = 0; v < c.vocab; ++v) {
          error = worst_of(error, std::fabs(static_cast<double>(dz[v]) - want.dz[v]));
          largest = worst_of(largest, std::fabs(want.dz[v]));
        }
        s.record("gradient", error, tolerance<float>::epsilon * largest + tolerance<float>::floor,
                 where);
      }
    }
  }
  s.require();
}

TEST_CASE("rows that have nothing to do with each other, from close to far too sharp") {
  survey s;
  int taken_rows = 0, left_rows = 0;
  std::vector<any_divergence> known = built_ins();
  known.pop_back();  // the oracle knows no scaling
  for (std::size_t vocab : {3u, 64u, 1000u}) {
    for (double spread : {0.5, 3.0, 20.0, 40.0, 60.0, 80.0, 120.0}) {
      for (int repeat = 0; repeat < 4; ++repeat) {
        cases::numbers random(static_cast<std::uint64_t>(spread * 100) + vocab * 7 +
                              static_cast<std::uint64_t>(repeat));
        std::vector<float> teacher(vocab), student(vocab);
        for (float& x : teacher) x = static_cast<float>(spread * random.normal());
        for (float& x : student) x = static_cast<float>(spread * random.normal());
        for (const any_divergence& d : known) {
          gkd::row_result alone;
          std::vector<float> dz(vocab);
          ++(d.visit(taken{teacher, student, alone, dz.data()}) ? taken_rows : left_rows);
          const std::string where = gkd::concat(d.text(), ", V=", vocab, ", spread ", spread);
          const auto want = expect_row(d, teacher, student);
          const auto got = run_row(d, teacher, student);  // by whichever kernel takes it
          s.record("value", static_cast<double>(std::fabs(got.value() - want.value)),
                   tolerance<float>::value(1) * static_cast<double>(want.value), where);
          long double error = 0;
          for (std::size_t v = 0; v < vocab; ++v)
            error = worst_of(error, std::fabs(got.dz[v] - want.dz[v]));
          s.record("gradient", static_cast<double>(error),
                   tolerance<float>::gradient * static_cast<double>(want.largest) +
                       tolerance<float>::floor,
                   where);
        }
      }
    }
  }
  s.require();
  CHECK(taken_rows > 500);
  CHECK(left_rows > 300);
}

TEST_CASE("skew_reverse_kl next to 1, where long double has no digits left: against 80 decimals") {
  const std::vector<float> teacher{2, 0, -1, 0.5f}, student{1, -0.5f, 0.25f, 0};
  const auto check = [&](double alpha, const std::vector<double>& want) {
    const auto got = run_row(gkd::skew_reverse_kl{alpha}, teacher, student);
    for (gkd::index v = 0; v < want.size(); ++v) {
      INFO("1 - alpha " << 1 - alpha << ", token " << v);
      CHECK(std::fabs(got.dz[v] / want[v] - 1) < 1e-6);
    }
  };
  check(1 - 1e-15,
        {-2.11621494283025e-31, 2.60381798732266e-32, 1.42653613402494e-31, 4.29297010073046e-32});
  check(std::nextafter(1.0, 0.0),
        {-2.61261104053117e-33, 3.21459010780575e-34, 1.76115572101844e-33, 5.29996308732156e-34});
}

TEST_CASE("parameters next to 0 and to 1 cost no digits") {
  std::vector<double> parameters{std::nextafter(1.0, 0.0), 1e-300};
  for (double small : {1e-6, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12, 1e-13, 1e-14, 1e-15, 1e-16}) {
    parameters.push_back(small);
    if (1 - small < 1) parameters.push_back(1 - small);
  }
  std::vector<any_divergence> known;
  for (double a : parameters) {
    known.push_back(gkd::generalized_jsd{a});
    known.push_back(gkd::skew_forward_kl{a});
    // of KL(q || m) next to m = q long double itself keeps too little: see the case below
    if (a >= 1e-8 && 1 - a >= 1e-13) known.push_back(gkd::skew_reverse_kl{a});
    known.push_back(gkd::alpha_divergence{a});
  }
  struct pair {
    std::vector<float> teacher, student;
  };
  // the teacher all but rules out a token that the student likes
  std::vector<pair> rows{{{2, 0, -45, 0}, {2, -30, 0, -3}}};
  for (double spread : {0.5, 3.0, 20.0, 40.0}) {
    cases::numbers random(static_cast<std::uint64_t>(spread * 100));
    pair row{std::vector<float>(100), std::vector<float>(100)};
    for (float& x : row.teacher) x = static_cast<float>(spread * random.normal());
    for (float& x : row.student) x = static_cast<float>(spread * random.normal());
    rows.push_back(row);
  }
  // a student that knows nothing yet: p/q is 1000 at its most likely token
  rows.push_back({std::vector<float>(1000, 0.0f), std::vector<float>(1000, 0.0f)});
  rows.back().teacher[0] = 40.0f;
  survey s;
  for (const any_divergence& d : known) {
    for (const pair& row : rows) {
      const std::string where =
          gkd::concat(d.name(), " ", *d.parameter(), ", 1 - it: ", 1 - *d.parameter(),
                      ", V=", row.teacher.size());
      const auto want = expect_row(d, row.teacher, row.student);
      const auto got = run_row(d, row.teacher, row.student);
      // of the others the gradient alone is promised here
      if (d.name() == "generalized_jsd")
        s.record("value", static_cast<double>(std::fabs(got.value() - want.value)),
                 tolerance<float>::value(1) * static_cast<double>(want.value) + 1e-300, where);
      long double error = 0;
      for (std::size_t v = 0; v < got.dz.size(); ++v)
        error = worst_of(error, std::fabs(got.dz[v] - want.dz[v]));
      s.record(
          gkd::concat("gradient of ", d.name()), static_cast<double>(error),
          tolerance<float>::gradient * static_cast<double>(want.largest) + tolerance<float>::floor,
          where);
    }
  }
  s.require();
}

TEST_CASE("three tokens, each side sure of its own: the spans add up") {
  const std::vector<float> teacher{0, -360, -3}, student{-360, 0, -2};
  const std::vector<double> t(teacher.begin(), teacher.end()), z(student.begin(), student.end());
  for (const any_divergence& d : built_ins()) {
    INFO(d.text());
    const auto got = run_row(d, teacher, student, 1.0);
    CHECK(got.value() == Approx(run_row(d, t, z, 1.0).value()).epsilon(1e-12));
    for (float g : got.dz) CHECK(std::isfinite(g));
  }
}

TEST_CASE("Logits of -inf, NaN and too far apart are left to the exact kernel") {
  const float inf = std::numeric_limits<float>::infinity();
  std::vector<float> good(70, 1.0f), dz(70);
  gkd::row_result result;
  for (float bad : {inf, -inf, std::numeric_limits<float>::quiet_NaN(), 700.0f, -700.0f, 3e38f}) {
    for (std::size_t at : {0u, 3u, 69u}) {
      auto row = good;
      row[at] = bad;
      INFO(bad << " at " << at);
      CHECK_FALSE(taken{row, good, result, dz.data()}(gkd::forward_kl{}));
      CHECK_FALSE(taken{good, row, result, dz.data()}(gkd::forward_kl{}));
    }
  }
  // and what it takes, whatever the temperature
  auto row = good;
  row[5] = 590.0f;
  CHECK(taken{row, good, result, dz.data()}(gkd::forward_kl{}));
  CHECK_FALSE(taken{row, good, result, dz.data(), 0.5}(gkd::forward_kl{}));
}

TEST_CASE("Sides far apart are left to the exact kernel") {
  std::vector<float> teacher(70), student(70), dz(70);
  for (std::size_t v = 0; v < 70; ++v) student[v] = 0.5f * float(v % 5);
  gkd::row_result result;
  for (float apart : {0.0f, 50.0f, -50.0f, 4000.0f, -4000.0f}) {
    for (std::size_t v = 0; v < 70; ++v) teacher[v] = apart + float(v % 3);
    INFO(apart);
    CHECK(taken{teacher, student, result, dz.data()}(gkd::forward_kl{}));
    CHECK(taken{student, teacher, result, dz.data()}(gkd::forward_kl{}));
  }
  for (float apart : {5000.0f, -5000.0f, 1e12f, -1e12f, 3e38f}) {
    for (float& x : teacher) x = apart;
    INFO(apart);
    CHECK_FALSE(taken{teacher, student, result, dz.data()}(gkd::forward_kl{}));
    CHECK_FALSE(taken{student, teacher, result, dz.data()}(gkd::forward_kl{}));
  }
  // a temperature that makes every row flat does not bring t - s nearer
  for (float& x : teacher) x = 1e12f;
  CHECK_FALSE(taken{teacher, student, result, dz.data(), 1e30}(gkd::forward_kl{}));
  // a student that is all but flat, beside a teacher that is
  for (float& x : teacher) x = 1.0f;
  for (float& x : student) x *= 1e-12f;
  CHECK_FALSE(taken{teacher, student, result, dz.data()}(gkd::forward_kl{}));
  for (float& x : teacher) x = 0.0f;
  CHECK(taken{teacher, student, result, dz.data()}(gkd::forward_kl{}));
  // both flat: equal, wherever they lie
  for (float& x : teacher) x = 1e12f;
  for (float& x : student) x = 1e-12f;
  REQUIRE(taken{teacher, student, result, dz.data()}(gkd::forward_kl{}));
  CHECK(result.value == 0.0);
  for (float g : dz) CHECK(g == 0.0f);
}

TEST_CASE("columns beyond the vocabulary are reported, and decide whether a row is taken") {
  std::vector<float> teacher(70, 0.0f), student(72, 0.0f), dz(72, 1.0f);
  std::vector<double> scratch(140);
  gkd::row_result result;
  const gkd::row_pair<float> row{teacher.data(), student.data(), 70, 72, 60};
  REQUIRE(
      gkd::detail::wide_row(gkd::forward_kl{}, row, 1.0, 1.0, dz.data(), scratch.data(), result));
  CHECK(result.teacher_outside == Approx(10.0 / 70).epsilon(1e-15));
  CHECK(result.student_outside == Approx(12.0 / 72).epsilon(1e-15));
  for (float g : dz) CHECK(g == 0.0f);
  student[71] = std::numeric_limits<float>::quiet_NaN();
  CHECK_FALSE(
      gkd::detail::wide_row(gkd::forward_kl{}, row, 1.0, 1.0, dz.data(), scratch.data(), result));
}
