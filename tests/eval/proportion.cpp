// SPDX-License-Identifier: Apache-2.0
#include <gkd/eval/proportion.hpp>

#include "support/catch.hpp"

#include <algorithm>  // min
#include <cmath>      // erfc, exp2, sqrt

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;
using gkd::proportion;

TEST_CASE("proportion: Wilson's interval by hand, with z = 2 of 5 in 10") {
  // middle (1/2 + 4/20) / 1.4 = 1/2, half 2 sqrt(0.025 + 0.01) / 1.4
  const auto i = proportion{5, 10}.wilson(2.0);
  CHECK_THAT(i.low, WithinAbs(0.5 - 2 * std::sqrt(0.035) / 1.4, 1e-15));
  CHECK_THAT(i.high, WithinAbs(0.5 + 2 * std::sqrt(0.035) / 1.4, 1e-15));
}

TEST_CASE("proportion: Wilson's interval against Newcombe 1998, table I, method 3") {
  const auto i = proportion{81, 263}.wilson();  // 0.2553 to 0.3662
  CHECK_THAT(i.low, WithinAbs(0.2553, 5e-5));
  CHECK_THAT(i.high, WithinAbs(0.3662, 5e-5));
  const auto j = proportion{15, 148}.wilson();  // 0.0624 to 0.1605
  CHECK_THAT(j.low, WithinAbs(0.0624, 5e-5));
  CHECK_THAT(j.high, WithinAbs(0.1605, 5e-5));
  const auto k = proportion{1, 29}.wilson();  // 0.0061 to 0.1718
  CHECK_THAT(k.low, WithinAbs(0.0061, 5e-5));
  CHECK_THAT(k.high, WithinAbs(0.1718, 5e-5));
  const auto none = proportion{0, 20}.wilson();  // 0 to 0.1611
  CHECK(none.low == 0.0);
  CHECK_THAT(none.high, WithinAbs(0.1611, 5e-5));
  CHECK((proportion{20, 20}.wilson().high == 1.0));
  CHECK((proportion{}.rate() == 0.0 && proportion{}.wilson().high == 1.0));
}

TEST_CASE("proportion: McNemar's z by hand") {
  const std::vector<bool> a{true, true, true, true, false, false};
  const std::vector<bool> b{true, false, false, false, true, false};
  const auto c = gkd::compare_paired(a, b);
  CHECK((c.only_first == 3 && c.only_second == 1 && c.trials == 6));
  CHECK_THAT(c.difference(), WithinAbs(2.0 / 6, 1e-15));
  CHECK(c.mcnemar_z() == 1.0);  // (3 - 1) / sqrt(4)
  CHECK(gkd::compare_paired(b, a).mcnemar_z() == -1.0);
  CHECK(gkd::compare_paired(a, a).mcnemar_z() == 0.0);
  CHECK_THROWS_WITH(gkd::compare_paired(a, {true}), ContainsSubstring("got 6 and 1 cases"));
}

TEST_CASE("proportion: McNemar's exact p by hand") {
  const auto p = [](gkd::index b, gkd::index c) {
    const double value = gkd::paired_comparison{b, c, b + c}.p_value();
    CHECK(value == gkd::paired_comparison{c, b, b + c}.p_value());
    return value;
  };
  CHECK(p(4, 0) == 0.125);   // 2 / 2^4
  CHECK(p(5, 0) == 0.0625);  // 2 / 2^5
  CHECK(p(6, 0) == 0.03125);
  CHECK(p(7, 1) == 0.0703125);  // 2 (1 + 8) / 2^8
  CHECK(p(10, 3) == 2.0 * (1 + 13 + 78 + 286) / 8192);
  CHECK(p(0, 0) == 1.0);
  CHECK(p(3, 3) == 1.0);
  CHECK(p(4, 3) == 1.0);  // 2 (1 + 7 + 21 + 35) / 2^7
  CHECK(gkd::paired_comparison{4, 0, 4}.mcnemar_z() == 2.0);
}

TEST_CASE("proportion: McNemar's exact p against a sum in long double, and far out") {
  for (const gkd::index n : {9u, 50u, 333u, 1000u, 4000u})
    for (gkd::index c = 0; c <= n / 2; c += 1 + n / 40) {
      long double term = std::exp2(-static_cast<long double>(n)), sum = term;
      for (gkd::index k = 1; k <= c; ++k)
        sum += term *= static_cast<long double>(n - k + 1) / static_cast<long double>(k);
      const auto want = static_cast<double>(std::min(1.0L, 2.0L * sum));
      CAPTURE(n, c, want);
      CHECK_THAT((gkd::paired_comparison{n - c, c, n}.p_value()), WithinRel(want, 1e-12));
    }
  CHECK((gkd::paired_comparison{100000, 0, 100000}.p_value() == 0.0));  // 2^-99999
  // of many cases z says the same, with its correction by 1 for continuity
  const gkd::paired_comparison many{500980, 499021, 1000001};
  const double z = (500980.0 - 499021.0 - 1.0) / std::sqrt(1000001.0);
  CHECK_THAT(many.p_value(), WithinAbs(std::erfc(z / std::sqrt(2.0)), 1e-6));
}
