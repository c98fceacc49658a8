// SPDX-License-Identifier: Apache-2.0
// There is nothing to evaluate on.
// expect: gkd: trainer.evaluate() needs an evaluation among the trainer's policies, such as
// expect: gkd::evaluate_on{dataset}
#include <gkd/train/evaluation.hpp>

#include "trainer_parts.hpp"

void train(parts::model& student) {
  gkd::trainer t{student,
                 parts::model{},
                 gkd::forward_kl{},
                 gkd::fixed{parts::dataset{}},
                 gkd::sgd{},
                 gkd::training_options{},
#if GKD_TWIN
                 gkd::evaluate_on{parts::dataset{}},
#endif
                 parts::listener{}};
  t.evaluate();
}
