// SPDX-License-Identifier: Apache-2.0
// A model that is copied shows numbers in place of views.
// expect: gkd: a trainable model needs to call  visit(std::string_view name, value, gradient)  with
// expect: matrix or vector views
#include <gkd/optim/parameters.hpp>

struct bias_only {
  float bias[2] = {}, gradient[2] = {};
  gkd::index vocab_size() const { return 2; }
  gkd::matrix_view<float> logits(const gkd::token_batch&) { return {bias, 1, 2}; }
  void parameters(auto&& visit) {
#if GKD_TWIN
    visit("bias", gkd::vector_view<float>(bias, 2), gkd::vector_view<float>(gradient, 2));
#else
    visit("bias", 2, 2);
#endif
  }
};

void copy(bias_only& from, bias_only& to) { gkd::copy_parameters(from, to); }
