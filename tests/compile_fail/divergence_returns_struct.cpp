// SPDX-License-Identifier: Apache-2.0
// A divergence that returns something that is no number.
// expect: gkd: a divergence needs an operator() that returns the number type T of its arguments
#include <gkd/concepts.hpp>

struct half_gap {
  template <class T>
#if GKD_TWIN
  GKD_FN T operator()(T log_p, T log_q) const {
    return (log_p - log_q) * T(0.5);
  }
#else
  GKD_FN auto operator()(T log_p, T log_q) const {
    struct wrapped {
      T gap;
    };
    return wrapped{(log_p - log_q) * T(0.5)};
  }
#endif
};

int main() { gkd::check_loss_function<half_gap>(); }
