// SPDX-License-Identifier: Apache-2.0
#include <gkd/core/stopwatch.hpp>

#include "support/catch.hpp"

TEST_CASE("A stopwatch never goes back") {
  const gkd::stopwatch watch;
  const double first = watch.seconds();
  CHECK(first >= 0.0);
  CHECK(watch.seconds() >= first);
}
