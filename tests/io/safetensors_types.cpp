// SPDX-License-Identifier: Apache-2.0
#include <gkd/io/safetensors_types.hpp>

#include "support/catch.hpp"

#include <cmath>
#include <limits>

using namespace gkd;

namespace {

// the definition: (-1)^s 2^(e - bias) 1.m, or 2^(1 - bias) 0.m for e = 0
double define(std::uint32_t bits, int mantissa_bits, int exponent_bits) {
  const int e = static_cast<int>(bits >> mantissa_bits) & ((1 << exponent_bits) - 1);
  const double m = std::ldexp(bits & ((1u << mantissa_bits) - 1), -mantissa_bits);
  const int bias = (1 << (exponent_bits - 1)) - 1;
  double x = e == 0 ? std::ldexp(m, 1 - bias) : std::ldexp(1 + m, e - bias);
  if (e == (1 << exponent_bits) - 1) x = m == 0 ? INFINITY : NAN;
  return bits & 0x8000 ? -x : x;
}
bool same(double got, double want) {
  return std::isnan(want) ? std::isnan(got)
                          : got == want && std::signbit(got) == std::signbit(want);
}

}  // namespace

TEST_CASE("f16_from and bf16_from by hand") {
  CHECK(f16_from(1.0) == 0x3c00);
  CHECK(f16_from(-2.0) == 0xc000);
  CHECK(f16_from(1.0 / 3.0) == 0x3555);
  CHECK(f16_from(65504.0) == 0x7bff);  // the largest
  CHECK(f16_from(std::nextafter(65520.0, 0.0)) == 0x7bff);
  CHECK(f16_from(65520.0) == 0x7c00);  // halfway to the next, which would be 65536
  CHECK(f16_from(-1e300) == 0xfc00);
  CHECK(f16_from(0x1p-24) == 0x0001);  // the smallest
  CHECK(f16_from(0x1p-25) == 0x0000);  // halfway to 0, which is even
  CHECK(f16_from(std::nextafter(0x1p-25, 1.0)) == 0x0001);
  CHECK(f16_from(-0.0) == 0x8000);
  CHECK(f16_from(5e-324) == 0x0000);
  CHECK(bf16_from(1.0) == 0x3f80);
  CHECK(bf16_from(3.14159265) == 0x4049);
  CHECK(bf16_from(0x1.01p0) == 0x3f80);  // halfway between 1 and 1 + 2^-7: to even
  CHECK(bf16_from(0x1.03p0) == 0x3f82);
  CHECK(bf16_from(0x1p-133) == 0x0001);
  CHECK(bf16_from(0x1p-134) == 0x0000);
  CHECK(bf16_from(double(std::numeric_limits<float>::max())) == 0x7f80);  // nearer to 2^128
}

TEST_CASE("f16_from rounds a double once") {
  // 1 + 2^-11 + 2^-40 lies above the middle of 1 and 1 + 2^-10; as a float it would be the middle
  CHECK(f16_from(1.0 + 0x1p-11 + 0x1p-40) == 0x3c01);
  CHECK(f16_from(double(static_cast<float>(1.0 + 0x1p-11 + 0x1p-40))) == 0x3c00);
  CHECK(bf16_from(1.0 + 0x1p-8 + 0x1p-40) == 0x3f81);
}

TEST_CASE("16-bit numbers: every one of the 65536, widened and narrowed again") {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float f16 = float_from_f16(half), bf16 = float_from_bf16(half);
    REQUIRE(same(f16, define(bits, 10, 5)));
    REQUIRE(same(bf16, define(bits, 7, 8)));
    // back to the same bits, but that a NaN becomes a quiet one of the same sign
    REQUIRE(f16_from(f16) == (std::isnan(f16) ? half | 0x0200 : half));
    REQUIRE(bf16_from(bf16) == (std::isnan(bf16) ? half | 0x0040 : half));
  }
}

TEST_CASE("16-bit numbers: between two neighbours the nearer one, from the middle the even one") {
  const auto check = [](auto narrow, int mantissa_bits, int exponent_bits) {
    const auto infinite = static_cast<std::uint32_t>(((1 << exponent_bits) - 1) << mantissa_bits);
    for (std::uint32_t low = 0; low + 1 < infinite; ++low)
      for (double sign : {1.0, -1.0}) {
        const double a = define(low, mantissa_bits, exponent_bits);
        const double b = define(low + 1, mantissa_bits, exponent_bits);
        const double middle = (a + b) / 2;  // exact in double
        const std::uint32_t side = sign < 0 ? 0x8000 : 0;
        REQUIRE(narrow(sign * middle) == (side | (low + low % 2)));
        REQUIRE(narrow(sign * std::nextafter(middle, 0.0)) == (side | low));
        REQUIRE(narrow(sign * std::nextafter(middle, 1e300)) == (side | (low + 1)));
      }
  };
  check(f16_from, 10, 5);
  check(bf16_from, 7, 8);
}
