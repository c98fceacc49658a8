// SPDX-License-Identifier: Apache-2.0
#include <gkd/model/mlp.hpp>
#include <gkd/optim/adafactor.hpp>
#include <gkd/optim/adamw.hpp>
#include <gkd/optim/parameters.hpp>
#include <gkd/optim/sgd.hpp>

#include "optim/list_student.hpp"
#include "support/catch.hpp"
#include "support/far_backend.hpp"

#include <cmath>  // HUGE_VAL

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

TEST_CASE("parameters: a model without gradients shows its values, and refuses to learn") {
  list_student<float> s;
  s.add("w", 2, 1, {1, 2}, {});
  s.add("b", {3}, {});
  const auto refuses = [](auto&& f) {
    CHECK_THROWS_WITH(f(), ContainsSubstring("has no gradient: the model was made without "
                                             "gradients, want one that learns"));
  };
  refuses([&] { gkd::sgd{}.bind(s).step(0.1); });
  refuses([&] { gkd::adamw{}.bind(s).step(0.1); });
  refuses([&] { gkd::adafactor{}.bind(s).step(0.1); });
  refuses([&] { gkd::zero_gradients(s); });
  std::vector<std::string> seen;
  gkd::for_each_value(s, [&](const auto& p) {
    CHECK(p.gradient.empty());
    seen.push_back(gkd::concat(p.name, " ", p.dimensions, " ", p.value.rows, "x", p.value.cols));
  });
  CHECK(seen == std::vector<std::string>{"w 2 2x1", "b 1 1x1"});
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

TEST_CASE("parameters: from and to memory out of reach, each that lies in one piece is one copy") {
  const gkd::mlp_config config{.vocab_size = 5};
  gkd::mlp<gkd::reference, float> near{config, gkd::reference{}, 1}, back{config, {}, 2};
  gkd::mlp<far_backend, float> far{config, far_backend{}, 3};
  long before = far.backend().copies();
  gkd::copy_parameters(near, far);
  CHECK(far.backend().copies() - before == 5);
  before = far.backend().copies();
  gkd::copy_parameters(far, back);
  CHECK(far.backend().copies() - before == 5);
  std::vector<float> want, got;
  const auto into = [](std::vector<float>& all) {
    return [&all](std::string_view, auto value, auto) {
      const auto x = value.flat();
      all.insert(all.end(), x.data, x.data + x.size);
    };
  };
  near.parameters(into(want));
  back.parameters(into(got));
  CHECK(got == want);
}

TEST_CASE("parameters: models of different shapes are told before anything is copied") {
  list_student<float> from, longer, other;
  from.add("w", {1, 2}, {0, 0});
  longer.add("w", {5, 6}, {0, 0});
  longer.add("b", {7}, {0});
  CHECK_THROWS_AS(gkd::copy_parameters(from, longer), gkd::error);
  CHECK(longer.value(0) == std::vector<float>{5, 6});
  CHECK_THROWS_AS(gkd::copy_parameters(longer, from), gkd::error);
  CHECK(from.value(0) == std::vector<float>{1, 2});
  other.add("w", {8, 9}, {0, 0});
  other.add("c", {7}, {0});
  CHECK_THROWS_AS(gkd::copy_parameters(longer, other), gkd::error);
  CHECK(other.value(0) == std::vector<float>{8, 9});
}

TEST_CASE("parameters: values whose squares are more than a double holds are finite") {
  list_student<double> s;
  s.add("w", {1e300, -1e200}, {0, 0});
  CHECK_NOTHROW(gkd::check_finite_values(s));
  s.add("b", {1e300, HUGE_VAL}, {0, 0});
  CHECK_THROWS_WITH(gkd::check_finite_values(s), ContainsSubstring("parameter \"b\" has norm inf"));
}
