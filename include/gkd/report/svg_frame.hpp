// SPDX-License-Identifier: Apache-2.0
// What every plot has around its data: a canvas, a title, a legend, a value axis with grid lines,
// and the colours. A plot is one self-contained SVG element that stands in a page or is a file.
//
// The six colours of series can be told apart with the usual kinds of colour blindness (distance in
// Oklab at least 0.09 after simulating protan, deutan and tritan vision) and have a contrast of at
// least 3 to their background; dashes and the shapes of markers are a second channel. Each colour
// is a CSS variable with a light and a dark value; a renderer without variables uses the light one.
#pragma once

#include <gkd/report/axis.hpp>

#include <algorithm>  // clamp, max, min
#include <cstddef>    // ptrdiff_t
#include <iterator>   // back_inserter
#include <limits>     // infinity
#include <optional>   // optional
#include <string>     // string
#include <utility>    // forward, move
#include <vector>     // vector

namespace gkd::inline v0 {

/// Settings of a plot.
struct plot_options {
  std::string title = {};
  std::string x_label = {};  ///< With its unit: "step", "time (s)".
  std::string y_label = {};  ///< With its unit: "loss (nats per token)".
  axis_scale x_scale = axis_scale::linear;
  axis_scale y_scale = axis_scale::linear;
  std::optional<double> y_low = {}, y_high = {};  ///< Instead of what the data needs.
  int width = 560, height = 340;  ///< In pixels. 560 is half a report's width, 1080 all of it.
};

namespace detail {

constexpr int series_colours = 6;

inline std::string_view plot_style() {
  return R"(<style>
.gkd-plot{--bg:#ffffff;--ink:#1b2028;--soft:#59626e;--grid:#e6e9ed;--line:#9aa3ae;
--s0:#3387e2;--s1:#b8380c;--s2:#046a56;--s3:#df64a4;--s4:#a5942c;--s5:#7a40c2;
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;font-size:12px}
@media (prefers-color-scheme:dark){.gkd-plot{--bg:#15181d;--ink:#e8ebef;--soft:#a0a9b5;
--grid:#2a2f37;--line:#667080;--s0:#4f80f2;--s1:#f2913a;--s2:#1cc79b;--s3:#b955a9;--s4:#f2e07a;
--s5:#c1a1ef}}
.gkd-plot text{fill:#59626e;fill:var(--soft);font-variant-numeric:tabular-nums}
.gkd-plot .ink{fill:#1b2028;fill:var(--ink)}
.gkd-plot .title{font-size:15px;font-weight:600}
.gkd-plot .bg{fill:#ffffff;fill:var(--bg)}
.gkd-plot .grid{stroke:#e6e9ed;stroke:var(--grid)}
.gkd-plot .axis{stroke:#9aa3ae;stroke:var(--line)}
.gkd-plot .curve{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.gkd-plot .dashed{stroke-dasharray:6 5}
.gkd-plot .band{stroke:none;opacity:.16}
.gkd-plot .mark{stroke:#ffffff;stroke:var(--bg);stroke-width:1.5}
.gkd-plot .halo{stroke:#ffffff;stroke:var(--bg);stroke-width:3.5}
.gkd-plot .whisker{stroke:#1b2028;stroke:var(--ink);stroke-width:1.25}
.gkd-plot .l0{stroke:#3387e2;stroke:var(--s0)}.gkd-plot .f0{fill:#3387e2;fill:var(--s0)}
.gkd-plot .l1{stroke:#b8380c;stroke:var(--s1)}.gkd-plot .f1{fill:#b8380c;fill:var(--s1)}
.gkd-plot .l2{stroke:#046a56;stroke:var(--s2)}.gkd-plot .f2{fill:#046a56;fill:var(--s2)}
.gkd-plot .l3{stroke:#df64a4;stroke:var(--s3)}.gkd-plot .f3{fill:#df64a4;fill:var(--s3)}
.gkd-plot .l4{stroke:#a5942c;stroke:var(--s4)}.gkd-plot .f4{fill:#a5942c;fill:var(--s4)}
.gkd-plot .l5{stroke:#7a40c2;stroke:var(--s5)}.gkd-plot .f5{fill:#7a40c2;fill:var(--s5)}
</style>
)";
}

/// Pixels that a text takes at the size of labels, roughly: no fonts are at hand.
inline double text_pixels(std::string_view text) {
  double sum = 0.0;
  for_each_character(text, [&](std::string_view bytes, utf8_character c) {
    const bool narrow = std::string_view(" .,:;'!|()[]/ijlftrI").find(bytes) < bytes.npos;
    const bool wide = std::string_view("mwMW%@").find(bytes) < bytes.npos;
    sum += narrow ? 4.2 : wide ? 10.5 : 7.0 * static_cast<double>(columns_of(c.code));
  });
  return sum;
}

/// What the legend shows of a series.
struct legend_entry {
  std::string name;
  int colour = 0;
  bool bar = false, dashed = false;
};

/// An SVG under construction and the place of the data in it, in pixels from the upper left.
class svg_frame {
 public:
  /// Draws title, legend and y axis. Leaves `above` pixels over the highest value and `below`
  /// pixels between the x axis and its label.
  svg_frame(const plot_options& options, const plot_axis& y,
            const std::vector<legend_entry>& legend, double above, double below)
      : y_(y) {
    if (options.width < 160 || options.height < 120)
      fail(errc::bad_argument, "plot: size ", options.width, " x ", options.height,
           ", want at least 160 x 120");
    double widest = 0.0;
    for (const std::string& label : y.labels) widest = std::max(widest, text_pixels(label));
    left = 16.0 + widest;
    right = options.width - 18.0;
    bottom = options.height - below - (options.x_label.empty() ? 10.0 : 24.0);
    add("<svg class=\"gkd-plot\" xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" "
        "aria-label=\"{}\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\">\n{}",
        escape_html(options.title.empty() ? options.y_label : options.title), options.width,
        options.height, options.width, options.height, plot_style());
    add("<rect class=\"bg\" width=\"{}\" height=\"{}\"/>\n", options.width, options.height);
    top = 14.0;
    if (!options.title.empty()) {
      add("<text class=\"ink title\" x=\"8\" y=\"24\">{}</text>\n", escape_html(options.title));
      top = 40.0;
    }
    if (legend.size() > 1) draw_legend(legend);
    if (!options.y_label.empty())
      add("<text x=\"8\" y=\"{:.1f}\">{}</text>\n", top + 8.0, escape_html(options.y_label));
    top += above + (options.y_label.empty() ? 4.0 : 22.0);
    if (!options.x_label.empty())
      add("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", (left + right) / 2.0,
          options.height - 10, escape_html(options.x_label));
    draw_y_axis();
  }

  /// Appends formatted markup. What it says of texts from outside must be escaped already.
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  double y(double value) const { return bottom - y_.position(value) * (bottom - top); }
  /// The same, of the nearest value that the axis shows.
  double y_within(double value) const { return y(std::clamp(value, y_.low, y_.high)); }

  /// The finished element.
  std::string finish() && { return std::move(out_) + "</svg>\n"; }

  double left = 0.0, top = 0.0, right = 0.0, bottom = 0.0;

 private:
  void draw_legend(const std::vector<legend_entry>& legend) {
    constexpr double swatch = 24.0, gap = 20.0;
    double x = 8.0;
    for (const legend_entry& e : legend) {
      const double wide = swatch + 6.0 + text_pixels(e.name);
      if (x > 8.0 && x + wide > right) x = 8.0, top += 18.0;
      if (e.bar)
        add("<rect class=\"f{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"10\" rx=\"2\"/>",
            e.colour, x, top - 1.0, swatch);
      else
        add("<path class=\"curve l{}{}\" d=\"M{:.1f} {:.1f}h{}\"/>", e.colour,
            e.dashed ? " dashed" : "", x, top + 4.0, swatch);
      add("<text class=\"ink\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", x + swatch + 6.0, top + 8.0,
          escape_html(e.name));
      x += wide + gap;
    }
    top += 26.0;
  }

  void draw_y_axis() {
    for (index i = 0; i < y_.ticks.size(); ++i) {
      const double at = y(y_.ticks[i]);
      add("<path class=\"grid\" d=\"M{:.1f} {:.1f}H{:.1f}\"/>", left, at, right);
      add("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", left - 8.0, at + 4.0,
          y_.labels[i]);
    }
  }

  const plot_axis& y_;
  std::string out_;
};

/// Grows low .. high to hold the value.
struct value_range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void hold(double x, axis_scale scale) {
    if (!plot_axis::can_show(x, scale)) return;
    low = std::min(low, x);
    high = std::max(high, x);
  }
  bool empty() const { return !(low <= high); }
};

/// The y axis that shows the range, or what the options ask for instead. Throws bad_argument when
/// the options leave no range.
inline plot_axis plot_y_axis(value_range range, const plot_options& options) {
  if (range.empty()) range.low = range.high = 1.0;
  if (options.y_low) range.low = *options.y_low;
  if (options.y_high) range.high = *options.y_high;
  const int wanted = std::max(2, (options.height - 100) / 50);
  plot_axis y = make_axis(range.low, range.high, options.y_scale, wanted);
  if (options.y_low && *options.y_low < y.high) y.low = *options.y_low;
  if (options.y_high && *options.y_high > y.low) y.high = *options.y_high;
  for (index i = y.ticks.size(); i-- > 0;)
    if (y.ticks[i] < y.low || y.ticks[i] > y.high) {
      y.ticks.erase(y.ticks.begin() + static_cast<std::ptrdiff_t>(i));
      y.labels.erase(y.labels.begin() + static_cast<std::ptrdiff_t>(i));
    }
  return y;
}

inline int colour_of(int wanted, index i) {
  return (wanted >= 0 ? wanted : static_cast<int>(i)) % series_colours;
}

}  // namespace detail

}  // namespace gkd::inline v0
