// SPDX-License-Identifier: Apache-2.0
// trainer_state.json as transformers writes it, as a callback: what tools for its runs read.
//
//   gkd::best_model best{student, {.directory = "run/best"}};
//   gkd::trainer_state_log log{{.directory = "run", .best = [&] { return best.best(); }}};
//   gkd::trainer t{student, teacher, ..., gkd::checkpoints{}, best, log};
//
//   {"global_step": 20, "epoch": 0.5, "max_steps": 40, "log_history": [
//     {"epoch": 0.25, "grad_norm": 1.2, "learning_rate": 2e-05, "loss": 0.8, "step": 10},
//     {"epoch": 0.5, "eval_loss": 0.7, "eval_runtime": 3.1, "step": 20}, ...], ...}
//
// It lies in the directory and in each checkpoint, and is written at each checkpoint, in the
// directory before it: a run that is killed in between loses no entry; and at the end. A run that
// goes on, or a model that is saved after it was resumed, takes up what was logged before its
// checkpoint, the end of a finished run where no step follows. It is a report alone: a damaged one
// keeps no run from going on. An evaluation before a run has begun, as of a model that was only
// resumed, is none of its entries. "loss" and "train_loss" are means over the steps with a token to
// learn from; where the end was all that a killed run still had to write, "train_loss" is the mean
// of the logged losses, each times its steps, and null where there is none. Opt-in: needs
// nlohmann/json.
// Source: TrainerState of transformers' trainer_callback.py.
#pragma once

#include <gkd/io/json.hpp>
#include <gkd/train/best_model.hpp>
#include <gkd/train/checkpoint_places.hpp>
#include <gkd/train/options.hpp>
#include <gkd/train/step_window.hpp>

#include <algorithm>   // any_of, clamp, max, min
#include <cmath>       // ceil, floor
#include <functional>  // function
#include <optional>    // optional
#include <utility>     // exchange

namespace gkd::inline v0 {

struct trainer_state_options {
  std::string directory = {};
  training_options training = {};  ///< whose intervals and batch size are written down
  /// If the best model is kept: which it is, as its best_model says, which is to hear of events
  /// before the log. What was the best one once, and is kept no more, is none.
  std::function<std::optional<best_value>()> best = {};
  std::string best_directory = {};  ///< and where it is
  /// The checkpoint that a run goes on from; empty: one of the directory.
  std::string from = {};
  /// Called with each note: which file of an earlier run is damaged, and passed over. {}: none.
  std::function<void(std::string_view)> on_note = note_to_cerr;
};

class trainer_state_log {
 public:
  explicit trainer_state_log(trainer_state_options options) : options_(std::move(options)) {}

  /// Where a run goes on and the file of the earlier one is missing or damaged, the log goes on
  /// from the checkpoint's, else without what was logged before.
  void on_start(const start_event& e) {
    window_ = {};
    total_steps_ = e.total_steps;
    total_epochs_ = e.total_epochs;
    processes_ = e.processes;
    losses_ = learnt_ = 0.0;
    ended_ = false;
    begin(e.first_step);
  }
  void on_step(const step_event& e) {
    if (!begun_ || e.step <= step_) {  // one that is made by hand
      begin(e.step - 1);
      total_steps_ = e.total_steps;
    }
    if (step_ == started_at_) forget_ends();
    window_.add(e);
    save_follows_ = is_saved_after(e);
    step_ = e.step;
    epoch_ = e.epoch;
    tokens_ = e.tokens_seen;
    if (e.rows > 0.0) losses_ += e.loss, ++learnt_;
    if (e.log) add_losses(e);
    if (save_follows_) write(options_.directory);
  }
  void on_eval(const eval_event& e) {
    if (!begun_ || e.step < step_) return;
    nlohmann::json entry = {{"epoch", e.epoch}, {"step", e.step}, {"eval_runtime", e.seconds}};
    for (const auto& [name, value] : e.values) entry[name] = value;
    if (step_ == started_at_) forget_evaluations_here();
    history_.push_back(std::move(entry));
    if (!ended_) ends_go_last();  // of a run whose last evaluation was given up
    if (ended_ || save_follows_) write(options_.directory);  // ended: one after the training
  }
  /// Of a model that was only resumed, too, which begins no run.
  void on_save(const save_event& e) {
    if (!begun_ || e.step < step_) {
      begin(e.step);
      begun_ = false;
    }
    write(std::string(e.path));
    write(options_.directory);
  }
  /// A run that was killed between its last checkpoint and its end has no end yet: it gets one.
  void on_end(const end_event& e) {
    const double steps = double(e.step - started_at_);
    const auto rate = [&](double count) { return count > 0.0 ? count / e.seconds : 0.0; };
    if (!e.stopped && (steps > 0.0 || !has_end()))
      history_.push_back({{"train_loss", steps > 0.0 ? losses_ / learnt_ : mean_of_logged()},
                          {"train_runtime", e.seconds},
                          {"train_steps_per_second", rate(steps)},
                          {"train_samples_per_second", rate(steps * samples_per_step())},
                          {"total_flos", 0.0},
                          {"epoch", epoch_},
                          {"step", e.step}});
    write(options_.directory);
    ended_ = true;
  }

