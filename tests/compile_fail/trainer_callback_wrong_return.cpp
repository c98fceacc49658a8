// SPDX-License-Identifier: Apache-2.0
// A callback that answers with an int: 0 would not stop the training.
// expect: gkd: a member of a callback takes the event of its name, as in  void on_step(const
// expect: step_event&),  and returns void, or bool: false stops the training
#include "trainer_parts.hpp"

#if GKD_TWIN
using answer = bool;
#else
using answer = int;
#endif

struct stop_at_once {
  answer on_step(const gkd::step_event&) { return answer{}; }
};

void train(parts::model& student, parts::dataset& data) {
  gkd::trainer t{student,          parts::model{}, gkd::forward_kl{},
                 gkd::fixed{data}, gkd::sgd{},     gkd::training_options{.max_steps = 1},
                 stop_at_once{}};
  t.train();
}
