// SPDX-License-Identifier: Apache-2.0
// A divergence whose formula has another name.
// expect: gkd: a divergence needs  template <class T> GKD_FN T operator()(T log_p, T log_q) const
// expect: docs/concepts.md#divergence
#include <gkd/concepts.hpp>

struct hellinger {
  template <class T>
#if GKD_TWIN
  GKD_FN T operator()(T log_p, T log_q) const {
#else
  GKD_FN T formula(T log_p, T log_q) const {
#endif
      const T d = exp(log_p / T(2)) - exp(log_q / T(2));
  return d * d;
}
}
;

int main() { gkd::check_loss_function<hellinger>(); }
