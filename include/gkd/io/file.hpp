// SPDX-License-Identifier: Apache-2.0
// Files, read and written so that a crash, a full disk or a hostile name does no harm. The only
// header that calls the operating system for files (POSIX).
//
//   input_file, read_file      regular files only, with a cap on what is read
//   output_file                a new file, written, synced and closed, or removed again
//   replace_file               one file, old content or new, never half
// Many files that appear together: io/staged_directory.hpp.
// Every failure is an error with code io_failure and the system's reason. A failed fsync is final:
// the system may have dropped the data, and a second call would answer "done".
#pragma once

#include <gkd/core/error.hpp>
#include <gkd/core/printable.hpp>
#include <gkd/io/sha256.hpp>

#include <fcntl.h>     // open
#include <sys/file.h>  // flock
#include <sys/stat.h>  // fstat, mkdir, chmod
#include <unistd.h>    // read, pread, write, fsync, close, getpid

#include <algorithm>     // min, sort
#include <cerrno>        // errno
#include <cstdio>        // rename
#include <filesystem>    // create_directories, directory_iterator, is_directory
#include <random>        // random_device
#include <span>          // span
#include <string>        // string
#include <string_view>   // string_view
#include <system_error>  // generic_category
#include <utility>       // exchange
#include <vector>        // vector

namespace gkd::inline v0 {

/// A path as it is printed in errors, without quotes, for "train.jsonl:17"; of a long one the first
/// kilobyte.
inline std::string shown_path(std::string_view path) { return printable(path.substr(0, 1024)); }

namespace detail {

template <class... Parts>
[[noreturn]] void fail_errno(std::string_view path, const Parts&... what) {
  const int reason = errno;
  fail(errc::io_failure, shown_path(path), ": ", what..., ": ",
       std::generic_category().message(reason));
}

// an open file, closed when it goes
class descriptor {
 public:
  descriptor() = default;
  explicit descriptor(int fd) : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

inline int open_retrying(const std::string& path, int flags, mode_t mode = 0) {
  int fd;
  do fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  while (fd < 0 && errno == EINTR);
  return fd;
}

// all bytes, through interruptions and short writes; false with errno when it cannot
inline bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), std::min(bytes.size(), index{1} << 30));
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) bytes.remove_prefix(static_cast<index>(n));
  }
  return true;
}

// as many bytes as there are, up to the size of `into`; -1 with errno when it cannot
inline ssize_t read_all(int fd, std::span<char> into) {
  index done = 0;
  while (done < into.size()) {
    const ssize_t n = ::read(fd, into.data() + done, std::min(into.size() - done, index{1} << 30));
    if (n < 0 && errno != EINTR) return -1;
    if (n == 0) break;
    if (n > 0) done += static_cast<index>(n);
  }
  return static_cast<ssize_t>(done);
}

// the same from a position, which no other reader of the file moves
inline ssize_t read_all_at(int fd, index position, std::span<char> into) {
  index done = 0;
  while (done < into.size()) {
    const ssize_t n = ::pread(fd, into.data() + done, std::min(into.size() - done, index{1} << 30),
                              static_cast<off_t>(position + done));
    if (n < 0 && errno != EINTR) return -1;
    if (n == 0) break;
    if (n > 0) done += static_cast<index>(n);
  }
  return static_cast<ssize_t>(done);
}

// `whose` stands in the error: the argument or the option that it is
inline void check_path(std::string_view path, std::string_view whose = {}) {
  if (path.empty())
    fail(errc::bad_argument, "an empty path",
         whose.empty() ? ", want a file's or a directory's" : " as ", whose);
  if (path.find('\0') != path.npos)
    fail(errc::bad_argument, shown_path(path), ": a path with a NUL byte");
}

// path.tmp-<process>-<8 random hexadecimal digits>: a name that nobody else uses or foresees
inline std::string temporary_name(const std::string& path, const char* mark = ".tmp-") {
  char suffix[48];
  std::snprintf(suffix, sizeof suffix, "%s%ld-%08x", mark, static_cast<long>(::getpid()),
                std::random_device{}());
  return path + suffix;
}
// path.replaced-<process>-<8 digits>: what had this name and has made room for something newer
inline std::string replaced_name(const std::string& path) {
  return temporary_name(path, ".replaced-");
}
// <path><mark><process>-<8 digits>: the path; empty for any other name
inline std::string_view before_mark(std::string_view name, std::string_view mark) {
  const index at = name.rfind(mark), dash = name.rfind('-');
  if (at == name.npos || dash < at + mark.size() + 1 || name.size() != dash + 9) return {};
  const auto all_of = [&](index first, index last, std::string_view digits) {
    return name.substr(first, last - first).find_first_not_of(digits) == name.npos;
  };
  const bool ours = all_of(at + mark.size(), dash, "0123456789") &&
                    all_of(dash + 1, name.size(), "0123456789abcdef");
  return ours ? name.substr(0, at) : std::string_view();
}

