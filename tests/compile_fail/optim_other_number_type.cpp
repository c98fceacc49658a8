// SPDX-License-Identifier: Apache-2.0
// Parameters in double beside logits in float.
// expect: gkd: an optimizer needs parameters of the number type and memory space of the
// expect: student's logits
#include <gkd/optim/sgd.hpp>

#if GKD_TWIN
using number = float;
#else
using number = double;
#endif

struct bias_only {
  number bias[2] = {}, gradient[2] = {};
  float scores[2] = {};
  gkd::index vocab_size() const { return 2; }
  gkd::matrix_view<float> logits(const gkd::token_batch&) { return {scores, 1, 2}; }
  void parameters(auto&& visit) {
    visit("bias", gkd::vector_view<number>(bias, 2), gkd::vector_view<number>(gradient, 2));
  }
};

void train(bias_only& student) { gkd::sgd{}.bind(student).step(0.1); }
