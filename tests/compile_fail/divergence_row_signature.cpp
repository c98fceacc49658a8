// SPDX-License-Identifier: Apache-2.0
// A divergence of whole rows that takes no gradient.
// expect: gkd: a divergence of whole rows needs  GKD_FN double row(const double* log_p,
// expect: const double* log_q, double* grad, gkd::index vocab) const
#include <gkd/concepts.hpp>

struct largest_gap {
#if GKD_TWIN
  double row(const double* log_p, const double* log_q, double* grad, gkd::index vocab) const {
    for (gkd::index v = 0; v < vocab; ++v) grad[v] = 0.0;
#else
  double row(const double* log_p, const double* log_q, gkd::index vocab) const {
#endif
    double gap = 0.0;
    for (gkd::index v = 0; v < vocab; ++v) gap = gkd::math::max(gap, log_p[v] - log_q[v]);
    return gap;
  }
};

int main() { gkd::check_loss_function<largest_gap>(); }
