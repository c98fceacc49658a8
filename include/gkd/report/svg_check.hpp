// SPDX-License-Identifier: Apache-2.0
// Whether an SVG may stand in a page that loads nothing and runs nothing. It may hold what is
// listed here and nothing else, since what a browser runs or loads has too many names to list:
//
//   elements     svg, g, path, rect, circle, ellipse, line, polyline, polygon, text, tspan, title,
//                desc, and the <style> of line_plot and bar_chart, byte by byte
//   attributes   of place, shape, colour and letters, in double quotes, without url(), without
//                entities and escapes that could spell it; class, role and aria-label
#pragma once

#include <gkd/report/svg_frame.hpp>

#include <algorithm>         // find
#include <initializer_list>  // initializer_list
#include <string_view>       // string_view
#include <vector>            // vector

namespace gkd::inline v0::detail {

inline bool is_one_of(std::string_view word, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

inline bool is_drawing_element(std::string_view name) {
  return is_one_of(name, {"svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline",
                          "polygon", "text", "tspan", "title", "desc"});
}

/// Whether the attribute may have the value.
inline bool is_drawing_attribute(std::string_view name, std::string_view value) {
  if (name == "xmlns") return value == "http://www.w3.org/2000/svg";
  if (is_one_of(name, {"class", "role", "aria-label"})) return value.find('<') == value.npos;
  const bool known = is_one_of(
      name, {"width", "height", "viewBox", "preserveAspectRatio", "overflow", "transform", "x", "y",
             "dx", "dy", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "d", "points", "fill",
             "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity",
             "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "opacity", "font-family",
             "font-size", "font-style", "font-weight", "text-anchor", "dominant-baseline"});
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 \n\t.,+-%#()";
  if (!known || value.find_first_not_of(plain) != value.npos) return false;
  for (index i = 0; i + 3 <= value.size(); ++i)
    if ((value[i] | 0x20) == 'u' && (value[i + 1] | 0x20) == 'r' && (value[i + 2] | 0x20) == 'l')
      return false;
  return true;
}

/// Goes through an SVG tag by tag. Names are those of XML, with capitals apart.
class svg_reader {
 public:
  explicit svg_reader(std::string_view svg) : rest_(svg) {}

  /// Throws bad_argument unless the text is one element of what is listed above.
  void check() {
    if (!rest_.starts_with("<svg")) refuse(rest_);
    tag();
    while (!open_.empty()) {
      rest_.remove_prefix(std::min(rest_.find('<'), rest_.size()));
      if (rest_.empty()) fail_for(concat("no </", open_.back(), ">"));
      tag();
    }
    take(" \n");
    if (!rest_.empty()) refuse(rest_);
  }

 private:
  [[noreturn]] static void fail_for(std::string_view what) {
    fail(errc::bad_argument, "html_report: a figure has ", what,
         ", want one <svg> element of shapes and text, as line_plot returns it, without scripts, "
         "links and styles of its own");
  }
  [[noreturn]] static void refuse(std::string_view from) { fail_for(in_quotes(from, 40)); }

  void tag() {
    if (rest_.starts_with(plot_style())) return rest_.remove_prefix(plot_style().size());
    const std::string_view from = rest_;
    if (skip("</")) {
      if (name() != open_.back() || !skip(">")) refuse(from);
      return open_.pop_back();
    }
    skip("<");
    const std::string_view element = name();
    const bool in_words = !open_.empty() && is_one_of(open_.back(), {"title", "desc"});
    if (in_words || !is_drawing_element(element)) refuse(from);
    while (!take(" \n\t").empty() && !rest_.starts_with(">") && !rest_.starts_with("/>"))
      attribute();
    if (skip("/>")) return;
    if (!skip(">")) refuse(rest_.empty() ? from : rest_);
    open_.push_back(element);
  }
  void attribute() {
    const std::string_view from = rest_, key = name();
    if (!skip("=\"")) refuse(from);
    const index end = rest_.find('"');
    if (end == rest_.npos || !is_drawing_attribute(key, rest_.substr(0, end))) refuse(from);
    rest_.remove_prefix(end + 1);
  }

  std::string_view name() {
    return take("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:");
  }
  std::string_view take(std::string_view letters) {
    const std::string_view out =
        rest_.substr(0, std::min(rest_.find_first_not_of(letters), rest_.size()));
    rest_.remove_prefix(out.size());
    return out;
  }
  bool skip(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  std::string_view rest_;
  std::vector<std::string_view> open_;
};

}  // namespace gkd::inline v0::detail
