// SPDX-License-Identifier: Apache-2.0
// A run of gkd_train, from a configuration to a folder with the result.
#pragma once

#include <gkd/report/table_text.hpp>
#include <gkd/train/checkpoint.hpp>
#include <gkd/train/trainer.hpp>

#include <sys/resource.h>  // getrusage

#include <algorithm>     // find, max, replace
#include <cstdlib>       // strtod
#include <fstream>       // ifstream
#include <optional>      // optional
#include <system_error>  // system_error

#include "best_so_far.hpp"
#include "evaluation_if_any.hpp"
#include "finished.hpp"
#include "fitting.hpp"
#include "interruption.hpp"
#include "not_finite.hpp"
#include "output_folder.hpp"
#include "page.hpp"
#include "program.hpp"
#include "resuming.hpp"
#include "words.hpp"

namespace gkd_train {

/// Largest memory of this program so far, in bytes. What getrusage gives is also that of the one
/// which started it, where that had more: it is asked only where /proc does not say.
inline double peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return 1024.0 * std::strtod(line.c_str() + 6, nullptr);
  rusage usage{};
  return ::getrusage(RUSAGE_SELF, &usage) == 0 ? 1024.0 * double(usage.ru_maxrss) : 0.0;
}

/// The backend with its threads. Throws bad_argument where the machine does not give so many.
inline backend_type backend_of(const gkd::gkd_config& c) {
  const std::string option = gkd::concat("--threads is ", c.threads);
  try {
    return {.threads = c.threads};
  } catch (const gkd::error& e) {
    gkd::fail(e.code(), option, ": ", e.text());
  } catch (const std::system_error& e) {
    gkd::fail(gkd::errc::bad_argument, option, c.threads == 0 ? ", one per core" : "",
              ": the machine gives no more threads (", e.what(), "), want fewer");
  }
}

/// What makes a run again: without what is said of an earlier one, gone by then or another.
inline gkd::gkd_config to_repeat(gkd::gkd_config c) {
  const gkd::gkd_config defaults;
  c.resume_from_checkpoint = defaults.resume_from_checkpoint;
  c.resume_anyway = defaults.resume_anyway;
  c.overwrite_output_dir = defaults.overwrite_output_dir;
  return c;
}

/// Throws bad_argument for settings of the loss, the optimizer or the schedule that are not theirs.
inline void check_settings(const gkd::gkd_config& c) {
  gkd::divergence_of(c);
  gkd::optimizer_of(c).check<gkd::scalar_of<model_type>>();
  gkd::scheduler_of(c, std::max(1L, c.training.max_steps));  // of how many is not known yet
}

/// The words without these options, however their names are written, and without their values.
inline std::vector<std::string> without(const std::vector<std::string>& words,
                                        const std::vector<std::string_view>& options) {
  std::vector<std::string> kept;
  bool leaves_out = false;
  for (const std::string& word : words) {
    std::string name = word.substr(0, word.find('='));
    std::replace(name.begin(), name.end(), '-', '_');
    if (word.starts_with("--"))
      leaves_out = std::find(options.begin(), options.end(), name.substr(2)) != options.end();
    if (!leaves_out) kept.push_back(word);
  }
  return kept;
}

/// The words as a shell takes them, without those that may hold a secret and change nothing, as the
/// "token" of model_init_kwargs: reports are passed on.
inline std::string command_of(const std::vector<std::string>& words) {
  const std::vector<std::string> shown =
      without(words, {"hub_token", "push_to_hub_token", "model_init_kwargs",
                      "teacher_model_init_kwargs"});
  std::vector<const char*> argv;
  for (const std::string& word : shown) argv.push_back(word.c_str());
  return gkd::command_line(static_cast<int>(argv.size()), argv.data());
}

class run {
 public:
  /// `words` are those of the command line, for the report and for how to go on.
  run(const gkd::config_reading& given, std::vector<std::string> words, screens to)
      : given_(given), config_(given.config), words_(std::move(words)), to_(std::move(to)) {}

