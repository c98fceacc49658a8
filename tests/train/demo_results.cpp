// SPDX-License-Identifier: Apache-2.0
// The demo's intervals over seeds, and its z over prompts.
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

TEST_CASE("demo: z over prompts by hand, where the seeds answer the same ones") {
  const gkd::match_result a{{true, true, true, false, false}}, b{{true, false, false, false, true}};
  const gkd::match_result c{{true, true, false, false, true}}, d{{false, false, false, true, true}};
  // seed by seed 0 1 1 0 -1 and 1 1 0 -1 0, in all 1 2 1 -1 -1
  CHECK_THAT(demo::z_over_prompts({a, c}, {b, d}), WithinAbs(2.0 / std::sqrt(8.0), 1e-15));
  CHECK_THAT(demo::z_over_prompts({b, d}, {a, c}), WithinAbs(-2.0 / std::sqrt(8.0), 1e-15));
  CHECK(demo::z_over_prompts({a, c}, {a, c}) == 0.0);
  const demo::gap both = demo::gap_between({a, c}, {b, d});
  CHECK_THAT(both.z, WithinAbs(2.0 / std::sqrt(8.0), 1e-15));
  CHECK_THAT(both.points.mean, WithinAbs(20.0, 1e-12));
  CHECK((both.won == 2 && both.seeds == 2));
}

TEST_CASE("demo: z of one seed is McNemar's, and seeds that answer alike add nothing to it") {
  const gkd::match_result a{{true, true, true, true, false, false}};
  const gkd::match_result b{{true, false, false, false, true, false}};
  const double one = gkd::compare_paired(a, b).mcnemar_z();
  CHECK(one == 1.0);  // (3 - 1) / sqrt(4)
  CHECK(demo::z_over_prompts({a}, {b}) == one);
  CHECK(demo::z_over_prompts({a, a, a}, {b, b, b}) == one);  // 6 / sqrt(36), not 6 / sqrt(12)
}
