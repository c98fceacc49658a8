// SPDX-License-Identifier: Apache-2.0
// What the row kernel does not take, in words: a temperature out of range, logits that are no
// distribution. Losses, measures, samplers and options all say it through these functions.
#pragma once

#include <gkd/core/error.hpp>

#include <string_view>  // string_view

namespace gkd::inline v0::detail {

/// Whether a loss can be taken at this temperature; NaN is none.
constexpr bool is_loss_temperature(double temperature) {
  return temperature >= 1e-4 && temperature <= 1e4;
}

/// Throws bad_argument; `what` is the name of the option.
inline void check_loss_temperature(std::string_view what, double temperature) {
  if (!is_loss_temperature(temperature))
    fail(errc::bad_argument, what, " is ", temperature, ", want 1e-4 <= temperature <= 1e4");
}

/// Throws non_finite for "student" logits of "row 3".
[[noreturn]] inline void fail_not_finite(std::string_view whose, std::string_view where) {
  fail(errc::non_finite, whose, " logits of ", where,
       " hold NaN, +inf or nothing but -inf; want finite numbers (-inf to exclude a token)");
}

}  // namespace gkd::inline v0::detail
