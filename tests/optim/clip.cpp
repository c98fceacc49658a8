// SPDX-License-Identifier: Apache-2.0
#include <gkd/optim/clip.hpp>

#include "optim/list_student.hpp"
#include "support/catch.hpp"

#include <limits>  // quiet_NaN

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinRel;

TEST_CASE("clip: one norm over all parameters") {
  list_student<double> s;
  s.add("a", {0.0}, {3.0});
  s.add("b", 1, 2, {0.0, 0.0}, {0.0, 4.0});
  CHECK(gkd::clip_by_global_norm(s, 10.0) == 5.0);
  CHECK(s.gradient(0)[0] == 3.0);  // below the limit nothing changes
  CHECK(gkd::clip_by_global_norm(s, 1.0) == 5.0);
  CHECK_THAT(s.gradient(0)[0], WithinRel(3.0 / 5.000001, 1e-15));
  CHECK_THAT(s.gradient(1)[1], WithinRel(4.0 / 5.000001, 1e-15));
  gkd::zero_gradients(s);
  CHECK(gkd::global_gradient_norm(s) == 0.0);
}

TEST_CASE("clip: a gradient that is no number is an error that names its parameter") {
  list_student<float> s;
  s.add("a", {0.0f}, {3.0f});
  s.add("b", {0.0f}, {std::numeric_limits<float>::quiet_NaN()});
  try {
    gkd::clip_by_global_norm(s, 1.0);
    FAIL("no error");
  } catch (const gkd::error& e) {
    CHECK(e.code() == gkd::errc::non_finite);
    CHECK_THAT(e.what(), ContainsSubstring("the gradient of parameter \"b\""));
  }
  CHECK(s.gradient(0)[0] == 3.0f);
  CHECK_THROWS_WITH(gkd::clip_by_global_norm(s, 0.0), ContainsSubstring("is 0, want a number > 0"));
}
