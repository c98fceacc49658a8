// SPDX-License-Identifier: Apache-2.0
// Where a run is written down: those of the library's callbacks that the configuration asks for, as
// one callback, and what the report at the end needs.
#pragma once

#include <gkd/io/staged_directory.hpp>
#include <gkd/report/tensorboard.hpp>
#include <gkd/report/training_log.hpp>
#include <gkd/train/best_model.hpp>
#include <gkd/train/evaluation.hpp>
#include <gkd/train/gkd_config_parts.hpp>
#include <gkd/train/gkd_config_reader.hpp>
#include <gkd/train/trainer_state.hpp>

#include <functional>  // function
#include <limits>      // numeric_limits
#include <optional>    // optional
#include <string>      // string
#include <utility>     // move
#include <vector>      // vector

#include "chats.hpp"
#include "finished.hpp"
#include "models.hpp"
#include "output_folder.hpp"

namespace gkd_train {

inline bool keeps_best(const gkd::gkd_config& c) {
  return c.load_best_model_at_end || c.save_strategy == gkd::save_moment::best;
}
inline gkd::best_metric metric_of(const gkd::gkd_config& c) {
  return {gkd::best_metric_of(c), gkd::greater_is_better(c)};
}

/// Throws bad_argument where the best model is to be chosen by what no evaluation will give.
inline void check_metric(const gkd::gkd_config& c, gkd::evaluation_chats chats = {}) {
  if (!keeps_best(c)) return;
  gkd::metrics given;
  for (const std::string& name : gkd::metric_names(c, chats)) given.emplace_back(name, 0.0);
  metric_of(c).better(given, std::nullopt);
}
/// The same once the chats to evaluate on are known; empty_data where they give no metric at all.
inline void check_evaluation(const gkd::gkd_config& c, const chat_set& chats) {
  gkd::evaluation_chats there{.with_targets = false, .with_answers = false};
  for (gkd::index i = 0; i < evaluated_of(c, chats); ++i) {
    const gkd::chat_example& chat = chats.data.example(i);
    for (const auto weight : chat.full.weights) there.with_targets |= weight > 0;
    there.with_answers |= !chat.completion().empty();
  }
  if (gkd::metric_names(c, there).empty())
    gkd::fail(gkd::errc::empty_data, gkd::shown_path(chats.from),
              ": the chats to evaluate on have no answer to measure, want some that end with one, "
              "or --eval_generate");
  check_metric(c, there);
}

/// An evaluation and when it was.
struct measured {
  long step = 0;
  gkd::metrics values;
};

/// What the report draws, of the whole run.
struct run_history {
  std::vector<double> steps, losses, learning_rates, gradient_norms;  // of the logged steps
  std::vector<measured> evaluations;
  std::optional<double> student_fraction;  ///< of the steps taken now; none: no step was

  /// Takes up entries of log_history. Of another program's they may lack a name: then NaN.
  void take_up(const nlohmann::json& entries) {
    for (const nlohmann::json& entry : entries) {
      const auto number = [&](const char* name) {
        const auto found = entry.find(name);
        return found != entry.end() && found->is_number()
                   ? found->get<double>()
                   : std::numeric_limits<double>::quiet_NaN();
      };
      const double step = number("step");
      if (entry.contains("loss")) {
        steps.push_back(step);
        losses.push_back(number("loss"));
        learning_rates.push_back(number("learning_rate"));
        gradient_norms.push_back(number("grad_norm"));
      } else if (entry.contains("eval_runtime")) {
        evaluations.push_back({static_cast<long>(step), {}});
        for (const auto& [name, value] : entry.items())
          if (name.starts_with("eval_") && name != "eval_runtime")
            evaluations.back().values.emplace_back(name, number(name.c_str()));
      }
    }
  }
};

/// Checkpoints without the state of the optimizer: folders that any program reads as models.
class model_folders {
 public:
  /// `note` hears of a checkpoint whose place was taken.
  model_folders(models& m, const gkd::gkd_config& c, const gkd::training_options& options,
                const gkd::training_plan& plan, std::function<void(const std::string&)> note)
      : models_(&m), config_(&c), options_(options), plan_(plan), note_(std::move(note)) {}

