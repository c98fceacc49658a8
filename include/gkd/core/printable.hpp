// SPDX-License-Identifier: Apache-2.0
// What a model, a file or a user wrote, made safe to print: what can be seen stays as it is;
// control, escape, direction-changing, invisible and malformed bytes become \xNN, so that no text
// can move the cursor.
#pragma once

#include <gkd/core/utf8.hpp>

#include <cstdio>       // snprintf
#include <string>       // string
#include <string_view>  // string_view

namespace gkd::inline v0 {

namespace detail {

struct utf8_character {
  char32_t code = 0;
  bool valid = false;
};

/// Calls f(bytes, character) for each character of the text. A byte that starts no well-formed
/// character (overlong, surrogate, cut off) is one malformed character, so that none is lost.
template <class F>
void for_each_character(std::string_view text, F&& f) {
  while (!text.empty()) {
    const utf8_head head = utf8_first(text);
    const bool valid = head.state == utf8_state::character;
    const index length = valid ? head.length : 1;
    f(text.substr(0, length), utf8_character{head.code, valid});
    text.remove_prefix(length);
  }
}

/// Whether a reader sees the character and it leaves its neighbours where they are.
inline bool is_printable(char32_t c) {
  const auto within = [c](char32_t first, char32_t last) { return first <= c && c <= last; };
  const bool filler = within(0x115f, 0x1160) || c == 0x3164 || c == 0xffa0;  // blank Hangul letters
  return !(c < 0x20 || within(0x7f, 0x9f) || c == 0xad || c == 0x34f || c == 0x61c || filler ||
           c == 0x180e || c == 0x200b || within(0x200e, 0x200f) || within(0x2028, 0x202e) ||
           within(0x2060, 0x206f) || c == 0xfeff || within(0xfff9, 0xfffb) ||
           within(0xfdd0, 0xfdef) || (c & 0xfffe) == 0xfffe || within(0xe0000, 0xe0fff));
}

inline void append_bytes_escaped(std::string& out, std::string_view bytes) {
  for (char c : bytes) {
    char hex[5];
    std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned char>(c));
    out += hex;
  }
}

}  // namespace detail

/// The text on one line of a terminal: seen characters stay, everything else becomes \xNN.
inline std::string printable(std::string_view text) {
  std::string out;
  detail::for_each_character(text, [&](std::string_view bytes, detail::utf8_character c) {
    if (c.valid && detail::is_printable(c.code))
      out += bytes;
    else
      detail::append_bytes_escaped(out, bytes);
  });
  return out;
}

}  // namespace gkd::inline v0
