// SPDX-License-Identifier: Apache-2.0
#include <gkd/backend/xtensor.hpp>

#include "train/backend_curves.hpp"

TEST_CASE("trainer: xtensor trains as the reference does, on any number of threads") {
  curves::check<double, gkd::xtensor>(1e-12);
  curves::check<float, gkd::xtensor>(1e-5);
}