  /// The entries so far, as they stand in the file.
  const nlohmann::json& history() const { return history_; }

 private:
  void add_losses(const step_event& e) {
    history_.push_back({{"loss", window_.loss()},
                        {"grad_norm", e.gradient_norm},
                        {"learning_rate", e.learning_rate},
                        {"num_input_tokens_seen", e.tokens_seen},
                        {"epoch", e.epoch},
                        {"step", e.step}});
    window_ = {};
  }
  // as training_plan::due(), of which only the events are known here
  bool is_saved_after(const step_event& e) const {
    const training_options& o = options_.training;
    if (o.save_strategy == interval::no) return false;
    if (e.step == e.total_steps) return true;
    return o.save_strategy == interval::steps ? o.save_steps > 0 && e.step % o.save_steps == 0
                                              : std::floor(e.epoch) > std::floor(epoch_);
  }
  double samples_per_step() const {
    return double(options_.training.per_device_train_batch_size) *
           double(options_.training.gradient_accumulation_steps) * double(processes_);
  }
  void begin(long first_step) {
    detail::make_directories(options_.directory);
    const bool goes_back = first_step < step_;  // to a checkpoint, after a failure
    begun_ = true;
    step_ = started_at_ = first_step;
    if (goes_back) window_ = {}, save_follows_ = false;
    if (goes_back || (first_step > 0 && history_.empty())) take_up(first_step);
  }
  // what was logged up to the checkpoint of `step`, by this object or else by an earlier one
  void take_up(long step) {
    epoch_ = tokens_ = 0.0;
    bool known = step == 0 || !history_.empty();
    if (!history_.empty())
      keep_up_to(step, std::exchange(history_, nlohmann::json::array()), "trainer_state_log");
    for (const std::string& path : files_of(step)) {
      const nlohmann::json there = state_at(path);
      if (there.is_null()) continue;
      if (!std::exchange(known, true)) keep_up_to(step, there.at("log_history"), shown_path(path));
      if (take_totals(step, there)) return;  // else the run had gone further
    }
  }
  // where the state of that step may be
  std::vector<std::string> files_of(long step) const {
    const std::string name = "/trainer_state.json";
    if (!options_.from.empty()) return {options_.from + name};
    return {options_.directory + name,
            concat(options_.directory, "/", checkpoint_prefix, step, name)};
  }
  // null: no file, or a damaged one
  nlohmann::json state_at(const std::string& path) const {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return nullptr;
    try {
      nlohmann::json state = read_json(path);
      const std::string where = concat(shown_path(path), ": log_history");
      for (const nlohmann::json& entry : json_array(state, "log_history", shown_path(path))) {
        step_of(entry, where);
        json_number(entry, "epoch", where);
      }
      return state;
    } catch (const error& e) {
      if (e.code() != errc::bad_format && e.code() != errc::io_failure) throw;
      if (options_.on_note)
        options_.on_note(concat("what was logged before is not read from a damaged file: ",
                                e.text()));
      return nullptr;
    }
  }
  static long step_of(const nlohmann::json& entry, const std::string& where) {
    return static_cast<long>(
        json_integer(entry, "step", where, 0, std::numeric_limits<long>::max()));
  }
  void keep_up_to(long step, const nlohmann::json& entries, const std::string& whose) {
    const std::string where = whose + ": log_history";
    for (const nlohmann::json& entry : entries) {
      const long at = step_of(entry, where);
      if (at > step || (at < step && entry.contains("train_runtime"))) continue;
      history_.push_back(entry);
      epoch_ = std::max(epoch_, json_number(entry, "epoch", where));
      tokens_ = number_or(tokens_, entry, "num_input_tokens_seen");
    }
  }
  // what a file says beside its entries, if it is of this step; it may lack names as another
  // program's
  bool take_totals(long step, const nlohmann::json& state) {
    if (total_steps_ == 0) {  // nor do events say so before a run begins
      total_steps_ = static_cast<long>(number_or(0.0, state, "max_steps"));
      total_epochs_ = number_or(0.0, state, "num_train_epochs");
    }
    if (number_or(-1.0, state, "global_step") != double(step)) return false;
    epoch_ = number_or(epoch_, state, "epoch");
    tokens_ = number_or(tokens_, state, "num_input_tokens_seen");
    return true;
  }
  static double number_or(double otherwise, const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number()
               ? std::clamp(found->get<double>(), -0x1p53, 0x1p53)
               : otherwise;
  }
  static bool is_end(const nlohmann::json& entry) { return entry.contains("train_runtime"); }
  bool has_end() const { return std::any_of(history_.begin(), history_.end(), is_end); }
  // a step follows: the run has not ended there
  void forget_ends() { std::erase_if(entries(), is_end); }
  void ends_go_last() {
    nlohmann::json::array_t ends;
    for (const nlohmann::json& entry : history_)
      if (is_end(entry)) ends.push_back(entry);
    forget_ends();
    for (nlohmann::json& end : ends) history_.push_back(std::move(end));
  }
  // of the steps between two entries one loss is logged, their mean
  double mean_of_logged() const {
    double sum = 0.0, steps = 0.0, before = 0.0;
    for (const nlohmann::json& entry : history_) {
      if (!entry.contains("loss")) continue;
      const double at = number_or(before, entry, "step"), taken = at - before;
      before = at;
      if (!entry.at("loss").is_number()) continue;  // null: of no token
      sum += taken * number_or(0.0, entry, "loss");
      steps += taken;
    }
    return sum / steps;  // NaN, which JSON writes as null, where there is none
  }

