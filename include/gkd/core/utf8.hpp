// SPDX-License-Identifier: Apache-2.0
// UTF-8 as it comes from strangers and from models: whole, cut off, or no UTF-8 at all.
//
//   bytes  61        c3 a9     e2 82        ff          ed a0 80
//          'a'       U+00E9    the start    malformed   malformed, three times: a surrogate
//                              of U+20AC
// A token of a byte-level vocabulary may end inside a character, so text that arrives token by
// token is held back until its last character is whole (utf8_stream).
#pragma once

#include <gkd/core/config.hpp>

#include <string>       // string
#include <string_view>  // string_view

namespace gkd::inline v0 {

enum class utf8_state {
  character,   ///< a whole character
  incomplete,  ///< the text ends inside what may become a character
  malformed,   ///< bytes that nothing after them can make a character
};

/// What a text begins with.
struct utf8_head {
  utf8_state state = utf8_state::malformed;
  index length = 1;   ///< bytes; of malformed ones, as many as one U+FFFD stands for
  char32_t code = 0;  ///< of a whole character
};

/// The first character of a text that is not empty. Malformed are overlong forms, surrogates and
/// codes above U+10FFFF too. Source: the Unicode Standard, table 3-7 and "maximal subparts".
constexpr utf8_head utf8_first(std::string_view text) {
  const auto byte = [&](index i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {utf8_state::character, 1, lead};
  if (lead < 0xc2 || lead > 0xf4) return {};
  const index length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  char32_t code = lead & (0x7fu >> length);
  for (index i = 1; i < length; ++i) {
    if (i == text.size()) return {utf8_state::incomplete, i};
    unsigned lowest = 0x80, highest = 0xbf;
    if (i == 1 && lead == 0xe0) lowest = 0xa0;   // below: overlong
    if (i == 1 && lead == 0xed) highest = 0x9f;  // above: surrogates
    if (i == 1 && lead == 0xf0) lowest = 0x90;   // below: overlong
    if (i == 1 && lead == 0xf4) highest = 0x8f;  // above: beyond U+10FFFF
    if (byte(i) < lowest || byte(i) > highest) return {utf8_state::malformed, i};
    code = (code << 6) | (byte(i) & 0x3fu);
  }
  return {utf8_state::character, length, code};
}

/// How many bytes at the start of a text are whole characters; text.size() if all are.
constexpr index utf8_prefix(std::string_view text) {
  index at = 0;
  while (at < text.size()) {
    const utf8_head head = utf8_first(text.substr(at));
    if (head.state != utf8_state::character) break;
    at += head.length;
  }
  return at;
}

/// Appends a character, given as a code that is one.
inline void append_utf8(std::string& text, char32_t code) {
  const auto put = [&](char32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | (code >> 6));
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3f));
    put(0x80 | ((code >> 6) & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

/// Bytes in, whole characters out. What has been given out, put together, is well-formed UTF-8 at
/// every moment; malformed bytes become U+FFFD.
///
///   utf8_stream s;
///   s.push("\xe2\x82") gives "", s.push("\xac!") gives the euro sign and "!", s.finish() gives ""
class utf8_stream {
 public:
  /// The characters that these bytes complete. At most three bytes are held back.
  std::string push(std::string_view bytes) {
    held_ += bytes;
    std::string out;
    std::string_view rest = held_;
    while (!rest.empty()) {
      const utf8_head head = utf8_first(rest);
      if (head.state == utf8_state::incomplete) break;
      out += head.state == utf8_state::character ? rest.substr(0, head.length) : replacement;
      rest.remove_prefix(head.length);
    }
    held_ = std::string(rest);
    return out;
  }
  /// The end: U+FFFD for a character that was never completed.
  std::string finish() {
    const bool whole = held_.empty();
    held_.clear();
    return whole ? std::string() : std::string(replacement);
  }

 private:
  static constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD
  std::string held_;
};

/// The text with U+FFFD in place of malformed bytes.
inline std::string well_formed_utf8(std::string_view text) {
  utf8_stream stream;
  std::string out = stream.push(text);
  return out += stream.finish();
}

}  // namespace gkd::inline v0
