// SPDX-License-Identifier: Apache-2.0
// Values of the command line.
#pragma once

#include <gkd/core/error.hpp>

#include <unistd.h>  // access

#include <charconv>     // from_chars
#include <filesystem>   // exists, is_regular_file, status
#include <string>       // string
#include <string_view>  // string_view

namespace demo {

/// The value of option `name`. Throws bad_argument for what is no number from `least` to `most`.
inline gkd::index number(std::string_view name, std::string_view text, gkd::index least,
                         gkd::index most) {
  gkd::index value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc{} || rest != end || value < least || value > most)
    gkd::fail(gkd::errc::bad_argument, name, " is ", gkd::in_quotes(text), ", want a number from ",
              least, " to ", most);
  return value;
}

/// Where a report goes. Throws bad_argument at once, not after minutes, where it cannot be written.
inline std::string report_path(std::string_view text) {
  const std::size_t slash = text.rfind('/');
  const std::string folder(slash == text.npos ? "." : text.substr(0, slash + 1));
  std::error_code ignored;
  const auto there = std::filesystem::status(text, ignored);
  const bool can_be = !std::filesystem::exists(there) || std::filesystem::is_regular_file(there);
  if (text.empty() || access(folder.c_str(), W_OK | X_OK) != 0 || !can_be)
    gkd::fail(gkd::errc::bad_argument, "--report is ", gkd::in_quotes(text),
              ", want the path of a file in a folder that exists and can be written to");
  return std::string(text);
}

}  // namespace demo
