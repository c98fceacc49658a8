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
// checkpoint, the end of a finished run where no step follows. An evaluation before a run has
// begun, as of a model that was only resumed, is none of its entries. "loss" and "train_loss" are
// means over the steps with a token to learn from. Opt-in: needs nlohmann/json.
// Source: TrainerState of transformers' trainer_callback.py.
#pragma once

#include <gkd/io/json.hpp>
#include <gkd/train/best_model.hpp>
#include <gkd/train/options.hpp>
#include <gkd/train/step_window.hpp>

#include <algorithm>   // clamp, max, min
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
};

class trainer_state_log {
 public:
  explicit trainer_state_log(trainer_state_options options) : options_(std::move(options)) {}

  /// Throws bad_format where a run goes on and the file of the earlier one is damaged.
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
    if (ended_ || save_follows_) write(options_.directory);  // ended: one after the training
  }
  /// Of a model that was only resumed, too, which begins no run. Throws as on_start().
  void on_save(const save_event& e) {
    if (!begun_ || e.step < step_) {
      begin(e.step);
      begun_ = false;
    }
    write(std::string(e.path));
    write(options_.directory);
  }
  void on_end(const end_event& e) {
    const double steps = double(e.step - started_at_);
    if (!e.stopped && steps > 0.0)
      history_.push_back({{"train_loss", losses_ / learnt_},
                          {"train_runtime", e.seconds},
                          {"train_steps_per_second", steps / e.seconds},
                          {"train_samples_per_second", steps * samples_per_step() / e.seconds},
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
    const bool here = options_.from.empty();
    const std::string path = (here ? options_.directory : options_.from) + "/trainer_state.json";
    epoch_ = tokens_ = 0.0;
    std::error_code ignored;
    nlohmann::json there;  // null: no file
    if (std::filesystem::exists(path, ignored)) there = read_json(path);
    if (!history_.empty())
      keep_up_to(step, std::exchange(history_, nlohmann::json::array()), "trainer_state_log");
    else if (step > 0 && !there.is_null())
      keep_up_to(step, json_array(there, "log_history", shown_path(path)), shown_path(path));
    const std::string own = concat(options_.directory, "/checkpoint-", step, "/trainer_state.json");
    if (!take_totals(step, there) && here && std::filesystem::exists(own, ignored))
      take_totals(step, read_json(own));  // the run had gone further
  }
  void keep_up_to(long step, const nlohmann::json& entries, const std::string& whose) {
    const std::string where = whose + ": log_history";
    for (const nlohmann::json& entry : entries) {
      const long at = static_cast<long>(
          json_integer(entry, "step", where, 0, std::numeric_limits<long>::max()));
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
  // a step follows: the run has not ended there
  void forget_ends() {
    std::erase_if(history_.get_ref<nlohmann::json::array_t&>(),
                  [](const nlohmann::json& entry) { return entry.contains("train_runtime"); });
  }

  // the run goes on from a step whose evaluation is made now: again, where it was made before
  void forget_evaluations_here() {
    std::erase_if(history_.get_ref<nlohmann::json::array_t&>(), [&](const nlohmann::json& entry) {
      return entry.contains("eval_runtime") && entry.at("step") == step_;
    });
  }

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
