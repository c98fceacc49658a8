// SPDX-License-Identifier: Apache-2.0
// The directories of a run's checkpoints: what they are called, which there are, and how one goes.
//
//   run/checkpoint-100                  a checkpoint, whole or not: see train/checkpoint_manifest
//   run/checkpoint-100.new.tmp-71-00..  is not finished, like all that has such a name
//   run/checkpoint-100.replaced-71-00.. makes room for a newer one: see put_back_replaced()
//   run/checkpoint-100.damaged-1        was set aside, as ....passed-1 was: no checkpoint any more
#pragma once

#include <gkd/io/staged_directory.hpp>

#include <algorithm>     // min, sort
#include <charconv>      // from_chars
#include <cstdio>        // rename
#include <filesystem>    // path, is_directory, remove_all
#include <iostream>      // cerr
#include <string>        // string, to_string
#include <string_view>   // string_view
#include <system_error>  // errc, error_code
#include <utility>       // exchange, move, pair
#include <vector>        // vector

namespace gkd::inline v0 {

/// What a note on the files of a run does where nothing else was asked for: one line on standard
/// error.
inline void note_to_cerr(std::string_view note) { std::cerr << concat("gkd: ", note, "\n"); }

/// What the name of a checkpoint's directory begins with; its step follows.
constexpr std::string_view checkpoint_prefix = "checkpoint-";

/// One of a run's checkpoints, whole or not.
struct checkpoint_place {
  long step = 0;     ///< optimiser steps that were made
  std::string path;  ///< of its directory
};

/// The step in "checkpoint-<step>", written as we write it; -1 for any other name.
inline long step_of_checkpoint(std::string_view name) {
  if (!name.starts_with(checkpoint_prefix)) return -1;
  const std::string_view digits = name.substr(checkpoint_prefix.size());
  long step = -1;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), step);
  const bool whole = problem == std::errc{} && end == digits.data() + digits.size();
  return whole && std::to_string(step) == digits ? step : -1;
}

/// The checkpoint at a path. Throws bad_argument for a name that is none of a checkpoint.
inline checkpoint_place place_of_checkpoint(std::string path) {
  path = without_end_slashes(std::move(path));
  const long step = step_of_checkpoint(std::filesystem::path(path).filename().string());
  if (step < 0)
    fail(errc::bad_argument, shown_path(path), ": want a folder that is called checkpoint-<step>");
  return {step, std::move(path)};
}

/// All checkpoints of a run, whole or not, the newest first.
inline std::vector<checkpoint_place> list_checkpoints(const std::string& directory) {
  std::vector<checkpoint_place> found;
  for (const std::string& name : names_in(directory))
    if (const long step = step_of_checkpoint(name); step >= 0)
      found.push_back({step, directory + "/" + name});
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.step > b.step; });
  return found;
}

/// Those that a limit to their number leaves no place for, the next to go first: what lies after
/// `step`, which a resumed run has passed over, then the oldest; never `step` itself. 0: none.
inline std::vector<checkpoint_place> checkpoints_beyond(const std::string& directory, long step,
                                                        long limit) {
  if (limit <= 0) return {};
  std::vector<checkpoint_place> places = list_checkpoints(directory);
  std::erase_if(places, [&](const auto& place) { return place.step == step; });
  std::sort(places.begin(), places.end(), [&](const auto& a, const auto& b) {
    return std::pair(a.step < step, a.step) < std::pair(b.step < step, b.step);
  });
  const index kept = std::min(places.size(), static_cast<index>(limit) - 1);
  places.resize(places.size() - kept);
  return places;
}

namespace detail {

/// What is being written or a run was killed in the middle of writing, there, in checkpoints and in
/// `best`: all of a name that temporary_name() gives.
inline std::vector<std::string> list_unfinished(const std::string& directory) {
  std::vector<std::string> found, places{directory, directory + "/best"};
  for (checkpoint_place& saved : list_checkpoints(directory)) places.push_back(saved.path);
  for (const std::string& place : places) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(place, ignored)) continue;
    for (const std::string& name : names_in(place))
      if (is_temporary_name(name)) found.push_back(place + "/" + name);
  }
  return found;
}

