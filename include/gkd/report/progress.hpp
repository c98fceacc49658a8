// SPDX-License-Identifier: Apache-2.0
// A progress bar for long work.
//
//   teacher 1/3  ━━━━━━━━━━━╸──────────   53%   530/1000  loss 0.8123  12.3k tokens/s  0:28 left
//
// On a terminal it is one line, redrawn at most ten times a second and never wider than the window:
// where room is short the least important fields go first. Anywhere else (a CI log) it is a plain
// line now and then. The cursor is never hidden and each redraw leaves a whole line, so that a
// program that is killed leaves the terminal as it was. For one thread.
#pragma once

#include <gkd/report/console.hpp>

#include <algorithm>         // max_element, min
#include <chrono>            // steady_clock
#include <cmath>             // abs, floor
#include <initializer_list>  // initializer_list
#include <optional>          // optional
#include <utility>           // move, pair
#include <vector>            // vector

namespace gkd::inline v0 {

/// A number with the name it is shown under.
struct progress_metric {
  std::string_view name;
  double value = 0.0;
};

/// What update() may show beside the bar. What is not given keeps its last value.
struct progress_values {
  std::optional<index> tokens = {};  ///< Tokens so far in this phase: gives tokens/s.
  std::optional<double> loss = {};
  std::initializer_list<progress_metric> metrics =
      {};  ///< Anything else; if given, in place of the last.
};

/// A clock that never goes back, in seconds.
inline double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Settings of a progress bar.
struct progress_options {
  std::string title = {};       ///< Of the first phase.
  index start = 0;              ///< Steps of it that an earlier run has done.
  index phases = 0;             ///< If known, titles end in "1/3", "2/3" ...
  double redraw_seconds = 0.1;  ///< On a terminal: least time between two redraws.
  double line_seconds = 30.0;   ///< Elsewhere: a line after so long,
  double line_share = 0.1;      ///< or after this share of the steps,
  double line_pause = 1.0;      ///< but never within so many seconds.
  console out = console_of(stderr);
  std::function<double()> clock = steady_seconds;  ///< In seconds; only differences count.
};

/// A progress bar. Finished by finish(), by the next phase or by its destructor; the last line then
/// stays, with the time taken, or with where it stopped if that was early.
class progress {
 public:
  /// A bar over `total` steps. 0: the number is not known, only counts and rates are shown.
  explicit progress(index total, progress_options options = {}) : progress(std::move(options)) {
    phase(options_.title, total, options_.start);
  }
  /// A bar whose phases come by phase().
  explicit progress(progress_options options) : options_(std::move(options)) {}
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  ~progress() {
    try {
      finish();
    } catch (...) {  // a sink that throws has lost its line; a destructor has nobody to tell
    }
  }

  /// Ends the current phase and begins the next, with its own clock. Rates and the time left count
  /// from `start`, the steps that an earlier run has done.
  void phase(std::string_view title, index total, index start = 0) {
    finish();
    ++number_;
    title_ = printable(title);
    if (options_.phases > 0)
      title_ += fmt::format("{}{}/{}", title_.empty() ? "" : " ", number_, options_.phases);
    total_ = total, start_ = done_ = start;
    tokens_.reset(), loss_.reset(), metrics_.clear();
    left_out_ = before_steps_ = 0.0;
    began_ = shown_at_ = now_ = options_.clock();
    shown_done_ = start;
    active_ = true;
    if (options_.out.terminal) redraw();
  }

  /// Sets the steps done so far and the values beside the bar, and shows them when it is time.
  void update(index done, const progress_values& values = {}) {
    if (!active_) fail(errc::bad_argument, "progress: update() between phases, want phase() first");
    done_ = done;
    if (values.tokens) tokens_ = values.tokens;
    if (values.loss) loss_ = values.loss;
    if (values.metrics.size() > 0) {
      metrics_.clear();
      for (const progress_metric& m : values.metrics)
        metrics_.emplace_back(printable(m.name), m.value);
    }
    now_ = options_.clock();
    if (!due()) return;
    if (options_.out.terminal)
      redraw();
    else
      options_.out.write(plain_line() + "\n");
    shown_at_ = now_;
    shown_done_ = done_;
  }

  /// Time of this phase that no step took, such as an evaluation's: rates do not count it. The time
  /// left does, unless it was before the first step: what comes between steps comes again.
  void leave_out(double seconds) {
    left_out_ += seconds;
    if (done_ <= start_) before_steps_ += seconds;
  }

  /// Prints a line of its own above the bar.
  void say(std::string_view line) {
    const bool bar = active_ && options_.out.terminal;
    options_.out.write(concat(bar ? "\r\x1b[K" : "", printable(line), "\n"));
    if (bar) redraw();
  }

  /// Ends the current phase: its last line stays. Does nothing between phases.
  void finish() {
    if (!active_) return;
    active_ = false;  // first: the line says so, and a sink that throws is not called again
    now_ = options_.clock();
    if (options_.out.terminal)
      options_.out.write("\r" + drawn_line() + "\x1b[K\n");
    else
      options_.out.write(plain_line() + "\n");
  }

 private:
  // a part of the line; the one of the highest rank goes first when the line is too long
  struct field {
    std::string text;
    index rank;
  };

