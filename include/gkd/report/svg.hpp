// SPDX-License-Identifier: Apache-2.0
// Plots as SVG text: curves with bands, and groups of bars with intervals. No script, no font,
// nothing from outside; the same data gives the same bytes.
//
//   std::string svg = line_plot({{.name = "train", .x = steps, .y = losses}},
//                               {.title = "Loss", .x_label = "step", .y_scale = axis_scale::log});
#pragma once

#include <gkd/report/svg_frame.hpp>

#include <cmath>             // abs
#include <initializer_list>  // initializer_list
#include <limits>            // quiet_NaN
#include <string>            // string
#include <utility>           // move
#include <vector>            // vector

namespace gkd::inline v0 {

/// A curve. Points that an axis cannot show (NaN; zero and below on a logarithmic one) are gaps.
struct plot_series {
  std::string name;
  std::vector<double> x, y;
  std::vector<double> low = {};   ///< A band around it, such as an interval;
  std::vector<double> high = {};  ///< may be empty.
  int colour = -1;                ///< 0 .. 5; below 0: by the place of the series.
  bool dashed = false;            ///< A second way to tell series apart.
  bool markers = false;           ///< A mark at each point, which says its numbers.
};

/// A value with its interval; without one, low and high are NaN.
struct interval_estimate {
  double value = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
};

/// One bar in each group. A value of NaN leaves its place empty.
struct bar_series {
  std::string name;
  std::vector<interval_estimate> bars;  // (number of groups)
  int colour = -1;                      ///< As in series.
  int decimals = 1;                     ///< Of the numbers above the bars.
};

namespace detail {

/// Throws shape_mismatch unless each of the series' lists has as many points as x.
inline void check_series(const plot_series& s) {
  const auto check = [&](std::string_view what, const std::vector<double>& list, bool optional) {
    if (list.size() == s.x.size() || (optional && list.empty())) return;
    fail(errc::shape_mismatch, "line_plot: series ", in_quotes(s.name), " has ", s.x.size(),
         " x and ", list.size(), " ", what, ", want as many of both");
  };
  const bool band = !s.low.empty() || !s.high.empty();
  check("y", s.y, false);
  check("low", s.low, !band);
  check("high", s.high, !band);
}

/// A mark of the shape number k around (x, y).
inline std::string mark_path(index k, double x, double y) {
  switch (k % 4) {
    case 0: return fmt::format("M{:.1f} {:.1f}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0Z", x - 3.5, y);
    case 1: return fmt::format("M{:.1f} {:.1f}h6.4v6.4h-6.4Z", x - 3.2, y - 3.2);
    case 2: return fmt::format("M{:.1f} {:.1f}l4.4 7.6h-8.8Z", x, y - 4.8);
    default: return fmt::format("M{:.1f} {:.1f}l4.6 4.6l-4.6 4.6l-4.6 -4.6Z", x, y - 4.6);
  }
}

/// Points [first, last) in a row that can be drawn.
struct point_run {
  index first, last;
};

/// The runs between the gaps of a series: where x and each of the lists can be shown.
inline std::vector<point_run> runs_of(const plot_series& s, const plot_options& options,
                                      std::initializer_list<const std::vector<double>*> lists) {
  const auto can_show = [&](index i) {
    bool can = plot_axis::can_show(s.x[i], options.x_scale);
    for (const auto* list : lists) can = can && plot_axis::can_show((*list)[i], options.y_scale);
    return can;
  };
  std::vector<point_run> out;
  for (index i = 0; i < s.x.size(); ++i) {
    if (!can_show(i)) continue;
    if (!out.empty() && out.back().last == i)
      out.back().last = i + 1;
    else
      out.push_back({i, i + 1});
  }
  return out;
}

/// Draws curves into a frame.
class curve_painter {
 public:
  curve_painter(svg_frame& frame, const plot_axis& x, const plot_options& options)
      : frame_(frame), x_(x), options_(options) {}

  void x_axis() {
    frame_.add("<path class=\"axis\" d=\"M{:.1f} {:.1f}H{:.1f}\"/>\n", frame_.left, frame_.bottom,
               frame_.right);
    for (index i = 0; i < x_.ticks.size(); ++i)
      frame_.add(
          "<path class=\"axis\" d=\"M{0:.1f} {1:.1f}v5\"/><text x=\"{0:.1f}\" y=\"{2:.1f}\" "
          "text-anchor=\"middle\">{3}</text>\n",
          at(x_.ticks[i]), frame_.bottom, frame_.bottom + 19.0, x_.labels[i]);
  }

  void band(const plot_series& s, int colour) {
    if (s.low.empty()) return;
    std::string path;
    for (const point_run& run : runs_of(s, options_, {&s.low, &s.high})) {
      for (index i = run.first; i < run.last; ++i) append(path, i == run.first, s.x[i], s.high[i]);
      for (index i = run.last; i-- > run.first;) append(path, false, s.x[i], s.low[i]);
      path += "Z";
    }
    frame_.add("<path class=\"band f{}\" d=\"{}\"/>\n", colour, path);
  }

