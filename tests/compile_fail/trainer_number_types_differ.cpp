// SPDX-License-Identifier: Apache-2.0
// A teacher in double for a student in float.
// expect: gkd: teacher and student need logits of the same number type
#include <gkd/model/tabular.hpp>

#include "trainer_parts.hpp"

#if GKD_TWIN
using number = float;
#else
using number = double;
#endif

void train(gkd::tabular<float>& student, gkd::tabular<number>& teacher) {
  gkd::trainer t{student, teacher, gkd::forward_kl{}, gkd::fixed{parts::dataset{}}, gkd::sgd{}};
  t.train();
}
