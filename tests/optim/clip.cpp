// SPDX-License-Identifier: Apache-2.0
#include <gkd/optim/clip.hpp>

#include "optim/list_student.hpp"
#include "support/catch.hpp"

#include <cmath>   // sqrt
#include <limits>  // max, quiet_NaN

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

TEST_CASE("clip: gradients whose squares are more than a double holds have a norm") {
  const double largest = std::numeric_limits<double>::max();
  for (const std::vector<double>& g : {std::vector<double>{3e200, -4e200, 1.0},
                                       {1.4e154, 1e-300},                   // just too large
                                       {1.3e154, 1.3e154},                  // only their sum is
                                       {largest / 2, largest / 3, 1e150, 0.0}}) {
    list_student<double> s;
    s.add("a", std::vector<double>(g.size()), g);
    s.add("b", 1, 2, {0, 0, 0}, {g[0] / 7, g[1], largest}, 3);  // what lies between rows is none
    long double squares = 0.0L;
    for (double x : g) squares += static_cast<long double>(x) * x;
    squares += static_cast<long double>(g[0] / 7) * (g[0] / 7);
    squares += static_cast<long double>(g[1]) * g[1];
    const double norm = static_cast<double>(std::sqrt(squares));
    CHECK_THAT(gkd::global_gradient_norm(s), WithinRel(norm, 1e-15));
    CHECK_THAT(gkd::clip_by_global_norm(s, 2.0), WithinRel(norm, 1e-15));
    CHECK_THAT(s.gradient(0)[0], WithinRel(g[0] / norm * 2.0, 1e-12));
    CHECK(s.gradient(1)[2] == largest);
    CHECK_THAT(gkd::global_gradient_norm(s), WithinRel(2.0, 1e-12));
  }
}

TEST_CASE("clip: a number that is none is found beside huge ones, and a norm that is none said") {
  const double largest = std::numeric_limits<double>::max();
  list_student<double> s;
  s.add("a", {0.0}, {1e200});
  s.add("b", {0.0}, {std::numeric_limits<double>::infinity()});
  CHECK_THROWS_WITH(gkd::global_gradient_norm(s),
                    ContainsSubstring("the gradient of parameter \"b\" has norm inf"));
  list_student<double> most;
  most.add("a", {0.0, 0.0}, {largest, largest});
  CHECK_THROWS_WITH(gkd::clip_by_global_norm(most, 1.0),
                    ContainsSubstring("the norm of all gradients is more than a double holds"));
  CHECK(most.gradient(0)[0] == largest);
}
