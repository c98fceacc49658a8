// SPDX-License-Identifier: Apache-2.0
// The loss overwrites the student's logits by their gradient; these cannot be written.
// expect: gkd: a student needs writable logits, matrix_view<T> and not matrix_view<const
// expect: T>:
// expect: the loss overwrites them by their gradient
#include "trainer_parts.hpp"

struct guarded : parts::model {
#if GKD_TWIN
  gkd::matrix_view<float> logits(const gkd::token_batch&) { return {bias, 1, 2}; }
#else
  gkd::matrix_view<const float> logits(const gkd::token_batch&) { return {bias, 1, 2}; }
#endif
};

void train(guarded& student) {
  gkd::trainer t{student, parts::model{}, gkd::forward_kl{}, gkd::fixed{parts::dataset{}},
                 gkd::sgd{}};
  t.train();
}
