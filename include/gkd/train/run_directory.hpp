// SPDX-License-Identifier: Apache-2.0
// The output directory of a run: one trainer at a time holds it, and knows which of the checkpoints
// in it are this run's. An earlier run's are touched only where the user has asked for that; what
// is damaged or left behind is renamed, never removed before something newer is whole.
#pragma once

#include <gkd/io/staged_directory.hpp>
#include <gkd/train/best_model_files.hpp>
#include <gkd/train/checkpoint_manifest.hpp>
#include <gkd/train/run_lock.hpp>

#include <functional>  // function
#include <optional>    // optional
#include <utility>     // move

namespace gkd::inline v0::detail {

class run_directory {
 public:
  /// `overwrite`: an earlier run's checkpoints may go. `on_note`: see notes().
  run_directory(bool overwrite, std::function<void(std::string_view)> on_note)
      : overwrite_(overwrite), on_note_(std::move(on_note)) {}

  // --- holding it

  /// Makes and locks a directory, in place of the one that was held, puts back what a killed run
  /// was replacing, and removes what it left half written. Throws bad_argument for an empty path,
  /// already_exists where another trainer is at work, io_failure; then it holds what it held.
  void hold(const std::string& path) {
    std::error_code ignored;
    if (held() && (path == path_ || std::filesystem::equivalent(path, path_, ignored))) return;
    if (path.empty())
      fail(errc::bad_argument,
           "training_options.output_dir is empty, want the directory that "
           "checkpoints are written to");
    make_directories(path);
    run_lock lock(path);
    for (const std::string& replaced : put_back_replaced(path))
      note(shown_path(replaced), ": put back: a killed run had not replaced it");
    for (const std::string& unfinished : list_unfinished(path)) {
      try {
        if (remove_if_abandoned(unfinished))
          note(shown_path(unfinished), ": removed: a killed run had not finished it");
      } catch (const error& e) {
        note(e.text());  // what cannot be removed is no reason not to train
      }
    }
    lock_ = std::move(lock);
    path_ = path;
    begin_run();
  }
  /// Only reads there, as all but the first of several processes do.
  void look_at(const std::string& path) {
    if (!held()) path_ = path;
  }
  bool held() const { return lock_.held(); }
  const std::string& path() const { return path_; }
  checkpoint_place place_of(long step) const {
    return {step, concat(path_, "/", checkpoint_prefix, step)};
  }
  bool holds(const checkpoint_place& place) const {
    std::error_code ignored;
    return std::filesystem::equivalent(parent_of(place.path), path_, ignored);
  }

  // --- whose the checkpoints are

  /// A run begins: what is there is an earlier run's.
  void begin_run() {
    ours_ = leaves_other_ = false;
    last_.reset();
  }
  /// The run stands where this checkpoint has put it. `otherwise`: with other parts than the run
  /// that wrote it, whose later checkpoints are none of this one.
  void go_on_from(const checkpoint_place& place, bool otherwise) {
    const bool here = holds(place);
    last_ = place.step;
    leaves_other_ = here && otherwise;
    ours_ = ours_ || here;
  }
  /// Step of the checkpoint that was last written or gone on from.
  std::optional<long> last() const { return last_; }
  /// Whether there are no checkpoints but this run's, or those that it may remove.
  bool may_claim() const {
    return held() &&
           (ours_ || overwrite_ || !is_there(path_) || list_checkpoints(path_).empty());
  }
  /// Throws already_exists where there are others.
  void check_claim() const {
    if (!may_claim())
      fail(errc::already_exists, shown_path(path_),
           ": holds checkpoints of an earlier run: call trainer.resume() before trainer.train() or "
           "trainer.save() to go on from them, or choose another output_dir");
  }
  /// What is there is this run's from here on; what was an earlier run's is removed.
  void claim() {
    check_claim();
    take();
  }

  // --- putting checkpoints there

