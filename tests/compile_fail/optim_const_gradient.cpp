// SPDX-License-Identifier: Apache-2.0
// A student shows its gradients for reading only; clipping and zeroing write them.
// expect: gkd: a trainable model needs to show value and gradient as writable views of one
// expect: number type
#include <gkd/optim/clip.hpp>

#if GKD_TWIN
using gradient_view = gkd::vector_view<float>;
#else
using gradient_view = gkd::vector_view<const float>;
#endif

struct bias_only {
  float bias[2] = {}, gradient[2] = {};
  gkd::index vocab_size() const { return 2; }
  gkd::matrix_view<float> logits(const gkd::token_batch&) { return {bias, 1, 2}; }
  void parameters(auto&& visit) {
    visit("bias", gkd::vector_view<float>(bias, 2), gradient_view(gradient, 2));
  }
};

double norm(bias_only& student) { return gkd::clip_by_global_norm(student, 1.0); }
