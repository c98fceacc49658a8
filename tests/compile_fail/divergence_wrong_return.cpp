// SPDX-License-Identifier: Apache-2.0
// A divergence that forgets to return the number.
// expect: gkd: a divergence needs an operator() that returns the number type T of its arguments
#include <gkd/concepts.hpp>

struct squared_log_ratio {
  template <class T>
#if GKD_TWIN
  GKD_FN T operator()(T log_p, T log_q) const {
    return (log_p - log_q) * (log_p - log_q);
  }
#else
  GKD_FN void operator()(T, T) const {
  }
#endif
};

int main() { gkd::check_loss_function<squared_log_ratio>(); }
