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
// at all: it is written beside its place, synced and read again; then what the run has left is set
// aside, it is renamed, and only then are others removed. A damaged one is passed over for the next
// older; a line on standard error and notes() say so.
#pragma once

#include <gkd/train/checkpoint_content.hpp>
#include <gkd/train/plan.hpp>
#include <gkd/train/run_directory.hpp>

#include <functional>  // function
#include <optional>    // optional

namespace gkd::inline v0 {

struct checkpoint_options {
  /// Refuse to resume with other options, another loss, optimizer or source, on other data or from
  /// another teacher than the checkpoint's, as far as the parts can tell: see identity_fields.
  /// Without it the differences are noted, but for a checkpoint beyond this run's end, which is
  /// refused still, and the run goes on as one that was not there before: later checkpoints of the
  /// run that it leaves are set aside, as checkpoint-<step>.passed-<n>, just before its own first
  /// one, which is whole, gets its place.
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
  /// Called with each note: what was passed over, removed or differs, and why. {}: none is called,
  /// and only notes() has them.
  std::function<void(std::string_view)> on_note = note_to_cerr;
};

/// Owns the output directory: a second trainer on it is refused (already_exists) while this object
/// lives. What was damaged is never mended, and never removed before a newer checkpoint is whole.
class checkpoints {
 public:
  explicit checkpoints(checkpoint_options options = {})
      : options_(std::move(options)), directory_(options_.overwrite, options_.on_note) {}

  /// Called by the trainer's constructor. Makes and locks the output directory and removes what a
  /// killed run left half written. What a run before has saved with this object is an earlier
  /// run's. Throws bad_argument for an empty output_dir, already_exists where another trainer is at
  /// work, io_failure.
  void open(const training_options& options) {
    directory_.hold(options.output_dir);
    directory_.begin_run();
    ended_ = false;
    models_ = nullptr;
  }

  /// A run that was not resumed must not mix its checkpoints with another's. Throws already_exists.
  void on_start(const start_event&) {
    ended_ = false;
    if (directory_.held()) directory_.claim();
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
    directory_.hold(now.options.output_dir);
    if (models_.is_null()) models_ = detail::models_of(now);
    const detail::run_files files(now, models_);  // finite, or nothing is written
    directory_.check_claim();  // before the work
    const checkpoint_place place = directory_.place_of(now.state.step);
    staged_directory stage(place.path + ".new");
    const detail::checkpoint_manifest written = files.write(stage);
    if (detail::verify_checkpoint({place.step, stage.path()}) != written)
      fail(errc::io_failure, shown_path(stage.path()), ": is not what was written");
    const bool is_last = ended_ && directory_.last() == place.step;
    if (directory_.put(stage, place, written, is_last))
      directory_.rotate(place.step, now.options.save_total_limit);
    else
      directory_.note(shown_path(place.path),
                      ": stays as the last step left it; what has changed since, as a best_model "
                      "changes the student, is not saved");
    return place.path;
  }

  /// Puts everything back as the newest whole checkpoint has it, or the one that the options name.
  /// False if there is no checkpoint at all. Throws bad_checkpoint where none is whole, and where
  /// the newest whole one has a format, a model, a loss, an optimizer, a source, options, data or a
  /// teacher that are not this run's or, without `strict`, is beyond its end; non_finite for a
  /// number in it that is none; io_failure, bad_format or already_exists, too, where the best model
  /// of another directory cannot be copied into this one. Then nothing has changed. Only where a
  /// file that has just been read cannot be read once more are parameters and moments half loaded,
  /// and where files cannot be removed or renamed at the very end is the run that of the checkpoint
  /// already.
  template <class Student, class Optimizer, class Source>
  bool resume(const snapshot<Student, Optimizer, Source>& now) {
    detail::check_resumable<Student, Optimizer, Source>();
    directory_.look_at(now.options.output_dir);
    const std::vector<checkpoint_place> places = places_to_resume_from();
    std::string why;
    for (const checkpoint_place& place : places)
      if (std::optional<detail::saved_run> saved = read_whole(place, why)) {
        go_on(*saved, place, now);
        return true;
      }
    if (places.empty()) return false;
    fail(errc::bad_checkpoint,
         shown_path(options_.from.empty() ? directory_.path() : options_.from), ": none of ",
         places.size(), " checkpoint(s) is whole:", why);
  }

  /// See gkd::save_model.
  template <class Student>
  void save_model(Student& student, std::string_view directory) const {
    gkd::save_model(student, std::string(directory));
  }

  /// What was passed over, removed or differs, and why, in the order it was found.
  const std::vector<std::string>& notes() const { return directory_.notes(); }

 private:
  // the newest first
  std::vector<checkpoint_place> places_to_resume_from() const {
    if (!options_.from.empty()) return {place_of_checkpoint(options_.from)};
    std::error_code ignored;
    if (!std::filesystem::exists(directory_.path(), ignored)) return {};
    return list_checkpoints(directory_.path());
  }
  // the checkpoint, or nothing where it is damaged; then `why` says so
  std::optional<detail::saved_run> read_whole(const checkpoint_place& place,
                                              std::string& why) {
    try {
      return std::optional<detail::saved_run>(std::in_place, place);
    } catch (const error& e) {
      if (e.code() != errc::bad_format && e.code() != errc::io_failure) throw;
      directory_.note("checkpoint-", place.step, " is passed over: ", e.text());
      why += concat("\n  ", e.text());
      return std::nullopt;
    }
  }
  // checks all that can be checked before anything is changed
  template <class Run>
  void go_on(detail::saved_run& saved, const checkpoint_place& place, const Run& now) {
    saved.check_model(now.student);
    models_ = detail::models_of(now);
    const std::string differences = saved.differences(now, models_);
    if (!differences.empty()) {
      if (options_.strict)
        fail(errc::bad_checkpoint, shown_path(place.path), ": is of another run: ", differences,
             "; to go on all the same, set checkpoint_options.strict = false");
      check_is_before_end(place, now);
      directory_.note(shown_path(place.path), ": ", differences);
    }
    std::optional<detail::best_models_copy> best;
    if (!directory_.holds(place) && directory_.may_claim())  // else train() and save() refuse
      best.emplace(parent_of(place.path), directory_.path(), place.step);
    saved.restore(now);
    directory_.go_on_from(place, !differences.empty());
    ended_ = false;
    if (best) directory_.take_over(*best, place);
  }

  // with other options or data a run may be shorter than the one that was saved
  template <class Run>
  static void check_is_before_end(const checkpoint_place& place, const Run& now) {
    const long total = plan_training(now.options, now.source, now.processes).total_steps;
    if (place.step <= total) return;
    std::string earlier = "; an earlier checkpoint is not beside it";
    std::error_code ignored;
    for (const checkpoint_place& other : list_checkpoints(parent_of(place.path)))
      if (other.step <= total && std::filesystem::exists(other.path + "/manifest.json", ignored)) {
        earlier = concat(", or ", shown_path(other.path));
        break;
      }
    fail(errc::bad_checkpoint, shown_path(place.path), ": is of step ", place.step,
         ", and this run ends after step ", total, "; want a longer run", earlier);
  }

  checkpoint_options options_;
  detail::run_directory directory_;
  bool ended_ = false;     // the last step was taken
  nlohmann::json models_;  // detail::models_of() the run; null: not yet asked for
};

}  // namespace gkd::inline v0
