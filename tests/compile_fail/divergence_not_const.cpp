// SPDX-License-Identifier: Apache-2.0
// A divergence whose formula changes the policy: it is called on a const one.
// expect: gkd: a divergence needs  template <class T> GKD_FN T operator()(T log_p, T log_q) const
#include <gkd/concepts.hpp>

struct counting {
  int calls = 0;
  template <class T>
#if GKD_TWIN
  GKD_FN T operator()(T log_p, T log_q) const {
#else
  GKD_FN T operator()(T log_p, T log_q) {
    ++calls;
#endif
      return (log_p - log_q) * (log_p - log_q);
}
}
;

int main() { gkd::check_loss_function<counting>(); }
