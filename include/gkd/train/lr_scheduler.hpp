// SPDX-License-Identifier: Apache-2.0
// The learning rates that transformers' get_scheduler knows by name, all but reduce_lr_on_plateau
// and greedy, which look at losses. With W steps of warm-up, S steps, p = (step - W) / (S - W):
//
//   linear                     1 - p
//   cosine                     (1 + cos(2 pi cycles p)) / 2
//   cosine_with_restarts       (1 + cos(pi (cycles p mod 1))) / 2
//   polynomial                 end + (1 - end) (1 - p)^power             end = lr_end / peak
//   inverse_sqrt               1 / sqrt((step + timescale - W) / timescale)
//   cosine_with_min_lr         rate + (1 - rate) cosine
//   cosine_warmup_with_min_lr  the same, warm-up and p one step ahead
//   warmup_stable_decay        1, then in the last steps a decay to min_lr_ratio
//   constant, constant_with_warmup
//
// times the peak. Source: transformers' optimization.py, version 5.23.
#pragma once

#include <gkd/core/error.hpp>
#include <gkd/core/identity.hpp>
#include <gkd/core/math.hpp>

#include <algorithm>    // max
#include <cmath>        // fmod
#include <cstdint>      // int64_t
#include <optional>     // optional
#include <string_view>  // string_view

namespace gkd::inline v0 {

enum class lr_scheduler_kind {
  linear,
  cosine,
  cosine_with_restarts,
  polynomial,
  constant,
  constant_with_warmup,
  inverse_sqrt,
  cosine_with_min_lr,
  cosine_warmup_with_min_lr,
  warmup_stable_decay,
};

/// How warmup_stable_decay rises and falls.
enum class lr_curve { linear, cosine, one_minus_sqrt };

namespace detail {
// in the order of the values
constexpr const char* lr_scheduler_names[] = {"linear",
                                              "cosine",
                                              "cosine_with_restarts",
                                              "polynomial",
                                              "constant",
                                              "constant_with_warmup",
                                              "inverse_sqrt",
                                              "cosine_with_min_lr",
                                              "cosine_warmup_with_min_lr",
                                              "warmup_stable_decay"};
constexpr const char* lr_curve_names[] = {"linear", "cosine", "1-sqrt"};
}  // namespace detail

/// A learning rate by step, counted from 0. Members that a kind does not name have no effect on it.
struct lr_scheduler {
  lr_scheduler_kind kind = lr_scheduler_kind::linear;
  double peak = 0.0;
  long total_steps = 0;   ///< S
  long warmup_steps = 0;  ///< W; `constant` has none

  double num_cycles = 0.5;  ///< of the cosine kinds; cosine_with_restarts counts whole ones
  double power = 1.0;
  double lr_end = 1e-7;                       ///< of polynomial, below the peak
  double min_lr_rate = 0.0;                   ///< of the kinds with a floor: share of the peak
  std::optional<double> warmup_lr_rate = {};  ///< where cosine_warmup_with_min_lr begins
  long timescale = 0;                         ///< 0: W, or 10,000 without warm-up
  long decay_steps = 0;
  std::optional<long> stable_steps = {};  ///< nothing: S - W - decay_steps
  lr_curve warmup_curve = lr_curve::linear;
  lr_curve decay_curve = lr_curve::cosine;

  double operator()(long step) const { return peak * factor(step); }

  /// The kind and all settings, for checkpoints.
  identity_fields identity() const {
    const auto curve = [](lr_curve c) { return detail::lr_curve_names[static_cast<index>(c)]; };
    identity_fields out(detail::lr_scheduler_names[static_cast<index>(kind)]);
    out.add("peak", peak).add("total_steps", total_steps).add("warmup_steps", warmup_steps);
    out.add("num_cycles", num_cycles).add("power", power).add("lr_end", lr_end);
    out.add("min_lr_rate", min_lr_rate).add("timescale", timescale);
    if (warmup_lr_rate) out.add("warmup_lr_rate", *warmup_lr_rate);
    out.add("decay_steps", decay_steps);
    if (stable_steps) out.add("stable_steps", *stable_steps);
    return out.add("warmup_curve", curve(warmup_curve)).add("decay_curve", curve(decay_curve));
  }

  /// Throws bad_argument for settings without a meaning, and for those that give a learning rate
  /// that is not finite.
  void check() const {
    using enum lr_scheduler_kind;
    check_steps("warmup_steps", warmup_steps);
    check_steps("num_decay_steps", decay_steps);
    check_steps("num_stable_steps", stable_steps.value_or(0));
    check_steps("timescale", timescale);
    if (kind == polynomial && !(lr_end < peak))
      fail(errc::bad_argument, "lr_end is ", lr_end, ", want less than the learning rate, ", peak);
    if (kind == warmup_stable_decay && decay_steps < 1)
      fail(errc::bad_argument, "num_decay_steps is ", decay_steps, ", want at least 1");
    if (!(min_lr_rate >= 0.0 && min_lr_rate <= 1.0))
      fail(errc::bad_argument, "the lowest learning rate is ", min_lr_rate,
           " times the highest, want 0 to 1 times");
    check_rates();
  }

