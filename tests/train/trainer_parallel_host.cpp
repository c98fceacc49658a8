// SPDX-License-Identifier: Apache-2.0
#include <gkd/backend/parallel_host.hpp>

#include "train/backend_curves.hpp"

TEST_CASE("trainer: parallel_host trains as the reference does, on any number of threads") {
  curves::check<double, gkd::parallel_host>(1e-12);
  curves::check<float, gkd::parallel_host>(1e-5);
}
