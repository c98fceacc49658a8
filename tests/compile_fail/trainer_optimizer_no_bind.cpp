// SPDX-License-Identifier: Apache-2.0
// An optimiser that is its own state, as in PyTorch.
// expect: gkd: an optimizer needs  auto bind(auto& student) const
#include "trainer_parts.hpp"

struct descent {
  void step(double) {}
#if GKD_TWIN
  descent bind(auto&) const { return *this; }
#endif
};

void train(parts::model& student) {
  gkd::trainer t{student, parts::model{}, gkd::forward_kl{}, gkd::fixed{parts::dataset{}},
                 descent{}};
  t.train();
}
