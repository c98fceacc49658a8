// SPDX-License-Identifier: Apache-2.0
// An evaluation with an event of its own that nobody outside can call.
// expect: gkd: a member of a callback takes the event of its name, as in  void on_step(const
// expect: step_event&),  and returns void, or bool: false stops the training; it can be called from
// expect: outside with that event alone
#include "trainer_parts.hpp"

class own_evaluation {
 public:
  gkd::metrics evaluate(auto&, auto&, const auto&) { return {{"eval_loss", 0.0}}; }

#if !GKD_TWIN
 private:
#endif
  void on_start(const gkd::start_event&) {}
};

void train(parts::model& student, parts::dataset& data) {
  gkd::trainer t{student,          parts::model{}, gkd::forward_kl{},
                 gkd::fixed{data}, gkd::sgd{},     gkd::training_options{.max_steps = 1},
                 own_evaluation{}};
  t.train();
}
