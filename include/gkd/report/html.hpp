// SPDX-License-Identifier: Apache-2.0
// A report as one HTML file: nothing is loaded from anywhere, nothing runs, it reads the same in
// ten years. Parts appear in the order of the calls; every text is escaped.
//
//   html_report report{"On-policy distillation", {.subtitle = "three student seeds"}};
//   report.section("Results");
//   report.paragraph("With little data, learning from its own mistakes helps the student most.");
//   report.table(results, "Mean over seeds ± 95 % interval.");
//   report.figure(line_plot(losses), "Loss on the batch.");
//   report.write("report.html");
#pragma once

#include <gkd/io/file.hpp>
#include <gkd/report/html_style.hpp>
#include <gkd/report/svg_check.hpp>
#include <gkd/report/table_markup.hpp>
#include <gkd/version.hpp>

#include <iterator>     // back_inserter
#include <string>       // string
#include <string_view>  // string_view
#include <utility>      // forward, move
#include <vector>       // vector

namespace gkd::inline v0 {

/// What stands around a report.
struct report_options {
  std::string subtitle = {};
  std::string command_line = {};             ///< In the footer: how to get this report again.
  std::string version = GKD_VERSION_STRING;  ///< In the footer.
};

/// A number that the reader should remember.
struct key_figure {
  std::string value;      ///< "+18.4 points"
  std::string name;       ///< "on-policy over supervised"
  std::string note = {};  ///< "± 7.4, 6 of 6 seeds"
};

/// An SVG and what it shows: one of line_plot or bar_chart, or one's own of plain shapes and text.
struct captioned_svg {
  std::string svg;
  std::string caption = {};
};

/// An answer to a prompt.
struct model_answer {
  std::string who;  ///< The model that gave it.
  std::string text;
  gkd::tone tone = tone::plain;  ///< good gets a tick and bad a cross, beside the colour.
  std::string note = {};         ///< Why: "sorted", "no end".
};

/// A prompt and what different models answer.
struct sample_answers {
  std::string prompt;
  std::vector<model_answer> answers;
};

/// A setting and its value.
struct setting {
  std::string name, value;
};

namespace detail {

inline std::string shell_word(std::string_view word) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./=:,@%";
  if (!word.empty() && word.find_first_not_of(plain) == word.npos) return std::string(word);
  std::string out = "'";
  for (char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

inline std::string_view mark_of(tone t) {
  return t == tone::good ? "✓" : t == tone::bad ? "✗" : "";
}

}  // namespace detail

/// The words of a command as one line that a shell reads as the same words.
inline std::string command_line(int argc, const char* const* argv) {
  std::string out;
  for (int i = 0; i < argc; ++i) {
    if (i > 0) out += ' ';
    out += detail::shell_word(argv[i]);
  }
  return out;
}

/// A report that grows part by part.
class html_report {
 public:
  explicit html_report(std::string title, report_options options = {})
      : title_(std::move(title)), options_(std::move(options)) {}

  /// A heading; three or more of them get a list of links at the top.
  void section(std::string_view title) {
    sections_.emplace_back(title);
    add("<h2 id=\"s{}\">{}</h2>\n", sections_.size(), escape_html(title));
  }

  void paragraph(std::string_view text) { add("<p>{}</p>\n", escape_html(text)); }

  void key_figures(const std::vector<key_figure>& figures) {
    body_ += "<div class=\"key\">\n";
    for (const key_figure& f : figures) {
      add("<div class=\"card\"><b>{}</b><span>{}</span>", escape_html(f.value),
          escape_html(f.name));
      if (!f.note.empty()) add("<small>{}</small>", escape_html(f.note));
      body_ += "</div>\n";
    }
    body_ += "</div>\n";
  }

  void table(const gkd::table& rows, std::string_view caption = {}) {
    add("<figure><div class=\"card scroll\">{}</div>", to_html(rows));
    close_figure(caption);
  }

