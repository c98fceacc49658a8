// SPDX-License-Identifier: Apache-2.0
// What a training run says, in a file and on a terminal: callbacks of the trainer.
//
//   gkd::trainer t{student, teacher, loss, source, optimizer, options,
//                  gkd::jsonl_log{"run/train.jsonl", tokenizer, {.sample_every = 100}},
//                  gkd::progress_callback{}};
//
//   {"step":100,"epoch":0.5,"loss":0.81,"learning_rate":2e-05,"grad_norm":1.2, ...}
//   {"step":100,"epoch":0.5,"eval_loss":0.79, ...}
//   {"step":101,"micro_batch":0,"samples":[{"from":"student","replayed":false,"prompt":"2+2",...}]}
//   {"step":200,"checkpoint":"run/checkpoint-200"}      {"step":200,"train_runtime":61.2, ...}
//
// Names are those of TRL's logs where it has them. A run that goes on from a checkpoint takes the
// lines of later steps out, which a killed one had written, and appends: no step comes twice. A run
// that another policy refuses at its start, as checkpoints{} does where it should be resumed,
// leaves the file as it was.
#pragma once

#include <gkd/report/jsonl.hpp>
#include <gkd/report/progress.hpp>
#include <gkd/text/tokenizer.hpp>
#include <gkd/train/step_window.hpp>

#include <algorithm>    // min
#include <charconv>     // from_chars
#include <memory>       // unique_ptr
#include <optional>     // optional
#include <type_traits>  // is_same_v
#include <utility>      // exchange, pair

namespace gkd::inline v0 {

struct jsonl_log_options {
  log_mode mode = log_mode::append;
  long sample_every = 0;  ///< steps between samples; needs a tokenizer; 0: none
  index samples = 2;      ///< sequences of a batch that are shown
};

/// The step of a line of a training_log, its first member; nothing for a line of others.
inline std::optional<long> step_of_log_line(std::string_view line) {
  constexpr std::string_view first = "{\"step\":";
  if (!line.starts_with(first)) return std::nullopt;
  long step = 0;
  const auto [end, problem] =
      std::from_chars(line.data() + first.size(), line.data() + line.size(), step);
  if (problem != std::errc{}) return std::nullopt;
  return step;
}

namespace detail {

constexpr std::string_view name_of(origin from) {
  switch (from) {
    case origin::dataset: return "dataset";
    case origin::student: return "student";
    case origin::teacher: return "teacher";
  }
  return "unknown";
}

/// The lines of a log without those of the last run in it of which keeps(line) is false.
template <class Keeps>
std::string lines_kept(std::string_view lines, const Keeps& keeps) {
  const index begin = lines.rfind("\n{\"step\":0,\"total_steps\":");  // the last run's
  index at = begin == lines.npos ? 0 : begin + 1;
  std::string kept(lines.substr(0, at));
  while (at < lines.size()) {
    const std::string_view line = lines.substr(at, lines.find('\n', at) + 1 - at);
    if (keeps(line)) kept += line;
    at += line.size();
  }
  return kept;
}
/// Without those beyond `step`.
inline std::string lines_up_to(long step, std::string_view lines) {
  return lines_kept(lines, [&](std::string_view line) {
    return step_of_log_line(line).value_or(0) <= step;
  });
}
/// Without evaluations of `step`: {"step":2,"epoch":1,"eval_...
inline std::string lines_without_evaluation(long step, std::string_view lines) {
  return lines_kept(lines, [&](std::string_view line) {
    const std::string_view behind = line.substr(std::min(line.find(','), line.size()));
    const index next = behind.find(',', 1);
    return step_of_log_line(line) != step || !behind.starts_with(",\"epoch\":") ||
           next == behind.npos || !behind.substr(next).starts_with(",\"eval_");
  });
}

/// In place of a tokenizer where no samples are wanted.
struct no_tokenizer {};

}  // namespace detail

/// Appends a JSON object to a file for each step that logging_steps asks for, each evaluation, each
/// checkpoint and the end; where a run goes on after a step, the last run's lines of later steps
/// are taken out first. The file is not touched before the first batch or evaluation, and not at
/// all by a run that is stopped before them. `loss`, `student_fraction` and the times are means
/// over the steps since the line before; `loss` leaves out steps without a token to learn from, and
/// is null where there was no other; `grad_norm` and `learning_rate` are the step's own.
///
/// With a tokenizer (an lvalue is referred to and must outlive the log) and `sample_every`, the
/// first sequences of the first batch of every so many steps are decoded and written, too: what the
/// student answers while it learns.
template <class Tokenizer = detail::no_tokenizer>
class jsonl_log {
  static constexpr bool decodes =
      !std::is_same_v<std::remove_cvref_t<Tokenizer>, detail::no_tokenizer>;