inline void rename_directory(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0)
    fail_errno(from, "cannot rename to ", shown_path(to));
  sync_directory(parent_of(to));
}

}  // namespace detail

/// Gives a checkpoint the first name of <path>.<mark>-1, -2 ... that is free: its new path. Throws
/// io_failure; then it has its name still.
inline std::string set_checkpoint_aside(const std::string& path, std::string_view mark) {
  std::error_code ignored;
  std::string aside;
  for (int n = 1; aside.empty() ||
                  std::filesystem::exists(std::filesystem::symlink_status(aside, ignored));
       ++n)
    aside = concat(path, ".", mark, "-", n);
  try {
    detail::rename_directory(path, aside);
  } catch (const error&) {
    std::rename(aside.c_str(), path.c_str());  // where it could not be synced
    throw;
  }
  return aside;
}

/// Checkpoints that make room for a new one: set aside once it is written, synced and verified, but
/// before it has its place, so that a process that is killed never leaves both the new one and what
/// the run has left, nor the latter under a name that goes. Killed in between, it leaves them aside
/// and the new one gone: the run had left those, and goes on from what is before them. Without
/// keep(), as where the new one cannot have its place, they get their names back.
class checkpoints_aside {
 public:
  struct moved {
    std::string from, to, mark;
  };

  checkpoints_aside() = default;
  checkpoints_aside(const checkpoints_aside&) = delete;
  checkpoints_aside& operator=(const checkpoints_aside&) = delete;
  /// What cannot be renamed stays set aside.
  ~checkpoints_aside() {
    for (; !moved_.empty(); moved_.pop_back())
      std::rename(moved_.back().to.c_str(), moved_.back().from.c_str());
  }
  /// As set_checkpoint_aside(). Throws io_failure; then this one has its name.
  void add(const std::string& path, std::string mark) {
    moved_.push_back({path, {}, std::move(mark)});
    try {
      moved_.back().to = set_checkpoint_aside(path, moved_.back().mark);
    } catch (const error&) {
      moved_.pop_back();
      throw;
    }
  }
  /// They stay aside: all of them, in the order in which they were added.
  std::vector<moved> keep() { return std::exchange(moved_, {}); }

 private:
  std::vector<moved> moved_;
};

/// What a run was killed in the middle of replacing gets its name back, where what is newer has not
/// got it; else it goes. The names that were given back. Throws io_failure.
inline std::vector<std::string> put_back_replaced(const std::string& directory) {
  std::vector<std::string> back;
  for (const std::string& name : names_in(directory)) {
    const std::string path = directory + "/" + name,
                      was(detail::before_mark(path, ".replaced-"));
    std::error_code ignored;
    if (was.empty()) continue;
    if (std::filesystem::exists(std::filesystem::symlink_status(was, ignored))) {
      detail::remove_if_abandoned(path);
    } else {
      detail::rename_directory(path, was);
      back.push_back(was);
    }
  }
  return back;
}

/// Removes a checkpoint or a best model so that it is never seen half removed. Throws io_failure.
inline void remove_checkpoint(const std::string& path) {
  const std::string away = detail::temporary_name(path);
  detail::rename_directory(path, away);
  detail::remove_if_abandoned(away);
}

/// Removes those that a limit to their number leaves no place for; note(text) hears of one that
/// cannot be removed, which stays: what was saved is safe, so a run goes on.
template <class Note>
void remove_checkpoints_beyond(const std::string& directory, long step, long limit,
                               const Note& note) {
  for (const checkpoint_place& place : checkpoints_beyond(directory, step, limit)) {
    try {
      remove_checkpoint(place.path);
    } catch (const error& e) {
      note(std::string(e.text()));
    }
  }
}

}  // namespace gkd::inline v0
