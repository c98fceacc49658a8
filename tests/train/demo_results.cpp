// SPDX-License-Identifier: Apache-2.0
// The demo's intervals over seeds.
#include "../../examples/demo/results.hpp"
#include "support/catch.hpp"

#include <cmath>  // isnan

using Catch::Matchers::WithinAbs;

TEST_CASE("demo: Student's t for any number of seeds, as tables have it") {
  const std::vector<std::pair<gkd::index, double>> table{
      {1, 12.706}, {2, 4.303},  {5, 2.571},  {10, 2.228}, {11, 2.201},  {12, 2.179},  {13, 2.160},
      {14, 2.145}, {15, 2.131}, {16, 2.120}, {19, 2.093}, {20, 2.086},  {24, 2.064},  {29, 2.045},
      {30, 2.042}, {40, 2.021}, {60, 2.000}, {80, 1.990}, {100, 1.984}, {1000, 1.962}};
  for (const auto& [freedom, t] : table) CHECK_THAT(demo::t_quantile(freedom), WithinAbs(t, 6e-4));
}

TEST_CASE("demo: a mean over twelve seeds has the interval of eleven degrees of freedom") {
  const std::vector<double> values{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const demo::interval i = demo::mean_of(values);
  CHECK_THAT(i.mean, WithinAbs(6.5, 1e-12));
  CHECK_THAT(i.half_width, WithinAbs(2.201 * std::sqrt(13.0 / 12.0), 1e-3));  // variance 13
  CHECK(std::isnan(demo::mean_of({1.0}).half_width));
}
