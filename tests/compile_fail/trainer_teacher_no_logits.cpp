// SPDX-License-Identifier: Apache-2.0
// A teacher that gives probabilities instead of logits.
// expect: gkd: a teacher needs  matrix_view<T> logits(const token_batch& batch), T float or double
#include "trainer_parts.hpp"

struct oracle {
  gkd::index vocab_size() const { return 2; }
#if GKD_TWIN
  gkd::matrix_view<float> logits(const gkd::token_batch&) { return {numbers, 1, 2}; }
#else
  gkd::matrix_view<float> probabilities(const gkd::token_batch&) { return {numbers, 1, 2}; }
#endif
  float numbers[2] = {};
};

void train(parts::model& student) {
  gkd::trainer t{student, oracle{}, gkd::forward_kl{}, gkd::fixed{parts::dataset{}}, gkd::sgd{}};
  t.train();
}
