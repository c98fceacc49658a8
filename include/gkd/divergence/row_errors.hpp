// SPDX-License-Identifier: Apache-2.0
// What the row kernel does not take, in words: a temperature out of range, logits that are no
// distribution. Losses, measures, samplers and options say it through these functions.
#pragma once

#include <gkd/core/error.hpp>
#include <gkd/core/math.hpp>
#include <gkd/divergence/row_types.hpp>

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

/// Throws non_finite for "student" logits of "row 3": what they hold and of which token first, as
/// row_not_finite() has it.
[[noreturn]] inline void fail_not_finite(std::string_view whose, std::string_view where,
                                         const row_result& row) {
  if (row.value == -math::infinity<double>())
    fail(errc::non_finite, whose, " logits of ", where,
         " are nothing but -inf, which excludes every token; want at least one finite number");
  fail(errc::non_finite, whose, " logits of ", where, " hold ",
       row.value == math::infinity<double>() ? "+inf" : "NaN", ", the first of token ", row.column,
       "; want finite numbers (-inf to exclude a token)");
}

}  // namespace gkd::inline v0::detail
