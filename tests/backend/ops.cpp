// SPDX-License-Identifier: Apache-2.0
// The table of operations on the backends that need no package; tests/backend/{eigen,xtensor}.cpp
// run it on theirs.
#include <gkd/backend/reference.hpp>

#include "backend/op_runner.hpp"
#include "support/far_backend.hpp"

using namespace backend_test;

TEMPLATE_TEST_CASE("reference: operations against long double [N23 N28]", "", float, double) {
  agrees_with_long_double<gkd::reference, TestType>();
}

TEMPLATE_TEST_CASE("memory out of reach: operations against long double [N23 N28]", "", float,
                   double) {
  agrees_with_long_double<far_backend, TestType>();
}
