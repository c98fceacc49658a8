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
// at all: it is written beside its place, synced and read again; only then are others removed, and
// it is renamed. A damaged one is passed over for the next older, and notes() says so.
#pragma once

#include <gkd/train/checkpoint_content.hpp>
#include <gkd/train/run_lock.hpp>

#include <functional>  // function
#include <optional>    // optional

namespace gkd::inline v0 {

struct checkpoint_options {
  /// Refuse to resume with other options, another loss, optimizer or source, on other data or from
  /// another teacher than the checkpoint's, as far as the parts can tell: see identity_fields.
  /// Without it the differences are noted, and the run goes on as one that was not there before:
  /// later checkpoints of the run that it leaves are set aside, as checkpoint-<step>.passed-<n>.
  bool strict = true;
  /// The checkpoint to resume from, checkpoint-<step> of any output_dir; empty: the newest whole
  /// one of this run's. A best model beside it, in `best` or in output_dir itself, is copied into
  /// this run's output_dir, if it is another and the model not of a later step.
  std::string from = {};
  /// A run that is not resumed from here removes the checkpoints of an earlier one, where without
  /// it they are an error, and the folder `best` with a best.json and no run: no checkpoint and no
  /// gkd.lock anywhere below it. save() does so once the new one is written, train() before its
  /// first step.
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
  /// killed run left half written. What a run before has saved with this object is an earlier
  /// run's. Throws bad_argument for an empty output_dir, already_exists where another trainer is at
  /// work, io_failure.
  void open(const training_options& options) {
    hold(options);
    forget_the_run();
    models_ = nullptr;
  }

  /// A run that was not resumed must not mix its checkpoints with another's. Throws already_exists.
  void on_start(const start_event&) {
    ended_ = false;
    if (lock_.held()) claim();
  }
  void on_end(const end_event& e) { ended_ = !e.stopped; }

  /// Writes output_dir/checkpoint-<step>, then removes what save_total_limit leaves no place for:
  /// later ones, which a resumed run has passed over, before the oldest; its path. After the last
  /// step of a run its checkpoint stays as that step left it, though a best_model may have changed
  /// the student since; a note says so. Throws non_finite naming the tensor, already_exists where
  /// the directory or this step in it is another run's, io_failure where it cannot be written; then
  /// the earlier checkpoints are as they were.
  template <class Student, class Optimizer, class Source>
  std::string save(const snapshot<Student, Optimizer, Source>& now) {
    detail::check_resumable<Student, Optimizer, Source>();
    hold(now.options);
    if (models_.is_null()) models_ = detail::models_of(now);
    const detail::run_files files(now, models_);  // finite, or nothing is written
    check_claim();
    const detail::checkpoint_place place{now.state.step, path_of(now.state.step)};
    staged_directory stage(place.path + ".new");
    const detail::checkpoint_manifest written = files.write(stage);
    if (detail::verify_checkpoint({place.step, stage.path()}) != written)
      fail(errc::io_failure, shown_path(stage.path()), ": is not what was written");
    const auto there = whole_one_at(place);
    if (there && *there != written) {
      if (ended_ && last_ == place.step) {
        note(shown_path(place.path),
             ": stays as the last step left it; what has changed since, as a best_model changes "
             "the student, is not saved");
        return place.path;
      }
      const bool own = last_ == place.step && detail::same_but_run(*there, written);
      if (!own && (!last_ || place.step <= *last_))
        fail(errc::already_exists, shown_path(place.path),
             ": holds another run's state of this step; rename or remove it to save this one, or "
             "choose another output_dir");
      if (own)  // an evaluation that was due has been made
        detail::remove_checkpoint(place.path);
      else
        leaves_other_ = true;  // what the run does otherwise, its parts did not tell
    }
    claim();
    if (leaves_other_) set_later_aside();
    if (there != written) {
      if (is_taken(place)) set_aside(place, "damaged", "damaged");
      stage.commit_to(place.path);
    }
    last_ = place.step;
    rotate(place.step, now.options.save_total_limit);
    return place.path;
  }

  /// Puts everything back as the newest whole checkpoint has it, or the one that the options name.
  /// False if there is no checkpoint at all. Throws bad_checkpoint where none is whole, and where
  /// the newest whole one has a format, a model, a loss, an optimizer, a source, options, data or a
  /// teacher that are not this run's. Throws io_failure, bad_format or already_exists, too, where
  /// the best model of another directory cannot be copied into this one. Then nothing has changed;
  /// only where files cannot be removed or renamed at the very end is the run that of the
  /// checkpoint already.
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
      saved->check_model(now.student);
      models_ = detail::models_of(now);
      const std::string differences = saved->differences(now, models_);
      if (!differences.empty()) {
        if (options_.strict)
          fail(errc::bad_checkpoint, shown_path(place.path), ": is of another run: ", differences,
               "; to go on all the same, set checkpoint_options.strict = false");
        note(shown_path(place.path), ": ", differences);
      }
      const bool here = is_here(place);
      std::optional<detail::best_models_copy> best;
      if (!here && may_claim())  // else train() and save() refuse
        best.emplace(detail::parent_of(place.path), directory_, place.step);
      saved->restore(now);
      go_on_from(place, here && !differences.empty());
      ours_ = ours_ || here;
      if (best) take_over(*best, place);
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

