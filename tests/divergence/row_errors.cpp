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

TEST_CASE("of logits that are no distribution is told what they hold, and of which token") {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::nan("");
  const auto told = [](const std::vector<double>& logits, std::string_view text) {
    const auto status = row_status::student_not_finite;
    CHECK_ERROR(detail::fail_not_finite("student", "row 3",
                                        row_not_finite(status, logits.data(), logits.size())),
                errc::non_finite, concat("gkd: student logits of row 3 ", text));
  };
  told({-inf, 1, inf, nan},
       "hold +inf, the first of token 2; want finite numbers (-inf to exclude a token)");
  told({nan, inf}, "hold NaN, the first of token 0; want finite numbers");
  told({-inf, -inf}, "are nothing but -inf, which excludes every token; want at least one");
}
