// SPDX-License-Identifier: Apache-2.0
// Two distributions over three tokens: every divergence between them, and its gradient.
//
//   g++ -std=c++20 -Iinclude examples/01_two_distributions.cpp && ./a.out
#include <gkd/gkd.hpp>

#include <cmath>   // log
#include <cstdio>  // printf

namespace {

// the teacher says (0.7, 0.2, 0.1), the student (0.5, 0.25, 0.25)
const double teacher[] = {std::log(0.7), std::log(0.2), std::log(0.1)};
const double student[] = {std::log(0.5), std::log(0.25), std::log(0.25)};

template <class Divergence>
void show(const char* name, const Divergence& divergence) {
  // [loss]
  const gkd::matrix_view p(teacher, 1, 3);  // (N, V): one row, three tokens
  const gkd::matrix_view q(student, 1, 3);  // (N, V)
  double gradient[3];
  const gkd::loss_result loss =
      gkd::dense_loss(divergence, p, q, {}, gkd::matrix_view(gradient, 1, 3));
  // [/loss]
  std::printf("%-24s %.4f   %+.4f %+.4f %+.4f\n", name, loss.value, gradient[0], gradient[1],
              gradient[2]);
}

}  // namespace

int main() {
  std::puts("divergence                value   d value / d student's logits");
  // [all]
  show("forward KL", gkd::forward_kl{});
  show("reverse KL", gkd::reverse_kl{});
  for (double beta : {0.1, 0.5, 0.9})
    show(gkd::concat("JSD(", beta, ")").c_str(), gkd::generalized_jsd{beta});
  for (double beta : {0.0001, 0.1, 0.9999})  // the same divided by beta (1 - beta)
    show(gkd::concat("scaled JSD(", beta, ")").c_str(),
         gkd::generalized_jsd{beta, gkd::scaling::continuous});
  show("Jeffreys", gkd::jeffreys{});
  show("total variation", gkd::total_variation{});
  show("skew forward KL(0.1)", gkd::skew_forward_kl{0.1});
  show("skew reverse KL(0.1)", gkd::skew_reverse_kl{0.1});
  show("alpha divergence(0.5)", gkd::alpha_divergence{0.5});
  show("by name: jsd(0.5)", gkd::any_divergence::from_name("jsd", 0.5));
  // [/all]
}
