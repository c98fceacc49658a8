// SPDX-License-Identifier: Apache-2.0
#include <gkd/report/html.hpp>

#include <gkd/report/svg.hpp>

#include "report/well_formed.hpp"
#include "support/catch.hpp"

#include <unistd.h>  // getpid

#include <filesystem>  // temp_directory_path, remove_all
#include <fstream>     // ifstream
#include <sstream>     // ostringstream
#include <stdexcept>   // runtime_error

using Catch::Matchers::ContainsSubstring;

namespace {

gkd::html_report whole_report() {
  gkd::html_report r{"On-policy distillation",
                     {.subtitle = "three seeds", .command_line = "./run demo"}};
  r.key_figures({{"+18.4 points", "on-policy over supervised", "± 7.4"}});
  r.section("Results");
  r.paragraph("With little data & many mistakes.");
  gkd::table t{{.title = "run"}, {.title = "greedy", .decimals = 1}};
  t.add({"teacher", gkd::plus_minus(99.9, 0.1)});
  r.table(t, "Exact match.");
  r.figure(gkd::line_plot({{.name = "loss", .x = {0, 1}, .y = {1, 0}}}), "Loss.");
  r.section("Answers");
  r.samples({{"u3982a",
              {{"teacher", "3928>2389.", gkd::tone::good, "sorted"},
               {"student", "3928>2398.", gkd::tone::bad}}}});
  r.section("Settings");
  r.settings({{"steps", "500"}});
  r.details("More", [](gkd::html_report& inside) { inside.paragraph("Inside."); });
  return r;
}

}  // namespace

TEST_CASE("a report is a whole page that loads nothing and runs nothing") {
  const std::string html = whole_report().text();
  CHECK(html.starts_with("<!doctype html>\n<html lang=\"en\">"));
  CHECK(html.ends_with("</html>\n"));
  CHECK(report_test::ill_formed(html) == "");
  for (const char* from_outside : {"<script", "<link", "<img", "<iframe", "@import", "url(",
                                   "src=", "http-equiv", "https:", "javascript:"})
    CHECK(html.find(from_outside) == std::string::npos);
  const auto http = html.find("http:");
  CHECK(html.substr(http, 26) == "http://www.w3.org/2000/svg");  // the name of the SVG format
  CHECK(html.find("http:", http + 1) == std::string::npos);
}

TEST_CASE("parts appear in the order of the calls") {
  const std::string html = whole_report().text();
  std::size_t last = 0;
  for (const char* part :
       {"<h1>On-policy distillation</h1>", "three seeds", "+18.4 points", "<h2 id=\"s1\">Results",
        "little data &amp; many", "<table", "Exact match.", "<svg", "Loss.", "u3982a", "✓",
        "3928&gt;2389.", "✗", "<dt>steps</dt><dd>500</dd>", "<summary>More</summary>", "Inside.",
        "</details>", "Made by gkd " GKD_VERSION_STRING " with <code>./run demo</code>"}) {
    CAPTURE(part);
    const auto at = html.find(part, last);
    CHECK(at != std::string::npos);
    if (at != std::string::npos) last = at;
  }
}

TEST_CASE("three sections get links at the top, two do not") {
  CHECK_THAT(whole_report().text(), ContainsSubstring("<a href=\"#s2\">Answers</a>"));
  gkd::html_report r{"t"};
  r.section("a");
  r.section("b");
  CHECK(r.text().find("<nav>") == std::string::npos);
}

TEST_CASE("every text in a report is escaped") {
  const std::string evil = "<img src=x onerror=alert(1)>\"'&\x1b[2J\u202E";
  gkd::html_report r{evil, {.subtitle = evil, .command_line = evil, .version = evil}};
  r.key_figures({{evil, evil, evil}});
  r.section(evil), r.section(evil), r.section(evil);
  r.paragraph(evil);
  gkd::table t{{.title = evil, .group = evil}};
  t.add({evil});
  r.table(t, evil);
  r.figure(gkd::line_plot({{.name = evil, .x = {0}, .y = {0}}, {.name = evil, .x = {}, .y = {}}},
                          {.title = evil, .x_label = evil, .y_label = evil}),
           evil);
  r.samples({{evil, {{evil, evil, gkd::tone::plain, evil}}}});
  r.settings({{evil, evil}});
  r.details(evil, [](gkd::html_report&) {});
  const std::string html = r.text();
  CHECK(html.find("<img") == std::string::npos);
  CHECK(html.find('\x1b') == std::string::npos);
  CHECK(html.find("\u202E") == std::string::npos);
  CHECK(report_test::ill_formed(html) == "");
}

TEST_CASE("answers keep their line breaks") {
  gkd::html_report r{"t"};
  r.samples({{"two\nlines", {{"m", "a\n\tb"}}}});
  CHECK_THAT(r.text(), ContainsSubstring("<pre>two\nlines</pre>"));
  CHECK_THAT(r.text(), ContainsSubstring("<pre>a\n\tb</pre>"));
}

TEST_CASE("only an SVG without scripts is a figure") {
  gkd::html_report r{"t"};
  CHECK_THROWS_AS(r.figure("plain text"), gkd::error);
  CHECK_THROWS_AS(r.figure(""), gkd::error);
  CHECK_THROWS_AS(r.figure("<svg></svg><p>more</p>"), gkd::error);
  CHECK_THROWS_AS(r.figure("<svg><script>1</script></svg>"), gkd::error);
  r.figure("<svg></svg>\n");
}

TEST_CASE("figures of which one is refused leave the report as it was") {
  gkd::html_report r{"t"};
  const std::string before = r.text();
  CHECK_THROWS_AS(r.figures({{"<svg></svg>"}, {"<svg onload=\"alert(1)\"></svg>"}}), gkd::error);
  CHECK(r.text() == before);
}

TEST_CASE("details that could not be filled leave the report as it was") {
  gkd::html_report r{"t"};
  r.paragraph("before");
  const std::string before = r.text();
  CHECK_THROWS_AS(r.details("x",
                            [](gkd::html_report& inside) {
                              inside.section("first");
                              inside.section("second");
                              inside.section("third");  // three would be linked to
                              inside.paragraph("half");
                              throw std::runtime_error("stop");
                            }),
                  std::runtime_error);
  CHECK(r.text() == before);
}

TEST_CASE("a command line reads back in a shell as the same words") {
  const char* const words[] = {"./run", "demo", "--data=4000", "a b", "it's", "", "$HOME"};
  CHECK(gkd::command_line(7, words) == "./run demo --data=4000 'a b' 'it'\\''s' '' '$HOME'");
  CHECK(gkd::command_line(0, words) == "");
}

TEST_CASE("a report replaces its file whole, and says why when it cannot") {
  const auto folder =
      std::filesystem::temp_directory_path() / ("gkd-html-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const std::string path = (folder / "report.html").string();
  gkd::html_report r{"first"};
  r.write(path);
  r.paragraph("second");
  r.write(path);
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  CHECK(content.str() == r.text());
  try {
    r.write((folder / "missing" / "report.html").string());
    FAIL("no error");
  } catch (const gkd::error& e) {
    CHECK(e.code() == gkd::errc::io_failure);
    CHECK_THAT(e.what(), ContainsSubstring("report.html"));
    CHECK_THAT(e.what(), ContainsSubstring("No such file or directory"));
  }
  gkd::index files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    CHECK(entry.path().filename() == "report.html");
    ++files;
  }
  CHECK(files == 1);
  std::filesystem::remove_all(folder);
}
