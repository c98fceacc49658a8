// SPDX-License-Identifier: Apache-2.0
// A callback with one member that is right and one that takes another member's event.
// expect: gkd: a member of a callback takes the event of its name, as in  void on_step(const
// expect: step_event&),  and returns void, or bool
#include "trainer_parts.hpp"

struct watcher {
  void on_start(const gkd::start_event&) {}
#if GKD_TWIN
  bool on_step(const gkd::step_event&) { return true; }
#else
  bool on_step(gkd::eval_event&) { return true; }
#endif
};

void train(parts::model& student, parts::dataset& data) {
  gkd::trainer t{student,
                 parts::model{},
                 gkd::forward_kl{},
                 gkd::fixed{data},
                 gkd::sgd{},
                 gkd::training_options{.max_steps = 1},
                 watcher{}};
  t.train();
}
