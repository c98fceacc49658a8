// SPDX-License-Identifier: Apache-2.0
// A divergence of whole rows that computes in float, where rows are double.
// expect: gkd: a divergence of whole rows needs  GKD_FN double row(const double* log_p,
// expect: const double* log_q, double* grad, gkd::index vocab) const
#include <gkd/divergence/check.hpp>
#include <gkd/loss/dense.hpp>

#if GKD_TWIN
using number = double;
#else
using number = float;
#endif

struct largest_gap {
  number row(const number* log_p, const number* log_q, number* grad, gkd::index vocab) const {
    number gap = 0;
    for (gkd::index v = 0; v < vocab; ++v) {
      gap = gkd::math::max(gap, log_p[v] - log_q[v]);
      grad[v] = 0;
    }
    return gap;
  }
};

bool values(gkd::matrix_view<const float> p, gkd::matrix_view<const float> q) {
  return gkd::dense_loss(largest_gap{}, p, q).value > 0.0 &&
         gkd::check_divergence(largest_gap{}).passed();
}
