// SPDX-License-Identifier: Apache-2.0
#include <gkd/optim/sgd.hpp>

#include "optim/list_student.hpp"
#include "support/catch.hpp"

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinRel;

TEST_CASE("sgd: plain, x -= lr g") {
  list_student<double> s;
  s.add("w", {1.0, 2.0}, {0.5, -4.0});
  auto optimizer = gkd::sgd{}.bind(s);
  optimizer.step(0.5);
  CHECK(s.value(0) == std::vector<double>{0.75, 4.0});
  int buffers = 0;
  optimizer.visit_state([&](const auto&, auto) { ++buffers; });
  CHECK(buffers == 0);  // nothing to keep
}

TEST_CASE("sgd: momentum and Nesterov by hand") {
  // v: 1, then 0.5 * 1 + 1 = 1.5;  Nesterov takes g + 0.5 v: 1.5, then 1.75
  list_student<double> s, n;
  s.add("w", {0.0}, {1.0});
  n.add("w", {0.0}, {1.0});
  auto plain = gkd::sgd{.momentum = 0.5}.bind(s);
  auto nesterov = gkd::sgd{.momentum = 0.5, .nesterov = true}.bind(n);
  for (int i = 0; i < 2; ++i) {
    plain.step(1.0);
    nesterov.step(1.0);
  }
  CHECK(s.value(0)[0] == -2.5);
  CHECK(n.value(0)[0] == -3.25);
  plain.visit_state([](const std::string& name, gkd::vector_view<double> v) {
    CHECK(name == "w.momentum_buffer");
    CHECK(v[0] == 1.5);
  });
}

TEST_CASE("sgd: weight decay is added to the gradient of matrices") {
  list_student<double> s;
  s.add("w", 1, 1, {2.0}, {1.0});
  s.add("b", {2.0}, {1.0});
  gkd::sgd{.weight_decay = 0.25}.bind(s).step(1.0);
  CHECK(s.value(0)[0] == 0.5);  // 2 - (1 + 0.25 * 2)
  CHECK(s.value(1)[0] == 1.0);
}

TEST_CASE("sgd: settings outside their range are named") {
  list_student<float> s;
  CHECK_THROWS_WITH(gkd::sgd{.momentum = 1.0}.bind(s), ContainsSubstring("sgd::momentum is 1"));
  CHECK_THROWS_WITH(gkd::sgd{.weight_decay = -1.0}.bind(s),
                    ContainsSubstring("sgd::weight_decay is -1"));
  CHECK_THROWS_WITH(gkd::sgd{.nesterov = true}.bind(s), ContainsSubstring("with nesterov"));
}
