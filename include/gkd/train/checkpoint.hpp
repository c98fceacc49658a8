// SPDX-License-Identifier: Apache-2.0
// Checkpoints of a run in training_options.output_dir, as a policy of the trainer. Opt-in: needs
// nlohmann/json.
//
//   gkd::trainer t{student, teacher, loss, source, gkd::adamw{},
//                  gkd::training_options{.output_dir = "run", .save_steps = 100},
//                  gkd::checkpoints{}};
//   t.resume();                // false: there is nothing to go on from
//   t.train();                 // saves every save_steps and at the end
//   t.save("distilled");       // the student alone: see train/model_file
//
// A resumed run ends with the bits of one that was never stopped. A checkpoint appears whole or not
// at all: it is written beside its place, synced, renamed, read again; only then are older ones
// removed. A damaged one is passed over for the next older, and notes() says so.
#pragma once

#include <gkd/train/checkpoint_content.hpp>
#include <gkd/train/run_lock.hpp>

#include <functional>  // function
#include <optional>    // optional

namespace gkd::inline v0 {

struct checkpoint_options {
  /// Refuse to resume with other options, another loss, optimizer or source, or on other data than
  /// the checkpoint's, as far as the parts can tell: see identity_fields. Without it the
  /// differences are noted, and the run goes on as one that was not there before.
  bool strict = true;
  /// The checkpoint to resume from, checkpoint-<step> of any output_dir; empty: the newest whole
  /// one of this run's.
  std::string from = {};
  /// A run that is not resumed removes the checkpoints of an earlier one, where without it they are
  /// an error.
  bool overwrite = false;
  /// Called with each note: what was passed over, removed or differs, and why.
  std::function<void(std::string_view)> on_note = {};
};

/// Owns the output directory: a second trainer on it is refused (already_exists) while this object
/// lives. What was damaged is never mended, and never removed before a newer checkpoint is whole.
class checkpoints {
 public:
  explicit checkpoints(checkpoint_options options = {}) : options_(std::move(options)) {}

  /// Called by the trainer's constructor. Makes and locks the output directory and removes what a
  /// killed run left half written. Throws bad_argument for an empty output_dir, already_exists
  /// where another trainer is at work, io_failure.
  void open(const training_options& options) {
    if (lock_.held() && options.output_dir == directory_) return;
    if (options.output_dir.empty())
      fail(errc::bad_argument,
           "training_options.output_dir is empty, want the directory that "
           "checkpoints are written to");
    detail::make_directories(options.output_dir);
    run_lock lock(options.output_dir);
    ours_ = detail::list_checkpoints(options.output_dir).empty();
    lock_ = std::move(lock);  // only now: who was refused holds what it held before
    directory_ = options.output_dir;
    for (const std::string& path : detail::list_unfinished(directory_)) {
      detail::remove_checkpoint(path);
      note(shown_path(path), ": removed: a checkpoint that was not finished");
    }
  }

  /// A run that was not resumed must not mix its checkpoints with another's. Throws already_exists.
  void on_start(const start_event&) {
    if (!ours_ && options_.overwrite) {
      for (const auto& place : detail::list_checkpoints(directory_)) {
        detail::remove_checkpoint(place.path);
        note(shown_path(place.path), ": removed: it was of an earlier run");
      }
      ours_ = true;
    }
    if (ours_) return;
    fail(
        errc::already_exists, shown_path(directory_),
        ": holds checkpoints of an earlier run: call trainer.resume() before trainer.train() to go "
        "on from them, or choose another output_dir");
  }

  /// Writes output_dir/checkpoint-<step> and removes older ones beyond save_total_limit; its path.
  /// Throws non_finite naming the tensor, already_exists where a whole checkpoint of this step with
  /// another content is there, io_failure; then the earlier checkpoints are as they were.
  template <class Student, class Optimizer, class Source>
  std::string save(const snapshot<Student, Optimizer, Source>& now) {
    detail::check_resumable<Student, Optimizer, Source>();
    open(now.options);
    const detail::run_files files(now);  // finite, or nothing is written
    const detail::checkpoint_place place{now.state.step, path_of(now.state.step)};
    const auto there = whole_one_at(place);
    staged_directory stage(there ? place.path + ".again" : place.path);
    const detail::checkpoint_manifest written = files.write(stage);
    if (there && *there != written)
      fail(errc::already_exists, shown_path(place.path),
           ": holds another run's state of this step");
    if (!there) {
      stage.commit();
      if (detail::verify_checkpoint(place) != written)
        fail(errc::io_failure, shown_path(place.path), ": is not what was written");
    }
    ours_ = true;
    rotate(place.step, now.options.save_total_limit);
    return place.path;
  }

