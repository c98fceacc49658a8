// SPDX-License-Identifier: Apache-2.0
// The table of operations on the backends that need no package; tests/backend/{eigen,xtensor}.cpp
// run it on theirs.
#include <gkd/backend/parallel_host.hpp>
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

TEMPLATE_TEST_CASE("layer_norm_backward: sums over a million rows of floats lose nothing", "",
                   gkd::reference, gkd::parallel_host) {
  const gkd::index n = 1'000'000;
  std::vector<float> x, dx(2 * n);
  for (gkd::index i = 0; i < n; ++i) x.insert(x.end(), {1.0f, -1.0f});
  const std::vector<float> dout(2 * n, 0.1f), gain(2, 1.0f);
  std::vector<float> dgain(2), dbias(2);
  gkd::ops::layer_norm_backward(TestType{}, gkd::matrix_view<const float>(x.data(), n, 2),
                                gkd::vector_view<const float>(gain.data(), 2),
                                gkd::norm_options{.eps = 0.0},
                                gkd::matrix_view<const float>(dout.data(), n, 2),
                                gkd::matrix_view<float>(dx.data(), n, 2),
                                gkd::vector_view<float>(dgain.data(), 2),
                                gkd::vector_view<float>(dbias.data(), 2));
  const float want = static_cast<float>(1e6 * double(0.1f));
  CHECK(dbias == std::vector<float>{want, want});
  CHECK(dgain == std::vector<float>{want, -want});
}