 public:
  /// Throws io_failure, bad_argument for `sample_every` below 0 or without a tokenizer.
  explicit jsonl_log(std::string path, jsonl_log_options options = {})
    requires(!decodes)
      : writer_(std::move(path)), options_(options) {
    check();
  }
  jsonl_log(std::string path, Tokenizer&& tokenizer, jsonl_log_options options = {})
    requires decodes
      : writer_(std::move(path)),
        options_(options),
        tokenizer_(static_cast<Tokenizer&&>(tokenizer)) {
    static_assert(detail::has_decode<std::remove_cvref_t<Tokenizer>>,
                  "gkd: a tokenizer needs  std::string decode(std::span<const gkd::token> ids) "
                  "const  [docs/concepts.md#tokenizer]");
    check();
  }

  void on_start(const start_event& e) {
    window_ = {};
    resumed_at_ = e.first_step > 0 ? e.first_step : -1;
    start_ = {e.first_step, json_value::object({{"step", e.first_step},
                                                {"total_steps", e.total_steps},
                                                {"total_epochs", e.total_epochs},
                                                {"summary", e.summary}})};
  }
  void on_batch([[maybe_unused]] const batch_event& e) {
    begin();
    if constexpr (decodes) {
      if (options_.sample_every == 0 || e.step % options_.sample_every != 0 || e.micro_batch != 0)
        return;
      std::vector<json_value> shown;
      for (index b = 0; b < std::min(options_.samples, e.batch.size()); ++b)
        shown.push_back(sample(e.batch, b));
      writer_.write({{"step", e.step + 1}, {"micro_batch", e.micro_batch}, {"samples", shown}});
    }
  }
  void on_step(const step_event& e) {
    window_.add(e);
    resumed_at_ = -1;
    if (!e.log) return;
    begin();
    writer_.write({{"step", e.step},
                   {"epoch", e.epoch},
                   {"loss", window_.loss()},
                   {"learning_rate", e.learning_rate},
                   {"grad_norm", e.gradient_norm},
                   {"student_fraction", window_.student_fraction()},
                   {"loss_tokens", window_.rows()},
                   {"num_input_tokens_seen", e.tokens_seen},
                   {"tokens_per_second", window_.tokens_per_second()},
                   {"seconds_per_step", window_.seconds_per_step()},
                   {"generation_share", window_.generation_share()},
                   {"teacher_outside", e.details.teacher_outside},
                   {"student_outside", e.details.student_outside}});
    window_ = {};
  }
  void on_eval(const eval_event& e) {
    begin();
    if (e.step == resumed_at_)  // an evaluation that was still to be made, or is made again
      writer_.replace_lines(
          [&](std::string_view lines) { return detail::lines_without_evaluation(e.step, lines); });
    std::vector<json_field> fields{{"step", e.step}, {"epoch", e.epoch}};
    for (const auto& [name, value] : e.values) fields.push_back({name, value});
    writer_.write(fields);
  }
  void on_save(const save_event& e) {
    begin();
    writer_.write({{"step", e.step}, {"checkpoint", e.path}});
  }
  void on_end(const end_event& e) {
    if (start_ && e.stopped) return start_.reset();  // it has not begun
    begin();
    writer_.write({{"step", e.step}, {"stopped", e.stopped}, {"train_runtime", e.seconds}});
  }

