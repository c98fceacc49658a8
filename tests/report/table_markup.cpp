// SPDX-License-Identifier: Apache-2.0
#include <gkd/report/table_markup.hpp>

#include "report/well_formed.hpp"
#include "support/catch.hpp"

namespace {

gkd::table results() {
  gkd::table t{{.title = "run"},
               {.title = "sampled", .group = "exact match, %", .decimals = 1},
               {.title = "greedy", .group = "exact match, %", .decimals = 1},
               {.title = "gap", .decimals = 1, .sign = true}};
  t.add({"sft", gkd::plus_minus(42.3, 5.4), 45.9, -3.5});
  t.rule();
  t.add({"on-policy", gkd::plus_minus(71.5, 6.8).in(gkd::tone::strong), 84.4, {}});
  return t;
}

}  // namespace

TEST_CASE("a table as Markdown is aligned in its source too") {
  CHECK(gkd::to_markdown(results()) ==
        "| run       | exact match, %: sampled | exact match, %: greedy |  gap |\n"
        "|-----------|------------------------:|-----------------------:|-----:|\n"
        "| sft       |              42.3 ± 5.4 |                   45.9 | -3.5 |\n"
        "| on-policy |          **71.5 ± 6.8** |                   84.4 |    – |\n");
}

TEST_CASE("text in Markdown stays text") {
  gkd::table t{{.title = "a|b"}};
  t.add({"*x* `y` [z](u) <b> & \\|"});
  t.add({"two\nlines"});
  CHECK(gkd::to_markdown(t) ==
        "| a\\|b                                      |\n"
        "|-------------------------------------------|\n"
        "| \\*x\\* \\`y\\` \\[z\\](u) &lt;b&gt; &amp; \\\\\\| |\n"
        "| two\\\\x0alines                             |\n");
}

TEST_CASE("a table as HTML has two rows of titles, and a cell of its own for each half-width") {
  const std::string html = gkd::to_html(results());
  CHECK(
      html ==
      "<table class=\"gkd-table\">\n"
      "<thead><tr><th scope=\"col\" class=\"text\" rowspan=\"2\">run</th>"
      "<th scope=\"colgroup\" class=\"group\" colspan=\"3\">exact match, %</th>"
      "<th scope=\"col\" class=\"num\" rowspan=\"2\">gap</th></tr>"
      "<tr><th scope=\"col\" class=\"num\" colspan=\"2\">sampled</th>"
      "<th scope=\"col\" class=\"num\">greedy</th></tr></thead>\n"
      "<tbody>\n"
      "<tr class=\"ruled\"><td class=\"text\">sft</td><td class=\"num\">42.3</td>"
      "<td class=\"pm\">± 5.4</td><td class=\"num\">45.9</td><td class=\"num\">−3.5</td></tr>\n"
      "<tr><td class=\"text\">on-policy</td><td class=\"num strong\">71.5</td>"
      "<td class=\"pm\">± 6.8</td><td class=\"num\">84.4</td><td class=\"num muted\">–</td></tr>\n"
      "</tbody></table>\n");
  CHECK(report_test::ill_formed(html) == "");
}

TEST_CASE("every row of an HTML table has as many cells as its titles span") {
  gkd::table t{{.title = "run"}, {.title = "x"}, {.title = "y"}};
  t.add({"a", gkd::plus_minus(1, 2), 3});
  t.add({"b", 1, {}});
  t.add({"c", "failed", "n/a"});  // text over number and half-width
  t.add({"d", {}, 1});
  const std::string html = gkd::to_html(t);
  for (auto row = html.find("<tr"); row != std::string::npos; row = html.find("<tr", row + 1)) {
    const std::string line = html.substr(row, html.find("</tr>", row) - row);
    int cells = 0;
    for (const char* tag : {"<td", "<th", "colspan=\"2\""})
      for (auto at = line.find(tag); at != std::string::npos; at = line.find(tag, at + 1)) ++cells;
    CAPTURE(line);
    CHECK(cells == 4);
  }
}

TEST_CASE("text in HTML stays text") {
  gkd::table t{{.title = "<i>", .group = "a&b"}};
  t.add({"<script>alert(1)</script>"});
  const std::string html = gkd::to_html(t);
  CHECK(html.find("<script") == std::string::npos);
  CHECK(html.find("<i>") == std::string::npos);
  CHECK_THAT(html, Catch::Matchers::ContainsSubstring("a&amp;b"));
  CHECK(report_test::ill_formed(html) == "");
}
