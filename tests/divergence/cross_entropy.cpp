// SPDX-License-Identifier: Apache-2.0
// Cross-entropy with the label.
#include <gkd/divergence/cross_entropy.hpp>
#include <gkd/divergence/kl.hpp>

#include "divergence/row_sweep.hpp"

#include <cmath>   // exp, log, signbit
#include <vector>  // vector

namespace {

template <class T>
row_outcome<T> run_label(const std::vector<T>& student, gkd::index label, double temperature = 1.0,
                         std::optional<gkd::index> vocab = {}) {
  row_outcome<T> o{{}, std::vector<T>(student.size(), T(0.125))};
  // whatever the scratch holds, nothing of it is read
  std::vector<double> scratch(student.size(), std::numeric_limits<double>::quiet_NaN());
  o.result = gkd::cross_entropy_row(student.data(), student.size(), vocab.value_or(student.size()),
                                    label, temperature, 1.0, o.dz.data(), scratch.data());
  return o;
}

}  // namespace

TEMPLATE_TEST_CASE("cross-entropy by hand: q = (1/8, 2/8, 5/8)", "", double, float) {
  const std::vector<TestType> student = {0, TestType(std::log(2.0)), TestType(std::log(5.0))};
  const double epsilon = 2 * tolerance<TestType>::epsilon;
  const auto o = run_label(student, 1);
  CHECK(o.value() == Approx(std::log(4.0)).epsilon(epsilon));
  CHECK(o.dz[0] == Approx(0.125).epsilon(epsilon));
  CHECK(o.dz[1] == Approx(-0.75).epsilon(epsilon));
  CHECK(o.dz[2] == Approx(0.625).epsilon(epsilon));
  // two columns of the vocabulary and one of padding
  const auto padded = run_label(student, 1, 1.0, 2);
  CHECK(padded.value() == Approx(std::log(1.5)).epsilon(epsilon));
  CHECK(padded.result.student_outside == Approx(0.625).epsilon(epsilon));
  CHECK(padded.dz[2] == TestType(0));
}

TEMPLATE_TEST_CASE("it is forward KL from a teacher that is sure of the label", "", double, float) {
  for (const sweep_case& c : sweep_cases(64, 100)) {
    cases::numbers random(c.seed);
    const auto row = cases::row<TestType>(c.shape, c.vocab, c.noise, random);
    const gkd::index label = random.below(c.vocab);
    std::vector<TestType> sure(c.vocab, -std::numeric_limits<TestType>::infinity());
    sure[label] = 0;
    const auto want = expect_row(gkd::forward_kl{}, sure, row.student, 0.7);
    const auto got = run_label(row.student, label, 0.7);
    INFO(c.text() << ", label " << label);
    const double epsilon = 8 * tolerance<TestType>::epsilon;
    CHECK(std::fabs(got.value() - double(want.value)) <= epsilon * double(want.value));
    for (std::size_t v = 0; v < c.vocab; ++v)
      CHECK(std::fabs(double(got.dz[v]) - double(want.dz[v])) <=
            epsilon * double(want.largest) + tolerance<TestType>::floor);
  }
}

TEST_CASE("a sure and right student keeps the digits of what is left") {
  // q_y = 1 / (1 + 2 e^-50): 1 - q_y would be 0
  const std::vector<double> student = {0, -50, -50};
  const auto o = run_label(student, 0);
  CHECK(o.value() == Approx(2 * std::exp(-50.0)).epsilon(1e-14));
  CHECK(o.dz[0] == Approx(-2 * std::exp(-50.0)).epsilon(1e-14));
  CHECK(o.dz[1] == Approx(std::exp(-50.0)).epsilon(1e-14));
}

TEMPLATE_TEST_CASE("what is wrong with a row is its status", "", double, float) {
  const auto bad = std::numeric_limits<TestType>::quiet_NaN();
  const auto inf = std::numeric_limits<TestType>::infinity();
  CHECK(run_label<TestType>({1, bad}, 0).result.status == gkd::row_status::student_not_finite);
  CHECK(run_label<TestType>({inf, 1}, 0).result.status == gkd::row_status::student_not_finite);
  CHECK(run_label<TestType>({1, 2, bad}, 0, 1.0, 2).result.status ==
        gkd::row_status::student_not_finite);
  CHECK(run_label<TestType>({1, -inf}, 1).result.status == gkd::row_status::disjoint);
  CHECK(run_label<TestType>({}, 0).result.status == gkd::row_status::student_not_finite);
  const auto fine = run_label<TestType>({1, -inf}, 0);
  CHECK(fine.value() == 0.0);
  CHECK(fine.dz == std::vector<TestType>{0, 0});
}

TEST_CASE("a gradient beyond float is told") {
  const std::vector<float> student = {0, 1, 2};
  std::vector<float> dz(3);
  std::vector<double> scratch(3);
  for (gkd::index label : {0u, 2u}) {
    const auto status = [&](double scale, double temperature) {
      return gkd::cross_entropy_row(student.data(), 3, 3, label, temperature, scale, dz.data(),
                                    scratch.data())
          .status;
    };
    CHECK(status(3e38, 1.0) == gkd::row_status::ok);
    CHECK(status(3e38, 0.5) == (label == 0 ? gkd::row_status::not_finite : gkd::row_status::ok));
    CHECK(status(1e41, 0.5) == gkd::row_status::not_finite);
  }
}

TEMPLATE_TEST_CASE("a zero gradient is +0, whatever the sign of the scale", "", double, float) {
  const auto inf = std::numeric_limits<TestType>::infinity();
  for (const double scale : {1.0, -1.0}) {
    for (std::vector<TestType> z : {std::vector<TestType>{3}, {1, -inf}, {0, -9000}}) {
      std::vector<double> scratch(z.size());
      gkd::cross_entropy_row(z.data(), z.size(), z.size(), 0, 1.0, scale, z.data(), scratch.data());
      INFO("V=" << z.size() << ", scale " << scale);
      for (const TestType dz : z) {
        CHECK(dz == TestType(0));
        CHECK_FALSE(std::signbit(dz));
      }
    }
  }
}

TEST_CASE("the gradient may overwrite the student's row") {
  std::vector<float> z = {1, 2, 3};
  std::vector<double> scratch(3);
  const auto want = run_label(z, 2);
  gkd::cross_entropy_row(z.data(), 3, 3, 2, 1.0, 2.0, z.data(), scratch.data());
  for (std::size_t v = 0; v < 3; ++v) CHECK(z[v] == 2 * want.dz[v]);
}
