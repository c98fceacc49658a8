// SPDX-License-Identifier: Apache-2.0
#include <gkd/backend/parallel_host.hpp>

#include "backend/op_runner.hpp"

using namespace backend_test;

TEMPLATE_TEST_CASE("parallel_host: operations against long double", "", float, double) {
  agrees_with_long_double<gkd::parallel_host, TestType>();
}

TEMPLATE_TEST_CASE("parallel_host: same bits for 1, 2, 3, 4 and 8 threads", "", float, double) {
  same_bits_for_any_threads<gkd::parallel_host, TestType>();
}
