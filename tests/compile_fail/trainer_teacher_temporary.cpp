// SPDX-License-Identifier: Apache-2.0
// A teacher that has ended before its first answer.
// expect: gkd: teacher_generated needs a teacher that outlives it, a variable and no temporary
#include <gkd/data/teacher_generated.hpp>

#include "trainer_parts.hpp"

void train(parts::model& student, parts::model& teacher, parts::dataset& data) {
#if GKD_TWIN
  gkd::teacher_generated source{teacher, data};
  gkd::teacher_generated again{teacher, data, {.max_new_tokens = 1}, gkd::redraw::always};
#else
  gkd::teacher_generated source{parts::model{}, data};
  gkd::teacher_generated again{
      parts::model{}, data, {.max_new_tokens = 1}, gkd::redraw::always};
#endif
  again.next(student, {});
  gkd::trainer t{student, teacher, gkd::forward_kl{}, source, gkd::sgd{}};
  t.train();
}
