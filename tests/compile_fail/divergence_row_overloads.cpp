// SPDX-License-Identifier: Apache-2.0
// A divergence of whole rows whose overloads of row all want something else.
// expect: gkd: a divergence of whole rows needs  GKD_FN double row(const double* log_p,
// expect: const double* log_q, double* grad, gkd::index vocab) const
#include <gkd/concepts.hpp>

struct largest_gap {
#if GKD_TWIN
  template <class T>
  T row(const T* log_p, const T* log_q, T* grad, gkd::index vocab) const {
    for (gkd::index v = 0; v < vocab; ++v) grad[v] = T(0);
#else
  float row(const float*, const float*, float*, gkd::index) const { return 0.0f; }
  template <class T>
  T row(const T* log_p, const T* log_q, gkd::index vocab) const {
#endif
    T gap = T(0);
    for (gkd::index v = 0; v < vocab; ++v) gap = gkd::math::max(gap, log_p[v] - log_q[v]);
    return gap;
  }
};

int main() { gkd::check_loss_function<largest_gap>(); }
