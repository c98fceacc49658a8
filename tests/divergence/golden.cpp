// SPDX-License-Identifier: Apache-2.0
// The row kernel against 200-digit numbers (tests/oracle/gjsd_mpmath.py): every divergence, chosen
// at run time, on rows from nearly equal to far apart and with logits of -inf. The worst distances
// as a table:  test_divergence "[.golden]"
#include <gkd/divergence/any.hpp>
#include <gkd/divergence/row.hpp>

#include <algorithm>  // min
#include <cmath>      // fabs
#include <cstdio>     // printf
#include <limits>     // numeric_limits
#include <map>        // map

#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/worst_of.hpp"

using gkd::any_divergence;

namespace {

any_divergence divergence_of(const golden::record& c) {
  const std::string kind = c.word("kind");
  const double parameter = c.number("parameter");
  if (kind == "forward_kl") return gkd::forward_kl{};
  if (kind == "reverse_kl") return gkd::reverse_kl{};
  if (kind == "generalized_jsd") return any_divergence::from_beta(parameter);
  if (kind == "total_variation") return gkd::total_variation{};
  if (kind == "jeffreys") return gkd::jeffreys{};
  return any_divergence::from_name(kind, parameter);
}

/// Worst distances of one divergence: |error| / value, times how far the rows are apart where that
/// is less than 1 (nearly equal logits hold no more digits of it), and |error| / largest |dz|.
struct distances {
  int cases = 0;
  double value = 0, dz = 0, outside = 0;
};

/// Every case with logits of type T, by divergence.
template <class T>
std::map<std::string, distances> against_golden() {
  const golden::file file = golden::oracle("gjsd_mpmath.golden");
  std::map<std::string, distances> out;
  for (const golden::record& c : file.all("case")) {
    const golden::record& row = file.get("row", c.word("row"));
    const auto teacher = row.list<T>("teacher"), student = row.list<T>("student");
    const auto want = c.list<double>("dz");
    const gkd::index vocab = teacher.size();
    REQUIRE(want.size() == vocab);
    std::vector<T> dz(vocab);
    std::vector<double> scratch(gkd::row_scratch<any_divergence>(vocab));
    const gkd::row_pair<T> pair{teacher.data(), student.data(), vocab, vocab, vocab};
    const gkd::row_result got = gkd::divergence_row(divergence_of(c), pair, c.number("temperature"),
                                                    1.0, dz.data(), scratch.data());
    INFO("line " << c.line() << ": " << c.word("kind") << " " << c.number("parameter") << " on "
                 << row.name());
    REQUIRE(got.status == gkd::row_status::ok);
    CHECK(got.value >= 0.0);

    double error = 0, largest = static_cast<double>(std::numeric_limits<T>::min());
    for (gkd::index v = 0; v < vocab; ++v) {
      error = worst_of(error, std::fabs(static_cast<double>(dz[v]) - want[v]));
      largest = worst_of(largest, std::fabs(want[v]));
    }
    const double value = c.number("value"), value_error = std::fabs(got.value - value);
    const double apart = row.has("noise") ? std::min(1.0, row.number("noise")) : 1.0;
    distances& worst = out[c.word("kind")];
    ++worst.cases;
    if (value_error != 0) worst.value = worst_of(worst.value, value_error / value * apart);
    if (error != 0) worst.dz = worst_of(worst.dz, error / largest);
    for (const double outside : {got.teacher_outside - c.number("teacher_outside"),
                                 got.student_outside - c.number("student_outside")})
      worst.outside = worst_of(worst.outside, std::fabs(outside));
  }
  return out;
}

}  // namespace

TEST_CASE("Double logits: every divergence agrees with 200 digits") {
  const auto all = against_golden<double>();
  CHECK(all.size() == 8);
  for (const auto& [kind, worst] : all) {
    CAPTURE(kind, worst.cases, worst.value, worst.dz);
    CHECK(worst.cases > 20);
    CHECK(worst.value < 32 * 0x1p-52);
    CHECK(worst.dz < 1e-14);
    CHECK(worst.outside < 1e-15);
  }
}

TEST_CASE("Float logits: gradients within 1e-6 of their largest entry") {
  for (const auto& [kind, worst] : against_golden<float>()) {
    CAPTURE(kind, worst.cases, worst.value, worst.dz);
    CHECK(worst.value < 32 * 0x1p-23);
    CHECK(worst.dz < 1e-6);
    CHECK(worst.outside < 1e-6);
  }
}

TEST_CASE("The worst distances to 200 digits as a table", "[.golden]") {
  std::printf("%-18s %5s   %-23s   %s\n", "", "", "double", "float");
  std::printf("%-18s %5s   %-9s   %-9s     %-9s   %s\n", "worst distance", "cases", "value",
              "gradient", "value", "gradient");
  const auto in_double = against_golden<double>(), in_float = against_golden<float>();
  for (const auto& [kind, worst] : in_double)
    std::printf("%-18s %5d   %.1e     %.1e       %.1e     %.1e\n", kind.c_str(), worst.cases,
                worst.value, worst.dz, in_float.at(kind).value, in_float.at(kind).dz);
}