  /// Puts the checkpoint in `stage`, which is whole, in its place; one that has the same content
  /// stays. So does, where `keeps` says so, another of the same step: then the result is false.
  /// Others are set aside just before, see checkpoints_aside, and removed only once the new one is
  /// in its place. Throws already_exists where what has the place is another run's, io_failure;
  /// then all is as it was.
  bool put(staged_directory& stage, const checkpoint_place& place,
           const checkpoint_manifest& written, bool keeps) {
    check_claim();
    const std::optional<checkpoint_manifest> there = whole_one_at(place);
    const bool stays = there == written;
    if (there && !stays) {
      if (keeps) return false;
      check_replaceable(place, same_but_run(*there, written));
    }
    checkpoints_aside aside;
    make_room(aside, place, there.has_value());
    const bool replaces = !stays && is_there(place.path);
    if (!stays) replaces ? stage.commit_over(place.path) : stage.commit_to(place.path);
    tell(aside.keep());
    if (replaces && !ours_)
      note(shown_path(place.path), ": replaces what an earlier run has saved of this step");
    take(place.step);
    last_ = place.step;
    leaves_other_ = false;
    return true;
  }
  /// Removes the checkpoints that `limit` leaves no place for. 0: none.
  void rotate(long step, long limit) {
    remove_checkpoints_beyond(path_, step, limit, [&](const std::string& text) { note(text); });
  }
  /// Puts the best model of the run that `place` is of where this run's will be.
  void take_over(const best_models_copy& best, const checkpoint_place& place) {
    claim();
    for (const std::string& name : best.commit())
      note(shown_path(path_ + "/" + name), ": the best model so far, from ",
           shown_path(parent_of(place.path)));
  }

  // --- what was done there

  template <class... Parts>
  void note(const Parts&... parts) {
    notes_.push_back(concat(parts...));
    if (on_note_) on_note_(notes_.back());
  }
  /// All of them, in order; on_note was called with each.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  static bool is_there(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::exists(std::filesystem::symlink_status(path, ignored));
  }
  // removes what is not this run's; the checkpoint of step `kept` is already
  void take(std::optional<long> kept = {}) {
    if (ours_ || !is_there(path_)) return;
    std::vector<std::string> earlier;
    for (const checkpoint_place& place : list_checkpoints(path_))
      if (place.step != kept) earlier.push_back(place.path);
    if (overwrite_)
      if (const std::string best = best_model_in(path_); !best.empty()) earlier.push_back(best);
    std::string names;
    for (const std::string& path : earlier) {
      remove_checkpoint(path);
      names += (names.empty() ? "" : ", ") + path.substr(path_.size() + 1);
    }
    if (!names.empty()) note(shown_path(path_), ": removed, of an earlier run: ", names);
    ours_ = true;
  }
  // the manifest of what has this place and keeps it: it is whole, and nothing that take() removes
  // or make_room() takes away
  std::optional<checkpoint_manifest> whole_one_at(const checkpoint_place& place) const {
    if (!ours_ || is_passed(place) || !is_there(place.path)) return std::nullopt;
    try {
      return verify_checkpoint(place);
    } catch (const error&) {
      return std::nullopt;
    }
  }
  // another whole checkpoint has the place of one that is to be written
  void check_replaceable(const checkpoint_place& place, bool same_numbers) {
    if (last_ == place.step && same_numbers) return;  // an evaluation that was due has been made
    if (!last_ || place.step <= *last_)
      fail(errc::already_exists, shown_path(place.path),
           ": holds another run's state of this step; rename or remove it to save this one, or "
           "choose another output_dir");
    leaves_other_ = true;  // what the run does otherwise, its parts did not tell
  }
  // what lies after the checkpoint that this run goes on from is of a run that it has left
  bool is_passed(const checkpoint_place& place) const {
    return leaves_other_ && place.step > *last_;
  }
  // The newest last: a run that is killed before it goes on as if nothing was to be saved. What was
  // this run's own, or is overwritten, goes with the stage instead.
  void make_room(checkpoints_aside& aside, const checkpoint_place& place, bool whole) const {
    std::vector<checkpoint_place> places = list_checkpoints(path_);
    for (auto there = places.rbegin(); there != places.rend(); ++there)
      if (is_passed(*there))
        aside.add(there->path, "passed");
      else if (there->step == place.step && ours_ && !whole)
        aside.add(there->path, "damaged");
  }
  void tell(const std::vector<checkpoints_aside::moved>& aside) {
    for (auto one = aside.rbegin(); one != aside.rend(); ++one)
      note(shown_path(one->from), ": ",
           one->mark == "passed" ? concat("this run goes on otherwise from step ", *last_)
                                 : one->mark,
           "; it is now ", shown_path(one->to));
  }

  std::string path_;
  run_lock lock_;
  bool overwrite_;
  bool ours_ = false;          // the checkpoints are of this run
  bool leaves_other_ = false;  // of those after last_ it is known that they are not
  std::optional<long> last_;
  std::function<void(std::string_view)> on_note_;
  std::vector<std::string> notes_;
};

}  // namespace gkd::inline v0::detail
