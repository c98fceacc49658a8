// SPDX-License-Identifier: Apache-2.0
// A const callback whose member is not const would never be called.
// expect: gkd: this policy is const, and its members that a run calls are not: pass one that is not
// expect: const
#include "trainer_parts.hpp"

struct counter {
  int steps = 0;
  void on_step(const gkd::step_event&) { ++steps; }
};
#if GKD_TWIN
using policy = counter;
#else
using policy = const counter;
#endif

void train(parts::model& student, parts::model& teacher, parts::dataset& data, policy& seen) {
  gkd::trainer t{student,          teacher,    gkd::forward_kl{},
                 gkd::fixed{data}, gkd::sgd{}, gkd::training_options{.max_steps = 1}, seen};
  t.train();
}
