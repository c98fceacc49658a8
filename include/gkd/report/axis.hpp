// SPDX-License-Identifier: Apache-2.0
// An axis of a plot: the range that it shows, where a value stands on it, and ticks at numbers that
// a person would choose - multiples of 1, 2, 2.5 or 5 times a power of ten; on a logarithmic axis
// 1, 2 and 5 times powers of ten, or the powers alone.
#pragma once

#include <gkd/report/text.hpp>

#include <algorithm>  // clamp, max, min
#include <cmath>      // abs, ceil, floor, fmod, log10, pow, round
#include <string>     // string
#include <vector>     // vector

namespace gkd::inline v0 {

enum class axis_scale { linear, log };

/// Part of the real line with ticks on it.
struct plot_axis {
  axis_scale scale = axis_scale::linear;
  double low = 0.0, high = 1.0;     ///< low < high; both > 0 on a logarithmic axis.
  std::vector<double> ticks;        ///< Ascending, within low .. high.
  std::vector<std::string> labels;  ///< One per tick.

  /// Where x stands: 0 at low, 1 at high.
  double position(double x) const {
    if (scale == axis_scale::linear) return (x - low) / (high - low);
    return std::log10(x / low) / std::log10(high / low);
  }
  /// Whether x has a place on an axis of this scale, inside the range or out of it. Sizes beyond
  /// 1e100 have none: their differences overflow.
  bool can_show(double x) const { return can_show(x, scale); }
  static bool can_show(double x, axis_scale scale) {
    if (scale == axis_scale::log) return x >= 1e-100 && x <= 1e100;
    return std::abs(x) <= 1e100;
  }
};

namespace detail {

/// The smallest of 1, 2, 2.5, 5, 10 times a power of ten that is not below `least`.
inline double nice_step(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (double factor : {1.0, 2.0, 2.5, 5.0})
    if (factor * power >= least * (1.0 - 1e-9)) return factor * power;
  return 10.0 * power;
}

/// Digits after the point that tell multiples of a nice step apart.
inline int step_decimals(double step) {
  int decimals = 0;
  for (double x = step; std::abs(x - std::round(x)) > 1e-6 * x && decimals < 12; x *= 10.0)
    ++decimals;
  return decimals;
}

/// A multiple of `step` in letters, which no other multiple has: 0.25, 1,500, 2.5M, 3e-7.
inline std::string tick_label(double x, double step) {
  if (std::abs(x) < step * 1e-6) return "0";
  std::string text;
  const double size = std::abs(x);
  if (size >= 1e12 || step < 1e-5) {
    const int apart = static_cast<int>(std::ceil(std::log10(size / step))) + 2;  // 2: of 2.5
    text = fmt::format("{:.{}g}", size, std::clamp(apart, 6, 15));
    if (const auto e = text.find('e'); e != std::string::npos) {  // 3e-07 -> 3e-7, 1e+12 -> 1e12
      const std::string digits = text.substr(text.find_first_not_of('0', e + 2));
      text = text.substr(0, e + 1) + (text[e + 1] == '-' ? "-" : "") + digits;
    }
  } else if (step >= 1e4 && size >= 1e6) {
    const double unit = size >= 1e9 && step >= 1e7 ? 1e9 : 1e6;
    text = fmt::format("{:.{}f}", size / unit, step_decimals(step / unit));
    text += unit > 1e6 ? "G" : "M";
  } else {
    text = fmt::format("{:.{}f}", size, step_decimals(step));
    for (index i = std::min(text.find('.'), text.size()); i > 3; i -= 3) text.insert(i - 3, ",");
  }
  return (x < 0.0 ? "−" : "") + text;
}

inline void add_tick(plot_axis& a, double x, double step) {
  a.ticks.push_back(x);
  a.labels.push_back(tick_label(x, step));
}

/// Ticks on multiples of a nice step. With `widen` the range grows to the multiples around it.
inline void tick_linear(plot_axis& a, int wanted, bool widen) {
  const double step = nice_step((a.high - a.low) / wanted);
  constexpr double slack = 1e-6;
  if (widen) {
    a.low = std::min(a.low, std::floor(a.low / step + slack) * step);
    a.high = std::max(a.high, std::ceil(a.high / step - slack) * step);
  }
  const double last = std::floor(a.high / step + slack);
  for (double i = std::ceil(a.low / step - slack); i <= last; ++i) add_tick(a, i * step, step);
}

/// 1, 2 and 5 times powers of ten from below a.low to above a.high.
inline std::vector<double> log_steps(const plot_axis& a) {
  std::vector<double> out;
  const double last = std::ceil(std::log10(a.high));
  for (double k = std::floor(std::log10(a.low)); k <= last; ++k)
    for (double factor : {1.0, 2.0, 5.0}) out.push_back(factor * std::pow(10.0, k));
  return out;
}

/// Ticks on a logarithmic axis; one that spans less than a factor of 4 gets those of a linear one.
inline void tick_log(plot_axis& a, int wanted, bool widen) {
  constexpr double slack = 1.0 + 1e-9;
  if (a.high / a.low < 4.0) {
    plot_axis linear{axis_scale::linear, a.low, a.high, {}, {}};
    tick_linear(linear, wanted, false);
    a.ticks = linear.ticks, a.labels = linear.labels;
    return;
  }
  const std::vector<double> steps = log_steps(a);
  if (widen) {
    double low = a.low, high = a.high;
    for (double x : steps)
      if (x <= a.low * slack) low = x;
    for (auto x = steps.rbegin(); x != steps.rend(); ++x)
      if (*x * slack >= a.high) high = *x;
    a.low = low, a.high = high;
  }
  const double decades = std::log10(a.high / a.low);
  const bool powers_only = 3.0 * decades > wanted + 4.0;
  const double every = decades <= wanted ? 1.0 : std::ceil(nice_step(decades / wanted));
  for (double x : steps) {
    const double power = std::floor(std::log10(x * slack));
    const bool is_power = x / std::pow(10.0, power) < 1.5;
    if (x * slack < a.low || x > a.high * slack) continue;
    if (powers_only && !(is_power && std::fmod(power, every) == 0.0)) continue;
    add_tick(a, x, std::pow(10.0, power));
  }
}

}  // namespace detail

/// An axis that shows low .. high with about `wanted` ticks. With `widen` the range grows to end on
/// ticks. low == high gets a range around it. Throws bad_argument unless low <= high can be shown.
inline plot_axis make_axis(double low, double high, axis_scale scale = axis_scale::linear,
                           int wanted = 6, bool widen = true) {
  if (!(low <= high) || !plot_axis::can_show(low, scale) || !plot_axis::can_show(high, scale) ||
      wanted < 1)
    fail(errc::bad_argument, "axis: range ", low, " .. ", high, " with ", wanted,
         " ticks, want low <= high, each within 1e100 (logarithmic: and above 1e-100), ticks >= 1");
  plot_axis a{scale, low, high, {}, {}};
  const double size = std::max(std::abs(low), std::abs(high));
  if (!(high - low > size * 1e-9)) {  // one value, or too close for digits to tell apart
    if (scale == axis_scale::log)
      a.low /= 2.0, a.high *= 2.0;
    else if (size > 0.0)
      a.low -= size * 0.1, a.high += size * 0.1;
    else
      a.low = -1.0, a.high = 1.0;
  }
  if (scale == axis_scale::log)
    detail::tick_log(a, wanted, widen);
  else
    detail::tick_linear(a, wanted, widen);
  return a;
}

}  // namespace gkd::inline v0
