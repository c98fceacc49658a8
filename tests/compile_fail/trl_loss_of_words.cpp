// SPDX-License-Identifier: Apache-2.0
// A reduction by its name in Python.
// expect: gkd: generalized_jsd_loss needs the logits of student and teacher as two matrix_view of
// expect: host memory, as  matrix_view(numbers.data(), rows, columns),  then labels, beta,
// expect: temperature, and a reduction such as  trl_reduction::batchmean
#include <gkd/loss/trl.hpp>

double value(const std::vector<float>& p, const std::vector<float>& q,
             const std::vector<gkd::token>& labels) {
  const gkd::matrix_view teacher(p.data(), 2, 3), student(q.data(), 2, 3);
#if GKD_TWIN
  const auto reduction = gkd::trl_reduction::batchmean;
#else
  const auto reduction = "batchmean";
#endif
  return gkd::generalized_jsd_loss(student, teacher, labels, 0.5, 1.0, reduction).value;
}
