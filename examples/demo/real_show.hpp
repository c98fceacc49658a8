// SPDX-License-Identifier: Apache-2.0
// What ./run demo --real says of its results: a table, completions, where the time went, a report.
#pragma once

#include <gkd/report/html.hpp>
#include <gkd/report/svg.hpp>
#include <gkd/report/table.hpp>
#include <gkd/report/table_text.hpp>

#include <fmt/format.h>

#include "real_runs.hpp"

namespace demo {

/// A perplexity: as a number, or as 42.3M where it is huge.
inline gkd::table_cell perplexity_cell(double x) {
  return x < 1e4 ? gkd::table_cell(x) : gkd::table_cell(gkd::format_count(x));
}

/// One row for each student and point of its life.
inline gkd::table story_table(const real_results& r) {
  gkd::table t{{.title = "student"},
               {.title = "perplexity", .group = "teacher's stories", .decimals = 1},
               {.title = "forward", .group = "teacher's stories"},
               {.title = "reverse", .group = "teacher's stories"},
               {.title = "perplexity", .group = "real stories", .decimals = 1},
               {.title = "forward", .group = "real stories"},
               {.title = "reverse", .group = "real stories"},
               {.title = "perplexity", .group = "own text", .decimals = 1},
               {.title = "forward", .group = "own text"},
               {.title = "reverse", .group = "own text"},
               {.title = "steps", .decimals = 0},
               {.title = "s", .decimals = 0}};
  const auto add = [&](const std::string& name, const story_row& row, bool teacher) {
    std::vector<gkd::table_cell> cells{name};
    for (const text_scores& s : {row.score.told, row.score.real, row.score.own}) {
      cells.push_back(perplexity_cell(s.perplexity));
      cells.push_back(teacher ? gkd::table_cell{} : gkd::table_cell(s.forward));
      cells.push_back(teacher ? gkd::table_cell{} : gkd::table_cell(s.reverse));
    }
    cells.push_back(row.steps > 0 ? gkd::table_cell(row.steps) : gkd::table_cell{});
    cells.push_back(row.steps > 0 ? gkd::table_cell(row.seconds) : gkd::table_cell{});
    t.add(std::move(cells));
  };
  add("teacher", r.teacher, true);
  for (gkd::index i = 0; i < r.used.students.size(); ++i) {
    t.rule();
    for (gkd::index life = 0; life < r.lives(); ++life) add(r.name(i, life), r.row(i, life), false);
  }
  return t;
}

inline std::string story_caption(const real_results& r) {
  const auto parameters = [&](gkd::index i) {
    return gkd::format_count(static_cast<double>(r.parameters[i]));
  };
  return fmt::format(
      "Forward and reverse: KL to the teacher, nats per token. Perplexity: the student's on given "
      "text, the teacher's on the student's own. Teacher's stories: {} held out; real stories: the "
      "last two of the TinyStories sample; own text: completions of the beginnings of both; s: "
      "elapsed in training. "
      "Parameters: teacher {}, random {}, layers {}. Training: {} beginnings with {} tokens each "
      "to go.",
      r.used.stories.held_out, parameters(0), parameters(1), parameters(2), r.training_prompts,
      r.used.stories.answer_tokens);
}

/// What the table shows: see real_words.hpp.
inline std::vector<std::string> story_conclusion(const real_results& r) {
  std::vector<student_scores> scores;
  for (gkd::index i = 0; i < r.used.students.size(); ++i)
    scores.push_back({r.used.students[i].name, r.row(i, 0).score, r.row(i, 1).score,
                      r.row(i, 2).score, r.row(i, 3).score, r.row(i, 4).score});
  return story_sentences(scores, r.used.stories.stories);
}

/// Where the time went: what each thread's clock on the wall says, summed over the threads. Where
/// threads share a core that is more than their processor time.
inline std::string story_cost(const real_results& r) {
  double seconds = 0, sampling = 0, tokens = 0, measuring = r.teacher.measuring_seconds;
  for (const story_row& row : r.rows) {
    seconds += row.seconds;
    sampling += row.sampling_seconds;
    measuring += row.measuring_seconds;
    tokens += row.tokens;
  }
  return fmt::format(
      "{:.0f} s on {} thread{}. Elapsed seconds, summed over the threads: training {:.0f}, of "
      "which sampling {:.0f}; measuring {:.0f}. The teacher's stories took {:.0f}. {} tokens went "
      "through the students in training, {:.0f} a second on each thread.",
      r.seconds, r.used.threads, r.used.threads == 1 ? "" : "s", seconds, sampling, measuring,
      r.stories_seconds - r.teacher.measuring_seconds, gkd::format_count(tokens), tokens / seconds);
}

/// Lines of at most `width` columns, broken at blanks, each after `indent` blanks.
inline std::string wrapped(std::string_view text, gkd::index width, gkd::index indent) {
  std::string out, line;
  const std::string blanks(indent, ' ');
  const auto flush = [&] {
    if (!line.empty()) out += blanks + line + "\n";
    line.clear();
  };
  for (gkd::index at = 0; at < text.size();) {
    const gkd::index end = std::min(text.find_first_of(" \n", at), text.size());
    const std::string word = gkd::printable(text.substr(at, end - at));
    if (gkd::display_width(line) + 1 + gkd::display_width(word) + indent > width) flush();
    if (!word.empty()) line += (line.empty() ? "" : " ") + word;
    at = end + 1;
  }
  flush();
  return out;
}

/// The models whose text is shown: the teacher, then each student's lives.
template <class F>
void for_each_shown(const real_results& r, const F& f) {
  f("teacher", r.teacher);
  for (gkd::index i = 0; i < r.used.students.size(); ++i)
    for (gkd::index life = 0; life < r.lives(); ++life)
      if (life != 2) f(r.name(i, life), r.row(i, life));
}

inline std::string story_samples(const real_results& r, gkd::index width) {
  std::string out;
  for (gkd::index p = 0; p < r.prompts.size(); p += 2) {  // a teacher's prompt and a real one
    out += wrapped(r.prompts[p] + "...", width, 0);
    for_each_shown(r, [&](const std::string& who, const story_row& row) {
      out += "  " + who + "\n" + wrapped("..." + row.score.texts[p], width, 6);
    });
    out += "\n";
  }
  return out;
}

inline std::vector<gkd::sample_answers> story_sample_list(const real_results& r) {
  std::vector<gkd::sample_answers> out;
  for (gkd::index p = 0; p < r.prompts.size(); ++p) {
    gkd::sample_answers s{r.prompts[p], {}};
    for_each_shown(r, [&](const std::string& who, const story_row& row) {
      s.answers.push_back({who, row.score.texts[p]});
    });
    out.push_back(std::move(s));
  }
  return out;
}

inline std::vector<gkd::plot_series> story_curves(const real_results& r) {
  std::vector<gkd::plot_series> out;
  for (gkd::index i = 0; i < r.used.students.size(); ++i)
    for (gkd::index life = 2; life < r.lives(); ++life) {
      const story_row& row = r.row(i, life);
      out.push_back({.name = r.name(i, life),
                     .x = row.curve_steps,
                     .y = row.curve,
                     .colour = static_cast<int>(life - 2),
                     .dashed = i > 0,
                     .markers = true});
    }
  return out;
}

inline void write_story_report(const real_results& r, const std::string& path,
                               std::string command) {
  gkd::html_report report("Distilling stories260K",
                          {.subtitle = "A pretrained Llama of 260 thousand parameters teaches a "
                                       "smaller one and three of its own layers",
                           .command_line = std::move(command)});
  const auto gain = [&](gkd::index i) {
    return fmt::format("{:.2f} to {:.2f}", r.row(i, 0).score.told.forward,
                       r.row(i, 3).score.told.forward);
  };
  report.key_figures({{gain(0), "forward KL, random student", "on-policy, teacher's stories"},
                      {gain(1), "forward KL, student of " + r.used.students[1].name,
                       "on-policy, teacher's stories"},
                      {fmt::format("{:.0f} s", r.seconds), "for everything on this page",
                       fmt::format("threads: {}", r.used.threads)}});
  report.section("Results");
  report.table(story_table(r), story_caption(r));
  for (const std::string& text : story_conclusion(r)) report.paragraph(text);
  report.figure(gkd::line_plot(story_curves(r), {.title = "Forward KL on held-out stories",
                                                 .x_label = "step",
                                                 .y_label = "nats per token",
                                                 .y_scale = gkd::axis_scale::log,
                                                 .width = 1080}),
                "From the supervised start on. Dashed: the student made of the teacher's layers.");
  report.section("Completions");
  report.paragraph(
      "Drawn from each model's own distribution at temperature 1, with the same "
      "random numbers. The last prompt is from a real story.");
  report.samples(story_sample_list(r));
  report.section("The check");
  report.paragraph(
      "Before anything else the teacher's greedy text was compared, word for word, "
      "with the documented one:");
  report.samples({{"temperature 0", {{"stories260K", r.documented, gkd::tone::good, "equal"}}}});
  report.section("Cost");
  report.paragraph(story_cost(r));
  report.write(path);
}

}  // namespace demo
