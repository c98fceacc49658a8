// SPDX-License-Identifier: Apache-2.0
// A divergence written for double alone: it cannot be differentiated.
// expect: gkd: a divergence needs an operator() that is a template on the number type
// expect: takes double but not gkd::dual<double>
#include <gkd/concepts.hpp>

struct squared_log_ratio {
#if GKD_TWIN
  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
#else
  GKD_FN double operator()(double log_p, double log_q) const {
#endif
      return (log_p - log_q) * (log_p - log_q);
}
}
;

int main() { gkd::check_loss_function<squared_log_ratio>(); }