 private:
  void check() const {
    if (options_.sample_every < 0)
      fail(errc::bad_argument, "jsonl_log_options.sample_every is ", options_.sample_every,
           ", want >= 0; 0 shows no samples");
    if (!decodes && options_.sample_every > 0)
      fail(errc::bad_argument, "jsonl_log_options.sample_every is ", options_.sample_every,
           " but there is no tokenizer to decode samples with: jsonl_log{path, tokenizer, ...}");
  }
  // what a log opens with, once all policies have let the run begin
  void begin() {
    if (std::exchange(options_.mode, log_mode::append) == log_mode::replace)
      writer_.replace_lines([](std::string_view) { return std::string(); });
    if (!start_) return;
    const std::pair<long, json_value> start = *std::exchange(start_, std::nullopt);
    if (const long step = start.first; step > 0)
      writer_.replace_lines(
          [&](std::string_view lines) { return detail::lines_up_to(step, lines); });
    writer_.write(start.second);
  }
  // a prompt ends where the first target begins
  json_value sample(const token_batch& batch, index b) const {
    const std::span<const token> tokens = batch.tokens(b);
    const index first_row = batch.row_offsets()[b];
    const bool learns = first_row < batch.row_offsets()[b + 1];
    const index prompt = learns ? batch.rows()[first_row] + 1 - batch.offsets()[b] : tokens.size();
    return json_value::object({{"from", detail::name_of(batch.from(b))},
                               {"replayed", batch.replayed(b)},
                               {"prompt", tokenizer_.decode(tokens.first(prompt))},
                               {"completion", tokenizer_.decode(tokens.subspan(prompt))},
                               {"tokens", tokens.size() - prompt}});
  }

  jsonl_writer writer_;
  jsonl_log_options options_;
  [[no_unique_address]] Tokenizer tokenizer_;
  step_window window_;
  long resumed_at_ = -1;  // until the first step from there
  std::optional<std::pair<long, json_value>> start_;  // step and line of a run that is to begin
};

jsonl_log(std::string) -> jsonl_log<>;
jsonl_log(std::string, jsonl_log_options) -> jsonl_log<>;
template <class Tokenizer>
jsonl_log(std::string, Tokenizer&&) -> jsonl_log<Tokenizer>;
template <class Tokenizer>
jsonl_log(std::string, Tokenizer&&, jsonl_log_options) -> jsonl_log<Tokenizer>;

/// A progress bar over the steps of a run, with tokens/s, loss and the time left; evaluations and
/// checkpoints are lines above it. Its settings are those of report/progress.
class progress_callback {
 public:
  explicit progress_callback(progress_options options = {}) : options_(std::move(options)) {}

  void on_start(const start_event& e) {
    progress_options now = options_;
    now.start = static_cast<index>(e.first_step);
    if (now.title.empty()) now.title = "train";
    tokens_ = 0.0;
    after_step_ = options_.clock();
    bar_ = std::make_unique<progress>(static_cast<index>(e.total_steps), std::move(now));
  }
  void on_step(const step_event& e) {
    tokens_ += e.tokens;
    if (bar_)
      bar_->update(static_cast<index>(e.step),
                   {.tokens = static_cast<index>(tokens_), .loss = e.loss});
    after_step_ = options_.clock();
  }
  void on_eval(const eval_event& e) {
    std::string line = fmt::format("step {}", e.step);
    for (const auto& [name, value] : e.values) line += fmt::format("  {} {:.4g}", name, value);
    say(line);
    if (bar_) bar_->leave_out(e.seconds);
    after_step_ = options_.clock();
  }
  void on_save(const save_event& e) {
    say(fmt::format("step {}  saved {}", e.step, e.path));
    const double now = options_.clock();  // writing it has begun after what came last
    if (bar_) bar_->leave_out(now - std::exchange(after_step_, now));
  }
  void on_end(const end_event&) { bar_.reset(); }

 private:
  void say(const std::string& line) {
    if (bar_)
      bar_->say(line);
    else
      options_.out.write(printable(line) + "\n");
  }

  progress_options options_;
  std::unique_ptr<progress> bar_;
  double tokens_ = 0.0;      // of this run, for tokens/s
  double after_step_ = 0.0;  // when the last step or evaluation, or what came after it, ended
};

}  // namespace gkd::inline v0