  bool due(long step) const { return plan_.saves_after(step, options_); }
  /// Writes output_dir/checkpoint-<step>, in place of a model of that name, and removes what is
  /// beyond save_total_limit; its path. A checkpoint of that name, from which a run can go on, is
  /// set aside.
  std::string save(long step) {
    const std::string path = gkd::concat(options_.output_dir, "/checkpoint-", step);
    gkd::staged_directory stage(path + ".new");
    write_model(*models_, stage.path(), *config_);
    std::error_code ignored;
    gkd::checkpoints_aside aside;
    if (std::filesystem::exists(path + "/manifest.json", ignored)) aside.add(path, "passed");
    std::filesystem::exists(path, ignored) ? stage.commit_over(path) : stage.commit_to(path);
    for (const auto& one : aside.keep())
      note_(gkd::concat(gkd::shown_path(path), ": this run saves a model alone in its place; it ",
                        "is now ", gkd::shown_path(one.to)));
    gkd::remove_checkpoints_beyond(options_.output_dir, step, options_.save_total_limit, note_);
    return path;
  }

 private:
  models* models_;
  const gkd::gkd_config* config_;
  gkd::training_options options_;
  gkd::training_plan plan_;
  std::function<void(const std::string&)> note_;
};

/// All of them, in the order in which they hear of things. Refers to the configuration and models;
/// note(text) is told what a user is to know.
class sinks {
 public:
  sinks(const gkd::gkd_config& c, const gkd::training_options& o, const gkd::training_plan& plan,
        models& m, const gkd::console& screen, std::function<void(const std::string&)> note)
      : config_(&c),
        output_dir_(o.output_dir),
        tokenizer_(&m.tokenizer),
        screen_(screen),
        state_({.directory = o.output_dir,
                .training = o,
                .best = [this] { return best(); },
                .best_directory = best_directory(o),
                .from = c.resume_from_checkpoint.path,
                .on_note = [note](std::string_view text) { note(std::string(text)); }}) {
    if (keeps_best(c)) best_.emplace(m.student, best_options(c, o, m));
    note_ = std::move(note);
    if (c.training.save_only_model) folders_.emplace(m, c, o, plan, note_);
    if (c.verbosity <= gkd::log_level::info)
      bar_.emplace(gkd::progress_options{.title = c.run_name, .out = screen});
  }

  sinks(const sinks&) = delete;  // whose parts ask one another

  /// Opens the files; before, nothing is written. Throws io_failure.
  void open() {
    const gkd::gkd_config& c = *config_;
    const bool here = goes_on_here(c);  // else what is there is of another run
    log_.emplace(gkd::concat(output_dir_, "/", detail::log_name), *tokenizer_,
                 gkd::jsonl_log_options{
                     .mode = here ? gkd::log_mode::append : gkd::log_mode::replace,
                     .sample_every = c.sample_every});
    const std::string curves = output_dir_ + "/runs";
    if (c.overwrite_output_dir && !here) detail::remove_curves(curves);
    if (writes_curves(c))
      board_.emplace(c.logging_dir.empty() ? curves : c.logging_dir,
                     std::vector<gkd::named_text>{{"config", config_table(c)}});
  }
  void on_start(const gkd::start_event& e) {
    tell(e);
    if (e.first_step == 0) return;
    history_.take_up(state_.history());  // which it has just read
    if (best_ && !makes_best_again(e.first_step)) tell_of_better();
  }
  /// During an evaluation: a line now and then.
  void on_progress(const gkd::evaluation_progress& e) {
    const double now = gkd::steady_seconds();
    if (said_at_ < 0.0) said_at_ = now;
    if (!bar_ || now - said_at_ < gkd::progress_options{}.line_seconds) return;
    said_at_ = now;
    screen_.write(fmt::format("{}evaluation: {} of {} answers {}\n",
                              screen_.terminal ? "\r\x1b[K" : "", e.done, e.examples,
                              e.writes ? "written" : "measured"));
  }
  void on_batch(const gkd::batch_event& e) { tell(e); }
  void on_step(const gkd::step_event& e) {
    if (steps_now_ == 0) forget_result(output_dir_);
    tell(e);
    if (folders_ && folders_->due(e.step)) tell_saved({e.step, folders_->save(e.step)});
    window_.add(e);
    ++steps_now_;
    stepping_ += e.seconds;
    no_gradient_ = no_gradient_ && e.gradient_norm == 0.0;
    fractions_ += e.student_fraction;
    history_.student_fraction = fractions_ / double(steps_now_);
    if (!e.log) return;
    history_.steps.push_back(double(e.step));
    history_.losses.push_back(window_.loss());
    history_.learning_rates.push_back(e.learning_rate);
    history_.gradient_norms.push_back(e.gradient_norm);
    window_ = {};
  }
  void on_eval(const gkd::eval_event& e) {
    tell(e);
    said_at_ = -1.0;
    if (steps_now_ == 0)  // made before the run that goes on, too: this one counts
      std::erase_if(history_.evaluations, [&](const measured& m) { return m.step == e.step; });
    history_.evaluations.push_back({e.step, e.values});
  }
  void on_save(const gkd::save_event& e) {
    tell(e);
    saved_ = e.path;
    saved_at_ = e.step;
  }
  void on_end(const gkd::end_event& e) { tell(e); }

