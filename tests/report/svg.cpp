// SPDX-License-Identifier: Apache-2.0
#include <gkd/report/svg.hpp>

#include "report/well_formed.hpp"
#include "support/catch.hpp"

using Catch::Matchers::ContainsSubstring;

namespace {

int count(const std::string& text, const std::string& part) {
  int n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

/// The d="..." of the first element of this class.
std::string path_of(const std::string& svg, const std::string& what) {
  const auto at = svg.find("class=\"" + what + "\"");
  REQUIRE(at != std::string::npos);
  const auto begin = svg.find("d=\"", at) + 3;
  return svg.substr(begin, svg.find('"', begin) - begin);
}

const double not_a_number = std::nan("");

}  // namespace

TEST_CASE("a curve goes from the lower left to the upper right of its axes") {
  const std::string svg = gkd::line_plot({{.name = "loss", .x = {0, 50, 100}, .y = {0, 2, 4}}},
                                         {.width = 400, .height = 200});
  // ticks 0, 2, 4: "0" takes 7 pixels, so the axes begin at 23; they end 18 from the right
  CHECK(path_of(svg, "curve l0") == "M23.0 166.0L202.5 92.0L382.0 18.0");
  CHECK_THAT(svg, ContainsSubstring(">4</text>"));
  CHECK(report_test::ill_formed(svg) == "");
}

TEST_CASE("a plot is one element, without scripts or anything from outside") {
  const std::string svg = gkd::line_plot({{.name = "a", .x = {1, 2}, .y = {1, 2}, .markers = true}},
                                         {.title = "t", .x_label = "x", .y_label = "y"});
  CHECK(svg.starts_with("<svg class=\"gkd-plot\" xmlns=\"http://www.w3.org/2000/svg\""));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(count(svg, "http") == 1);
  CHECK(count(svg, "<script") + count(svg, "url(") + count(svg, "href") + count(svg, "id=") == 0);
  CHECK(count(svg, "prefers-color-scheme:dark") == 1);
  CHECK(svg == gkd::line_plot({{.name = "a", .x = {1, 2}, .y = {1, 2}, .markers = true}},
                              {.title = "t", .x_label = "x", .y_label = "y"}));
}

TEST_CASE("a point that cannot be shown is a gap") {
  const auto moves = [](std::vector<double> y, gkd::axis_scale scale) {
    std::vector<double> x(y.size());
    for (gkd::index i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i);
    return count(
        path_of(gkd::line_plot({{.name = "a", .x = x, .y = y}}, {.y_scale = scale}), "curve l0"),
        "M");
  };
  CHECK(moves({1, 2, 3, 4}, gkd::axis_scale::linear) == 1);
  CHECK(moves({1, 2, not_a_number, 4, 5}, gkd::axis_scale::linear) == 2);
  CHECK(moves({1, HUGE_VAL, 3, 4, 5}, gkd::axis_scale::linear) == 2);
  CHECK(moves({1, 0, 3, -1, 5}, gkd::axis_scale::linear) == 1);
  CHECK(moves({1, 0, 3, -1, 5}, gkd::axis_scale::log) == 3);  // each alone, drawn as a dot
}

TEST_CASE("a band goes forth above and back below its curve") {
  const std::string svg =
      gkd::line_plot({{.name = "a", .x = {0, 1}, .y = {2, 2}, .low = {1, 0}, .high = {3, 4}}},
                     {.width = 400, .height = 200});
  CHECK(path_of(svg, "band f0") == "M23.0 55.0L382.0 18.0L382.0 166.0L23.0 129.0Z");
}

TEST_CASE("series have colours by place or by wish, and dashes") {
  const std::string svg = gkd::line_plot({{.name = "a", .x = {0, 1}, .y = {0, 1}},
                                          {.name = "b", .x = {0, 1}, .y = {1, 0}, .dashed = true},
                                          {.name = "c", .x = {0, 1}, .y = {1, 0}, .colour = 5},
                                          {.name = "d", .x = {0, 1}, .y = {1, 0}, .colour = 6}});
  CHECK(count(svg, "class=\"curve l0\"") == 4);  // a and d, which wraps around, with their legend
  CHECK(count(svg, "class=\"curve l1 dashed\"") == 2);
  CHECK(count(svg, "class=\"curve l5\"") == 2);
}

TEST_CASE("one series needs no legend, several have one that stays inside the picture") {
  std::vector<gkd::plot_series> curves{{.name = "alone", .x = {0, 1}, .y = {0, 1}}};
  CHECK(count(gkd::line_plot(curves), ">alone</text>") == 0);
  for (int i = 0; i < 11; ++i)
    curves.push_back({.name = "a series with a long name", .x = {0, 1}, .y = {0, 1}});
  const std::string svg = gkd::line_plot(curves, {.width = 400, .height = 500});
  CHECK(count(svg, ">a series with a long name</text>") == 11);
  CHECK(report_test::ill_formed(svg) == "");
}

TEST_CASE("marks say their numbers") {
  const std::string svg =
      gkd::line_plot({{.name = "a<b", .x = {0, 10}, .y = {0.5, 0.25}, .markers = true}});
  CHECK_THAT(svg, ContainsSubstring("<title>a&lt;b: 0.25 at 10</title>"));
}

TEST_CASE("what lies outside a range that was asked for is cut off") {
  const std::string svg = gkd::line_plot({{.name = "a", .x = {0, 1, 2}, .y = {0, 100, 1}}},
                                         {.y_low = 0.0, .y_high = 2.0});
  CHECK(count(svg, "overflow=\"hidden\"") == 1);
  CHECK(report_test::ill_formed(svg) == "");
}

TEST_CASE("nothing to show is said, not thrown, at the end of a long run") {
  for (const auto& curves : {std::vector<gkd::plot_series>{},
                             {{.name = "a", .x = {}, .y = {}}},
                             {{.name = "a", .x = {1, 2}, .y = {not_a_number, not_a_number}}}}) {
    const std::string svg = gkd::line_plot(curves, {.y_scale = gkd::axis_scale::log});
    CHECK_THAT(svg, ContainsSubstring(">no data</text>"));
    CHECK(report_test::ill_formed(svg) == "");
  }
}

TEST_CASE("lists of different lengths are an error that names the series") {
  CHECK_THROWS_WITH(gkd::line_plot({{.name = "kl", .x = {1, 2, 3}, .y = {1, 2}}}),
                    "gkd: line_plot: series \"kl\" has 3 x and 2 y, want as many of both");
  CHECK_THROWS_AS(gkd::line_plot({{.name = "kl", .x = {1}, .y = {1}, .low = {1}}}), gkd::error);
  CHECK_THROWS_AS(gkd::line_plot({{.name = "kl", .x = {1}, .y = {1}, .high = {1, 2}}}), gkd::error);
}

TEST_CASE("a plot that is too small or has no range is an error") {
  CHECK_THROWS_AS(gkd::line_plot({}, {.width = 100}), gkd::error);
  CHECK_THROWS_AS(gkd::line_plot({}, {.y_low = 2.0, .y_high = 1.0}), gkd::error);
  CHECK_THROWS_AS(gkd::line_plot({}, {.y_low = not_a_number}), gkd::error);
}

TEST_CASE("texts in a plot stay texts") {
  const std::string svg =
      gkd::line_plot({{.name = "<a>", .x = {0, 1}, .y = {0, 1}}, {.name = "&", .x = {0}, .y = {0}}},
                     {.title = "\"<script>\"", .x_label = "<x>", .y_label = "\x1b"});
  CHECK(svg.find("<script") == std::string::npos);
  CHECK(svg.find("<x>") == std::string::npos);
  CHECK(report_test::ill_formed(svg) == "");
}

TEST_CASE("bars stand on zero, with whiskers over their intervals and their numbers above") {
  const std::string svg = gkd::bar_chart({"teacher", "student"},
                                         {{.name = "sampled", .bars = {{97, 96, 98}, {40, 30, 50}}},
                                          {.name = "greedy", .bars = {{99.9}, {45}}}},
                                         {.y_low = 0.0, .y_high = 100.0});
  CHECK(count(svg, "<rect class=\"f0\"") == 2 + 1);  // and one in the legend
  CHECK(count(svg, "<rect class=\"f1\"") == 2 + 1);
  CHECK(count(svg, "class=\"whisker\"") == 2);
  CHECK_THAT(svg, ContainsSubstring("<title>sampled: 40.0 (30.0 to 50.0)</title>"));
  CHECK_THAT(svg, ContainsSubstring(">99.9</text>"));
  CHECK_THAT(svg, ContainsSubstring(">teacher</text>"));
  CHECK(report_test::ill_formed(svg) == "");
}

TEST_CASE("a bar below zero hangs, a missing one leaves its place, one too high is cut") {
  const auto height = [](double value, const gkd::plot_options& options) {
    const std::string svg =
        gkd::bar_chart({"g", "h"}, {{.name = "s", .bars = {{value}, {10}}}}, options);
    const auto at = svg.find("<rect class=\"f0\"");
    const auto begin = svg.find("height=\"", at) + 8;
    return std::stod(svg.substr(begin, svg.find('"', begin) - begin));
  };
  const gkd::plot_options both{.y_low = -10.0, .y_high = 10.0};
  CHECK(height(-5, both) == Approx(height(5, both)).margin(0.11));
  CHECK(height(-10, both) == Approx(2 * height(5, both)).margin(0.21));
  CHECK(height(1e6, both) == Approx(height(10, both)));
  CHECK(count(gkd::bar_chart({"g"}, {{.name = "s", .bars = {{}}}}), "<rect class=\"f0\"") == 0);
}

TEST_CASE("group names are wrapped evenly under their bars") {
  using gkd::detail::wrapped;
  using gkd::detail::wrapped_evenly;
  CHECK(wrapped("on-policy fwd KL", 1000.0) == std::vector<std::string>{"on-policy fwd KL"});
  CHECK(wrapped("on-policy fwd KL", 90.0) == std::vector<std::string>{"on-policy fwd", "KL"});
  CHECK(wrapped_evenly("on-policy fwd KL", 90.0) ==
        std::vector<std::string>{"on-policy", "fwd KL"});
  CHECK(wrapped("unbreakable", 5.0) == std::vector<std::string>{"unbreakable"});
  CHECK(wrapped("", 5.0).empty());
  CHECK(wrapped("  a  b ", 1.0) == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a chart without groups, with missing bars or without a zero is an error") {
  CHECK_THROWS_AS(gkd::bar_chart({}, {{.name = "s", .bars = {}}}), gkd::error);
  CHECK_THROWS_AS(gkd::bar_chart({"g"}, {}), gkd::error);
  CHECK_THROWS_WITH(gkd::bar_chart({"g", "h"}, {{.name = "s", .bars = {{1}}}}),
                    "gkd: bar_chart: series \"s\" has 1 bars, want 2, one per group");
  const std::vector<gkd::bar_series> bars{{.name = "s", .bars = {{1}}}};
  CHECK_THROWS_AS(gkd::bar_chart({"g"}, bars, {.y_scale = gkd::axis_scale::log}), gkd::error);
  CHECK_THROWS_AS(gkd::bar_chart({"g"}, bars, {.y_low = 0.5}), gkd::error);
}
