// SPDX-License-Identifier: Apache-2.0
#include <gkd/divergence/row_errors.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "support/throws.hpp"

using namespace gkd;

TEST_CASE("a loss takes temperatures from 1e-4 to 1e4") {
  for (double t : {1e-4, 0.5, 1.0, 1e4}) {
    CHECK(detail::is_loss_temperature(t));
    CHECK_NOTHROW(detail::check_loss_temperature("heat", t));
  }
  const double inf = std::numeric_limits<double>::infinity();
  for (double t : {0.0, -1.0, 0.99e-4, 1.01e4, inf, -inf, std::nan("")}) {
    CHECK_FALSE(detail::is_loss_temperature(t));
    CHECK_ERROR(detail::check_loss_temperature("heat", t), errc::bad_argument,
                concat("heat is ", t, ", want 1e-4 <= temperature <= 1e4"));
  }
}

TEST_CASE("logits that are no distribution are named with their place") {
  CHECK_ERROR(detail::fail_not_finite("student", "row 3"), errc::non_finite,
              "gkd: student logits of row 3 hold NaN, +inf or nothing but -inf; want finite "
              "numbers (-inf to exclude a token)");
}

TEST_CASE("of logits that are at hand, what is no number is told with its token") {
  const double inf = std::numeric_limits<double>::infinity();
  const std::vector<double> logits{-inf, 1.0, inf, std::nan("")}, none{-inf, -inf};
  CHECK_ERROR(detail::fail_not_finite("the", "row 3", logits), errc::non_finite,
              "the logits of row 3 hold +inf, the first of token 2 of 4; want finite numbers");
  CHECK_ERROR(detail::fail_not_finite("the", "row 3", none), errc::non_finite,
              "the logits of row 3 are nothing but -inf, which excludes every token; want");
}
