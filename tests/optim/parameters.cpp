// SPDX-License-Identifier: Apache-2.0
#include <gkd/optim/parameters.hpp>

#include "optim/list_student.hpp"
#include "support/catch.hpp"

using Catch::Matchers::ContainsSubstring;

TEST_CASE("parameters: shown in order, vectors as matrices of one row") {
  list_student<float> s;
  s.add("w", 2, 3, {1, 2, 3, 4, 5, 6}, {0, 0, 0, 0, 0, 0});
  s.add("b", {7, 8}, {0, 9});
  std::vector<std::string> seen;
  gkd::for_each_parameter(s, [&](const auto& p) {
    seen.push_back(gkd::concat(p.name, " ", p.dimensions, " ", p.value.rows, "x", p.value.cols, " ",
                               p.value(p.value.rows - 1, 1), " ", p.gradient(0, 1)));
  });
  CHECK(seen == std::vector<std::string>{"w 2 2x3 5 0", "b 1 1x2 8 9"});
}

TEST_CASE("parameters: zeroing the gradients leaves what lies between the rows") {
  list_student<float> s;
  s.add("w", 2, 1, {0, 0, 0, 0}, {1, 2, 3, 4}, 2);
  gkd::zero_gradients(s);
  CHECK(s.gradient(0) == std::vector<float>{0, 2, 0, 4});
}

TEST_CASE("parameters: a gradient of another shape is named") {
  list_student<float> s;
  s.add("w", {1, 2}, {0});
  CHECK_THROWS_WITH(
      gkd::zero_gradients(s),
      ContainsSubstring("parameter \"w\" is (1, 2) and its gradient (1, 1), want the"));
}

TEST_CASE("parameters: copied from one model to another of the same shape") {
  list_student<float> from, to;
  from.add("w", 2, 1, {1, 77, 2, 77}, {0, 0, 0, 0}, 2);
  to.add("w", 2, 1, {5, 6}, {7, 8});
  gkd::copy_parameters(from, to);
  CHECK(to.value(0) == std::vector<float>{1, 2});
  CHECK(to.gradient(0) == std::vector<float>{7, 8});
  to.add("b", {1}, {1});
  CHECK_THROWS_WITH(gkd::copy_parameters(from, to),
                    ContainsSubstring("parameter \"b\" (1, 1) has"));
  CHECK_THROWS_WITH(gkd::copy_parameters(to, from), ContainsSubstring("parameter \"b\" is not in"));
}
