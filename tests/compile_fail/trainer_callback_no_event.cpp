// SPDX-License-Identifier: Apache-2.0
// The name of the event is misspelt; nobody would ever call it.
// expect: gkd: a callback handles no event; it needs one of  on_start(const start_event&)
// expect: on_batch(const batch_event&)  on_step(const step_event&)
#include "trainer_parts.hpp"

struct printer {
#if GKD_TWIN
  void on_step(const gkd::step_event&) {}
#else
  void onstep(const gkd::step_event&) {}
#endif
};

void train(parts::model& student) {
  gkd::trainer t{
      student,    parts::model{},          gkd::forward_kl{}, gkd::fixed{parts::dataset{}},
      gkd::sgd{}, gkd::training_options{}, printer{}};
  t.train();
}
