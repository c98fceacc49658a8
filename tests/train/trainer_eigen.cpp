// SPDX-License-Identifier: Apache-2.0
#include <gkd/backend/eigen.hpp>

#include "train/backend_curves.hpp"

TEST_CASE("trainer: eigen trains as the reference does, on any number of threads") {
  curves::check<double, gkd::eigen>(1e-12);
  curves::check<float, gkd::eigen>(1e-5);
}
