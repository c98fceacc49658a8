// SPDX-License-Identifier: Apache-2.0
// The report at the end of a run: what it came to, curves, sample answers, options.
#pragma once

#include <gkd/report/html.hpp>
#include <gkd/report/svg.hpp>
#include <gkd/sample/generate.hpp>

#include <fmt/format.h>

#include <algorithm>   // find_if
#include <functional>  // function
#include <string>      // string
#include <string_view>  // string_view
#include <utility>     // move
#include <vector>      // vector

#include "chats.hpp"
#include "interruption.hpp"
#include "sinks.hpp"

namespace gkd_train {

/// "1 answer is cut", "2 answers are cut".
inline std::string counted(auto count, std::string_view one, std::string_view more) {
  return gkd::concat(count, " ", count == 1 ? one : more);
}

/// The text; one of nothing that is seen in quotes, which show that it is there.
inline std::string visible(std::string text) {
  return text.find_first_not_of(" \t\r\n") == text.npos ? gkd::in_quotes(text) : text;
}

/// What a run came to.
struct run_summary {
  gkd::train_result trained;
  long first = 0;  ///< the step after which it began
  std::string student, teacher, divergence;
  double peak_bytes = 0.0;  ///< of memory
  std::vector<gkd::sample_answers> samples;
};

/// What is said of an answer that did not end by itself; "" of one that did. `positions`: those of
/// the model.
inline std::string how_cut(const gkd::sequence& answer, const gkd::generation_options& how,
                           gkd::index i, gkd::index positions) {
  switch (gkd::finish_of(answer, how, i)) {
    case gkd::finish_reason::eos: return "";
    case gkd::finish_reason::length: return fmt::format("cut at {} tokens", how.max_new_tokens);
    case gkd::finish_reason::context: break;
  }
  return fmt::format("cut after {} tokens, where with its prompt it is as long as the model's {} "
                     "positions",
                     gkd::completion_of(answer).size(), positions);
}

/// The answers of the report: the most likely ones of each model.
class sample_writer {
 public:
  /// say(line) is told what is being written, since it may take long.
  sample_writer(const gkd::gkd_config& c, models& m, const chat_set& from,
                std::function<void(const std::string&)> say)
      : models_(&m), from_(&from), how_(answers_of(c, m)), say_(std::move(say)) {
    how_.sampling = {.greedy = true};
    how_.seed = c.training.seed;
    const gkd::index count = std::min(c.report_samples, from.data.size());
    for (gkd::index i = 0; i < count; ++i) {
      const auto& example = from.data.example(i);
      samples_.push_back({m.tokenizer.decode(example.prompt()), {}});
      if (!example.completion().empty())
        samples_.back().answers.push_back(
            {"the chats'", visible(m.tokenizer.decode(example.completion()))});
    }
  }
  /// Adds the answers of a model under a name; none where it is interrupted.
  void add(model_type& model, const std::string& who) {
    if (samples_.empty()) return;
    say_(fmt::format("writing {} sample answers: {}", samples_.size(), who));
    std::vector<std::span<const gkd::token>> prompts;
    for (gkd::index i = 0; i < samples_.size(); ++i) prompts.push_back(from_->data.prompt(i));
    std::vector<gkd::sequence> answers;
    double said_at = gkd::steady_seconds();
    const auto go_on = [&](const gkd::generation_progress& now) {
      if (interrupted() != 0) gkd::fail(gkd::errc::interrupted, "answers for the report");
      if (gkd::steady_seconds() - said_at < gkd::progress_options{}.line_seconds) return;
      said_at = gkd::steady_seconds();
      say_(fmt::format("sample answers: {} of {} written", now.finished, now.sequences));
    };
    if (gkd::given_up([&] { answers = gkd::generate(model, prompts, how_, go_on); })) return;
    for (gkd::index i = 0; i < answers.size(); ++i)
      samples_[i].answers.push_back(
          {who, visible(models_->tokenizer.decode(gkd::completion_of(answers[i]))),
           gkd::tone::plain, how_cut(answers[i], how_, i, model.max_positions())});
  }
  const std::vector<gkd::sample_answers>& samples() const { return samples_; }