  /// 0: done, 130: interrupted, or not all of it measured because of that. Throws what the parts
  /// throw.
  int operator()() {
    gkd::validate(config_);
    check_metric(config_);
    asked_in_file([&] { check_settings(config_); });
    chat_files_of(config_);
    check_resumable(config_);
    check_output_folder(config_, given_.config_file);
    check_logging_dir(config_);
    const std::string by_itself = taught_by_itself(config_);
    const gone_if_empty folder(config_.training.output_dir);
    const gone_if_empty curves(config_.logging_dir);
    gkd::checkpoints keeper(checkpoint_options());
    keeper.open(config_.training);  // the folder is ours before anything is written to it
    print_notes();
    make_logging_dir(config_);
    if (!by_itself.empty()) warn(by_itself);
    const backend_type backend = backend_of(config_);
    model_facts facts = read_facts(config_);  // all that is soon read comes before the weights
    print_folders(facts);
    config_.training.vocab_size = loss_vocab(config_, facts);
    if (interrupted() != 0) return not_begun();
    std::optional<chat_sets> chats;
    if (gkd::given_up([&] { chats = read_sets(facts); })) return not_begun();
    if (chats->eval) check_evaluation(config_, *chats->eval);
    print_chats(*chats);
    if (interrupted() != 0) return not_begun();
    models m = load_models(config_, backend, std::move(facts));
    if (interrupted() != 0) return not_begun();
    return train(m, *chats, keeper);
  }

 private:
  // --- before
  // f(); an error that begins with an option of the file's, which no word names, says so
  void asked_in_file(const auto& f) const {
    try {
      f();
    } catch (const gkd::error& e) {
      const std::string name(e.text().substr(0, e.text().find(':')));
      const auto file = detail::object_in(given_.config_file);
      if (!file || !file->contains(name) || without(words_, {name}) != words_) throw;
      gkd::fail(e.code(), gkd::shown_path(given_.config_file), ": ", e.text());
    }
  }
  gkd::checkpoint_options checkpoint_options() const {
    return {.strict = !config_.resume_anyway,
            .from = config_.resume_from_checkpoint.path,
            .overwrite = config_.overwrite_output_dir,
            .on_note = [this](std::string_view note) { warn(note); }};
  }
  void print_notes() const {
    for (const std::string& note : given_.notes) warn(note);
    if (given_.ignored.empty()) return;
    say(gkd::concat("ignored: ", given_.ignored.size(),
                    given_.ignored.size() == 1 ? " name that changes" : " names that change",
                    " nothing here (--help ignored: which)"));
  }
  void print_folders(const model_facts& m) const {
    say(gkd::concat("student   ", gkd::shown_path(m.student_folder)));
    say(gkd::concat("teacher   ", m.teacher_folder.empty() ? "the student as it is now"
                                                           : gkd::shown_path(m.teacher_folder)));
    for (const std::string& note : m.notes) warn(note);
    if (const std::string note = answers_shortened(config_, m); !note.empty()) warn(note);
  }
  chat_sets read_sets(const model_facts& facts) const {
    return read_chat_sets(config_, facts, [this](const std::string& line) { say(line); });
  }
  void print_chats(const chat_sets& chats) const {
    const auto print = [&](const char* what, const chat_set& set, gkd::index taken) {
      double prompts = 0, answers = 0;
      for (gkd::index i = 0; i < taken; ++i) {
        prompts += double(set.data.prompt(i).size());
        answers += double(set.data.example(i).completion().size());
      }
      say(fmt::format("{}{} chats of {}: {:.0f} tokens of prompt, {:.0f} of answer on average",
                      what, count_of(taken, set), gkd::shown_path(set.from),
                      prompts / double(taken), answers / double(taken)));
      if (set.read.skipped > 0)
        warn(gkd::concat(counted(set.read.skipped, "line was no chat", "lines were no chats"),
                         "; the first: ", set.read.reasons.front().reason));
      if (!set.data.dropped().empty())
        warn(counted(set.data.dropped().size(),
                     "chat is left out: its prompt is longer than --max_length",
                     "chats are left out: their prompts are longer than --max_length"));
      if (set.data.cut() > 0)
        warn(counted(set.data.cut(), "answer is cut at --max_length",
                     "answers are cut at --max_length"));
    };
    print("train on  ", chats.train, chats.train.data.size());
    if (chats.eval) print("evaluate  ", *chats.eval, evaluated_of(config_, *chats.eval));
  }

