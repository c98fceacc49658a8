// SPDX-License-Identifier: Apache-2.0
// Where text for a person goes, and what may be sent there. A bar or a table asks a console, never
// the system, so that a test hands in a string and a fixed width.
#pragma once

#include <gkd/report/text.hpp>

#include <cstdio>       // FILE, fwrite, fflush
#include <cstdlib>      // getenv
#include <functional>   // function
#include <string_view>  // string_view

#if __has_include(<unistd.h>) && __has_include(<sys/ioctl.h>)
#include <sys/ioctl.h>  // ioctl, TIOCGWINSZ
#include <unistd.h>     // isatty, fileno
#endif

namespace gkd::inline v0 {

/// A place for text. The default is a log file: no terminal, no colour, no limit of width.
struct console {
  std::function<void(std::string_view)> write = [](std::string_view) {};
  /// Columns of a line, asked again whenever one is drawn, since windows change; 0 is no limit.
  std::function<index()> width = [] { return index{0}; };
  bool terminal = false;  ///< A person is looking: lines may be redrawn in place.
  bool colour = false;    ///< ANSI colours may be sent.
  bool unicode = true;    ///< UTF-8 is shown as it should; otherwise only ASCII is used.
};

namespace detail {

inline std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// Columns of the terminal behind the file; 0 when there is none.
inline index terminal_width([[maybe_unused]] std::FILE* file) {
#ifdef TIOCGWINSZ
  if (isatty(fileno(file))) {
    winsize size{};
    const bool known = ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : index{80};
  }
#endif
  return 0;
}

/// A locale that names a character set other than UTF-8 is believed. One that names none (C, or
/// nothing, as in most containers) is not: the terminals of today show UTF-8.
inline bool locale_shows_utf8(std::string_view locale) {
  const auto dot = locale.find('.');
  if (dot == std::string_view::npos) return true;
  const std::string_view set = locale.substr(dot + 1);
  return set.starts_with("UTF-8") || set.starts_with("utf8") || set.starts_with("utf-8") ||
         set.starts_with("UTF8");
}

}  // namespace detail

/// The console behind an open file. On a terminal it may redraw (unless TERM is "dumb") and colour
/// (unless NO_COLOR is set); anywhere else it writes plain lines. What the file refuses is dropped:
/// a full disk under a log must not stop a training run. The file must outlive the console.
inline console console_of(std::FILE* file) {
  console out;
  out.write = [file](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), file);
    std::fflush(file);
  };
  if (detail::terminal_width(file) == 0) return out;
  out.width = [file] { return detail::terminal_width(file); };
  const std::string_view term = detail::environment("TERM");
  out.terminal = term != "dumb";
  out.colour = out.terminal && detail::environment("NO_COLOR").empty();
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (const std::string_view locale = detail::environment(name); !locale.empty()) {
      out.unicode = detail::locale_shows_utf8(locale);
      break;
    }
  return out;
}

/// The text in an ANSI colour or weight ("1" bold, "2" faint, "31" red ...) if that is wanted.
inline std::string coloured(std::string_view text, std::string_view code, bool colour) {
  return colour && !text.empty() ? concat("\x1b[", code, "m", text, "\x1b[0m") : std::string(text);
}

}  // namespace gkd::inline v0
