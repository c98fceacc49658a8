// SPDX-License-Identifier: Apache-2.0
// A directory whose files appear together: written beside its place, synced, renamed.
#pragma once

#include <gkd/io/file.hpp>

#include <fcntl.h>  // AT_FDCWD

#include <cstdio>      // rename, renameat2
#include <filesystem>  // remove_all

namespace gkd::inline v0 {

namespace detail {

/// What is called `a` is called `b` and the other way round; both are there. At once where the
/// system and the file system can; else one after the other, and what fails is undone: then what
/// was `b` is for a moment at replaced_name(b) alone. Throws io_failure.
inline void exchange_names(const std::string& a, const std::string& b) {
#ifdef RENAME_EXCHANGE
  if (::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0) return;
  if (errno != EINVAL && errno != ENOSYS) fail_errno(b, "cannot exchange it with ", shown_path(a));
#endif
  const std::string aside = replaced_name(b);
  if (std::rename(b.c_str(), aside.c_str()) != 0)
    fail_errno(b, "cannot rename to ", shown_path(aside));
  if (std::rename(a.c_str(), b.c_str()) != 0) {
    const int reason = errno;
    std::rename(aside.c_str(), b.c_str());
    errno = reason;
    fail_errno(a, "cannot rename to ", shown_path(b));
  }
  if (std::rename(aside.c_str(), a.c_str()) != 0)
    fail_errno(aside, "cannot rename to ", shown_path(a));
}

/// Removes what has a temporary name, unless a process is at work on it; whether it did. Throws
/// io_failure.
inline bool remove_if_abandoned(const std::string& path) {
  const descriptor held(open_retrying(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW));
  const bool nobodys = held.get() < 0 ? errno == ENOENT || errno == ELOOP : lock_if_free(held);
  if (!nobodys) return false;
  std::error_code failed;
  std::filesystem::remove_all(path, failed);
  if (failed) fail(errc::io_failure, shown_path(path), ": cannot remove: ", failed.message());
  return true;
}

}  // namespace detail

/// A directory that appears with all its files or not at all.
///
///   staged_directory stage("run/checkpoint-100");
///   output_file file(stage.file("model.safetensors"));
///   file.write(...); file.commit();
///   stage.commit();
///
/// Until commit() all is in run/checkpoint-100.tmp-<process>-<random>/, locked (flock) so that
/// others can tell it from what a killed process has left; without it, the destructor removes that
/// directory, its own and no other.
class staged_directory {
 public:
  /// Creates the temporary directory beside `target`, for this user alone (0700). Throws
  /// already_exists when the target is there.
  explicit staged_directory(std::string target)
      : target_(without_end_slashes(std::move(target))) {
    detail::check_path(target_);
    check_target();
    while (!open_) {
      temporary_ = detail::temporary_name(target_);
      if (::mkdir(temporary_.c_str(), 0700) == 0)
        open_ = lock();
      else if (errno != EEXIST)
        detail::fail_errno(temporary_, "cannot create the directory");
    }
  }
  staged_directory(const staged_directory&) = delete;
  staged_directory& operator=(const staged_directory&) = delete;
  ~staged_directory() {
    std::error_code ignored;
    if (open_) std::filesystem::remove_all(temporary_, ignored);
  }

  const std::string& target() const { return target_; }
  /// Where the files are until commit().
  const std::string& path() const { return temporary_; }
  /// The path of a file to be written into it. Throws bad_argument for a name with a directory
  /// part.
  std::string file(std::string_view name) const {
    if (name.empty() || name == "." || name == ".." || name.find('/') != name.npos)
      fail(errc::bad_argument, "file name ", in_quotes(name), " in ", shown_path(target_),
           ", want a plain name");
    return temporary_ + '/' + std::string(name);
  }
  /// Syncs the directory, gives it the ordinary mode (0755 less the umask), renames it to the
  /// target and syncs the target's parent. The files must be committed before. Throws
  /// already_exists, io_failure; then there is no such target, and what is here goes.
  void commit() {
    finish();
    check_target();
    if (std::rename(temporary_.c_str(), target_.c_str()) != 0)
      detail::fail_errno(temporary_, "cannot rename to ", shown_path(target_));
    sync_or([&] { open_ = std::rename(target_.c_str(), temporary_.c_str()) == 0; });
    open_ = false;
    lock_ = {};
  }
  /// The same under another name beside the first, whose place need not have been free before.
  void commit_to(std::string target) {
    target_ = std::move(target);
    commit();
  }
  /// The same in place of a directory that is there: both change names at once, where the system
  /// can, so that neither a crash nor an error leaves nothing of that name. What was there is at
  /// path() then, and goes with this object unless it is moved away. Where the system cannot, a
  /// crash can leave it as <target>.replaced-<process>-<random>, for put_back_replaced(). Throws
  /// io_failure; then it is in its place.
  void commit_over(std::string target) {
    target_ = std::move(target);
    finish();
    detail::exchange_names(temporary_, target_);
    sync_or([&] {
      detail::exchange_names(temporary_, target_);
      open_ = true;
    });
    lock_ = {};
  }

 private:
  // false where it was gone before it was locked, as an abandoned one
  bool lock() {
    lock_ = detail::descriptor(detail::open_retrying(temporary_, O_RDONLY | O_DIRECTORY));
    if (lock_.get() >= 0)
      return detail::lock_if_free(lock_) && ::access(temporary_.c_str(), F_OK) == 0;
    if (errno == ENOENT) return false;
    const int reason = errno;
    ::rmdir(temporary_.c_str());
    errno = reason;
    detail::fail_errno(temporary_, "cannot open the directory");
  }
  void finish() {
    GKD_ASSERT(open_);
    const mode_t mode = ordinary_mode();
    sync_directory(temporary_);
    if (::chmod(temporary_.c_str(), mode) != 0)
      detail::fail_errno(temporary_, "cannot make it readable for others");
  }
  // a new name that may not outlast a crash is taken back
  void sync_or(const auto& undo) {
    try {
      sync_directory(parent_of(target_));
    } catch (const error&) {
      open_ = false;
      undo();
      throw;
    }
  }
  void check_target() const {
    struct stat status;
    if (::lstat(target_.c_str(), &status) == 0)
      fail(errc::already_exists, shown_path(target_), ": exists and is not overwritten");
  }
  // what mkdir would have made of 0755: asked of the system inside our own private directory, since
  // reading the umask changes it for the other threads
  mode_t ordinary_mode() const {
    const std::string probe = temporary_ + "/.mode";
    struct stat status;
    if (::mkdir(probe.c_str(), 0755) != 0 || ::stat(probe.c_str(), &status) != 0 ||
        ::rmdir(probe.c_str()) != 0)
      detail::fail_errno(probe, "cannot create");
    return (status.st_mode & 0755) | 0700;
  }

  std::string target_;
  std::string temporary_;
  detail::descriptor lock_;
  bool open_ = false;  // temporary_ is ours
};

}  // namespace gkd::inline v0
