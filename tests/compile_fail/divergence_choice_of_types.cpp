// SPDX-License-Identifier: Apache-2.0
// A run-time choice with a branch that does not return what f returns. No check can come before the
// compiler's own error, which is in the body of visit; it names what is wanted, and nothing else.
// expect: what_f_returns
#include <gkd/divergence/kl.hpp>
#include <gkd/loss/dense.hpp>

struct choice {
  bool first;
  template <class F>
  auto visit(F&& f) const {
    if (first) return f(gkd::forward_kl{});
#if GKD_TWIN
    return f(gkd::reverse_kl{});
#else
    return 0;
#endif
  }
};

double value(gkd::matrix_view<const float> p, gkd::matrix_view<const float> q) {
  return gkd::dense_loss(choice{true}, p, q).value;
}
