// SPDX-License-Identifier: Apache-2.0
// An optimiser of one's own whose state cannot take a step.
// expect: gkd: the state of an optimizer, what bind(student) returns, needs  void step(double
// expect: learning_rate)
#include <gkd/concepts.hpp>

struct sign_descent {
  struct state {
#if GKD_TWIN
    void step(double learning_rate);
#else
    void update(double learning_rate);
#endif
  };
  auto bind(auto&) const { return state{}; }
};

void check() { gkd::check_optimizer<sign_descent, int>(); }
