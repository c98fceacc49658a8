// SPDX-License-Identifier: Apache-2.0
// A text file that is there whole or not at all: written beside its place under another name, which is
// new, then renamed over it. A reader never sees half a report, and a failure leaves the old one.
#pragma once

#include <gkd/core/error.hpp>

#include <cerrno>        // errno, EEXIST, EIO
#include <cstdio>        // fopen, fwrite, fflush, fclose, remove, rename
#include <memory>        // unique_ptr
#include <string>        // string
#include <string_view>   // string_view
#include <system_error>  // generic_category
#include <utility>       // move

#if __has_include(<unistd.h>)
#include <unistd.h>  // fsync
#endif

namespace gkd::inline v0 {

namespace detail {

struct file_closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using file_handle = std::unique_ptr<std::FILE, file_closer>;

/// Throws io_failure: what could not be done to which file, and the system's reason for it.
[[noreturn]] inline void fail_io(std::string_view action, const std::string& path, int reason) {
  fail(errc::io_failure, "cannot ", action, " ", quoted(path, 256), ": ",
       std::generic_category().message(reason));
}

/// Opens a file that did not exist before, named after `path`, and says its name.
inline file_handle create_beside(const std::string& path, std::string& name) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    name = concat(path, ".", attempt, ".tmp");
    if (file_handle file{std::fopen(name.c_str(), "wbx")}) return file;  // x: must not exist
    if (errno != EEXIST) fail_io("create", name, errno);
  }
  fail(errc::already_exists, "cannot write ", quoted(path, 256), ": ", quoted(name, 256),
       " and 99 more temporary files are in the way, want at least one name that is free");
}

/// Writes, hands to the disk and closes; 0 or the reason why not.
inline int write_and_close(file_handle file, std::string_view text) {
  errno = 0;
  bool good = std::fwrite(text.data(), 1, text.size(), file.get()) == text.size();
  good = good && std::fflush(file.get()) == 0;
#ifdef _POSIX_VERSION
  good = good && fsync(fileno(file.get())) == 0;
#endif
  const int reason = good ? 0 : errno != 0 ? errno : EIO;
  const bool closed = std::fclose(file.release()) == 0;
  return reason != 0 ? reason : closed ? 0 : errno;
}

}  // namespace detail

/// Puts the text into the file, in place of what was there. Throws io_failure with the path and the
/// system's reason; the old file is then as it was.
inline void write_file(const std::string& path, std::string_view text) {
  std::string temporary;
  detail::file_handle file = detail::create_beside(path, temporary);
  if (const int reason = detail::write_and_close(std::move(file), text)) {
    std::remove(temporary.c_str());
    detail::fail_io("write", temporary, reason);
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    const int reason = errno;
    std::remove(temporary.c_str());
    detail::fail_io("replace", path, reason);
  }
}

}  // namespace gkd::inline v0
