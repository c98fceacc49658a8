// SPDX-License-Identifier: Apache-2.0
// Two members of one name, neither of which takes the event as it comes.
// expect: gkd: a member of a callback takes the event of its name, as in  void on_step(const
// expect: step_event&),  and returns void, or bool: false stops the training; it can be called from
// expect: outside with that event alone
#include "trainer_parts.hpp"

struct counter {
  void on_end(const gkd::end_event&) {}
  void on_step(long) {}
#if GKD_TWIN
  void on_step(const gkd::step_event&) {}
#else
  void on_step(gkd::step_event&) {}
#endif
};

void train(parts::model& student, parts::dataset& data) {
  gkd::trainer t{student,          parts::model{}, gkd::forward_kl{},
                 gkd::fixed{data}, gkd::sgd{},     gkd::training_options{.max_steps = 1},
                 counter{}};
  t.train();
}
