// SPDX-License-Identifier: Apache-2.0
// A trainer without an optimizer.
// expect: gkd: the parts of a trainer are  {student, teacher, loss, source, optimizer, options,
// expect: policies...}  in this order
#include "trainer_parts.hpp"

void train(parts::model& student, parts::model& teacher, parts::dataset& data) {
  gkd::trainer t{student,
                 teacher,
                 gkd::forward_kl{},
                 gkd::fixed{data},
#if GKD_TWIN
                 gkd::sgd{},
#endif
                 gkd::training_options{.max_steps = 1}};
  t.train();
}