  const run_history& history() const { return history_; }
  /// Whether every step taken now had a gradient of 0.
  bool no_gradient() const { return no_gradient_; }
  /// Of what train() came to so far, over the time of its steps alone: as on the bar, without
  /// evaluations and the writing of checkpoints.
  double tokens_per_second(const gkd::train_result& now) const {
    return stepping_ > 0.0 ? now.tokens_per_second * now.seconds / stepping_ : 0.0;
  }
  std::optional<gkd::best_value> best() const { return best_ ? best_->best() : std::nullopt; }
  /// The checkpoint of a step, if this run has written it.
  std::optional<std::string> saved(long step) const {
    return saved_at_ == step ? std::optional(saved_) : std::nullopt;
  }
  /// With save_only_model.
  std::optional<model_folders>& folders() { return folders_; }

 private:
  static std::string best_directory(const gkd::training_options& o) {
    return o.output_dir + "/best";
  }
  static gkd::best_model_options best_options(const gkd::gkd_config& c,
                                              const gkd::training_options& o, models& m) {
    return {.directory = best_directory(o),
            .metric = metric_of(c),
            .restore_at_end = c.load_best_model_at_end,
            .save = [&](const std::string& to) { write_model(m, to, c); },
            .load =
                [&](const std::string& from) {
                  try {
                    model_type best =
                        gkd::load_hf_model(from, m.student.backend(), {.gradients = false});
                    gkd::copy_parameters(best, m.student);
                  } catch (const gkd::error& e) {  // not of the student: no advice on its rate
                    gkd::fail(gkd::errc::bad_format, gkd::shown_path(from), ": the best model ",
                              "cannot be read: ", e.text(), "; --resume_from_checkpoint without ",
                              "--load_best_model_at_end writes the last one");
                  }
                }};
  }
  static std::string config_table(const gkd::gkd_config& c) {
    std::string text = "| option | value |\n|---|---|\n";
    const auto options = gkd::to_json(c);
    for (const auto& [name, value] : options.items())
      text += gkd::concat("| ", name, " | ", in_cell(value.dump()), " |\n");
    return text;
  }
  // a bar would end the cell
  static std::string in_cell(std::string text) {
    return replaced(std::move(text), "|", "\\|");
  }
  // a model alone, which goes by no trainer's checkpoint policy
  void tell_saved(const gkd::save_event& e) {
    if (log_) gkd::notify(*log_, e);
    if (bar_) gkd::notify(*bar_, e);
  }
  // whether a killed run had a better one after this step, which is soon made again
  bool makes_best_again(long first_step) const {
    const auto record = detail::object_in(output_dir_ + "/best/best.json");
    return record && record->contains("step") && record->at("step") > first_step;
  }
  // of evaluations before, whose models were not kept: the best one is not found among them
  void tell_of_better() const {
    const gkd::best_metric metric = metric_of(*config_);
    std::optional<gkd::best_value> better;
    for (const measured& m : history_.evaluations)
      for (const auto& [name, value] : m.values) {
        if (name != metric.name) continue;
        if (const auto found = metric.better({{name, value}}, better ? better : best_->best()))
          better = gkd::best_value{*found, m.step};
      }
    if (better)
      note_(fmt::format("{} was {:.6g} at step {}, better than that of any model that was kept: "
                        "the best model is chosen among the others",
                        metric.name, better->value, better->step));
  }
  template <class E>
  void tell(const E& e) {
    if (best_) gkd::notify(*best_, e);
    if (log_) gkd::notify(*log_, e);
    gkd::notify(state_, e);
    if (board_) gkd::notify(*board_, e);
    if (bar_) gkd::notify(*bar_, e);
  }

  const gkd::gkd_config* config_;
  std::string output_dir_;
  const gkd::bpe_tokenizer* tokenizer_;
  gkd::console screen_;
  std::function<void(const std::string&)> note_;
  std::optional<gkd::best_model<model_type>> best_;
  std::optional<model_folders> folders_;
  std::optional<gkd::jsonl_log<const gkd::bpe_tokenizer&>> log_;
  gkd::trainer_state_log state_;
  std::optional<gkd::tensorboard_log> board_;
  std::optional<gkd::progress_callback> bar_;
  gkd::step_window window_;
  run_history history_;
  long steps_now_ = 0, saved_at_ = -1;
  double fractions_ = 0.0, stepping_ = 0.0;  // the latter in seconds
  bool no_gradient_ = true;
  std::string saved_;
  double said_at_ = -1.0;  // the last line of this evaluation; < 0: there is none yet
};

}  // namespace gkd_train
