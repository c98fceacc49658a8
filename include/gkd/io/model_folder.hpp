// SPDX-License-Identifier: Apache-2.0
// The folder of a pretrained model. Only regular files that belong to it are read from it.
//
//   model_folder folder("SmolLM2-135M");           a plain folder, or a snapshot of the Hub's cache
//   model_folder folder("hub/models--org--name");  the cache itself: refs/main names the snapshot
//   std::string text = read_file(folder.open("config.json"));
//
// The names of a model's files come from other files, and those from strangers. A name is refused
// unless it is plain: 1 to 255 of A-Z a-z 0-9 . _ -, no dot first, no device of Windows. A link is
// followed within the folder and to the cache's blobs, where the cache keeps what its snapshots
// show; one that leads elsewhere is refused before anything is opened. The blobs themselves are a
// directory beside the snapshots and never a link, which could make any folder theirs.
// Source: huggingface_hub, "Understand caching"; transformers issue 47176.
#pragma once

#include <gkd/io/file.hpp>

#include <algorithm>    // find
#include <array>        // array
#include <filesystem>   // canonical, directory_iterator, symlink_status
#include <string>       // string
#include <string_view>  // string_view
#include <vector>       // vector

namespace gkd::inline v0 {

namespace detail {

/// ASCII letters in lower case, whatever the locale.
inline std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// Why a name is not that of a plain file; "" if it is.
inline std::string_view fault_of_file_name(std::string_view name) {
  const std::string lower = lower_case(name);
  if (name.empty() || name.size() > 255) return "1 to 255 characters";
  if (name.front() == '.') return "no dot at the beginning";
  if (lower.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") != lower.npos)
    return "only letters, digits, '.', '_' and '-'";
  const std::string stem = lower.substr(0, lower.find('.'));
  constexpr std::array devices{"con", "prn", "aux", "nul"};
  const bool numbered = stem.size() == 4 && (stem.starts_with("com") || stem.starts_with("lpt")) &&
                        stem[3] >= '0' && stem[3] <= '9';
  if (numbered || std::find(devices.begin(), devices.end(), stem) != devices.end())
    return "no name that Windows keeps for a device";
  return "";
}

/// What to take in place of a file that is called so; "" unless it is one of GGUF.
inline std::string_view advice_on_gguf(std::string_view name) {
  return lower_case(name).ends_with(".gguf")
             ? "; of GGUF the one that it was made from, or what transformers makes of it: "
               "from_pretrained(FOLDER, gguf_file=NAME), then save_pretrained, of model and "
               "tokenizer"
             : "";
}

/// A path without links, dots and loops. Throws io_failure.
inline std::string real_path(const std::string& path) {
  std::error_code failed;
  const std::filesystem::path real = std::filesystem::canonical(path, failed);
  if (failed)
    fail(errc::io_failure, shown_path(path), ": cannot open for reading: ", failed.message());
  return real.string();
}

inline bool is_within(const std::string& path, const std::string& folder) {
  return path.starts_with(folder.back() == '/' ? folder : folder + '/');
}

}  // namespace detail

/// Throws bad_format unless a name that was read from a file is that of a plain file; `where`
/// begins the message.
inline void check_file_name(std::string_view name, std::string_view where) {
  if (const std::string_view fault = detail::fault_of_file_name(name); !fault.empty())
    fail(errc::bad_format, where, ": the file name ", in_quotes(name), ", want ", fault);
}

class model_folder {
 public:
  /// Throws io_failure for what is no directory; bad_format for a cache whose refs/main names no
  /// snapshot, or which has none or several where there is no refs/main.
  explicit model_folder(std::string path) : path_(without_end_slashes(std::move(path))) {
    detail::check_path(path_, "the folder of a model");
    std::error_code failed;
    if (std::filesystem::symlink_status(path_, failed).type() ==
        std::filesystem::file_type::not_found)
      fail(errc::io_failure, shown_path(path_), ": cannot open for reading: No such file or ",
           "directory; gkd uses no network, want the folder of a model as downloaded from the Hub");
    const std::string given = detail::real_path(path_);
    refuse_file(path_);
    if (!is_there(path_ + "/config.json") && is_directory(path_ + "/snapshots"))
      path_ += "/snapshots/" + snapshot(given);
    real_ = detail::real_path(path_);
    if (real_ != given && !detail::is_within(real_, given)) refuse_link(path_, real_);
    directory_ = detail::descriptor(detail::open_retrying(real_, O_RDONLY | O_DIRECTORY));
    if (directory_.get() < 0) detail::fail_errno(path_, "cannot open the directory");
    // models--org--name/snapshots/<commit> beside models--org--name/blobs
    const std::filesystem::path real(real_);
    const std::string blobs = (real.parent_path().parent_path() / "blobs").string();
    if (real.parent_path().filename() == "snapshots" &&
        std::filesystem::is_directory(std::filesystem::symlink_status(blobs, failed)))
      blobs_ = blobs;
  }

