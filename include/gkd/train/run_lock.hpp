// SPDX-License-Identifier: Apache-2.0
// A lock on the output directory of a run: two trainers that write checkpoints into one directory
// would each delete what the other needs.
//
//   run_lock lock("run");    // run/gkd.lock, held until the object goes or the process ends
//
// The system holds the lock (flock), so a process that was killed, whatever its number is now,
// holds nothing. The file says who holds it: "<process> <host>". A file left by another host is
// believed, since flock need not reach across a network; whoever knows that the other is gone
// removes it.
#pragma once

#include <gkd/io/file.hpp>

#include <sys/file.h>  // flock
#include <unistd.h>    // gethostname, getpid, ftruncate, unlink

#include <string>  // string

namespace gkd::inline v0 {

class run_lock {
 public:
  run_lock() = default;
  /// Throws already_exists naming process and host of another trainer that holds the directory,
  /// io_failure where the lock cannot be written.
  explicit run_lock(const std::string& directory) : path_(directory + "/gkd.lock") {
    do {
      file_ = detail::descriptor(detail::open_retrying(path_, O_RDWR | O_CREAT, 0644));
      if (file_.get() < 0) detail::fail_errno(path_, "cannot lock the output directory");
      if (::flock(file_.get(), LOCK_EX | LOCK_NB) == 0) continue;
      if (errno == EWOULDBLOCK) refuse();
      detail::fail_errno(path_, "cannot lock the output directory");
    } while (!detail::still_there(path_, file_));  // nor removed by the last holder meanwhile
    const std::string holder = content();
    if (!holder.empty() && host_of(holder) != this_host()) refuse();
    write(own_content());
  }
  run_lock(run_lock&& other) noexcept
      : path_(std::move(other.path_)), file_(std::move(other.file_)) {}
  run_lock& operator=(run_lock&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(file_, other.file_);
    return *this;
  }
  /// Removes the file while it is still locked, so that nobody can lock what is about to go.
  ~run_lock() {
    if (file_.get() >= 0) ::unlink(path_.c_str());
  }
  bool held() const { return file_.get() >= 0; }

 private:
  std::string content() const {
    char text[512];
    const ssize_t n = ::pread(file_.get(), text, sizeof text, 0);
    return {text, n > 0 ? static_cast<index>(n) : 0};
  }
  void write(const std::string& text) {
    if (::ftruncate(file_.get(), 0) == 0 &&
        ::pwrite(file_.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()))
      return;
    const int reason = errno;
    ::unlink(path_.c_str());
    file_ = {};
    errno = reason;
    detail::fail_errno(path_, "cannot lock the output directory");
  }
  static std::string this_host() {
    char name[256] = "";
    ::gethostname(name, sizeof name - 1);
    return name;
  }
  static std::string own_content() { return concat(::getpid(), " ", this_host(), "\n"); }
  // "<process> <host>\n"
  static std::string host_of(const std::string& holder) {
    const index space = holder.find(' ');
    return space == holder.npos ? "" : holder.substr(space + 1, holder.find('\n') - space - 1);
  }
  [[noreturn]] void refuse() {
    const std::string holder = content();
    file_ = {};  // not ours to remove
    if (holder == own_content())
      fail(errc::already_exists, shown_path(path_),
           ": another trainer of this process (or of one of this id on a host of this name) writes "
           "into this directory; give this run another output_dir, or let the other one go first");
    fail(errc::already_exists, shown_path(path_),
         ": another trainer writes into this directory: ", "process and host are ",
         in_quotes(holder.substr(0, holder.find('\n'))),
         "; one that was just killed may take a moment to end: then try again; else give this run "
         "another output_dir, or remove the file if that trainer ran on another host and is gone");
  }

  std::string path_;
  detail::descriptor file_;
};

}  // namespace gkd::inline v0
