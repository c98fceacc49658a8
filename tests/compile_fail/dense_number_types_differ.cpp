// SPDX-License-Identifier: Apache-2.0
// Logits of a teacher in double beside those of a student in float.
// expect: gkd: dense_loss needs teacher and student logits of one number type
// expect: gkd: generalized_jsd_loss needs teacher and student logits of one number type
#include <gkd/divergence/kl.hpp>
#include <gkd/loss/dense.hpp>
#include <gkd/loss/trl.hpp>

#if GKD_TWIN
using teacher_number = float;
#else
using teacher_number = double;
#endif

double values(gkd::matrix_view<const teacher_number> p, gkd::matrix_view<const float> q) {
  return gkd::dense_loss(gkd::forward_kl{}, p, q).value + gkd::generalized_jsd_loss(q, p).value;
}
