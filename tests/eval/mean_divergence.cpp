// SPDX-License-Identifier: Apache-2.0
#include <gkd/eval/mean_divergence.hpp>

#include <gkd/divergence/any.hpp>
#include <gkd/divergence/kl.hpp>

#include "eval/fixed_model.hpp"
#include "support/catch.hpp"

#include <cmath>  // log

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;
using gkd::sequence;

TEST_CASE("mean divergence: two rows by hand") {
  // after 0: teacher (3/4, 1/4), student (1/2, 1/2); after 1: both the same
  fixed_model<double> teacher{{{std::log(3.0), 0.0}, {1.0, 2.0}}};
  fixed_model<double> student{{{7.0, 7.0}, {-1.0, 0.0}}};
  const std::vector<sequence> sequences{{{0, 1, 0}, {0, 1, 3}}};
  const double want = 0.25 * (0.75 * std::log(1.5) + 0.25 * std::log(0.5));
  CHECK_THAT(gkd::mean_divergence(gkd::forward_kl{}, student, teacher, sequences),
             WithinAbs(want, 1e-15));
  CHECK_THAT(gkd::mean_divergence(gkd::any_divergence::from_beta(0), student, teacher, sequences),
             WithinAbs(want, 1e-15));
  CHECK_THROWS_WITH(gkd::mean_divergence(gkd::forward_kl{}, student, teacher, {}),
                    ContainsSubstring("none of the 0 sequences has a target to measure"));
}