// Locks what is open until it is closed, by the process's end too; false where another has locked
// it. Where the file system has no locks, nobody has.
inline bool lock_if_free(const descriptor& file) {
  return ::flock(file.get(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}
// whether a path still leads to what was opened there
inline bool still_there(const std::string& path, const descriptor& file) {
  struct stat opened, named;
  return ::fstat(file.get(), &opened) == 0 && ::stat(path.c_str(), &named) == 0 &&
         opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

}  // namespace detail

/// A path without the slashes at its end, but for that of the root.
inline std::string without_end_slashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

/// The directory that a path is in, with slashes at its end or not: "." for a name alone.
inline std::string parent_of(const std::string& path) {
  const std::filesystem::path whole = without_end_slashes(path);
  return whole.has_parent_path() ? whole.parent_path().string() : ".";
}

/// Whether a name is that of a file or directory that is not finished, be it that a process is at
/// work on it or was killed: <name>.tmp-<process>-<8 digits>, by replace_file() or
/// staged_directory.
inline bool is_temporary_name(std::string_view name) {
  return !detail::before_mark(name, ".tmp-").empty();
}

/// Names of everything in a directory, sorted. Throws io_failure.
inline std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(directory, failed), end; !failed && entry != end;
       entry.increment(failed))
    names.push_back(entry->path().filename().string());
  if (failed)
    fail(errc::io_failure, shown_path(directory),
         ": cannot read the directory: ", failed.message());
  std::sort(names.begin(), names.end());
  return names;
}

/// A regular file, open for reading. A directory, pipe or device is refused without waiting.
class input_file {
 public:
  explicit input_file(const std::string& path) : input_file(path, opened(path)) {}
  /// The same of a file that was opened otherwise, under a name for errors.
  input_file(std::string path, detail::descriptor file)
      : path_(std::move(path)), file_(std::move(file)) {
    struct stat status;
    if (file_.get() < 0 || ::fstat(file_.get(), &status) != 0)
      detail::fail_errno(path_, "cannot open for reading");
    if (!S_ISREG(status.st_mode)) fail(errc::io_failure, shown_path(path_), ": not a regular file");
    size_ = static_cast<index>(status.st_size);
  }
  const std::string& path() const { return path_; }
  /// Bytes in the file when it was opened.
  index size() const { return size_; }
  /// Reads the next bytes; returns how many, fewer than asked only at the end of the file.
  index read(std::span<char> into) {
    const ssize_t n = detail::read_all(file_.get(), into);
    if (n < 0) detail::fail_errno(path_, "cannot read");
    return static_cast<index>(n);
  }
  /// Reads exactly these bytes. Throws bad_format when the file ends first.
  void read_exactly(std::span<char> into, std::string_view what) {
    want_all(detail::read_all(file_.get(), into), into.size(), what);
  }
  /// Reads exactly these bytes from a position of the file; where read() goes on is as before.
  /// Throws bad_format when the file ends first, as one does that was cut after it was opened.
  void read_exactly_at(index position, std::span<char> into, std::string_view what) const {
    want_all(detail::read_all_at(file_.get(), position, into), into.size(), what);
  }

 private:
  static detail::descriptor opened(const std::string& path) {
    detail::check_path(path);
    return detail::descriptor(detail::open_retrying(path, O_RDONLY | O_NONBLOCK));
  }
  void want_all(ssize_t n, index wanted, std::string_view what) const {
    if (n < 0) detail::fail_errno(path_, "cannot read");
    if (static_cast<index>(n) != wanted)
      fail(errc::bad_format, shown_path(path_), ": the file ends inside ", what, ", ",
           wanted - static_cast<index>(n), " bytes short");
  }

  std::string path_;
  detail::descriptor file_;
  index size_ = 0;
};

/// The whole content of a file from where it is read next. Throws bad_format when it is longer than
/// `max_bytes`.
inline std::string read_file(input_file file, index max_bytes = 100'000'000) {
  const auto check = [&](index size) {
    if (size > max_bytes)
      fail(errc::bad_format, shown_path(file.path()), ": more than ", max_bytes,
           " bytes, want at most as many");
  };
  check(file.size());
  std::string text(file.size() + 1, '\0');  // the byte more tells whether the file has grown
  index filled = 0;
  for (;;) {
    filled += file.read(std::span(text).subspan(filled));
    if (filled < text.size()) break;
    check(filled);
    text.resize(std::min(2 * text.size(), max_bytes + 1));
  }
  text.resize(filled);
  return text;
}
inline std::string read_file(const std::string& path, index max_bytes = 100'000'000) {
  return read_file(input_file(path), max_bytes);
}

/// Length and hash of a file's content, for manifests.
struct file_digest {
  index bytes = 0;
  sha256_digest sha256{};
  friend bool operator==(const file_digest&, const file_digest&) = default;
};