  /// Where the files are: in a cache, the snapshot.
  const std::string& path() const { return path_; }
  /// Whether there is something of this name, even a link to nothing: a download that broke off is
  /// not a file that was never there. Throws bad_format for a name that is not plain.
  bool has(std::string_view name) const {
    check_file_name(name, shown_path(path_));
    struct stat status;
    return ::fstatat(directory_.get(), std::string(name).c_str(), &status, AT_SYMLINK_NOFOLLOW) ==
           0;
  }
  /// Opens a file. Throws bad_format for a name that is not plain and for a link that leads out of
  /// the folder, or a pointer of Git LFS; io_failure for what is not there or not a regular file.
  input_file open(std::string_view name) const {
    check_file_name(name, shown_path(path_));
    const std::string path = path_ + '/' + std::string(name);
    if (std::error_code failed; has(name) && !std::filesystem::exists(path, failed) && !failed)
      fail(errc::io_failure, shown_path(path), ": is a link to a file that is not there, as a ",
           "download leaves it that broke off");
    const std::string real = detail::real_path(path);
    if (!detail::is_within(real, real_) && (blobs_.empty() || !detail::is_within(real, blobs_)))
      refuse_link(path, real);
    detail::descriptor file;
    do
      file = detail::descriptor(
          ::openat(directory_.get(), std::string(name).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    while (file.get() < 0 && errno == EINTR);
    struct stat opened, wanted;
    if (file.get() >= 0 &&
        (::fstat(file.get(), &opened) != 0 || ::stat(real.c_str(), &wanted) != 0 ||
         opened.st_ino != wanted.st_ino || opened.st_dev != wanted.st_dev))
      fail(errc::io_failure, shown_path(path), ": became another file while it was opened");
    check_no_pointer(file.get(), path);
    return input_file(path, std::move(file));
  }

 private:
  // what a clone without Git LFS holds in place of a large file
  static void check_no_pointer(int file, const std::string& path) {
    constexpr std::string_view begin = "version https://git-lfs.github.com/spec/";
    char text[begin.size()] = {};
    if (file >= 0 && ::pread(file, text, sizeof text, 0) == ssize_t{sizeof text} &&
        std::string_view(text, sizeof text) == begin)
      fail(errc::bad_format, shown_path(path), ": a pointer of Git LFS, not the file itself; want ",
           "the file: git lfs pull in its repository, or a download from the Hub");
  }
  static void refuse_file(const std::string& path) {
    std::error_code failed;
    if (!std::filesystem::is_regular_file(path, failed)) return;
    fail(errc::io_failure, shown_path(path),
         ": is a file, want the folder of a model as downloaded from the Hub",
         detail::advice_on_gguf(path));
  }
  [[noreturn]] static void refuse_link(const std::string& path, const std::string& real) {
    fail(errc::bad_format, shown_path(path), ": a link to ", shown_path(real),
         ", which is outside the model's folder; want the file itself there, or the folder that it "
         "lies in");
  }
  static bool is_there(const std::string& path) {
    struct stat status;
    return ::lstat(path.c_str(), &status) == 0;
  }
  static bool is_directory(const std::string& path) {
    struct stat status;
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
  }
  // the name of the cache's snapshot: that of refs/main, else the only one
  std::string snapshot(const std::string& cache) const {
    const std::string main = path_ + "/refs/main";
    if (is_there(main)) {
      const std::string real = detail::real_path(main);
      if (!detail::is_within(real, cache)) refuse_link(main, real);
      std::string commit = read_file(main, 256);
      while (commit.ends_with('\n') || commit.ends_with('\r')) commit.pop_back();
      check_file_name(commit, shown_path(main));
      return commit;
    }
    std::vector<std::string> found;
    std::error_code failed;
    for (std::filesystem::directory_iterator i(path_ + "/snapshots", failed), end;
         !failed && i != end; i.increment(failed))
      found.push_back(i->path().filename().string());
    if (failed) fail(errc::io_failure, shown_path(path_), "/snapshots: ", failed.message());
    if (found.size() != 1)
      fail(errc::bad_format, shown_path(path_), ": no refs/main and ", found.size(),
           " snapshots, want the folder of one of them");
    check_file_name(found[0], shown_path(path_) + "/snapshots");
    return found[0];
  }

  std::string path_;              // as it was given, and the snapshot
  std::string real_;              // the same without links
  std::string blobs_;             // of the cache, without links; "" outside a cache
  detail::descriptor directory_;  // of path_
};

}  // namespace gkd::inline v0
