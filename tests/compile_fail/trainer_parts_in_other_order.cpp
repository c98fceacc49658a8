// SPDX-License-Identifier: Apache-2.0
// A data source where the loss belongs, and the other way round.
// expect: gkd: the parts of a trainer are  {student, teacher, loss, source, optimizer, options,
// expect: policies...}  in this order; the teacher may be left away
#include "trainer_parts.hpp"

void train(parts::model& student, parts::model& teacher, parts::dataset& data) {
#if GKD_TWIN
  gkd::trainer t{student,          teacher,    gkd::forward_kl{},
                 gkd::fixed{data}, gkd::sgd{}, gkd::training_options{.max_steps = 1}};
#else
  gkd::trainer t{student,           teacher,    gkd::fixed{data},
                 gkd::forward_kl{}, gkd::sgd{}, gkd::training_options{.max_steps = 1}};
#endif
  t.train();
}
