// SPDX-License-Identifier: Apache-2.0
// A divergence that owns memory cannot be copied to a device.
// expect: gkd: a divergence needs to be trivially copyable
#include <gkd/concepts.hpp>

#include <vector>  // vector

struct weighted {
#if GKD_TWIN
  double weight[4] = {1.0, 1.0, 1.0, 1.0};
#else
  std::vector<double> weight;
#endif
  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
    return T(weight[0]) * (log_p - log_q) * (log_p - log_q);
  }
};

int main() { gkd::check_loss_function<weighted>(); }
