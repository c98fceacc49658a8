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

TEST_CASE("mean divergence: at temperature 2 every logit counts half") {
  // teacher (9, 1) / 10 at temperature 1, here (3, 1) / 4; student (1, 1) / 2 at any
  fixed_model<double> teacher{{{std::log(9.0), 0.0}}}, student{{{7.0, 7.0}}};
  const std::vector<sequence> sequences{{{0, 1}, {0, 1}}};
  const auto at = [&](double temperature) {
    return gkd::mean_divergence(gkd::forward_kl{}, student, teacher, sequences,
                                {.temperature = temperature});
  };
  CHECK_THAT(at(2.0), WithinAbs(0.75 * std::log(1.5) + 0.25 * std::log(0.5), 1e-15));
  CHECK_THAT(at(1.0), WithinAbs(0.9 * std::log(1.8) + 0.1 * std::log(0.2), 1e-15));
}
