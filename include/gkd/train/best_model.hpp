// SPDX-License-Identifier: Apache-2.0
// Keeps the best model of a run, as a callback: TRL's load_best_model_at_end.
//
//   gkd::best_model best{student, {.directory = "run/best", .metric = "eval_forward_kl"}};
//   gkd::trainer t{student, teacher, ..., gkd::evaluate_on{data}, best};
//   t.train();                       // the student is now that of the best evaluation
//
// The directory holds the model, as save_model writes it, and best.json: which metric, its value,
// the step. Opt-in: needs nlohmann/json.
#pragma once

#include <gkd/train/callbacks.hpp>
#include <gkd/train/model_file.hpp>

#include <functional>  // function
#include <optional>    // optional
#include <utility>     // exchange

namespace gkd::inline v0 {

/// A value of a metric, and when it was measured.
struct best_value {
  double value = 0.0;
  long step = 0;
};

/// Which of the evaluations is the best one.
struct best_metric {
  std::string name = "eval_loss";  ///< of the metric that decides
  bool greater_is_better = false;

  /// Whether these metrics are better than what was best before. NaN and infinity never are. Throws
  /// bad_argument where the metric is not among them.
  std::optional<double> better(const metrics& values,
                               const std::optional<best_value>& before) const {
    std::string known;
    for (const auto& [metric, value] : values) {
      known += concat(known.empty() ? "" : ", ", metric);
      if (metric != name) continue;
      const bool holds =
          !before || (greater_is_better ? value > before->value : value < before->value);
      return holds && math::is_finite(value) ? std::optional(value) : std::nullopt;
    }
    fail(errc::bad_argument, "the best model is to be chosen by ", in_quotes(name),
         ", which no evaluation gives; want one of ", known);
  }
};

struct best_model_options {
  std::string directory = "best";
  best_metric metric = {};
  bool restore_at_end = true;  ///< at the end of a run the student becomes the best one
  /// In place of save_model and load_model, for a directory in another form.
  std::function<void(const std::string& directory)> save = {}, load = {};
};

/// Refers to the student, which must outlive it. A run begins with train(), or with its first step
/// where steps are made by hand: an evaluation before that, as of a model that was only resumed, is
/// none of the run's and changes neither the model that is kept nor its record.
template <class Student>
class best_model {
 public:
  /// Throws bad_argument for an empty directory.
  explicit best_model(Student& student, best_model_options options = {})
      : student_(&student), options_(std::move(options)) {
    check_trainable<Student>();
    detail::check_path(options_.directory, "best_model_options::directory");
  }

  /// A run that goes on knows what was best up to its checkpoint. Throws bad_format.
  void on_start(const start_event& e) { begin(e.first_step); }
  /// With the first step the record of an earlier run goes, and one of a later step than that from
  /// which this run goes on: the next that goes on would take it for its own. Throws io_failure.
  void on_step(const step_event& e) {
    if (!begun_) begin(e.step - 1);
    step_ = e.step;
    if (!std::exchange(begins_, false)) return;
    if (!best_) remove_record();
  }
  /// While a better model is written there is no record: a run that is killed then has no best
  /// model, and never one model with the value of another. Throws bad_argument for a metric that no
  /// evaluation gives, io_failure.
  void on_eval(const eval_event& e) {
    const std::optional<double> value = options_.metric.better(e.values, best_);
    if (!begun_ || e.step < step_ || !value) return;
    remove_record();
    best_.reset();
    if (options_.save)
      options_.save(options_.directory);
    else
      save_model(*student_, options_.directory);
    best_ = best_value{*value, e.step};
    const nlohmann::json now = {
        {"metric", options_.metric.name}, {"value", *value}, {"step", e.step}};
    replace_file(record(), text_of_json(now));
  }
  /// Of a model that was only resumed, too, which begins no run: what was best up to then is known
  /// to those that write it down. Throws bad_format.
  void on_save(const save_event& e) {
    if (begun_ && (!best_ || best_->step <= e.step)) return;
    begin(e.step);
    begun_ = false;
  }
  /// Not of a run that was stopped, also in its last evaluation: it may go on, and until then
  /// nobody knows which model is the best.
  void on_end(const end_event& e) {
    if (!options_.restore_at_end || !best_ || best_->step == e.step) return;
    if (e.stopped || e.evaluation_due) return;
    if (options_.load)
      options_.load(options_.directory);
    else
      load_model(options_.directory, *student_);
  }

  /// What was best so far.
  const std::optional<best_value>& best() const { return best_; }

 private:
  std::string record() const { return options_.directory + "/best.json"; }
  void remove_record() const {
    std::error_code failed;
    if (std::filesystem::remove(record(), failed)) sync_directory(options_.directory);
    if (failed) fail(errc::io_failure, shown_path(record()), ": cannot remove: ", failed.message());
  }
  void begin(long first_step) {
    const std::string path = record();
    std::error_code ignored;
    begun_ = begins_ = true;
    step_ = first_step;
    if (best_ && (first_step == 0 || best_->step > first_step)) best_.reset();  // of a run it left
    if (first_step == 0 || best_ || !std::filesystem::exists(path, ignored)) return;
    const nlohmann::json saved = read_json(path);
    const std::string where = shown_path(path);
    const best_value there{
        json_number(saved, "value", where),
        static_cast<long>(json_integer(saved, "step", where, 0, std::numeric_limits<long>::max()))};
    const bool same = json_string(saved, "metric", where) == options_.metric.name;
    if (same && there.step <= first_step) best_ = there;
  }

  Student* student_;
  best_model_options options_;
  std::optional<best_value> best_;
  long step_ = 0;        // the last of the run; an evaluation of an earlier one is of a resume()
  bool begun_ = false;   // a run has begun
  bool begins_ = false;  // before the first step
};

}  // namespace gkd::inline v0