  // the run goes on from a step whose evaluation is made now: again, where it was made before
  void forget_evaluations_here() {
    std::erase_if(entries(), [&](const nlohmann::json& entry) {
      return entry.contains("eval_runtime") && entry.at("step") == step_;
    });
  }

  nlohmann::json::array_t& entries() { return history_.get_ref<nlohmann::json::array_t&>(); }

  void write(const std::string& directory) const {
    const training_options& o = options_.training;
    const nlohmann::json none = nullptr;
    const std::optional<best_value> best = options_.best ? options_.best() : std::nullopt;
    const nlohmann::json state = {
        {"best_global_step", best ? nlohmann::json(best->step) : none},
        {"best_metric", best ? nlohmann::json(best->value) : none},
        {"best_model_checkpoint", best ? nlohmann::json(options_.best_directory) : none},
        {"epoch", epoch_},
        {"eval_steps", o.eval_steps},
        {"global_step", step_},
        {"is_hyper_param_search", false},
        {"is_local_process_zero", true},
        {"is_world_process_zero", true},
        {"log_history", history_},
        {"logging_steps", o.logging_steps},
        {"max_steps", total_steps_},
        {"num_input_tokens_seen", static_cast<std::int64_t>(tokens_)},
        {"num_train_epochs", static_cast<std::int64_t>(std::min(std::ceil(total_epochs_), 0x1p53))},
        {"save_steps", o.save_steps},
        {"stateful_callbacks", nlohmann::json::object()},
        {"total_flos", 0.0},
        {"train_batch_size", o.per_device_train_batch_size},
        {"trial_name", none},
        {"trial_params", none}};
    replace_file(directory + "/trainer_state.json", text_of_json(state));
  }

  trainer_state_options options_;
  nlohmann::json history_ = nlohmann::json::array();
  step_window window_;
  long step_ = 0, started_at_ = 0, total_steps_ = 0;
  index processes_ = 1;
  double epoch_ = 0.0, total_epochs_ = 0.0, tokens_ = 0.0;
  double losses_ = 0.0, learnt_ = 0.0;  // sum and number of the steps with a loss
  bool begun_ = false, ended_ = false, save_follows_ = false;
};

}  // namespace gkd::inline v0
