// SPDX-License-Identifier: Apache-2.0
// A template whose argument nobody can deduce.
// expect: gkd: a member of a callback takes the event of its name, as in  void on_step(const
// expect: step_event&),  and returns void, or bool: false stops the training; it can be called from
// expect: outside with that event alone
#include "trainer_parts.hpp"

struct counter {
  void on_end(const gkd::end_event&) {}
#if GKD_TWIN
  template <class Event>
#else
  template <class Event, class Log>
#endif
  void on_step(const Event&) {}
};

void train(parts::model& student, parts::dataset& data) {
  gkd::trainer t{student,          parts::model{}, gkd::forward_kl{},
                 gkd::fixed{data}, gkd::sgd{},     gkd::training_options{.max_steps = 1},
                 counter{}};
  t.train();
}
