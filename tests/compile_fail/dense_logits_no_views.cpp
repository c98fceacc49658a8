// SPDX-License-Identifier: Apache-2.0
// Logits as vectors, which do not say where their rows end.
// expect: gkd: dense_loss needs the logits of teacher and student as two matrix_view in one memory
// expect: space, as  matrix_view(numbers.data(), rows, columns)
#include <gkd/divergence/kl.hpp>
#include <gkd/loss/dense.hpp>

double value(const std::vector<float>& p, const std::vector<float>& q) {
#if GKD_TWIN
  const gkd::matrix_view teacher(p.data(), 2, 3), student(q.data(), 2, 3);
#else
  const auto &teacher = p, &student = q;
#endif
  return gkd::dense_loss(gkd::forward_kl{}, teacher, student, {.temperature = 2}).value +
         gkd::dense_loss(gkd::forward_kl{}, teacher, student).value;
}
