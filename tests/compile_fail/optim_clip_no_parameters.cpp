// SPDX-License-Identifier: Apache-2.0
// The gradients of a model that shows no parameters are to be clipped.
// expect: gkd: a trainable model needs  void parameters(auto&& visit)  that calls
// expect: visit(std::string_view name, value, gradient) with matrix or vector views
#include <gkd/optim/clip.hpp>

struct bias_only {
  float bias[2] = {}, gradient[2] = {};
  gkd::index vocab_size() const { return 2; }
  gkd::matrix_view<float> logits(const gkd::token_batch&) { return {bias, 1, 2}; }
#if GKD_TWIN
  void parameters(auto&& visit) {
    visit("bias", gkd::vector_view<float>(bias, 2), gkd::vector_view<float>(gradient, 2));
  }
#endif
};

double clip(bias_only& student) { return gkd::clip_by_global_norm(student, 1.0); }