  void curve(const plot_series& s, int colour) {
    std::string path;
    for (const point_run& run : runs_of(s, options_, {&s.y})) {
      for (index i = run.first; i < run.last; ++i) append(path, i == run.first, s.x[i], s.y[i]);
      if (run.last - run.first == 1) path += "h0";  // a point alone is a dot: the ends are round
    }
    frame_.add("<path class=\"curve l{}{}\" d=\"{}\"><title>{}</title></path>\n", colour,
               s.dashed ? " dashed" : "", path, escape_html(s.name));
  }

  void marks(const plot_series& s, int colour, index shape) {
    if (!s.markers) return;
    for (const point_run& run : runs_of(s, options_, {&s.y}))
      for (index i = run.first; i < run.last; ++i)
        frame_.add("<path class=\"mark f{}\" d=\"{}\"><title>{}: {:.6g} at {:.6g}</title></path>\n",
                   colour, mark_path(shape, at(s.x[i]), frame_.y(s.y[i])), escape_html(s.name),
                   s.y[i], s.x[i]);
  }

 private:
  double at(double x) const { return frame_.left + x_.position(x) * (frame_.right - frame_.left); }
  void append(std::string& path, bool first, double x, double y) const {
    fmt::format_to(std::back_inserter(path), "{}{:.1f} {:.1f}", first ? "M" : "L", at(x),
                   frame_.y(y));
  }

  svg_frame& frame_;
  const plot_axis& x_;
  const plot_options& options_;
};

/// Words on lines no wider than `pixels`; a word that is wider stands on a line of its own.
inline std::vector<std::string> wrapped(std::string_view text, double pixels) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const index end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    if (lines.empty() || text_pixels(lines.back()) + text_pixels(word) + text_pixels(" ") > pixels)
      lines.emplace_back(word);
    else
      lines.back() += concat(" ", word);
  }
  return lines;
}

/// The same number of lines, but of more equal lengths.
inline std::vector<std::string> wrapped_evenly(std::string_view text, double pixels) {
  std::vector<std::string> lines = wrapped(text, pixels);
  for (double narrower = pixels - 5.0; narrower > 0.0; narrower -= 5.0) {
    std::vector<std::string> candidate = wrapped(text, narrower);
    if (candidate.size() > lines.size()) break;
    lines = std::move(candidate);
  }
  return lines;
}

/// Throws unless there are bars, one of each series in each group, on an axis with a zero.
inline void check_bars(const std::vector<std::string>& groups, const std::vector<bar_series>& bars,
                       const plot_options& options) {
  if (groups.empty() || bars.empty())
    fail(errc::bad_argument, "bar_chart: ", groups.size(), " groups of ", bars.size(),
         " series, want at least 1 of both");
  for (const bar_series& s : bars)
    if (s.bars.size() != groups.size())
      fail(errc::shape_mismatch, "bar_chart: series ", in_quotes(s.name), " has ", s.bars.size(),
           " bars, want ", groups.size(), ", one per group");
  if (options.y_scale != axis_scale::linear || options.y_low.value_or(0.0) > 0.0 ||
      options.y_high.value_or(0.0) < 0.0)
    fail(errc::bad_argument,
         "bar_chart: the y axis has no 0, where bars begin; want a linear axis ",
         "with y_low <= 0 <= y_high");
}

/// Draws groups of bars into a frame.
class bar_painter {
 public:
  bar_painter(svg_frame& frame, index groups, index bars)
      : frame_(frame),
        slot_((frame.right - frame.left) / static_cast<double>(groups)),
        wide_(std::min(44.0, slot_ * 0.8 / static_cast<double>(bars))),
        bars_(bars) {}

  double bar_width() const { return wide_; }

  void group_name(index g, const std::vector<std::string>& lines) {
    double y = frame_.bottom + 4.0;
    for (const std::string& line : lines)
      frame_.add("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
                 (static_cast<double>(g) + 0.5) * slot_ + frame_.left, y += 14.0,
                 escape_html(line));
  }

  void bar(index g, index k, const bar_series& s, int colour) {
    const interval_estimate& e = s.bars[g];
    if (!plot_axis::can_show(e.value, axis_scale::linear)) return;
    const double x = frame_.left + (static_cast<double>(g) + 0.5) * slot_ +
                     (static_cast<double>(k) - 0.5 * static_cast<double>(bars_)) * wide_;
    const double zero = frame_.y_within(0.0), end = frame_.y_within(e.value);
    const bool interval = plot_axis::can_show(e.low, axis_scale::linear) &&
                          plot_axis::can_show(e.high, axis_scale::linear);
    const std::string number = fmt::format("{:.{}f}", e.value, s.decimals);
    frame_.add(
        "<rect class=\"f{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
        "rx=\"2\"><title>{}: {}{}</title></rect>\n",
        colour, x + 1.0, std::min(zero, end), wide_ - 2.0, std::abs(zero - end),
        escape_html(s.name), number,
        interval ? fmt::format(" ({:.{}f} to {:.{}f})", e.low, s.decimals, e.high, s.decimals)
                 : "");
    const double middle = x + wide_ / 2.0;
    if (interval) whisker(middle, frame_.y_within(e.low), frame_.y_within(e.high));
    if (wide_ < text_pixels(number)) return;
    const double outer = !interval       ? end
                         : e.value < 0.0 ? frame_.y_within(e.low)
                                         : frame_.y_within(e.high);
    frame_.add("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", middle,
               e.value < 0.0 ? outer + 15.0 : outer - 6.0, number);
  }

