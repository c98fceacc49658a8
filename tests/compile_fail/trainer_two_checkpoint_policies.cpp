// SPDX-License-Identifier: Apache-2.0
// Two checkpoint policies, of which each would go on from its own place.
// expect: gkd: a trainer takes one checkpoint policy: a run goes on from one place
#include "trainer_parts.hpp"

struct keeper {
  std::string save(const auto&) { return {}; }
  bool resume(const auto&) { return false; }
};

void train(parts::model& student, parts::model& teacher, parts::dataset& data) {
  gkd::trainer t{student,
                 teacher,
                 gkd::forward_kl{},
                 gkd::fixed{data},
                 gkd::sgd{},
                 gkd::training_options{.max_steps = 1},
#if !GKD_TWIN
                 keeper{},
#endif
                 keeper{}};
  t.train();
}
