// SPDX-License-Identifier: Apache-2.0
#include <gkd/optim/adamw.hpp>

#include "optim/list_student.hpp"
#include "support/catch.hpp"

#include <cmath>  // sqrt

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;
using Catch::Matchers::WithinRel;

TEST_CASE("adamw: two steps by hand") {
  // step 1: m = 0.2, v = 0.04 (beta1 0.9, beta2 0.99, g = 2); both corrections make them g and g^2,
  //   so x = 1 - 0.1 * 2 / 2 = 0.9
  // step 2, g = -1: m = 0.9 * 0.2 - 0.1 = 0.08, v = 0.99 * 0.04 + 0.01 = 0.0496
  list_student<double> s;
  s.add("bias", {1.0}, {2.0});
  auto optimizer = gkd::adamw{.beta2 = 0.99, .epsilon = 1e-12}.bind(s);
  optimizer.step(0.1);
  CHECK_THAT(s.value(0)[0], WithinRel(0.9, 1e-11));
  s.gradient(0)[0] = -1.0;
  optimizer.step(0.1);
  const double m = 0.08 / (1.0 - 0.81), v = 0.0496 / (1.0 - 0.9801);
  CHECK_THAT(s.value(0)[0], WithinRel(0.9 - 0.1 * m / std::sqrt(v), 1e-11));
  CHECK(optimizer.steps() == 2);
}

TEST_CASE("adamw: matrices decay, vectors do not, unless the rule says otherwise") {
  list_student<float> s;
  s.add("norm", {1.0f}, {0.0f});
  s.add("weight", 1, 1, {1.0f}, {0.0f});
  gkd::adamw{.weight_decay = 0.5}.bind(s).step(0.1);
  CHECK(s.value(0)[0] == 1.0f);
  CHECK_THAT(s.value(1)[0], WithinRel(0.95f, 1e-6f));  // x (1 - 0.1 * 0.5), and no gradient

  gkd::adamw{.weight_decay = 0.5, .decays = gkd::decay_all}.bind(s).step(0.1);
  CHECK_THAT(s.value(0)[0], WithinRel(0.95f, 1e-6f));

  const auto only_norms = [](std::string_view name, gkd::index) { return name == "norm"; };
  gkd::adamw{.weight_decay = 0.5, .decays = only_norms}.bind(s).step(0.1);
  CHECK_THAT(s.value(0)[0], WithinRel(0.95f * 0.95f, 1e-6f));
  CHECK_THAT(s.value(1)[0], WithinRel(0.95f * 0.95f, 1e-6f));
}

TEST_CASE("adamw: a matrix with gaps between its rows is updated as one without") {
  list_student<double> gaps, plain;
  gaps.add("w", 2, 2, {1, 2, 77, 3, 4, 77}, {1, -1, 55, 2, -2, 55}, 3);
  plain.add("w", 2, 2, {1, 2, 3, 4}, {1, -1, 2, -2});
  const gkd::adamw settings{.weight_decay = 0.1};
  auto a = settings.bind(gaps), b = settings.bind(plain);
  for (int i = 0; i < 3; ++i) {
    a.step(0.01);
    b.step(0.01);
    gaps.gradient(0)[4] += 1.0;  // element (1, 1)
    plain.gradient(0)[3] += 1.0;
  }
  const auto& x = gaps.value(0);
  CHECK(std::vector<double>{x[0], x[1], x[3], x[4]} == plain.value(0));
  CHECK((x[2] == 77 && x[5] == 77));
}

TEST_CASE("adamw: state and step count carry a run on, bit by bit") {
  const auto gradient_of_step = [](list_student<float>& s, int step) {
    s.gradient(0) = {0.5f * float(step), -1.0f};
  };
  list_student<float> whole;
  whole.add("w", 1, 2, {1.0f, -2.0f}, {0.0f, 0.0f});
  list_student<float> first = whole;
  auto through = gkd::adamw{}.bind(whole), until = gkd::adamw{}.bind(first);
  for (int step = 0; step < 4; ++step) {
    gradient_of_step(whole, step);
    through.step(0.1);
    if (step >= 2) continue;
    gradient_of_step(first, step);
    until.step(0.1);
  }
  list_student<float> second = first;
  auto resumed = gkd::adamw{}.bind(second);
  std::vector<std::string> names;
  std::vector<std::vector<float>> saved;
  until.visit_state([&](const std::string& name, gkd::vector_view<float> view) {
    names.push_back(name);
    saved.emplace_back(view.span().begin(), view.span().end());
  });
  CHECK(names == std::vector<std::string>{"w.exp_avg", "w.exp_avg_sq"});
  gkd::index i = 0;
  resumed.visit_state([&](const std::string&, gkd::vector_view<float> view) {
    for (gkd::index j = 0; j < view.size; ++j) view[j] = saved[i][j];
    ++i;
  });
  resumed.set_steps(until.steps());
  for (int step = 2; step < 4; ++step) {
    gradient_of_step(second, step);
    resumed.step(0.1);
  }
  CHECK(second.value(0) == whole.value(0));
}

TEST_CASE("adamw: settings, learning rates and students that do not fit are named") {
  list_student<float> s;
  s.add("w", {1.0f}, {0.0f});
  CHECK_THROWS_WITH(gkd::adamw{.beta1 = 1.0}.bind(s),
                    ContainsSubstring("adamw::beta1 is 1, want a number in [0, 1)"));
  CHECK_THROWS_WITH(gkd::adamw{.beta2 = -0.1}.bind(s), ContainsSubstring("adamw::beta2 is -0.1"));
  CHECK_THROWS_WITH(gkd::adamw{.epsilon = 0.0}.bind(s),
                    ContainsSubstring("adamw::epsilon is 0, want a finite number > 0"));
  CHECK_THROWS_WITH(gkd::adamw{.weight_decay = NAN}.bind(s),
                    ContainsSubstring("adamw::weight_decay is nan"));
  auto optimizer = gkd::adamw{}.bind(s);
  CHECK_THROWS_WITH(optimizer.step(-1.0), ContainsSubstring("learning_rate is -1, want"));
  CHECK_THROWS_WITH(optimizer.set_steps(-1), ContainsSubstring("want one >= 0"));
  s.add("late", {1.0f}, {0.0f});
  CHECK_THROWS_WITH(optimizer.step(0.1),
                    ContainsSubstring("parameter \"late\" (1, 1) was not there"));
  s.remove_last();
  s.remove_last();
  CHECK_THROWS_WITH(optimizer.step(0.1), ContainsSubstring("parameter \"w\" was there"));
  s.add("w", {1.0f, 2.0f}, {0.0f});
  CHECK_THROWS_WITH(gkd::adamw{}.bind(s),
                    ContainsSubstring("parameter \"w\" is (1, 2) and its gradient (1, 1)"));
}
