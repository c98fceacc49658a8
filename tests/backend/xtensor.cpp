// SPDX-License-Identifier: Apache-2.0
#include <gkd/backend/xtensor.hpp>

#include "backend/op_runner.hpp"
#include "backend/own_members.hpp"

using namespace backend_test;

TEMPLATE_TEST_CASE("xtensor: operations against long double [N23 N28]", "", float, double) {
  agrees_with_long_double<gkd::xtensor, TestType>();
}

TEMPLATE_TEST_CASE("xtensor: same bits for 1, 2, 3, 4 and 8 threads", "", float, double) {
  same_bits_for_any_threads<gkd::xtensor, TestType>();
}

static_assert(has_own_members<gkd::xtensor, float> && has_own_members<gkd::xtensor, double>);
