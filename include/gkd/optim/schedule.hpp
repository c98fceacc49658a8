// SPDX-License-Identifier: Apache-2.0
// Learning rates over a run of S steps, step = 0 ... S - 1, with W steps of warm-up:
//
//   step < W     peak step / W
//   constant     peak
//   linear       peak (floor + (1 - floor) (1 - progress))      progress = (step - W) / (S - W)
//   cosine       peak (floor + (1 - floor) (1 + cos(pi progress)) / 2)
//
// Progress is 1 at step S only, which a run does not take: its last step is still a little above
// the floor, at 0.19 of the peak with linear, S = 10, W = 0 and a floor of 0.1.
// Any other callable double(long) is a schedule too: any_schedule holds one.
// Source: transformers' optimization.py,
// get_{constant,linear,cosine}_schedule_with_warmup; with a floor get_cosine_with_min_lr_...
#pragma once

#include <gkd/concepts.hpp>
#include <gkd/core/error.hpp>
#include <gkd/core/identity.hpp>

#include <cmath>        // ceil
#include <cstddef>      // nullptr_t
#include <functional>   // function
#include <optional>     // optional
#include <type_traits>  // is_invocable_r_v, is_same_v
#include <utility>      // move

namespace gkd::inline v0 {

/// What a learning rate does after its warm-up.
enum class decay_shape { constant, linear, cosine };

namespace detail {
inline const char* name_of(decay_shape shape) {
  switch (shape) {
    case decay_shape::constant: return "constant";
    case decay_shape::linear: return "linear";
    case decay_shape::cosine: return "cosine";
  }
  return "unknown";
}
}  // namespace detail

/// A learning rate by step, peak at its highest. After the last step, from S on, it is at its
/// floor, a constant one at the peak.
struct learning_rate_schedule {
  decay_shape shape = decay_shape::linear;
  double peak = 0.0;          ///< the highest learning rate, >= 0
  long total_steps = 0;       ///< S; only a constant without warmup_ratio needs none
  long warmup_steps = 0;      ///< W; 0 takes it from warmup_ratio
  double warmup_ratio = 0.0;  ///< W = ceil(ratio S), in [0, 1]
  double floor = 0.0;         ///< the rate at step S as a fraction of the peak, in [0, 1]

  /// The learning rate of a step, counted from 0. Throws bad_argument for settings outside their
  /// range or a negative step.
  double operator()(long step) const {
    check(step);
    const long warmup = warmup_length();
    if (step < warmup) return peak * static_cast<double>(step) / static_cast<double>(warmup);
    return peak * (floor + (1.0 - floor) * decayed(step - warmup, total_steps - warmup));
  }

  /// Steps of warm-up, W.
  long warmup_length() const {
    if (warmup_steps > 0) return warmup_steps;
    return static_cast<long>(std::ceil(warmup_ratio * static_cast<double>(total_steps)));
  }

  /// The settings, for checkpoints.
  identity_fields identity() const {
    return identity_fields(detail::name_of(shape))
        .add("peak", peak)
        .add("total_steps", total_steps)
        .add("warmup_steps", warmup_steps)
        .add("warmup_ratio", warmup_ratio)
        .add("floor", floor);
  }

 private:
  // the factor of `step` out of `steps` after the warm-up, from 1 down to 0
  double decayed(long step, long steps) const {
    if (shape == decay_shape::constant) return 1.0;
    if (step >= steps) return 0.0;
    const auto whole = static_cast<double>(steps);
    if (shape == decay_shape::linear) return static_cast<double>(steps - step) / whole;
    return 0.5 * (1.0 + math::cos(3.14159265358979323846 * (static_cast<double>(step) / whole)));
  }
  static void want(bool ok, std::string_view field, double got, std::string_view wanted) {
    if (!ok)
      fail(errc::bad_argument, "learning_rate_schedule::", field, " is ", got, ", want ", wanted);
  }
  void check(long step) const {
    want(peak >= 0.0 && math::is_finite(peak), "peak", peak, "a finite number >= 0");
    const bool needs_total = shape != decay_shape::constant || warmup_ratio > 0.0;
    want(!needs_total || total_steps > 0, "total_steps", static_cast<double>(total_steps),
         "the number of steps of the run, > 0");
    want(warmup_steps >= 0, "warmup_steps", static_cast<double>(warmup_steps), "a number >= 0");
    want(warmup_ratio >= 0.0 && warmup_ratio <= 1.0, "warmup_ratio", warmup_ratio,
         "a number in [0, 1]");
    want(floor >= 0.0 && floor <= 1.0, "floor", floor, "a number in [0, 1]");
    want(step >= 0, "operator()'s step", static_cast<double>(step), "a number >= 0");
  }
};

/// Any learning rate by step, or none: false. A checkpoint knows one that has  identity_fields
/// identity() const  by that, as it was when it was put in here, and others by what they give.
class any_schedule {
 public:
  any_schedule() = default;
  any_schedule(std::nullptr_t) {}
  template <class F>
    requires(!std::is_same_v<F, any_schedule>)
  any_schedule(F schedule) {
    constexpr bool gives_rates = std::is_invocable_r_v<double, F&, long>;
    static_assert(gives_rates, "gkd: a schedule of learning rates needs  double operator()(long "
                               "step) const  [docs/concepts.md#schedule]");
    if constexpr (detail::has_identity<F>) identity_ = schedule.identity();
    if constexpr (gives_rates) rate_ = std::move(schedule);
  }

  explicit operator bool() const { return static_cast<bool>(rate_); }
  /// The learning rate of a step, counted from 0; throws what the schedule does.
  double operator()(long step) const { return rate_(step); }
  /// What the schedule says of itself, if it does.
  const std::optional<identity_fields>& identity() const { return identity_; }

 private:
  std::function<double(long)> rate_;
  std::optional<identity_fields> identity_;
};

}  // namespace gkd::inline v0
