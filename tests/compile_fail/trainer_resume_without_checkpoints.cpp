// SPDX-License-Identifier: Apache-2.0
// There is no policy that keeps the run on disk.
// expect: gkd: trainer.resume() needs a checkpoint policy, such as  gkd::checkpoints{}  of
// expect: gkd/train/checkpoint.hpp
#include <gkd/train/checkpoint.hpp>

#include "trainer_parts.hpp"

void train(parts::model& student) {
  gkd::trainer t{student,
                 parts::model{},
                 gkd::forward_kl{},
                 gkd::fixed{parts::dataset{}},
                 gkd::sgd{},
                 gkd::training_options{.output_dir = "run"},
#if GKD_TWIN
                 gkd::checkpoints{},
#endif
                 parts::listener{}};
  t.resume();
}