  bool is_taken(const detail::checkpoint_place& place) const {
    std::error_code ignored;
    return std::filesystem::exists(std::filesystem::symlink_status(place.path, ignored));
  }
  // the manifest of what has this place and keeps it: it is whole, and nothing that claim() removes
  // or set_later_aside() takes away
  std::optional<detail::checkpoint_manifest> whole_one_at(
      const detail::checkpoint_place& place) const {
    const bool goes = !ours_ || (leaves_other_ && place.step > *last_);
    if (goes || !is_taken(place)) return std::nullopt;
    try {
      return detail::verify_checkpoint(place);
    } catch (const error&) {
      return std::nullopt;
    }
  }
  void set_aside(const detail::checkpoint_place& place, std::string_view mark,
                 std::string_view why) {
    std::error_code ignored;
    std::string aside;
    for (int n = 1; aside.empty() || std::filesystem::exists(aside, ignored); ++n)
      aside = concat(place.path, ".", mark, "-", n);
    detail::rename_directory(place.path, aside);
    note(shown_path(place.path), ": ", why, "; it is now ", shown_path(aside));
  }
  // what lies after the checkpoint that this run goes on from is of a run that it has left
  void set_later_aside() {
    for (const auto& place : detail::list_checkpoints(directory_))
      if (place.step > *last_)
        set_aside(place, "passed", concat("this run goes on otherwise from step ", *last_));
    leaves_other_ = false;
  }

  void hold(const training_options& options) {
    if (lock_.held() && options.output_dir == directory_) return;
    if (options.output_dir.empty())
      fail(errc::bad_argument,
           "training_options.output_dir is empty, want the directory that "
           "checkpoints are written to");
    detail::make_directories(options.output_dir);
    lock_ = run_lock(options.output_dir);  // who is refused holds what it held before
    directory_ = options.output_dir;
    forget_the_run();
    for (const std::string& path : detail::list_unfinished(directory_)) {
      detail::remove_checkpoint(path);
      const bool best = std::filesystem::path(path).filename().string().starts_with("best.");
      note(shown_path(path), ": removed: a ", best ? "best model" : "checkpoint",
           " that was not finished");
    }
  }
  void forget_the_run() {
    ours_ = leaves_other_ = ended_ = false;
    last_.reset();
  }
  // whether the directory holds no checkpoints but this run's, or those that it may remove
  bool may_claim() const {
    std::error_code ignored;
    return lock_.held() && (ours_ || options_.overwrite ||
                            !std::filesystem::exists(directory_, ignored) ||
                            detail::list_checkpoints(directory_).empty());
  }
  void check_claim() const {
    if (!may_claim())
      fail(errc::already_exists, shown_path(directory_),
           ": holds checkpoints of an earlier run: call trainer.resume() before trainer.train() or "
           "trainer.save() to go on from them, or choose another output_dir");
  }
  // what is in the directory is this run's from here on
  void claim() {
    std::error_code ignored;
    if (ours_ || !std::filesystem::exists(directory_, ignored)) return;
    check_claim();
    std::string removed;
    const auto remove_earlier = [&](const std::string& path) {
      detail::remove_checkpoint(path);
      const std::string_view name = std::string_view(path).substr(directory_.size() + 1);
      removed += concat(removed.empty() ? "" : ", ", name);
    };
    for (const auto& place : detail::list_checkpoints(directory_)) remove_earlier(place.path);
    if (options_.overwrite)
      if (const std::string best = detail::best_model_in(directory_); !best.empty())
        remove_earlier(best);
    if (!removed.empty()) note(shown_path(directory_), ": removed, of an earlier run: ", removed);
    ours_ = true;
  }
  bool is_here(const detail::checkpoint_place& place) const {
    std::error_code ignored;
    return options_.from.empty() ||
           std::filesystem::equivalent(detail::parent_of(place.path), directory_, ignored);
  }
  // the run stands where this checkpoint has put it; `other`: it goes on otherwise than before
  void go_on_from(const detail::checkpoint_place& place, bool other) {
    last_ = place.step;
    ended_ = false;
    leaves_other_ = other;
  }
  void take_over(const detail::best_models_copy& best, const detail::checkpoint_place& place) {
    claim();
    for (const std::string& name : best.commit())
      note(shown_path(directory_ + "/" + name), ": the best model so far, from ",
           shown_path(detail::parent_of(place.path)));
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
  bool ours_ = false;          // the directory's checkpoints are of this run
  bool leaves_other_ = false;  // of those after last_ it is known that they are not
  bool ended_ = false;         // the last step was taken
  std::optional<long> last_;   // step of the checkpoint that was last saved or resumed from
  nlohmann::json models_;      // detail::models_of() the run; null: not yet asked for
  std::vector<std::string> notes_;
};

}  // namespace gkd::inline v0
