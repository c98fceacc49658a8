// SPDX-License-Identifier: Apache-2.0
// Two communicators, over which each gradient would be added up twice.
// expect: gkd: a trainer takes one communicator: gradients would be added up twice
#include "trainer_parts.hpp"

void train(parts::model& student, parts::model& teacher, parts::dataset& data) {
  gkd::trainer t{student,
                 teacher,
                 gkd::forward_kl{},
                 gkd::fixed{data},
                 gkd::sgd{},
                 gkd::training_options{.max_steps = 1},
#if !GKD_TWIN
                 gkd::single_process{},
#endif
                 gkd::single_process{}};
  t.train();
}
