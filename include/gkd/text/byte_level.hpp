// SPDX-License-Identifier: Apache-2.0
// The byte-level alphabet of GPT-2: a visible character for each byte, so that a vocabulary of byte
// strings can be written as text.
//
//   bytes 21-7e, a1-ac, ae-ff     the character of the same code: '!' to '~', ...
//   bytes 00-20, 7f-a0, ad        U+0100, U+0101, ... in this order: the space (20) is U+0120
//
// Source: openai/gpt-2, encoder.py, bytes_to_unicode.
#pragma once

#include <gkd/core/config.hpp>
#include <gkd/core/utf8.hpp>

#include <optional>     // optional
#include <string>       // string
#include <string_view>  // string_view

namespace gkd::inline v0 {

/// The character that stands for a byte.
constexpr char32_t byte_level_code(unsigned char byte) {
  if (byte <= 0x20) return 0x100u + byte;
  if (byte >= 0x7f && byte <= 0xa0) return 0x121u + (byte - 0x7fu);
  return byte == 0xad ? 0x143u : byte;
}

/// The byte that a character stands for; none for a character outside the alphabet.
constexpr std::optional<unsigned char> byte_level_byte(char32_t code) {
  const auto byte = [](char32_t value) { return static_cast<unsigned char>(value); };
  if (code >= 0x100 && code <= 0x120) return byte(code - 0x100);
  if (code >= 0x121 && code <= 0x142) return byte(code - 0x121 + 0x7f);
  if (code == 0x143) return byte(0xad);
  if (code > 0xff || byte_level_code(byte(code)) != code) return std::nullopt;
  return byte(code);
}

/// Bytes as text: "a b" as "a\u0120b".
inline std::string to_byte_level(std::string_view bytes) {
  std::string text;
  for (char byte : bytes) append_utf8(text, byte_level_code(static_cast<unsigned char>(byte)));
  return text;
}

/// The bytes that a text stands for; none if a character of it is outside the alphabet.
inline std::optional<std::string> from_byte_level(std::string_view text) {
  std::string bytes;
  while (!text.empty()) {
    const utf8_head head = utf8_first(text);
    if (head.state != utf8_state::character) return std::nullopt;
    const std::optional<unsigned char> byte = byte_level_byte(head.code);
    if (!byte) return std::nullopt;
    bytes += static_cast<char>(*byte);
    text.remove_prefix(head.length);
  }
  return bytes;
}

}  // namespace gkd::inline v0