  /// A plot over the whole width. Throws bad_argument, and adds nothing, unless it is one <svg>
  /// element that can neither load nor run anything: one of line_plot or bar_chart, or one's own of
  /// the elements and attributes that report/svg_check.hpp lists.
  void figure(std::string svg, std::string caption = {}) {
    figures({{std::move(svg), std::move(caption)}});
  }
  /// Plots side by side, as many in a row as fit. Throws as figure() does.
  void figures(const std::vector<captioned_svg>& plots) {
    for (const captioned_svg& p : plots) detail::svg_reader(p.svg).check();
    body_ += "<div class=\"figures\">\n";
    for (const captioned_svg& p : plots) {
      add("<figure><div class=\"card\">{}</div>", p.svg);
      close_figure(p.caption);
    }
    body_ += "</div>\n";
  }

  /// Prompts, each with its answers below it.
  void samples(const std::vector<sample_answers>& list) {
    for (const sample_answers& s : list) {
      add("<article class=\"sample card\"><div class=\"prompt\"><pre>{}</pre></div>\n",
          escape_html(s.prompt));
      for (const model_answer& a : s.answers)
        add("<div class=\"answer {}\"><span class=\"who\">{}</span><span class=\"mark\">{}</span>"
            "<pre>{}</pre><span class=\"note\">{}</span></div>\n",
            detail::class_of(a.tone), escape_html(a.who), detail::mark_of(a.tone),
            escape_html(a.text), escape_html(a.note));
      body_ += "</article>\n";
    }
  }

  void settings(const std::vector<setting>& list) {
    body_ += "<dl class=\"settings card\">\n";
    for (const setting& s : list)
      add("<div><dt>{}</dt><dd>{}</dd></div>\n", escape_html(s.name), escape_html(s.value));
    body_ += "</dl>\n";
  }

  /// Parts that the reader opens: what `fill(*this)` adds. Where it throws, nothing is added.
  template <class Fill>
  void details(std::string_view summary, Fill&& fill) {
    std::string outside = std::move(body_);
    body_.clear();
    const index sections = sections_.size();
    try {
      std::forward<Fill>(fill)(*this);
    } catch (...) {
      body_ = std::move(outside);
      sections_.resize(sections);
      throw;
    }
    body_ = concat(outside, "<details class=\"card\"><summary>", escape_html(summary),
                   "</summary>\n", body_, "</details>\n");
  }

  /// The whole file.
  std::string text() const {
    std::string out = concat(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>",
        escape_html(title_), "</title>\n", detail::report_style(), "</head>\n<body>\n<main>\n<h1>",
        escape_html(title_), "</h1>\n");
    if (!options_.subtitle.empty())
      out += concat("<p class=\"subtitle\">", escape_html(options_.subtitle), "</p>\n");
    if (sections_.size() >= 3) {
      out += "<nav>";
      for (index i = 0; i < sections_.size(); ++i)
        out += concat("<a href=\"#s", i + 1, "\">", escape_html(sections_[i]), "</a>\n");
      out += "</nav>\n";
    }
    out += concat(body_, "<footer>Made by gkd ", escape_html(options_.version));
    if (!options_.command_line.empty())
      out += concat(" with <code>", escape_html(options_.command_line), "</code>");
    return out + "</footer>\n</main>\n</body>\n</html>\n";
  }

  /// Puts the report into a file, whole or not at all. Throws io_failure with the path
  /// and the system's reason; the old file is then as it was.
  void write(const std::string& path) const { replace_file(path, text()); }

 private:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(body_), format, std::forward<Args>(args)...);
  }
  void close_figure(std::string_view caption) {
    if (!caption.empty()) add("<figcaption>{}</figcaption>", escape_html(caption));
    body_ += "</figure>\n";
  }

  std::string title_;
  report_options options_;
  std::vector<std::string> sections_;
  std::string body_;
};

}  // namespace gkd::inline v0