  /// Puts everything back as the newest whole checkpoint has it, or the one that the options name.
  /// False if there is no checkpoint at all. Throws bad_checkpoint where none is whole, and where
  /// the newest whole one has a format, a model, a loss, an optimizer, a source, options or data
  /// that are not this run's; then nothing has changed.
  template <class Student, class Optimizer, class Source>
  bool resume(const snapshot<Student, Optimizer, Source>& now) {
    detail::check_resumable<Student, Optimizer, Source>();
    if (!lock_.held()) directory_ = now.options.output_dir;  // not the first of several processes
    std::error_code ignored;
    const bool newest = options_.from.empty();
    if (newest && !std::filesystem::exists(directory_, ignored)) return false;
    const auto places = newest ? detail::list_checkpoints(directory_)
                               : std::vector{detail::place_of_checkpoint(options_.from)};
    std::string why;
    for (const detail::checkpoint_place& place : places) {
      std::optional<detail::saved_run> saved = read_whole(place, why);
      if (!saved) continue;
      if (const std::string differences = saved->differences(now); !differences.empty()) {
        if (options_.strict)
          fail(errc::bad_checkpoint, shown_path(place.path), ": is of another run: ", differences,
               "; to go on all the same, set checkpoint_options.strict = false");
        note(shown_path(place.path), ": ", differences);
      }
      saved->restore(now);
      ours_ = ours_ || newest ||
              std::filesystem::equivalent(detail::parent_of(place.path), directory_, ignored);
      return true;
    }
    if (places.empty()) return false;
    fail(errc::bad_checkpoint, shown_path(newest ? directory_ : options_.from), ": none of ",
         places.size(), " checkpoint(s) is whole:", why);
  }

  /// See gkd::save_model.
  template <class Student>
  void save_model(Student& student, std::string_view directory) const {
    gkd::save_model(student, std::string(directory));
  }

  /// What was passed over, removed or differs, and why, in the order it was found.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  std::string path_of(long step) const {
    return concat(directory_, "/", detail::checkpoint_prefix, step);
  }
  template <class... Parts>
  void note(const Parts&... parts) {
    notes_.push_back(concat(parts...));
    if (options_.on_note) options_.on_note(notes_.back());
  }

  // the checkpoint, or nothing where it is damaged; then `why` says so
  std::optional<detail::saved_run> read_whole(const detail::checkpoint_place& place,
                                              std::string& why) {
    try {
      return std::optional<detail::saved_run>(std::in_place, place);
    } catch (const error& e) {
      if (e.code() != errc::bad_format && e.code() != errc::io_failure) throw;
      note("checkpoint-", place.step, " is passed over: ", e.text());
      why += concat("\n  ", e.text());
      return std::nullopt;
    }
  }

  // the manifest of what has this place already; what is damaged goes out of the way
  std::optional<detail::checkpoint_manifest> whole_one_at(const detail::checkpoint_place& place) {
    std::error_code ignored;
    if (!std::filesystem::exists(std::filesystem::symlink_status(place.path, ignored)))
      return std::nullopt;
    try {
      return detail::verify_checkpoint(place);
    } catch (const error&) {
      std::string aside;
      for (int n = 1; aside.empty() || std::filesystem::exists(aside, ignored); ++n)
        aside = concat(place.path, ".damaged-", n);
      detail::rename_directory(place.path, aside);
      note(shown_path(place.path), ": damaged; it is now ", shown_path(aside));
      return std::nullopt;
    }
  }

  // the newest stay: first goes what lies after `step`, which a resumed run has passed over, then
  // the oldest; never `step` itself, which has just been read back
  void rotate(long step, long limit) {
    if (limit <= 0) return;
    auto places = detail::list_checkpoints(directory_);
    std::erase_if(places, [&](const auto& place) { return place.step == step; });
    std::sort(places.begin(), places.end(), [&](const auto& a, const auto& b) {
      return std::pair(a.step < step, a.step) < std::pair(b.step < step, b.step);
    });
    const index kept = std::min(places.size(), static_cast<index>(limit) - 1);
    for (index i = 0; i < places.size() - kept; ++i) remove(places[i]);
  }
  void remove(const detail::checkpoint_place& place) {
    try {
      detail::remove_checkpoint(place.path);
    } catch (const error& e) {
      note(e.text());  // the new one is safe: the run goes on
    }
  }

  checkpoint_options options_;
  std::string directory_;
  run_lock lock_;
  bool ours_ = true;  // the directory's checkpoints are of this run
  std::vector<std::string> notes_;
};

}  // namespace gkd::inline v0