  // --- the run
  int train(models& m, const chat_sets& chats, gkd::checkpoints& keeper) {
    const gkd::training_options options = gkd::options_of(config_, double(chats.train.data.size()));
    sinks to(config_, options, gkd::plan_training(options, chats.train.data, 1), m, to_.bar,
             [this](const std::string& note) { warn(note); });
    evaluation_if_any evaluation(config_, m, chats, to);
    gkd::training_options of_trainer = options;
    if (options.save_only_model) of_trainer.save_strategy = gkd::interval::no;  // the sinks save
    if (!evaluation) of_trainer.eval_on_start = false;
    gkd::trainer t{m.student,
                   m.teacher,
                   gkd::divergence_of(config_),
                   source_of(config_, m, chats.train.data),
                   gkd::optimizer_of(config_),
                   of_trainer,
                   keeper,
                   evaluation,
                   stop_when_interrupted{},
                   to};
    if (config_.resume_from_checkpoint.wanted) {
      if (keeps_best(config_) && !goes_on_here(config_))  // else it is copied first
        check_best_so_far(config_,
                          gkd::place_of_checkpoint(config_.resume_from_checkpoint.path).step,
                          m.student.config());
      if (!resume(t)) return 0;
    }
    if (finished_before(t, t.state().step)) return 0;
    if (t.state().step == t.total_steps() && !t.state().evaluation_due)
      check_result_is_not_best(config_);
    if (t.state().step > 0 && keeps_best(config_)) {
      if (goes_on_here(config_))
        check_best_so_far(config_, t.state().step, m.student.config());
      if (const std::string other = other_chats_before(config_); !other.empty())
        warn(other + ": the best model is chosen among evaluations on other chats, too");
    }
    if (const std::string names = giving_way(config_); !names.empty())
      warn(gkd::concat(gkd::shown_path(options.output_dir), ": this run removes or replaces ",
                       names));
    print_plan(m, t);
    sample_writer samples(config_, m, chats.eval ? *chats.eval : chats.train,
                          [this](const std::string& line) { say(line); });
    const long first = t.state().step;
    samples.add(m.student, first == 0 ? "student before" : fmt::format("student, step {}", first));
    if (interrupted() != 0) return not_begun();
    gkd::replace_file(options.output_dir + "/gkd_config.json",
                      gkd::text_of_json(gkd::to_json(to_repeat(config_))));
    to.open();
    gkd::train_result result = with_advice(t, [&] { return t.train(); });
    result.tokens_per_second = to.tokens_per_second(result);
    if (result.stopped) return t.state().step == first ? not_begun() : stopped(t, to);
    if (config_.load_best_model_at_end && t.state().evaluation_due) return stopped(t, to);
    if (evaluation && options.eval_strategy == gkd::interval::no)
      gkd::given_up([&] { with_advice(t, [&] { return t.evaluate(); }); });
    write_result(m, t, to);
    with_advice(t, [&] { samples.add(m.student, "student after"); });
    samples.add(m.teacher, "teacher");
    finish(result, first, to, chats, samples);
    const bool measures = t.state().evaluation_due || config_.report_samples > 0 ||
                          (evaluation && options.eval_strategy == gkd::interval::no);
    if (interrupted() == 0 || !measures) return 0;
    warn("interrupted after the last step: the model is whole, but not all of it was measured");
    return 130;
  }
  // a result that cannot be written, as weights beyond --save_dtype, is in a checkpoint still
  template <class Trainer>
  void write_result(models& m, Trainer& t, sinks& to) const {
    forget_result(config_.training.output_dir);
    try {
      write_model(m, config_.training.output_dir, config_);
    } catch (const gkd::error& e) {
      const std::optional<std::string> there = to.saved(t.state().step);
      if (to.folders() || (!there && config_.load_best_model_at_end)) throw;
      std::string kept;
      try {
        kept = there ? *there : t.save();
      } catch (const gkd::error& also) {
        gkd::fail(e.code(), e.text(), "; nor can a checkpoint be written: ", also.text());
      }
      gkd::fail(e.code(), e.text(), "; the run is in ", gkd::shown_path(kept),
                ", and --resume_from_checkpoint writes what comes of it, also as another "
                "--save_dtype");
    }
  }
  template <class Trainer>
  bool resume(Trainer& t) const {
    if (t.resume()) return true;
    if (finished_before(t, t.total_steps())) return false;  // without checkpoints
    gkd::fail(gkd::errc::bad_checkpoint, gkd::shown_path(config_.training.output_dir),
              ": no checkpoint to resume from; leave --resume_from_checkpoint away to begin, with "
              "--overwrite_output_dir in its place where a run has left its log");
  }
  // a run that is resumed at its end, with its result there
  template <class Trainer>
  bool finished_before(const Trainer& t, long step) const {
    if (step < t.total_steps() || t.state().evaluation_due) return false;
    if (!has_result(config_, step)) return false;
    say(
        fmt::format("\nthe run is finished already, step {} of {}: model and report in {} stay as "
                    "they are",
                    step, t.total_steps(), gkd::shown_path(config_.training.output_dir)));
    if (const std::string names = changed_options(to_repeat(config_)); !names.empty())
      warn(gkd::concat("too late for a run that is finished, and without effect: ", names));
    return true;
  }
  template <class Trainer>
  void print_plan(models& m, const Trainer& t) const {
    const gkd::any_divergence loss = gkd::divergence_of(config_);
    const gkd::training_options& o = config_.training;
    say(fmt::format("student {} parameters, teacher {}, format {}",
                    gkd::format_count(double(parameters_of(m.student))),
                    gkd::format_count(double(parameters_of(m.teacher))), m.format.name()));
    say(fmt::format(
        "loss {}, lambda {}{}, {} of {}{}\n", loss.text(), config_.lmbda,
        teacher_samples(config_) ? ", the teacher writes the rest (--seq_kd)" : "",
        counted(t.total_steps(), "step", "steps"),
        counted(o.per_device_train_batch_size * o.gradient_accumulation_steps, "chat", "chats"),
        t.state().step > 0 ? fmt::format(", going on after step {}", t.state().step) : ""));
    if (const std::string warning = loss.warning(); !warning.empty()) warn(warning);
    const gkd::lr_scheduler rate = gkd::scheduler_of(config_, t.total_steps());
    if (rate.kind != gkd::lr_scheduler_kind::constant && rate.warmup_steps > t.total_steps())
      warn(fmt::format("--warmup_steps is {} and the run has {} steps: the learning rate never "
                       "reaches --learning_rate",
                       rate.warmup_steps, t.total_steps()));
  }

