// SPDX-License-Identifier: Apache-2.0
#include <gkd/report/svg_check.hpp>

#include <gkd/report/svg.hpp>

#include "support/catch.hpp"

using Catch::Matchers::ContainsSubstring;

namespace {

/// What is wrong with the SVG, or "" if nothing is.
std::string refusal(const std::string& svg) {
  try {
    gkd::detail::svg_reader(svg).check();
    return "";
  } catch (const gkd::error& e) {
    CHECK(e.code() == gkd::errc::bad_argument);
    return e.what();
  }
}
std::string refusal_inside(const std::string& content) {
  return refusal("<svg xmlns=\"http://www.w3.org/2000/svg\">" + content + "</svg>");
}

}  // namespace

TEST_CASE("the library's own plots may stand in a page, whatever their texts are") {
  const std::string evil = "<script>alert(1)</script>\"'&url(x)\\</title><style>";
  const gkd::plot_options options{
      .title = evil, .x_label = evil, .y_label = evil, .y_low = -1.0, .y_high = 1.0};
  const std::vector<gkd::plot_series> curves{
      {.name = evil, .x = {0, 1}, .y = {0, 1}, .low = {0, 0}, .high = {1, 1}, .markers = true},
      {.name = "b", .x = {0, 1}, .y = {1, 0}, .dashed = true}};
  CHECK(refusal(gkd::line_plot(curves, options)) == "");
  CHECK(refusal(gkd::line_plot({})) == "");
  CHECK(refusal(gkd::bar_chart({evil, "g"}, {{.name = evil, .bars = {{1, 0, 2}, {-1}}},
                                             {.name = "b", .bars = {{2}, {3}}}})) == "");
}

TEST_CASE("an SVG of one's own may draw") {
  CHECK(refusal("<svg/>") == "");
  CHECK(refusal("<svg></svg> \n") == "");
  CHECK(refusal_inside("<g transform=\"translate(1, -2.5)\" fill=\"#aabbcc\">\n"
                       "<circle cx=\"1\" cy=\"2\" r=\"3\"><title>a &lt; b</title></circle>"
                       "<text x=\"1\" y=\"2\" fill=\"rgb(10%, 20%, 30%)\">a <tspan>b</tspan></text>"
                       "<svg viewBox=\"0 0 1 1\"><path\n\td=\"M0 0L1 1Z\"\n/></svg></g>") == "");
}

TEST_CASE("an SVG that could run or load something is refused") {
  for (const char* content :
       {"<script>alert(1)</script>", "<SCRIPT>alert(1)</SCRIPT>", "<scrip\u017Ft/>",
        "<image href=\"http://tracker/x.png\"/>", "<use xlink:href=\"http://x#a\"/>",
        "<a href=\"javascript:alert(1)\"><text>a</text></a>", "<foreignObject/>",
        "<animate attributeName=\"href\"/>", "<set attributeName=\"onload\" to=\"alert(1)\"/>",
        "<style>@import 'http://x';</style>", "<style/>", "<img src=\"x\"/>", "<p>a</p>",
        "<path onclick=\"alert(1)\"/>", "<path ONCLICK=\"alert(1)\"/>", "<path href=\"x\"/>",
        "<path style=\"fill:red\"/>", "<path fill=\"url(http://x)\"/>",
        "<path fill=\"URL(x)\"/>", "<path fill=\"u&#114;l(x)\"/>", "<path fill=\"\\75rl(x)\"/>",
        "<path xmlns=\"http://www.w3.org/1999/xhtml\"/>", "<path xmlns:a=\"x\"/>",
        "<!-- a -->", "<![CDATA[a]]>", "<?xml-stylesheet href=\"x\"?>", "<!DOCTYPE svg>"}) {
    CAPTURE(content);
    CHECK_THAT(refusal_inside(content), ContainsSubstring("want one <svg> element of shapes"));
  }
  CHECK(refusal("<svg onload=\"alert(1)\"></svg>") != "");
  CHECK_THAT(refusal_inside("<path onclick=\"alert(1)\"/>"),
             ContainsSubstring("a figure has \"onclick="));
}

TEST_CASE("what is not one whole element is no figure") {
  for (const char* svg :
       {"", "text", "<svg", "<svg>", "<svg>text", "<svg><g></svg>", "<svg></g></svg>",
        "<svg></svg></svg>", "<svg></svg>text", "<svg/><svg/>", "<svgs></svgs>", " <svg></svg>",
        "<svg></svg><iframe src=\"http://x\"></iframe><svg></svg>", "<svg></svg", "<svg><</svg>",
        "<svg width=1></svg>", "<svg width='1'></svg>", "<svg width></svg>",
        "<svg width=\"1\"height=\"1\"></svg>", "<svg width=\"1></svg>",
        "<svg><title><path/></title></svg>"}) {
    CAPTURE(svg);
    CHECK(refusal(svg) != "");
  }
  CHECK_THAT(refusal("<svg>text"), ContainsSubstring("a figure has no </svg>, want"));
}
