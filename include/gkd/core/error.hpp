// SPDX-License-Identifier: Apache-2.0
// The one exception of gkd. Its text says what was got, what was wanted and where; its code lets a
// program react without reading the text.
#pragma once

#include <gkd/core/config.hpp>

#include <cstdio>       // snprintf
#include <stdexcept>    // runtime_error
#include <string>       // string
#include <string_view>  // string_view
#include <type_traits>  // is_arithmetic_v

namespace gkd::inline v0 {

/// What kind of thing went wrong. `name_of` gives the same word as text.
enum class errc {
  bad_argument,         ///< A number or option outside its range.
  shape_mismatch,       ///< Two shapes that must agree do not.
  vocabulary_mismatch,  ///< Teacher and student, or a token id and a vocabulary, do not fit.
  non_finite,           ///< NaN or infinity where a number must be.
  empty_data,           ///< A dataset, batch or prompt without a single token to learn from.
  context_overflow,     ///< A sequence longer than the model's context.
  bad_format,           ///< A file or text whose content breaks its format.
  io_failure,           ///< The operating system refused to open, read, write, sync or rename.
  bad_checkpoint,       ///< No checkpoint to resume from that is whole and fits this run.
  already_exists,       ///< Something that would be overwritten.
  interrupted,          ///< Given up because the caller asked for it; nothing is wrong.
};

constexpr std::string_view name_of(errc code) {
  switch (code) {
    case errc::bad_argument: return "bad_argument";
    case errc::shape_mismatch: return "shape_mismatch";
    case errc::vocabulary_mismatch: return "vocabulary_mismatch";
    case errc::non_finite: return "non_finite";
    case errc::empty_data: return "empty_data";
    case errc::context_overflow: return "context_overflow";
    case errc::bad_format: return "bad_format";
    case errc::io_failure: return "io_failure";
    case errc::bad_checkpoint: return "bad_checkpoint";
    case errc::already_exists: return "already_exists";
    case errc::interrupted: return "interrupted";
  }
  return "unknown";
}

/// Everything that gkd throws.
class error : public std::runtime_error {
 public:
  error(errc code, const std::string& text) : std::runtime_error(text), code_(code) {}
  errc code() const noexcept { return code_; }
  /// what() without the "gkd: " that it may begin with, to be put into a longer text. Valid as long
  /// as the error.
  std::string_view text() const noexcept {
    std::string_view all = what();
    constexpr std::string_view prefix = "gkd: ";
    if (all.starts_with(prefix)) all.remove_prefix(prefix.size());
    return all;
  }

 private:
  errc code_;
};

/// Text from outside (a file, a token, a path) made safe to print: control, escape and non-ASCII
/// bytes become \xNN, and what is longer than `limit` bytes is cut and marked "...".
inline std::string in_quotes(std::string_view text, index limit = 64) {
  std::string out = "\"";
  for (char c : text.substr(0, limit)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte > 0x7e || c == '"' || c == '\\') {
      char hex[5];
      std::snprintf(hex, sizeof hex, "\\x%02x", byte);
      out += hex;
    } else {
      out += c;
    }
  }
  return out + (text.size() > limit ? "\"..." : "\"");
}

namespace detail {

inline void append(std::string& out, std::string_view part) { out += part; }

template <class Number>
  requires std::is_arithmetic_v<Number>
void append(std::string& out, Number number) {
  if constexpr (std::is_same_v<Number, bool>) {
    out += number ? "true" : "false";
  } else if constexpr (std::is_floating_point_v<Number>) {
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", static_cast<double>(number));
    out += text;
  } else {
    out += std::to_string(number);
  }
}

}  // namespace detail

/// The parts one after another as one string: text as it is, numbers in plain decimal.
template <class... Parts>
std::string concat(const Parts&... parts) {
  std::string out;
  (detail::append(out, parts), ...);
  return out;
}

/// Throws gkd::error with the parts put together as its text.
template <class... Parts>
[[noreturn]] void fail(errc code, const Parts&... parts) {
  throw error(code, "gkd: " + concat(parts...));
}

}  // namespace gkd::inline v0