  // --- after
  int not_begun() const {
    say("\ninterrupted before the first step: nothing was trained");
    if (config_.resume_from_checkpoint.wanted)
      say(gkd::concat("to go on:\n  ", command_of(words_)));
    print_earlier();
    return 130;
  }
  // this run writes model and report at its end alone
  void print_earlier() const {
    const std::string& out = config_.training.output_dir;
    std::error_code ignored;
    if (std::filesystem::exists(out + "/config.json", ignored))
      warn(gkd::concat("model and report in ", gkd::shown_path(out), " are an earlier run's"));
  }
  template <class Trainer>
  int stopped(Trainer& t, sinks& to) const {
    const long step = t.state().step;
    const auto saved = [&] {
      if (!to.saved(step)) say(gkd::concat("writing checkpoint-", step, " ..."));
      return to.saved(step) ? *to.saved(step) : t.save();
    };
    const std::string where = fmt::format(
        "\ninterrupted at step {} of {}{}", step, t.total_steps(),
        step == t.total_steps() ? ", in the evaluation that says which model is the best" : "");
    if (to.folders())
      say(gkd::concat(where, "; the model is in ", to.folders()->save(step),
                      "\n--save_only_model keeps no state to go on from"));
    else
      say(gkd::concat(where, "; all of it is in ", saved(), "\nto go on:\n  ",
                      command_to_resume()));
    print_earlier();
    return 130;
  }
  std::string command_to_resume() const {
    return command_of(without(words_, {"overwrite_output_dir", "resume_from_checkpoint"})) +
           " --resume_from_checkpoint true";
  }
  void finish(const gkd::train_result& result, long first, const sinks& to, const chat_sets& chats,
              const sample_writer& samples) const {
    const std::string& teacher = config_.teacher_model_name_or_path;
    const run_summary summary{result,
                              first,
                              gkd::shown_path(config_.model_name_or_path),
                              teacher.empty() ? "itself" : gkd::shown_path(teacher),
                              gkd::divergence_of(config_).text(),
                              peak_memory(),
                              samples.samples()};
    write_report(config_, summary, to.history(), chats, command_of(words_));
    record_result(config_.training.output_dir, result.steps);
    print_changes(to.history(), samples);
    say(fmt::format("\n{} in {}{}, peak memory {:.2f} GB", detail::steps_of(summary),
                    gkd::format_duration(result.seconds),
                    result.steps == first ? "" : speed_and_loss(result, to.history()),
                    summary.peak_bytes / 1e9));
    if (result.skipped_steps > 0)
      warn(counted(result.skipped_steps,
                   "of the steps had no token to learn from and was passed over",
                   "of the steps had no token to learn from and were passed over"));
    if (to.no_gradient() && result.steps - first > result.skipped_steps)
      warn(why_nothing_learnt(config_, result.mean_loss));
    if (const auto best = to.best())
      say(fmt::format("best {} {:.4f} at step {}{}", gkd::best_metric_of(config_), best->value,
                      best->step, config_.load_best_model_at_end ? ": that is the result" : ""));
    const std::string out = gkd::shown_path(config_.training.output_dir);
    say(fmt::format("model   {}\nreport  {}/report.html", out, out));
  }

