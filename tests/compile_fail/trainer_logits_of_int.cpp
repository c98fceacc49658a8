// SPDX-License-Identifier: Apache-2.0
// Models whose logits are whole numbers: their gradients would all be 0.
// expect: gkd: a student needs  matrix_view<T> logits(const token_batch& batch), T float or double
// expect: gkd: a teacher needs  matrix_view<T> logits(const token_batch& batch), T float or double
#include "trainer_parts.hpp"

#if GKD_TWIN
using number = float;
#else
using number = int;
#endif

struct counts {
  gkd::index vocab_size() const { return 2; }
  gkd::matrix_view<number> logits(const gkd::token_batch&) { return {bias, 1, 2}; }
  void backward(const gkd::token_batch&, gkd::matrix_view<const number>) {}
  void parameters(auto&& visit) {
    visit("bias", gkd::vector_view<number>(bias, 2), gkd::vector_view<number>(gradient, 2));
  }
  number bias[2] = {}, gradient[2] = {};
};

void train(counts& student, const parts::dataset& data) {
  gkd::trainer t{student, counts{}, gkd::forward_kl{}, gkd::fixed{data}, gkd::sgd{}};
  t.train();
}
