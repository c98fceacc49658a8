// SPDX-License-Identifier: Apache-2.0
// Cross-entropy with the label in the place of a divergence between two rows.
// expect: gkd: a loss of labels alone, as cross_entropy, needs no teacher: dense_loss is for
// expect: divergences between teacher and student, a trainer takes either
#include <gkd/divergence/cross_entropy.hpp>
#include <gkd/divergence/kl.hpp>
#include <gkd/loss/dense.hpp>

#if GKD_TWIN
using loss = gkd::forward_kl;
#else
using loss = gkd::cross_entropy;
#endif

double value(gkd::matrix_view<const float> p, gkd::matrix_view<const float> q) {
  return gkd::dense_loss(loss{}, p, q).value;
}
