// SPDX-License-Identifier: Apache-2.0
// exp, expm1 and log1p without branches and tables, in double: in a plain loop the compiler turns
// them into vector instructions. Errors measured over the stated ranges: 4e-16 relative.
//
//   e^x       = 2^n e^r,  n = round(x / ln 2),  e^r = 1 + r + r^2 Q(r),  |r| <= ln 2 / 2
//   ln(1 + y) = k ln 2 + ln(1 + f),  1 + f in [1/sqrt 2, sqrt 2),
//               ln(1 + f) = 2 atanh s = 2 s + s^3 R(s^2),  s = f / (2 + f)
//
// Q and R are minimax polynomials (Remez), of relative error 2.9e-16 and 1.9e-16.
#pragma once

#include <gkd/core/config.hpp>

#include <bit>      // bit_cast
#include <cstdint>  // uint64_t

namespace gkd::inline v0::detail::wide {

/// What a weight of a mixture must not go below: next to 1 the vectorised forms know it to 1e-16
/// only. Rows with less are left to the exact form.
inline constexpr double least_weight = 1e-8;

/// ln 2 in two parts, the first short enough for n * high to be exact.
struct ln2 {
  static constexpr double high = 0x1.62e42feep-1, low = 0x1.a39ef35793c76p-33;
};

/// c[0] + c[1] x + c[2] x^2 + ..., unrolled: a loop inside the loop over columns would stay one.
template <index K = 0, index N>
[[gnu::always_inline]] inline double polynomial(const double (&c)[N], double x) {
  if constexpr (K + 1 == N)
    return c[K];
  else
    return c[K] + x * polynomial<K + 1>(c, x);
}

/// condition ? a : b by masks, so that nobody makes a branch of it.
[[gnu::always_inline]] inline double select(bool condition, double a, double b) {
  const std::uint64_t mask = std::uint64_t{0} - static_cast<std::uint64_t>(condition);
  return std::bit_cast<double>((std::bit_cast<std::uint64_t>(a) & mask) |
                               (std::bit_cast<std::uint64_t>(b) & ~mask));
}

[[gnu::always_inline]] inline double not_negative(double x) { return x > 0.0 ? x : 0.0; }

/// Whether |d| < limit.
[[gnu::always_inline]] inline bool within(double d, double limit) {
  return (d < 0.0 ? -d : d) < limit;
}

/// e^x for |x| <= 700.
[[gnu::always_inline]] inline double exp(double x) {
  constexpr double coefficients[] = {
      0x1.ffffffffffed2p-2,  0x1.55555555507b6p-3,  0x1.555555558916bp-5,
      0x1.11111125b6deap-7,  0x1.6c16c0c8165efp-10, 0x1.a0198d4d11e35p-13,
      0x1.a01b7c7c6671dp-16, 0x1.72e928030b7d1p-19, 0x1.270794e77d9b0p-22};
  constexpr double shift = 0x1.8p52;  // z = shift + n holds n in its lowest bits
  const double z = x * 0x1.71547652b82fep0 + shift;
  const double n = z - shift;
  const double r = (x - n * ln2::high) - n * ln2::low;
  const double p = r + r * r * polynomial(coefficients, r);
  const double power = std::bit_cast<double>((std::bit_cast<std::uint64_t>(z) << 52) +
                                             (std::uint64_t{1023} << 52));  // 2^n
  return power + power * p;
}

/// e^d - 1 for |d| < 2^-6, by its series.
[[gnu::always_inline]] inline double expm1_series(double d) {
  constexpr double coefficients[] = {1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720};
  return d + d * d * polynomial(coefficients, d);
}

/// e^d - 1 given a value of e^d that is accurate beside 1.
[[gnu::always_inline]] inline double expm1(double d, double e) {
  return select(within(d, 0x1p-6), expm1_series(d), e - 1.0);
}

/// ln(1 + y) = k ln 2 + 2 s + tail, with k and s as above.
struct log1p_parts {
  double k, s, tail;  // s^3 R(s^2)
  [[gnu::always_inline]] double sum() const {
    return k * ln2::high + (2.0 * s + (tail + k * ln2::low));
  }
  /// y - ln(1 + y), to 7e-15 of itself also near 0: where k = 0, f is y and y - 2 s = s y.
  [[gnu::always_inline]] double gap(double y) const {
    return select(k == 0.0, s * y - tail, y - sum());
  }
};

/// For -1 < y <= 1e300.
[[gnu::always_inline]] inline log1p_parts parts_of_log1p(double y) {
  constexpr double coefficients[] = {0x1.5555555553958p-1, 0x1.999999a2970abp-2,
                                     0x1.249241753f5eap-2, 0x1.c722798b2b810p-3,
                                     0x1.732bf3c79ed3ep-3, 0x1.5879f3140a959p-3};
  constexpr std::uint64_t one = std::uint64_t{1023} << 52, low = 0x3fe6a09e00000000;  // 1, 1/sqrt 2
  const double u = 1.0 + y;
  const std::uint64_t exponent = (std::bit_cast<std::uint64_t>(u) + (one - low)) >> 52;  // k + 1023
  // a small integer as the low bits of 2^52
  const double k =
      std::bit_cast<double>((std::uint64_t{0x433} << 52) | exponent) - (0x1p52 + 1023.0);
  const double scale = std::bit_cast<double>((2046 - exponent) << 52);  // 2^-k
  const double f = y * scale + (scale - 1.0);
  const double s = f / (2.0 + f);
  const double z = s * s;
  return {k, s, s * z * polynomial(coefficients, z)};
}

/// ln(1 + y) for -1 < y <= 1e300.
[[gnu::always_inline]] inline double log1p(double y) { return parts_of_log1p(y).sum(); }

}  // namespace gkd::inline v0::detail::wide
