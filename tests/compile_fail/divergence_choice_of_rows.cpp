// SPDX-License-Identifier: Apache-2.0
// A run-time choice whose divergence is one of whole rows: the scratch is sized for columns.
// expect: gkd: a run-time choice is among separable divergences
#include <gkd/divergence/any.hpp>
#include <gkd/divergence/row.hpp>

struct nothing {
  double row(const double*, const double*, double*, gkd::index) const { return 0.0; }
};

struct choice {
  bool first;
  template <class F>
  auto visit(F&& f) const {
#if GKD_TWIN
    return first ? f(gkd::forward_kl{}) : f(gkd::reverse_kl{});
#else
    return first ? f(gkd::forward_kl{}) : f(nothing{});
#endif
  }
};

int main() {
  const double x[2] = {0.0, 1.0};
  double scratch[4];
  const gkd::row_pair<double> row{x, x, 2, 2, 2};
  double* no_gradient = nullptr;
  return gkd::divergence_row(choice{true}, row, 1.0, 1.0, no_gradient, scratch).value > 0;
}
