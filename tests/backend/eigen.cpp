// SPDX-License-Identifier: Apache-2.0
#include <gkd/backend/eigen.hpp>

#include "backend/op_runner.hpp"

using namespace backend_test;

TEMPLATE_TEST_CASE("eigen: operations against long double", "", float, double) {
  agrees_with_long_double<gkd::eigen, TestType>();
}

TEMPLATE_TEST_CASE("eigen: same bits for 1, 2, 3, 4 and 8 threads", "", float, double) {
  same_bits_for_any_threads<gkd::eigen, TestType>();
}
