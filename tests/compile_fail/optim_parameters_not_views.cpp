// SPDX-License-Identifier: Apache-2.0
// A student that shows pointers in place of views.
// expect: gkd: a trainable model needs to call  visit(std::string_view name, value, gradient)  with
// expect: matrix or vector views
#include "trainer_parts.hpp"

struct pointers : parts::model {
  void parameters(auto&& visit) {
#if GKD_TWIN
    visit("bias", gkd::vector_view<float>(bias, 2), gkd::vector_view<float>(gradient, 2));
#else
    visit("bias", bias, gradient);
#endif
  }
};

void update(pointers& student) { gkd::sgd{}.bind(student).step(0.1); }