 private:
  void whisker(double x, double low, double high) {
    const double cap = std::min(5.0, wide_ / 4.0);
    const std::string path =
        fmt::format("M{0:.1f} {1:.1f}V{2:.1f}M{3:.1f} {1:.1f}h{4:.1f}M{3:.1f} {2:.1f}h{4:.1f}", x,
                    low, high, x - cap, 2.0 * cap);
    frame_.add("<path class=\"halo\" d=\"{0}\"/><path class=\"whisker\" d=\"{0}\"/>\n", path);
  }

  svg_frame& frame_;
  double slot_, wide_;
  index bars_;
};

}  // namespace detail

/// Curves over a common x. Throws shape_mismatch for a series whose lists differ in length,
/// bad_argument for options that leave no range.
inline std::string line_plot(const std::vector<plot_series>& curves,
                             const plot_options& options = {}) {
  detail::value_range xs, ys;
  std::vector<detail::legend_entry> legend;
  for (const plot_series& s : curves) {
    detail::check_series(s);
    for (double x : s.x) xs.hold(x, options.x_scale);
    for (const auto* list : {&s.y, &s.low, &s.high})
      for (double y : *list) ys.hold(y, options.y_scale);
    legend.push_back({s.name, detail::colour_of(s.colour, legend.size()), false, s.dashed});
  }
  const bool empty = xs.empty() || ys.empty();
  if (empty) xs.low = xs.high = 1.0;
  const plot_axis x =
      make_axis(xs.low, xs.high, options.x_scale, std::max(2, options.width / 90), false);
  const plot_axis y = detail::plot_y_axis(ys, options);
  detail::svg_frame frame(options, y, legend, 0.0, 24.0);
  detail::curve_painter painter(frame, x, options);
  painter.x_axis();
  if (empty)
    frame.add("<text x=\"{:.1f}\" y=\"{:.1f}\">no data</text>\n", frame.left + 12.0,
              frame.top + 24.0);
  const bool clip = options.y_low || options.y_high;
  if (clip)
    frame.add(
        "<svg x=\"{0:.1f}\" y=\"{1:.1f}\" width=\"{2:.1f}\" height=\"{3:.1f}\" "
        "viewBox=\"{0:.1f} {1:.1f} {2:.1f} {3:.1f}\" overflow=\"hidden\">\n",
        frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top);
  for (index i = 0; i < curves.size(); ++i) painter.band(curves[i], legend[i].colour);
  for (index i = 0; i < curves.size(); ++i) painter.curve(curves[i], legend[i].colour);
  for (index i = 0; i < curves.size(); ++i) painter.marks(curves[i], legend[i].colour, i);
  if (clip) frame.add("</svg>\n");
  return std::move(frame).finish();
}

/// Bars side by side in named groups, from zero, with whiskers over their intervals. Throws
/// shape_mismatch for a series without one bar per group, bad_argument for no groups or an axis
/// without a zero.
inline std::string bar_chart(const std::vector<std::string>& groups,
                             const std::vector<bar_series>& bars,
                             const plot_options& options = {}) {
  detail::check_bars(groups, bars, options);
  detail::value_range ys;
  ys.hold(0.0, axis_scale::linear);
  std::vector<detail::legend_entry> legend;
  for (const bar_series& s : bars) {
    for (const interval_estimate& e : s.bars)
      for (double y : {e.value, e.low, e.high}) ys.hold(y, axis_scale::linear);
    legend.push_back({s.name, detail::colour_of(s.colour, legend.size()), true, false});
  }
  const plot_axis y = detail::plot_y_axis(ys, options);
  const double slot = (options.width - 60.0) / static_cast<double>(groups.size());
  std::vector<std::vector<std::string>> names;
  index lines = 1;
  for (const std::string& group : groups) {
    names.push_back(detail::wrapped_evenly(group, slot));
    lines = std::max(lines, names.back().size());
  }
  detail::svg_frame frame(options, y, legend, 14.0, 10.0 + 14.0 * static_cast<double>(lines));
  detail::bar_painter painter(frame, groups.size(), bars.size());
  for (index g = 0; g < groups.size(); ++g) {
    painter.group_name(g, names[g]);
    for (index k = 0; k < bars.size(); ++k) painter.bar(g, k, bars[k], legend[k].colour);
  }
  frame.add("<path class=\"axis\" d=\"M{:.1f} {:.1f}H{:.1f}\"/>\n", frame.left, frame.y_within(0.0),
            frame.right);
  return std::move(frame).finish();
}

}  // namespace gkd::inline v0