  static std::string speed_and_loss(const gkd::train_result& result, const run_history& history) {
    return fmt::format(", {} tokens/s{}, mean loss {:.4f}",
                       gkd::format_count(result.tokens_per_second),
                       history.evaluations.empty() ? "" : " without the evaluations",
                       result.mean_loss);
  }

  // the first and the last evaluation, and the answers to one prompt
  void print_changes(const run_history& history, const sample_writer& samples) const {
    if (config_.verbosity > gkd::log_level::info) return;
    if (!history.evaluations.empty()) {
      to_.out.write("\n");
      gkd::print(detail::evaluation_table(history), to_.out);
    }
    if (samples.samples().empty()) return;
    const gkd::sample_answers& first = samples.samples().front();
    print_text("prompt", first.prompt);
    for (const gkd::model_answer& a : first.answers) print_text(a.who, a.text);
  }
  void print_text(std::string_view title, std::string_view text) const {
    say(gkd::concat("\n--- ", title));
    for (gkd::index at = 0; at < text.size();) {
      const gkd::index end = std::min(text.find('\n', at), text.size());
      say(gkd::printable(text.substr(at, end - at)));
      at = end + 1;
    }
  }

  void say(std::string_view line) const {
    if (config_.verbosity <= gkd::log_level::info) to_.out.write(gkd::concat(line, "\n"));
  }
  void warn(std::string_view line) const {
    if (config_.verbosity > gkd::log_level::warning) return;
    to_.out.write(gkd::concat(
        "note: ", in_program_words(std::string(line), given_names(config_)), "\n"));
  }

  const gkd::config_reading& given_;
  gkd::gkd_config config_;
  std::vector<std::string> words_;
  screens to_;
};

}  // namespace gkd_train
