// SPDX-License-Identifier: Apache-2.0
// The long double oracle against 200-digit numbers (tests/oracle/gjsd_mpmath.py), so that the tests
// of the row kernels can trust it on rows of any length. No gkd code runs here.
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/long_double_oracle.hpp"
#include "support/worst_of.hpp"

#include <cmath>  // log, fabs
#include <map>    // map

namespace {

const std::map<std::string, oracle::kind> kinds = {
    {"forward_kl", oracle::kind::forward_kl},
    {"reverse_kl", oracle::kind::reverse_kl},
    {"generalized_jsd", oracle::kind::generalized_jsd},
    {"total_variation", oracle::kind::total_variation},
    {"jeffreys", oracle::kind::jeffreys},
    {"skew_forward_kl", oracle::kind::skew_forward_kl},
    {"skew_reverse_kl", oracle::kind::skew_reverse_kl},
    {"alpha_divergence", oracle::kind::alpha_divergence},
};

/// |got - want| in units of the largest wanted number; 0 wants exactly 0.
long double distance(const std::vector<long double>& got, const std::vector<long double>& want) {
  REQUIRE(got.size() == want.size());
  long double apart = 0, largest = 0;
  for (std::size_t v = 0; v < want.size(); ++v) {
    apart = worst_of(apart, std::fabs(got[v] - want[v]));
    largest = worst_of(largest, std::fabs(want[v]));
  }
  return apart == 0 ? 0 : apart / largest;
}

oracle::row_result of(oracle::kind what, long double parameter, const std::vector<double>& teacher,
                      const std::vector<double>& student, long double temperature = 1) {
  return oracle::row_value_grad<double>(what, parameter, teacher, student, temperature);
}

}  // namespace

TEST_CASE("oracle: two columns by hand") {
  // p = (1/2, 1/2), q = (1/4, 3/4)
  const std::vector<double> teacher{0.0, 0.0}, student{0.0, std::log(3.0)};
  const auto r = of(oracle::kind::forward_kl, 0, teacher, student);
  CHECK(std::fabs(r.value - 0.5L * std::log(4.0L / 3.0L)) < 1e-16L);
  CHECK(std::fabs(r.dz[0] + 0.25L) < 1e-16L);  // q - p
  CHECK(std::fabs(r.dz[1] - 0.25L) < 1e-16L);
  CHECK(std::fabs(of(oracle::kind::total_variation, 0, teacher, student).value - 0.25L) < 1e-16L);
  // continuous_jsd = generalized_jsd / (b (1 - b))
  const auto jsd = of(oracle::kind::generalized_jsd, 0.25L, teacher, student);
  const auto scaled = of(oracle::kind::continuous_jsd, 0.25L, teacher, student);
  CHECK(std::fabs(scaled.value * 3 / 16 - jsd.value) < 1e-18L);
  CHECK(std::fabs(scaled.dz[0] * 3 / 16 - jsd.dz[0]) < 1e-18L);
}

TEST_CASE("oracle: two sure sides that disagree") {
  // p = (1 - e, e), q = (e, 1 - e), e = 1 / (1 + e^120): both KLs are 120 (1 - 2 e) = 120 tanh(60)
  const std::vector<double> teacher{120.0, 0.0}, student{0.0, 120.0};
  const long double want = 120 * std::tanh(60.0L);
  for (auto what : {oracle::kind::forward_kl, oracle::kind::reverse_kl}) {
    CHECK(std::fabs(of(what, 0, teacher, student).value / want - 1) < 1e-17L);
    CHECK(std::fabs(of(what, 0, student, teacher).value / want - 1) < 1e-17L);
  }
  CHECK(std::fabs(of(oracle::kind::jeffreys, 0, teacher, student).value / want - 2) < 1e-17L);
}

TEST_CASE("oracle: every divergence agrees with 200 digits") {
  const golden::file file = golden::oracle("gjsd_mpmath.golden");
  long double worst_value = 0, worst_dz = 0;
  for (const golden::record& c : file.all("case")) {
    const golden::record& row = file.get("row", c.word("row"));
    const auto teacher = row.list<float>("teacher"), student = row.list<float>("student");
    const oracle::row_result got = oracle::row_value_grad<float>(
        kinds.at(c.word("kind")), c.number("parameter"), teacher, student, c.number("temperature"));
    INFO("line " << c.line() << ": " << c.word("kind") << " " << c.number("parameter") << " on "
                 << row.name());
    const long double value = distance({got.value}, {c.number<long double>("value")});
    const long double dz = distance(got.dz, c.list<long double>("dz"));
    CHECK(value < 1e-16L);
    CHECK(dz < 1e-16L);
    CHECK(std::fabs(got.teacher_outside - c.number<long double>("teacher_outside")) < 1e-18L);
    CHECK(std::fabs(got.student_outside - c.number<long double>("student_outside")) < 1e-18L);
    worst_value = worst_of(worst_value, value);
    worst_dz = worst_of(worst_dz, dz);
  }
  CAPTURE(worst_value, worst_dz);
  CHECK(worst_value > 0);  // not compared with itself
  CHECK(worst_dz > 0);
}

TEST_CASE("oracle: equal rows give exactly 0, also where they differ by a constant") {
  const std::vector<double> row{0.5, -3.0, 7.25, 1e-3, -60.0, 7.25};
  std::vector<double> shifted = row;
  for (double& z : shifted) z += 1024.0;
  for (const auto& [name, what] : kinds) {
    CAPTURE(name);
    const auto equal = of(what, 0.3L, row, row, 0.7L);
    CHECK(equal.value == 0);
    for (long double x : equal.dz) CHECK(x == 0);
    const auto moved = of(what, 0.3L, {1.5, -2.0, 3.0}, {1025.5, 1022.0, 1027.0}, 0.7L);
    CHECK(moved.value == 0);
  }
}

TEST_CASE("oracle: rows that have no divergence are refused") {
  const double inf = HUGE_VAL;
  CHECK_THROWS_AS(of(oracle::kind::forward_kl, 0, {0.0, -inf}, {-inf, 0.0}), std::invalid_argument);
  CHECK_THROWS_AS(of(oracle::kind::total_variation, 0, {-inf, -inf}, {0.0, 0.0}),
                  std::invalid_argument);
  CHECK_THROWS_AS(of(oracle::kind::total_variation, 0, {0.0, inf}, {0.0, 0.0}),
                  std::invalid_argument);
  CHECK_THROWS_AS(of(oracle::kind::total_variation, 0, {0.0, 0.0}, {NAN, 0.0}),
                  std::invalid_argument);
  CHECK_THROWS_AS(of(oracle::kind::total_variation, 0, {0.0}, {0.0, 0.0}), std::invalid_argument);
  CHECK_THROWS_AS(of(oracle::kind::total_variation, 0, {0.0}, {0.0}, 0.0L), std::invalid_argument);
}

TEST_CASE("oracle: neither it nor the reader of golden files includes gkd [N32]") {
  for (const char* name : {"long_double_oracle.hpp", "golden.hpp"}) {
    std::ifstream stream(golden::oracle_folder() + "../support/" + name);
    REQUIRE(stream);
    int includes = 0;
    for (std::string line; std::getline(stream, line);) {
      if (line.find("#include") == std::string::npos) continue;
      ++includes;
      CAPTURE(name, line);
      CHECK(line.find("gkd") == std::string::npos);
      CHECK(line.find('"') == std::string::npos);
    }
    CHECK(includes > 3);
  }
}
