// SPDX-License-Identifier: Apache-2.0
// A const data source, which cannot keep its place.
// expect: gkd: this data source is const, and a source keeps its place: pass one that is not const
#include "trainer_parts.hpp"

#if GKD_TWIN
using source = gkd::fixed<parts::dataset>;
#else
using source = const gkd::fixed<parts::dataset>;
#endif

void train(parts::model& student, parts::model& teacher, source& data) {
  gkd::trainer t{student, teacher,    gkd::forward_kl{},
                 data,    gkd::sgd{}, gkd::training_options{.max_steps = 1}};
  t.train();
}
