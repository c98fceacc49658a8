// SPDX-License-Identifier: Apache-2.0
// The state of an optimiser is not told the learning rate.
// expect: gkd: the state of an optimizer, what bind(student) returns, needs  void step(double
// expect: learning_rate)
#include "trainer_parts.hpp"

struct descent {
  struct state {
#if GKD_TWIN
    void step(double) {}
#else
    void step() {}
#endif
  };
  state bind(auto&) const { return {}; }
};

void train(parts::model& student) {
  gkd::trainer t{student, parts::model{}, gkd::forward_kl{}, gkd::fixed{parts::dataset{}},
                 descent{}};
  t.train();
}
