// SPDX-License-Identifier: Apache-2.0
// The scalar functions that host and device code share, for float, double and dual numbers.
// GKD_FN code calls these and operators only: std:: functions do not exist on a device.
#pragma once

#include <gkd/core/config.hpp>

#include <math.h>       // the same in the global namespace, where nvcc has the device's
#include <cmath>        // the host's functions
#include <limits>       // infinity
#include <type_traits>  // is_floating_point_v

namespace gkd::inline v0::math {

GKD_FN inline float exp(float x) { return ::expf(x); }
GKD_FN inline double exp(double x) { return ::exp(x); }
GKD_FN inline float expm1(float x) { return ::expm1f(x); }
GKD_FN inline double expm1(double x) { return ::expm1(x); }
GKD_FN inline float log(float x) { return ::logf(x); }
GKD_FN inline double log(double x) { return ::log(x); }
GKD_FN inline float log1p(float x) { return ::log1pf(x); }
GKD_FN inline double log1p(double x) { return ::log1p(x); }
GKD_FN inline float sqrt(float x) { return ::sqrtf(x); }
GKD_FN inline double sqrt(double x) { return ::sqrt(x); }
GKD_FN inline float tanh(float x) { return ::tanhf(x); }
GKD_FN inline double tanh(double x) { return ::tanh(x); }
GKD_FN inline float cos(float x) { return ::cosf(x); }
GKD_FN inline double cos(double x) { return ::cos(x); }
GKD_FN inline float sin(float x) { return ::sinf(x); }
GKD_FN inline double sin(double x) { return ::sin(x); }
GKD_FN inline float abs(float x) { return ::fabsf(x); }
GKD_FN inline double abs(double x) { return ::fabs(x); }
GKD_FN inline float pow(float x, float y) { return ::powf(x, y); }
GKD_FN inline double pow(double x, double y) { return ::pow(x, y); }
GKD_FN inline float fma(float x, float y, float z) { return ::fmaf(x, y, z); }
GKD_FN inline double fma(double x, double y, double z) { return ::fma(x, y, z); }

template <class T>
GKD_FN constexpr T infinity() {
  return static_cast<T>(HUGE_VAL);
}

template <class T>
GKD_FN T max(T a, T b) {
  return a < b ? b : a;
}
template <class T>
GKD_FN T min(T a, T b) {
  return b < a ? b : a;
}

template <class T>
  requires std::is_floating_point_v<T>
GKD_FN bool is_nan(T x) {
  return x != x;
}
template <class T>
  requires std::is_floating_point_v<T>
GKD_FN bool is_finite(T x) {
  return x - x == T(0);
}

/// w * x for a weight w that is a probability: 0 when w is 0, whatever x is. Plain 0 * inf is NaN.
template <class T>
  requires std::is_floating_point_v<T>
GKD_FN T weigh(T w, T x) {
  return w == T(0) ? T(0) : w * x;
}

}  // namespace gkd::inline v0::math
