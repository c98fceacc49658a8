// SPDX-License-Identifier: Apache-2.0
// A member with a condition that its event does not meet, in a callback of nothing else.
// expect: gkd: a member of a callback takes the event of its name, as in  void on_step(const
// expect: step_event&),  and returns void, or bool: false stops the training; it can be called from
// expect: outside with that event alone
#include "trainer_parts.hpp"

struct counter {
  template <class Event>
#if GKD_TWIN
    requires requires(const Event& e) { e.step; }
#else
    requires requires(const Event& e) { e.step_number; }
#endif
  void on_step(const Event&) {}
};

void train(parts::model& student, parts::dataset& data) {
  gkd::trainer t{student,          parts::model{}, gkd::forward_kl{},
                 gkd::fixed{data}, gkd::sgd{},     gkd::training_options{.max_steps = 1},
                 counter{}};
  t.train();
}
