// SPDX-License-Identifier: Apache-2.0
// What stands in the place of the loss is none: a temperature.
// expect: gkd: a divergence needs  template <class T> GKD_FN T operator()(T log_p, T log_q) const
#include "trainer_parts.hpp"

#if GKD_TWIN
using loss = gkd::forward_kl;
#else
struct loss {
  double temperature = 2.0;
};
#endif

void train(parts::model& student) {
  gkd::trainer t{student, parts::model{}, loss{}, gkd::fixed{parts::dataset{}}, gkd::sgd{}};
  t.train();
}
