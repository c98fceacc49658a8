// SPDX-License-Identifier: Apache-2.0
// The helper that tests gather their worst error with.
#include "support/worst_of.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"

TEST_CASE("the worst of two errors is NaN if one of them is") {
  const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();
  CHECK(worst_of(1.0, 2.0) == 2.0);
  CHECK(worst_of(2.0, 1.0) == 2.0);
  CHECK(worst_of(inf, 1.0) == inf);
  for (double x : {0.0, 1.0, inf, nan}) {
    CHECK(std::isnan(worst_of(x, nan)));
    CHECK(std::isnan(worst_of(nan, x)));
  }
}
