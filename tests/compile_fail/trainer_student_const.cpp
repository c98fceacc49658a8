// SPDX-License-Identifier: Apache-2.0
// A const student, which cannot learn.
// expect: gkd: this student is const, and a student learns: pass one that is not const
#include "trainer_parts.hpp"

#if GKD_TWIN
using student = parts::model;
#else
using student = const parts::model;
#endif

void train(student& learner, parts::model& teacher, parts::dataset& data) {
  gkd::trainer t{learner,          teacher,    gkd::forward_kl{},
                 gkd::fixed{data}, gkd::sgd{}, gkd::training_options{.max_steps = 1}};
  t.train();
}