  bool whole() const { return total_ > 0 && done_ >= total_; }
  double seconds() const { return now_ - began_; }
  double stepping_seconds() const { return seconds() - left_out_; }

  bool due() const {
    const double passed = now_ - shown_at_;
    if (options_.out.terminal)
      return passed >= options_.redraw_seconds || (whole() && shown_done_ < total_);
    const auto share = [&](index done) {
      return std::floor(
          static_cast<double>(done) / (options_.line_share * static_cast<double>(total_)) + 1e-9);
    };
    const bool further = total_ > 0 && share(done_) > share(shown_done_) && !whole();
    return passed >= options_.line_seconds || (further && passed >= options_.line_pause);
  }

  static std::string format_value(double x) {
    const double size = std::abs(x);
    if (size != 0.0 && (size < 1e-3 || size >= 1e6)) return fmt::format("{:.2e}", x);
    return fmt::format("{:.{}f}", x, size < 10.0 ? 4 : size < 1000.0 ? 2 : 0);
  }

  std::string time_left() const {
    if (whole()) return "0:00";
    if (done_ <= start_) return "-:--";
    const double per_step = (seconds() - before_steps_) / static_cast<double>(done_ - start_);
    return format_duration(per_step * static_cast<double>(total_ - done_));
  }

  std::vector<field> fields() const {
    std::vector<field> out;
    if (total_ > 0) {
      const std::string total = std::to_string(total_);
      out.push_back({fmt::format("{:3}%", 100 * std::min(done_, total_) / total_), 0});
      out.push_back({fmt::format("{:>{}}/{}", done_, total.size(), total), 4});
    } else {
      out.push_back({fmt::format("{} steps", done_), 0});
    }
    if (loss_) out.push_back({"loss " + format_value(*loss_), 3});
    for (index i = 0; i < metrics_.size(); ++i)
      out.push_back({metrics_[i].first + " " + format_value(metrics_[i].second), 6 + i});
    if (tokens_ && stepping_seconds() > 0.0)
      out.push_back(
          {format_count(static_cast<double>(*tokens_) / stepping_seconds()) + " tokens/s", 2});
    const std::string elapsed = format_duration(seconds());
    if (!active_) {
      out.push_back({(total_ == 0 || whole() ? "in " : "stopped after ") + elapsed, 1});
    } else {
      out.push_back({elapsed + " elapsed", 5});
      if (total_ > 0) out.push_back({time_left() + " left", 1});
    }
    return out;
  }

  std::string plain_line() const {
    std::string line;
    for (const field& f : fields()) line += (line.empty() ? "" : "  ") + f.text;
    return title_.empty() ? line : title_ + ": " + line;
  }

  // `columns` wide, in which half a cell is the smallest step
  std::string bar(index columns) const {
    const index halves = 2 * columns * std::min(done_, total_) / total_;
    const bool unicode = options_.out.unicode;
    const char* full = unicode ? "━" : "#";
    const char* half = unicode ? "╸" : "";
    const char* empty = unicode ? "─" : ".";
    std::string left, right;
    for (index i = 0; i < columns; ++i) {
      if (2 * i + 2 <= halves)
        left += full;
      else if (unicode && 2 * i + 1 == halves)
        left += half;
      else
        right += empty;
    }
    const char* colour = active_ ? "36" : whole() ? "32" : "33";
    return coloured(left, colour, options_.out.colour) + coloured(right, "2", options_.out.colour);
  }

  // The line for a terminal: title, bar and as many fields as fit, one column short of the window
  // because some terminals wrap as soon as the last column is written.
  std::string drawn_line() const {
    constexpr index gap = 2, least = 10, most = 40;
    const index window = options_.out.width();
    const index columns = window == 0 ? 119 : window - 1;
    std::vector<field> shown = fields();
    const std::string title = clipped(title_, columns / 3, options_.out.unicode);
    const auto used = [&] {
      index sum = title.empty() ? 0 : display_width(title) + gap;
      for (const field& f : shown) sum += display_width(f.text) + gap;
      return sum - gap;
    };
    const index bar_least = total_ > 0 ? least + gap : 0;
    const auto last = [](const field& a, const field& b) { return a.rank < b.rank; };
    while (shown.size() > 1 && used() + bar_least > columns)
      shown.erase(std::max_element(shown.begin(), shown.end(), last));
    std::string line = coloured(title, "1", options_.out.colour);
    if (bar_least > 0 && used() + bar_least <= columns)
      line += (line.empty() ? "" : "  ") + bar(std::min(most, columns - used() - gap));
    if (used() > columns) return clipped(title_, columns, options_.out.unicode);
    for (const field& f : shown) line += (line.empty() ? "" : "  ") + f.text;
    return line;
  }

  void redraw() { options_.out.write("\r" + drawn_line() + "\x1b[K"); }

  progress_options options_;
  index number_ = 0;   // of the phase, from 1
  std::string title_;  // printable
  index total_ = 0, start_ = 0, done_ = 0, shown_done_ = 0;
  double began_ = 0.0, now_ = 0.0, shown_at_ = 0.0;  // seconds
  double left_out_ = 0.0, before_steps_ = 0.0;  // of these: by no step; before the first one
  std::optional<index> tokens_;
  std::optional<double> loss_;
  std::vector<std::pair<std::string, double>> metrics_;  // names printable
  bool active_ = false;
};

}  // namespace gkd::inline v0
