// SPDX-License-Identifier: Apache-2.0
// Text for a person. Whatever a model, a file or a user wrote is made safe here before a terminal,
// a table or a page shows it:
//
//   printable     for a line of a terminal: see core/printable.hpp
//   escape_html   the same for HTML and SVG, where line breaks and tabs are kept
//
// and measured in the columns of a terminal, in which one character takes 0, 1 or 2.
#pragma once

#include <gkd/core/error.hpp>
#include <gkd/core/printable.hpp>

#include <fmt/format.h>  // format
#include <cmath>         // abs
#include <cstdint>       // uint64_t
#include <string>        // string
#include <string_view>   // string_view

namespace gkd::inline v0 {

namespace detail {

/// Terminal columns of one printable character: 0 for marks that combine with the one before, 2 for
/// East Asian wide characters and emoji (Unicode's UAX 11, by blocks).
inline index columns_of(char32_t c) {
  const auto within = [c](char32_t first, char32_t last) { return first <= c && c <= last; };
  if (within(0x300, 0x36f) || within(0x483, 0x489) || within(0x591, 0x5bd) ||
      within(0x610, 0x61a) || within(0x64b, 0x65f) || within(0x1ab0, 0x1aff) ||
      within(0x1dc0, 0x1dff) || within(0x200c, 0x200d) || within(0x20d0, 0x20ff) ||
      within(0xfe00, 0xfe0f) || within(0xfe20, 0xfe2f))
    return 0;
  if (within(0x1100, 0x115f) || within(0x2e80, 0x303e) || within(0x3041, 0xa4cf) ||
      within(0xac00, 0xd7a3) || within(0xf900, 0xfaff) || within(0xfe30, 0xfe6f) ||
      within(0xff00, 0xff60) || within(0xffe0, 0xffe6) || within(0x1f300, 0x1f64f) ||
      within(0x1f680, 0x1f6ff) || within(0x1f900, 0x1f9ff) || within(0x1fa70, 0x1faff) ||
      within(0x20000, 0x3fffd))
    return 2;
  return 1;
}

}  // namespace detail

/// The text as content or attribute value of HTML and SVG. Line breaks and tabs stay.
inline std::string escape_html(std::string_view text) {
  std::string out;
  detail::for_each_character(text, [&](std::string_view bytes, detail::utf8_character c) {
    switch (c.valid ? c.code : 0) {
      case U'&': out += "&amp;"; return;
      case U'<': out += "&lt;"; return;
      case U'>': out += "&gt;"; return;
      case U'"': out += "&quot;"; return;
      case U'\'': out += "&#39;"; return;
      case U'\n':
      case U'\t': out += bytes; return;
      default: break;
    }
    if (c.valid && detail::is_printable(c.code))
      out += bytes;
    else
      detail::append_bytes_escaped(out, bytes);
  });
  return out;
}

/// Columns that printable text takes on a terminal.
inline index display_width(std::string_view text) {
  index columns = 0;
  detail::for_each_character(text, [&](std::string_view, detail::utf8_character c) {
    columns += c.valid ? detail::columns_of(c.code) : 1;
  });
  return columns;
}

/// Printable text in at most `columns` columns, the last of them "…" (or ".") where it was cut.
inline std::string clipped(std::string_view text, index columns, bool unicode = true) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::string out;
  index used = 0;
  bool full = false;
  detail::for_each_character(text, [&](std::string_view bytes, detail::utf8_character c) {
    used += c.valid ? detail::columns_of(c.code) : 1;
    full = full || used > columns - 1;
    if (!full) out += bytes;
  });
  return out + (unicode ? "…" : ".");
}

/// Printable text with blanks after it, or before it, up to a width in columns.
inline std::string padded(std::string_view text, index width, bool right) {
  const index used = display_width(text);
  const std::string blanks(width > used ? width - used : 0, ' ');
  return right ? concat(blanks, text) : concat(text, blanks);
}

/// Seconds as 0:07, 12:05 or 1:02:03.
inline std::string format_duration(double seconds) {
  if (!(seconds >= 0.0 && seconds < 1e9)) return "-:--";
  const auto whole = static_cast<std::uint64_t>(seconds);
  const std::uint64_t hours = whole / 3600, minutes = whole / 60 % 60, rest = whole % 60;
  return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, rest)
                   : fmt::format("{}:{:02}", minutes, rest);
}

/// A count in at most five characters: 950, 12.3k, 4.56M.
inline std::string format_count(double count) {
  const auto three_digits = [](double x, const char* unit) {
    return fmt::format("{:.{}f}{}", x, x < 9.995 ? 2 : x < 99.95 ? 1 : 0, unit);
  };
  const double size = std::abs(count);
  if (!(size < 1e15)) return fmt::format("{:.3g}", count);
  if (size < 999.5) return fmt::format("{:.0f}", count);
  if (size < 999.5e3) return three_digits(count / 1e3, "k");
  if (size < 999.5e6) return three_digits(count / 1e6, "M");
  if (size < 999.5e9) return three_digits(count / 1e9, "G");
  return three_digits(count / 1e12, "T");
}

}  // namespace gkd::inline v0
