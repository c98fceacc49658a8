// SPDX-License-Identifier: Apache-2.0
// A student that cannot learn: it gives logits, as a teacher does.
// expect: gkd: a student needs  void backward(const token_batch& batch, matrix_view<const
// expect: T> dlogits), T the number type of its logits
#include "trainer_parts.hpp"

struct frozen : parts::model {
#if GKD_TWIN
  using parts::model::backward;
#else
  void backward() = delete;
#endif
};

void train(frozen& student) {
  gkd::trainer t{student, parts::model{}, gkd::forward_kl{}, gkd::fixed{parts::dataset{}},
                 gkd::sgd{}};
  t.train();
}