 private:
  models* models_;
  const chat_set* from_;
  gkd::generation_options how_;
  std::function<void(const std::string&)> say_;
  std::vector<gkd::sample_answers> samples_;
};

namespace detail {

inline gkd::plot_series metric_curve(const run_history& h, const std::string& metric,
                                     std::string name) {
  gkd::plot_series curve{.name = std::move(name), .x = {}, .y = {}, .markers = true};
  for (const measured& m : h.evaluations)
    for (const auto& [key, value] : m.values)
      if (key == metric) {
        curve.x.push_back(double(m.step));
        curve.y.push_back(value);
      }
  return curve;
}

inline std::vector<gkd::captioned_svg> curves(const run_history& h) {
  std::vector<gkd::plot_series> losses{{.name = "training", .x = h.steps, .y = h.losses}};
  if (const auto eval = metric_curve(h, "eval_loss", "evaluation"); !eval.x.empty())
    losses.push_back(eval);
  std::vector<gkd::captioned_svg> plots{
      {gkd::line_plot(losses, {.title = "Loss", .x_label = "step", .y_label = "nats a token"})},
      {gkd::line_plot({{.name = "learning rate", .x = h.steps, .y = h.learning_rates}},
                      {.title = "Learning rate", .x_label = "step"})},
      {gkd::line_plot({{.name = "before clipping", .x = h.steps, .y = h.gradient_norms}},
                      {.title = "Norm of the gradient", .x_label = "step"})}};
  const auto forward = metric_curve(h, "eval_forward_kl", "forward");
  if (forward.x.empty()) return plots;
  plots.push_back({gkd::line_plot({forward, metric_curve(h, "eval_reverse_kl", "reverse")},
                                  {.title = "KL to the teacher, on the evaluation's chats",
                                   .x_label = "step",
                                   .y_label = "nats a token"})});
  return plots;
}

/// The metrics of the first and the last evaluation; of the only one where there is no other.
inline gkd::table evaluation_table(const run_history& h) {
  const measured& first = h.evaluations.front();
  const measured& last = h.evaluations.back();
  if (h.evaluations.size() == 1) {
    gkd::table t{{.title = "metric"}, {.title = fmt::format("step {}", last.step), .decimals = 4}};
    for (const auto& [name, value] : last.values) t.add({name, value});
    return t;
  }
  gkd::table t{{.title = "metric"},
               {.title = fmt::format("first, step {}", first.step), .decimals = 4},
               {.title = fmt::format("last, step {}", last.step), .decimals = 4}};
  for (const auto& metric : last.values) {  // by name: one that was read back has another order
    const auto same = std::find_if(first.values.begin(), first.values.end(),
                                   [&](const auto& m) { return m.first == metric.first; });
    t.add({metric.first,
           same == first.values.end() ? gkd::table_cell() : gkd::table_cell(same->second),
           metric.second});
  }
  return t;
}

/// The steps that were taken now, of all: "6 steps", or "2 of 6 steps" of a run that went on.
inline std::string steps_of(const run_summary& r) {
  const long now = r.trained.steps - r.first;
  return r.first == 0 ? fmt::format("{} steps", now)
                      : fmt::format("{} of {} steps", now, r.trained.steps);
}

/// Who wrote the answers that were learnt from, as it was drawn.
inline std::string who_wrote(const gkd::gkd_config& c, const run_summary& r, const run_history& h) {
  if (!h.student_fraction) return fmt::format("Lambda is {}.", c.lmbda);
  return fmt::format("Lambda is {}: the student wrote {:.0f} % of the answers itself{}{}.", c.lmbda,
                     100.0 * *h.student_fraction,
                     r.first == 0 ? "" : fmt::format(" after step {}", r.first),
                     teacher_samples(c) ? ", the teacher the others" : "");
}

inline std::vector<gkd::key_figure> key_figures(const run_summary& r, const run_history& h) {
  std::vector<gkd::key_figure> out;
  const auto add_change = [&](const std::string& metric, const char* name) {
    const gkd::plot_series curve = metric_curve(h, metric, "");
    if (curve.y.size() > 1)
      out.push_back({fmt::format("{:.3f} → {:.3f}", curve.y.front(), curve.y.back()), name,
                     "on the evaluation's chats"});
  };
  if (!h.losses.empty())
    out.push_back({fmt::format("{:.4f}", h.losses.back()), "loss", "of the last steps logged"});
  add_change("eval_forward_kl", "forward KL to the teacher");
  add_change("eval_reverse_kl", "reverse KL to the teacher");
  if (r.trained.steps > r.first)
    out.push_back({gkd::format_count(r.trained.tokens_per_second), "tokens a second",
                   fmt::format("{} in {}", steps_of(r), gkd::format_duration(r.trained.seconds))});
  out.push_back({fmt::format("{:.2f} GB", r.peak_bytes / 1e9), "peak memory", ""});
  return out;
}

/// The options that are not at their defaults.
inline std::vector<gkd::setting> settings_of(const gkd::gkd_config& c) {
  std::vector<gkd::setting> out;
  const auto defaults = gkd::to_json(gkd::gkd_config{}), all = gkd::to_json(c);
  for (const auto& [name, value] : all.items())
    if (value != defaults.at(name)) out.push_back({name, value.dump()});
  return out;
}

}  // namespace detail

/// Writes output_dir/report.html.
inline void write_report(const gkd::gkd_config& c, const run_summary& r, const run_history& h,
                         const chat_sets& chats, const std::string& command) {
  gkd::html_report page(
      c.run_name.empty() ? "gkd_train" : c.run_name,
      {.subtitle = fmt::format("{} from {}", r.student, r.teacher), .command_line = command});
  page.section("Result");
  page.key_figures(detail::key_figures(r, h));
  const std::string to_evaluate =
      chats.eval ? gkd::concat(", ", count_of(evaluated_of(c, *chats.eval), *chats.eval),
                               " to evaluate on")
                 : "";
  page.paragraph(fmt::format("Loss: {}. {} {} chats of {} to learn from{}.", r.divergence,
                             detail::who_wrote(c, r, h), chats.train.data.size(),
                             chats.train.from, to_evaluate));
  page.section("Curves");
  page.figures(detail::curves(h));
  if (!h.evaluations.empty()) {
    page.section("Evaluations");
    page.table(detail::evaluation_table(h), h.evaluations.size() == 1
                                                ? "The only one of this run."
                                                : "The first and the last one of this run.");
  }
  if (!r.samples.empty()) {
    page.section("Answers");
    page.samples(r.samples);
  }
  page.section("Options");
  page.settings(detail::settings_of(c));
  page.write(c.training.output_dir + "/report.html");
}

}  // namespace gkd_train
