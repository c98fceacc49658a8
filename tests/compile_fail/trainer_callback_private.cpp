// SPDX-License-Identifier: Apache-2.0
// A class whose event member was written above the word public.
// expect: gkd: a member of a callback takes the event of its name, as in  void on_step(const
// expect: step_event&),  and returns void, or bool: false stops the training; it can be called from
// expect: outside with that event alone
#include "trainer_parts.hpp"

class counter {
#if GKD_TWIN
 public:
#endif
  void on_step(const gkd::step_event&) { ++steps_; }

 public:
  void on_end(const gkd::end_event&) { steps_ = 0; }

 private:
  long steps_ = 0;
};

void train(parts::model& student, parts::dataset& data) {
  gkd::trainer t{student,          parts::model{}, gkd::forward_kl{},
                 gkd::fixed{data}, gkd::sgd{},     gkd::training_options{.max_steps = 1},
                 counter{}};
  t.train();
}
