// SPDX-License-Identifier: Apache-2.0
// What the demo says of its results: two tables, two sentences, and a report in HTML.
#pragma once

#include <gkd/report/html.hpp>
#include <gkd/report/svg.hpp>
#include <gkd/report/table.hpp>
#include <gkd/report/table_text.hpp>

#include <fmt/format.h>

#include "words.hpp"

namespace demo {

inline gkd::table_cell with_interval(interval v) {
  return std::isnan(v.half_width) ? gkd::table_cell(v.mean) : gkd::plus_minus(v.mean, v.half_width);
}

/// One row for each model: answers, distances to the teacher, cost.
inline gkd::table main_table(const results& r) {
  gkd::table t{{.title = "student"},
               {.title = "sampled", .group = "exact match, %", .decimals = 1},
               {.title = "greedy", .group = "exact match, %", .decimals = 1},
               {.title = "forward", .group = "KL, reference"},
               {.title = "reverse", .group = "KL, reference"},
               {.title = "forward", .group = "KL, own"},
               {.title = "reverse", .group = "KL, own"},
               {.title = "length", .decimals = 1},
               {.title = "ends, %", .decimals = 1},
               {.title = "s", .decimals = 1},
               {.title = "tokens/s", .decimals = 0, .thousands = true}};
  const gkd::table_cell none;
  const scores& teacher = r.teacher;
  t.add({"teacher", with_interval(over_prompts(teacher.sampled)),
         with_interval(over_prompts(teacher.greedy)), none, none, none, none,
         teacher.mean_length, 100 * teacher.eos_rate, none, none});
  const auto row = [&](const std::string& name, const std::vector<const outcome*>& runs,
                       bool cost) {
    const auto over = [&](const auto& number) {
      std::vector<double> values;
      for (const outcome* o : runs) values.push_back(number(*o));
      return mean_of(values);
    };
    const auto score = [&](auto member) {
      return over([&](const outcome& o) { return o.score.*member; }).mean;
    };
    const auto share = [&](auto answers) {
      std::vector<gkd::match_result> seeds;
      for (const outcome* o : runs) seeds.push_back(o->score.*answers);
      return with_interval(share_of(seeds));
    };
    t.add({name, share(&scores::sampled), share(&scores::greedy),
           score(&scores::forward_reference), score(&scores::reverse_reference),
           score(&scores::forward_own), score(&scores::reverse_own), score(&scores::mean_length),
           100 * score(&scores::eos_rate),
           cost ? gkd::table_cell(over([](const outcome& o) { return o.seconds; }).mean) : none,
           cost ? gkd::table_cell(over([](const outcome& o) { return o.tokens_per_second; }).mean)
                : none});
  };
  std::vector<const outcome*> warm;
  for (const outcome& o : r.warm) warm.push_back(&o);
  row("warm start", warm, false);
  t.rule();
  for (gkd::index m = 0; m < methods().size(); ++m) {
    row(methods()[m].name, r.of(m), true);
    if (m == 1 || m == 4 || m == 5) t.rule();
  }
  return t;
}

/// One row for each claim.
inline gkd::table gap_table(const results& r) {
  gkd::table t{{.title = "gain"},
               {.title = "points", .group = "sampled", .decimals = 1, .sign = true},
               {.title = "smallest", .group = "sampled", .decimals = 1, .sign = true},
               {.title = "z", .group = "sampled", .decimals = 1},
               {.title = "points", .group = "greedy", .decimals = 1, .sign = true},
               {.title = "smallest", .group = "greedy", .decimals = 1, .sign = true},
               {.title = "z", .group = "greedy", .decimals = 1},
               {.title = "seeds won"}};
  for (const comparison& c : comparisons()) {
    const gap sampled = r.compare(c, false), greedy = r.compare(c, true);
    t.add({c.name, with_interval(sampled.points), sampled.smallest, sampled.z,
           with_interval(greedy.points), greedy.smallest, greedy.z,
           fmt::format("{} and {} of {}", sampled.won, greedy.won, r.used.seeds.size())});
  }
  return t;
}

inline std::string caption(const results& r) {
  return fmt::format(
      "Means over {} seed{}. {} {} held-out prompts; KL: forward and reverse "
      "to the teacher, nats per token, on reference and on own answers; length and end tokens of "
      "sampled answers (a reference has 13.8); s: elapsed in training, on one thread. "
      "{:.0f} % of the {} fixed dialogues hold a slip, which fine-tuning copies and a teacher "
      "corrects.",
      r.used.seeds.size(), r.used.seeds.size() == 1 ? "" : "s", interval_note(r.used.seeds.size()),
      r.warm[0].score.sampled.matches.size(), 100 * r.used.slips, r.used.dialogues);
}

/// What the tables show, from the intervals themselves.
inline std::string conclusion(const results& r) {
  std::vector<gap> gaps;
  for (const comparison& c : comparisons())
    for (bool greedy : {false, true}) gaps.push_back(r.compare(c, greedy));
  return conclusion(gaps, r.used.dialogues);
}

/// Mean over seeds of a method's curve, thinned to about 100 points.
inline gkd::plot_series loss_curve(const results& r, gkd::index method, int colour) {
  gkd::plot_series s{.name = methods()[method].name, .x = {}, .y = {}, .colour = colour};
  const auto runs = r.of(method);
  const gkd::index steps = runs[0]->losses.size(), width = std::max<gkd::index>(1, steps / 50);
  for (gkd::index first = 0; first + width <= steps; first += width) {
    double sum = 0;
    for (const outcome* o : runs)
      for (gkd::index i = first; i < first + width; ++i) sum += o->losses[i];
    s.x.push_back(static_cast<double>(first + width / 2));
    s.y.push_back(sum / static_cast<double>(width * runs.size()));
  }
  return s;
}

inline gkd::plot_series accuracy_curve(const results& r, gkd::index method, int colour,
                                       bool dashed) {
  gkd::plot_series s{.name = methods()[method].name,
                     .x = {},
                     .y = {},
                     .colour = colour,
                     .dashed = dashed,
                     .markers = true};
  const auto runs = r.of(method);
  for (gkd::index i = 0; i < runs[0]->curve.size(); ++i) {
    double sum = 0;
    for (const outcome* o : runs) sum += 100 * o->curve[i].accuracy;
    s.x.push_back(static_cast<double>(runs[0]->curve[i].step));
    s.y.push_back(sum / static_cast<double>(runs.size()));
  }
  return s;
}

inline gkd::bar_series bars(const results& r, std::string name, int colour, bool greedy) {
  gkd::bar_series out{.name = std::move(name), .bars = {}, .colour = colour, .decimals = 0};
  for (gkd::index m = 0; m < methods().size(); ++m) {
    const interval v = share_of(r.answers(m, greedy));
    out.bars.push_back({v.mean, v.mean - v.half_width, v.mean + v.half_width});
  }
  return out;
}

inline std::vector<gkd::sample_answers> sample_list(const results& r) {
  std::vector<gkd::sample_answers> out;
  for (gkd::index i = 0; i < r.teacher.texts.size(); ++i) {
    const std::string& digits = r.teacher.texts[i].prompt;
    gkd::sample_answers s{digits, {}};
    const auto add = [&](std::string who, const std::string& text) {
      const bool right = correct(digits, text);
      s.answers.push_back({std::move(who), text, right ? gkd::tone::good : gkd::tone::bad,
                           right                ? "sorted"
                           : text.back() == '.' ? "wrong"
                                                : "no end"});
    };
    add("teacher", r.teacher.texts[i].answer);
    add("warm start", r.warm[0].score.texts[i].answer);
    for (gkd::index m : {0, 2, 6}) add(methods()[m].name, r.of(m)[0]->score.texts[i].answer);
    out.push_back(std::move(s));
  }
  return out;
}

inline void write_report(const results& r, const std::string& path, std::string command) {
  gkd::html_report report("On-policy distillation of a small transformer",
                          {.subtitle = "A 25 thousand parameter student learns to sort digits in "
                                       "written steps from a teacher of 149 thousand",
                           .command_line = std::move(command)});
  const gap best = r.compare(comparisons()[3], true);
  report.key_figures(
      {{fmt::format("{:+.1f} points", best.points.mean), "on-policy over supervised KD",
        "forward KL, greedy, mean of the seeds"},
       {fmt::format("{:.1f} %", 100 * r.teacher.greedy.rate()), "teacher, greedy", ""},
       {fmt::format("{:.0f} s", r.teacher_seconds + r.warm_seconds + r.runs_seconds),
        "for everything on this page", fmt::format("threads: {}", r.used.threads)}});
  report.paragraph(conclusion(r));
  report.section("Results");
  std::vector<std::string> names;
  for (const method& m : methods()) names.push_back(m.name);
  report.figure(gkd::bar_chart(names, {bars(r, "sampled", 0, false), bars(r, "greedy", 1, true)},
                               {.title = "Exact match on held-out prompts",
                                .y_label = "%",
                                .y_high = 100.0,
                                .width = 1080}),
                r.used.seeds.size() == 1
                    ? "Bars: one seed; whiskers: Wilson's 95 % intervals over the prompts."
                    : "Bars: means over seeds; whiskers: 95 % t intervals over seeds.");
  report.table(main_table(r), caption(r));
  report.table(gap_table(r), gain_note());
  report.section("Curves");
  report.figures(
      {{gkd::line_plot({accuracy_curve(r, 0, 4, true), accuracy_curve(r, 2, 0, true),
                        accuracy_curve(r, 4, 1, true), accuracy_curve(r, 6, 0, false),
                        accuracy_curve(r, 8, 1, false)},
                       {.title = "Exact match while training",
                        .x_label = "step",
                        .y_label = "%, sampled, 250 prompts"}),
        "Dashed: on fixed data. Solid: on the student's own answers."},
       {gkd::line_plot(
            {loss_curve(r, 2, 0), loss_curve(r, 3, 2), loss_curve(r, 6, 1), loss_curve(r, 7, 5)},
            {.title = "Training loss",
             .x_label = "step",
             .y_label = "nats per token",
             .y_scale = gkd::axis_scale::log}),
        fmt::format("On fixed data the loss is that of the same {} answers again and again.",
                    r.used.dialogues)}});
  report.section("Answers");
  report.paragraph("Sampled answers of the first seed's students to held-out prompts.");
  report.samples(sample_list(r));
  report.section("Settings");
  report.settings({{"teacher", "3 layers, width 64, 4 heads, 148,864 parameters"},
                   {"student", "2 layers, width 32, 4 heads, 25,216 parameters"},
                   {"fixed dialogues", std::to_string(r.used.dialogues)},
                   {"with a slip", fmt::format("{:.0f} %", 100 * r.used.slips)},
                   {"steps", fmt::format("{} teacher, {} warm start, {} each run",
                                         r.used.teacher_steps, r.used.warm_steps, r.used.steps)},
                   {"optimiser", "AdamW, betas 0.9 and 0.98, cosine, gradient norm clipped at 1"},
                   {"loss", "mean over sequences of the mean over tokens, temperature 1"}});
  report.write(path);
}

}  // namespace demo
