// SPDX-License-Identifier: Apache-2.0
// Checkpoints of a run whose optimiser does not show its moments would not be of that run.
// expect: gkd: the state of an optimizer needs  void visit_state(auto&& visit)  that calls
// expect: visit(name, view) for each of its buffers,  long steps() const  and  void set_steps(long)
// expect: to be kept in checkpoints
#include <gkd/train/checkpoint.hpp>

#include "trainer_parts.hpp"

struct descent {
  struct state {
    void step(double) {}
    long steps() const { return 0; }
#if GKD_TWIN
    void set_steps(long) {}
    void visit_state(auto&&) {}
#endif
  };
  state bind(auto&) const { return {}; }
};

void train(parts::model& student) {
  gkd::trainer t{student,           parts::model{},
                 gkd::forward_kl{}, gkd::fixed{parts::dataset{}},
                 descent{},         gkd::training_options{.output_dir = "run"},
                 gkd::checkpoints{}};
  t.resume();
}
