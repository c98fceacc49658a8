// SPDX-License-Identifier: Apache-2.0
// The number types of a safetensors file, and the 16-bit ones to float and back:
//
//   F16    1 sign, 5 exponent, 10 mantissa bits      largest 65504, smallest 2^-24
//   BF16   1 sign, 8 exponent,  7 mantissa bits      the upper half of a float
//
// Widening is exact. Narrowing rounds to the nearest, ties to even, once: from double too.
#pragma once

#include <gkd/core/config.hpp>

#include <array>        // array
#include <bit>          // bit_cast
#include <cstdint>      // uint16_t, uint32_t, uint64_t
#include <string_view>  // string_view
#include <type_traits>  // is_same_v

namespace gkd::inline v0 {

/// Number types of a safetensors file.
enum class dtype { boolean, u8, i8, u16, i16, f16, bf16, u32, i32, f32, u64, i64, f64 };

struct dtype_facts {
  dtype type;
  std::string_view name;  ///< as it is written in the file
  index bytes;            ///< per element
};
// clang-format off
inline constexpr std::array<dtype_facts, 13> dtypes{{
    {dtype::boolean, "BOOL", 1}, {dtype::u8, "U8", 1},   {dtype::i8, "I8", 1},
    {dtype::u16, "U16", 2},      {dtype::i16, "I16", 2}, {dtype::f16, "F16", 2},
    {dtype::bf16, "BF16", 2},    {dtype::u32, "U32", 4}, {dtype::i32, "I32", 4},
    {dtype::f32, "F32", 4},      {dtype::u64, "U64", 8}, {dtype::i64, "I64", 8},
    {dtype::f64, "F64", 8}}};
// clang-format on
constexpr const dtype_facts& facts_of(dtype type) { return dtypes[static_cast<index>(type)]; }

/// Whether weights can be of this type.
constexpr bool is_floating_point(dtype type) {
  return type == dtype::f16 || type == dtype::bf16 || type == dtype::f32 || type == dtype::f64;
}

/// IEEE half precision to float, exactly.
inline float float_from_f16(std::uint16_t half) {
  const std::uint32_t sign = std::uint32_t{half & 0x8000u} << 16;
  const std::uint32_t exponent = half >> 10 & 0x1fu;
  const std::uint32_t mantissa = half & 0x3ffu;
  if (exponent == 0) {  // zero or subnormal: mantissa * 2^-24
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  // the exponent's bias is 15 here and 127 there; 31 means infinity or NaN and becomes 255
  const std::uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | wide << 23 | mantissa << 13);
}
/// bfloat16 to float, exactly: its bits are the upper half of a float's.
inline float float_from_bf16(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

namespace detail {

template <class T>
constexpr dtype dtype_of() {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>,
                "gkd: files hold models of float or double");
  return std::is_same_v<T, float> ? dtype::f32 : dtype::f64;
}

/// A double as 1 sign bit, `Exponent` and `Mantissa` bits: the nearest, ties to even. What is too
/// large becomes infinity; a NaN stays one and keeps the upper bits of its payload.
template <int Exponent, int Mantissa>
std::uint16_t narrowed(double x) {
  constexpr int bias = (1 << (Exponent - 1)) - 1;
  constexpr std::uint64_t infinite = ((std::uint64_t{1} << Exponent) - 1) << Mantissa;
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const std::uint64_t sign = bits >> 63 << (Exponent + Mantissa);
  const int exponent = static_cast<int>(bits >> 52 & 0x7ff) - 1023;
  std::uint64_t mantissa = bits & 0xfffffffffffff;
  if (exponent == 1024) {  // infinity or NaN, which is made quiet
    if (mantissa != 0) mantissa = mantissa >> (52 - Mantissa) | std::uint64_t{1} << (Mantissa - 1);
    return static_cast<std::uint16_t>(sign | infinite | mantissa);
  }
  if (exponent > bias) return static_cast<std::uint16_t>(sign | infinite);
  mantissa |= std::uint64_t{1} << 52;  // a double's subnormals are zero here anyway
  const bool normal = exponent > -bias;
  const int shift = 52 - Mantissa + (normal ? 0 : 1 - bias - exponent);
  if (shift > 53) return static_cast<std::uint16_t>(sign);  // below half of the smallest
  // the leading one adds 1 to the exponent of a normal number, as a mantissa that overflows does
  std::uint64_t out = mantissa >> shift;
  if (normal) out += static_cast<std::uint64_t>(exponent + bias - 1) << Mantissa;
  const std::uint64_t rest = mantissa & ((std::uint64_t{1} << shift) - 1);
  const std::uint64_t half = std::uint64_t{1} << (shift - 1);
  if (rest > half || (rest == half && out % 2 == 1)) ++out;
  return static_cast<std::uint16_t>(sign | out);
}

}  // namespace detail

/// To the nearest half precision number, ties to even; from 65520 on to infinity.
inline std::uint16_t f16_from(double x) { return detail::narrowed<5, 10>(x); }
/// To the nearest bfloat16, ties to even.
inline std::uint16_t bf16_from(double x) { return detail::narrowed<8, 7>(x); }

}  // namespace gkd::inline v0
