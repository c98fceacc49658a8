// SPDX-License-Identifier: Apache-2.0
// TRL's loss by TRL's name, arguments and denominators, for programs that come from Python.
// The same in Python, with trl 1.16.0, prints the same numbers:
//
//   import torch
//   from trl.experimental.gkd import GKDTrainer
//   teacher = torch.tensor([[[2, 1, 0, -1.], [0, 0, 3, 1], [1, 4, 1, 1]]])
//   student = torch.tensor([[[1, 1, 0, -2.], [1, 0, 1, 1], [0, 2, 2, 1]]], requires_grad=True)
//   labels = torch.tensor([[-100, 2, 1]])
//   for beta in (0.0, 0.5, 1.0):
//       for reduction in ("batchmean", "sum", "mean"):
//           loss = GKDTrainer.generalized_jsd_loss(student, teacher, labels, beta, 0.9, reduction)
//           print(f"beta {beta:.1f}   {reduction:<9}   {loss.item():.4f}")
//   print("gradient of the second row:", torch.autograd.grad(loss, student)[0][0, 1])
#include <gkd/gkd.hpp>
#include <gkd/loss/trl.hpp>

#include <cstdio>  // printf

int main() {
  const float teacher[] = {2, 1, 0, -1, 0, 0, 3, 1, 1, 4, 1, 1};
  const float student[] = {1, 1, 0, -2, 1, 0, 1, 1, 0, 2, 2, 1};
  const gkd::token labels[] = {-100, 2, 1};
  float gradient[12];

  // [loss]
  const gkd::matrix_view p(teacher, 3, 4), q(student, 3, 4);  // (B T, V)
  using enum gkd::trl_reduction;
  for (double beta : {0.0, 0.5, 1.0})
    for (const auto& [name, reduction] :
         {std::pair("batchmean", batchmean), {"sum", sum}, {"mean", mean}}) {
      const auto loss = gkd::generalized_jsd_loss(q, p, labels, beta, 0.9, reduction,
                                                  {.dlogits = {gradient, 3, 4}});
      std::printf("beta %.1f   %-9s   %.4f\n", beta, name, loss.value);
    }
  // [/loss]
  std::printf("gradient of the second row:");
  for (int v = 4; v < 8; ++v) std::printf(" %.4f", gradient[v]);
  std::puts("");
}
