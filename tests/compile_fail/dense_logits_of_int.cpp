// SPDX-License-Identifier: Apache-2.0
// Logits of a type that has no gradient, and of one that nothing computes in.
// expect: gkd: logits, parameters and what a backend computes with need to be float or double
#include <gkd/divergence/kl.hpp>
#include <gkd/loss/dense.hpp>

#if GKD_TWIN
using narrow = float;
using wide = double;
#else
using narrow = int;
using wide = long double;
#endif

double value(gkd::matrix_view<const narrow> p, gkd::matrix_view<narrow> q,
             gkd::matrix_view<const wide> far) {
  return gkd::dense_loss(gkd::forward_kl{}, p, q, {}, q).value +
         gkd::dense_loss(gkd::forward_kl{}, far, far).value;
}