 private:
  static constexpr double pi = 3.14159265358979323846;

  static void check_steps(std::string_view name, long steps) {
    constexpr std::int64_t most = std::int64_t{1} << 53;  // their sums are counted, too
    if (steps < 0 || steps > most)
      fail(errc::bad_argument, name, " is ", steps, ", want 0 to 2^53");
  }
  // what is finite where a curve begins and where it ends is finite between
  void check_rates() const {
    const long decay =
        warmup_steps + stable_steps.value_or(total_steps - warmup_steps - decay_steps);
    for (long at : {0L, warmup_steps, decay, decay + decay_steps, total_steps})
      for (long step : {at - 1, at}) {
        if (step < 0 || step >= std::max(1L, total_steps)) continue;
        if (const double rate = (*this)(step); !math::is_finite(rate))
          fail(errc::bad_argument, "the learning rate of step ", step, " is ", rate,
               ", want a finite number: the highest is ", peak, ", num_cycles ", num_cycles,
               ", power ", power);
      }
  }

  double factor(long step) const {
    using enum lr_scheduler_kind;
    if (kind == constant) return 1.0;
    if (kind == warmup_stable_decay) return in_three_stages(step);
    if (step < warmup_steps) return warming_up(static_cast<double>(step));
    const double p = progress(step);
    switch (kind) {
      case linear: return at_least_0(1.0 - p);
      case cosine: return cosine_at(p);
      case cosine_with_restarts:
        return p >= 1.0 ? 0.0 : 0.5 * (1.0 + math::cos(pi * std::fmod(num_cycles * p, 1.0)));
      case polynomial: return polynomial_at(p);
      case inverse_sqrt: return inverse_sqrt_at(step);
      case cosine_with_min_lr: return at_least_0(above_floor(cosine_at(p)));
      case cosine_warmup_with_min_lr: return at_least_0(above_floor(cosine_at(progress(step + 1))));
      default: return 1.0;  // constant_with_warmup
    }
  }
  // std::max(0.0, x) would make 0 of NaN
  static double at_least_0(double x) { return x < 0.0 ? 0.0 : x; }
  double progress(long step) const {
    return static_cast<double>(step - warmup_steps) /
           static_cast<double>(std::max(1L, total_steps - warmup_steps));
  }
  double cosine_at(double p) const { return 0.5 * (1.0 + math::cos(2.0 * pi * num_cycles * p)); }
  double above_floor(double x) const { return x * (1.0 - min_lr_rate) + min_lr_rate; }
  double polynomial_at(double p) const {
    const double end = lr_end / peak;
    return p >= 1.0 ? end : end + (1.0 - end) * math::pow(1.0 - p, power);
  }
  double inverse_sqrt_at(long step) const {
    const double scale = static_cast<double>(timescale > 0      ? timescale
                                             : warmup_steps > 0 ? warmup_steps
                                                                : 10'000);
    return math::sqrt(scale / (static_cast<double>(step - warmup_steps) + scale));
  }
  double warming_up(double step) const {
    const auto steps = static_cast<double>(warmup_steps);
    if (kind != lr_scheduler_kind::cosine_warmup_with_min_lr) return step / steps;
    if (!warmup_lr_rate) return (step + 1.0) / steps;
    return *warmup_lr_rate + (1.0 - *warmup_lr_rate) * step / std::max(1.0, steps - 1.0);
  }
  double in_three_stages(long step) const {
    const long stable = stable_steps.value_or(total_steps - warmup_steps - decay_steps);
    const auto share = [](long part, long whole) {
      return static_cast<double>(part) / static_cast<double>(whole);
    };
    if (step < warmup_steps) return above_floor(risen(share(step, warmup_steps)));
    if (step < warmup_steps + stable) return 1.0;
    if (step >= warmup_steps + stable + decay_steps) return min_lr_rate;
    return at_least_0(above_floor(fallen(share(step - warmup_steps - stable, decay_steps))));
  }
  double risen(double p) const {
    switch (warmup_curve) {
      case lr_curve::linear: return p;
      case lr_curve::cosine: return 0.5 * (1.0 - math::cos(pi * p));
      case lr_curve::one_minus_sqrt: return 1.0 - math::sqrt(1.0 - p);
    }
    return p;
  }
  double fallen(double p) const {
    switch (decay_curve) {
      case lr_curve::linear: return 1.0 - p;
      case lr_curve::cosine: return cosine_at(p);
      case lr_curve::one_minus_sqrt: return 1.0 - math::sqrt(p);
    }
    return 1.0 - p;
  }
};

}  // namespace gkd::inline v0
