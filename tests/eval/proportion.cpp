// SPDX-License-Identifier: Apache-2.0
#include <gkd/eval/proportion.hpp>

#include "support/catch.hpp"

#include <cmath>  // sqrt

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;
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