inline file_digest digest_of_file(const std::string& path) {
  input_file file(path);
  sha256 hash;
  file_digest out;
  std::string block(1 << 16, '\0');
  while (const index n = file.read(block)) {
    hash.update({block.data(), n});
    out.bytes += n;
  }
  out.sha256 = hash.digest();
  return out;
}

/// A new file. It counts from commit() on: without it, the destructor removes the file again.
class output_file {
 public:
  /// Creates the file (0644 less the umask). Throws already_exists when the name is taken, by a
  /// symbolic link too. `hashed`: digest() will be asked for.
  explicit output_file(std::string path, bool hashed = false)
      : path_(std::move(path)), hashed_(hashed) {
    detail::check_path(path_);
    do {
      file_ = detail::descriptor(detail::open_retrying(path_, O_WRONLY | O_CREAT | O_EXCL, 0644));
      if (file_.get() < 0 && errno == EEXIST)
        fail(errc::already_exists, shown_path(path_), ": exists and is not overwritten");
      if (file_.get() < 0) detail::fail_errno(path_, "cannot create");
      ::flock(file_.get(), LOCK_EX);  // says that somebody is at work on it
    } while (::access(path_.c_str(), F_OK) != 0);  // before, it was taken for an abandoned one
  }
  output_file(output_file&&) = default;
  output_file& operator=(output_file&&) = delete;
  ~output_file() {
    if (file_.get() >= 0) ::unlink(path_.c_str());
  }
  const std::string& path() const { return path_; }

  void write(std::string_view bytes) {
    GKD_ASSERT(file_.get() >= 0);
    if (!detail::write_all(file_.get(), bytes)) detail::fail_errno(path_, "cannot write");
    if (hashed_) hash_.update(bytes);
    bytes_ += bytes.size();
  }
  /// Of what was to be written so far, whatever the disk has made of it.
  file_digest digest() const {
    GKD_ASSERT(hashed_);
    return {bytes_, hash_.digest()};
  }
  /// Brings the bytes to the disk and closes the file.
  void commit() {
    sync();
    if (::close(file_.release()) != 0 && errno != EINTR) {
      const int reason = errno;
      ::unlink(path_.c_str());
      errno = reason;
      detail::fail_errno(path_, "cannot close");
    }
  }
  /// The same under another name, in place of what had it: a crash at any point leaves the old
  /// content or the new, whole. Throws io_failure; then this file is gone, or has that name though
  /// it may not outlast a crash of the system.
  void commit_to(const std::string& target);

 private:
  void sync() {
    GKD_ASSERT(file_.get() >= 0);
    if (::fsync(file_.get()) != 0) detail::fail_errno(path_, "cannot sync to the disk");
  }

  std::string path_;
  detail::descriptor file_;
  bool hashed_;
  sha256 hash_;
  index bytes_ = 0;
};

/// Brings the names in a directory to the disk: what was created, renamed or removed there. Nothing
/// where the file system has no such thing for directories (EINVAL). Throws io_failure.
inline void sync_directory(const std::string& path) {
  const detail::descriptor directory(detail::open_retrying(path, O_RDONLY | O_DIRECTORY));
  if (directory.get() < 0 || (::fsync(directory.get()) != 0 && errno != EINVAL))
    detail::fail_errno(path, "cannot sync the directory to the disk");
}

inline void output_file::commit_to(const std::string& target) {
  sync();
  if (std::rename(path_.c_str(), target.c_str()) != 0)
    detail::fail_errno(target, "cannot put the new content in place");
  path_ = target;
  file_ = {};  // what close() could tell, fsync has told; the lock goes with it
  sync_directory(parent_of(target));
}

namespace detail {

/// Makes a directory and those above it. Throws io_failure.
inline void make_directories(const std::string& path) {
  check_path(path);
  std::error_code failed;
  std::filesystem::create_directories(path, failed);
  if (!failed && !std::filesystem::is_directory(path, failed) && !failed)
    failed = std::make_error_code(std::errc::not_a_directory);
  if (failed)
    fail(errc::io_failure, shown_path(path), ": cannot create the directory: ", failed.message());
}

/// Writes a new file and brings it to the disk. Throws io_failure, already_exists.
inline void write_new_file(const std::string& path, std::string_view bytes) {
  output_file file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace detail

/// Makes `bytes` the content of a file, new or not: a crash at any point leaves the old content
/// or the new, whole. Throws io_failure, also for a device or a pipe, or a link to one, whose place
/// it would take.
inline void replace_file(const std::string& path, std::string_view bytes) {
  detail::check_path(path);
  std::error_code ignored;
  if (std::filesystem::is_other(std::filesystem::status(path, ignored)))
    fail(errc::io_failure, shown_path(path), ": is no file but a device or a pipe, want a file");
  output_file file(detail::temporary_name(path));
  file.write(bytes);
  file.commit_to(path);
}

}  // namespace gkd::inline v0
