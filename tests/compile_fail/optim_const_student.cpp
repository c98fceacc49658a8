// SPDX-License-Identifier: Apache-2.0
// Optimisers bound to a student that must not change.
// expect: gkd: this student is const, and an optimizer updates the student it is bound to: bind one
// expect: that is not const
#include <gkd/model/tabular.hpp>
#include <gkd/optim/adafactor.hpp>
#include <gkd/optim/adamw.hpp>
#include <gkd/optim/sgd.hpp>

#if GKD_TWIN
using model = gkd::tabular<float>;
#else
using model = const gkd::tabular<float>;
#endif

void train(model& student) {
  gkd::adamw{}.bind(student).step(0.1);
  gkd::sgd{}.bind(student).step(0.1);
  auto state = gkd::adafactor{}.bind(student);
  state.step(0.1);
}
