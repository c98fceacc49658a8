// SPDX-License-Identifier: Apache-2.0
// The teacher's logits are in memory that the student's backend does not share.
// expect: gkd: teacher and student need logits in the same memory space
#include "trainer_parts.hpp"

struct far_space {
  static constexpr bool host_accessible = false;
};
#if GKD_TWIN
using space = gkd::host_space;
#else
using space = far_space;
#endif
struct far_teacher {
  gkd::index vocab_size() const { return 2; }
  gkd::matrix_view<float, space> logits(const gkd::token_batch&) { return {}; }
};

void train(parts::model& student) {
  gkd::trainer t{student, far_teacher{}, gkd::forward_kl{}, gkd::fixed{parts::dataset{}},
                 gkd::sgd{}};
  t.train();
}
