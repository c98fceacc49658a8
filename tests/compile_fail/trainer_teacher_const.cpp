// SPDX-License-Identifier: Apache-2.0
// A const teacher whose logits() is not const, as it writes to the teacher's own memory.
// expect: gkd: this teacher is const, and its logits(const token_batch&) is not: pass a teacher
// expect: that is not const
#include "trainer_parts.hpp"

#if GKD_TWIN
using teacher = parts::model;
#else
using teacher = const parts::model;
#endif

void train(parts::model& student, teacher& writer, parts::dataset& data) {
  gkd::trainer t{student,          writer,     gkd::forward_kl{},
                 gkd::fixed{data}, gkd::sgd{}, gkd::training_options{.max_steps = 1}};
  t.train();
}
