// SPDX-License-Identifier: Apache-2.0
#include <gkd/report/table_text.hpp>

#include "support/catch.hpp"

namespace {

/// A part of the table that the demo prints.
gkd::table results() {
  gkd::table t{{.title = "run"},
               {.title = "sampled", .group = "exact match, %", .decimals = 1},
               {.title = "greedy", .group = "exact match, %", .decimals = 1},
               {.title = "KL"},
               {.title = "tokens/s", .decimals = 0, .thousands = true}};
  t.add({"teacher", gkd::plus_minus(97.0, 0.2), 99.9, {}, 12410});
  t.rule();
  t.add({"sft", gkd::plus_minus(42.3, 5.4), 45.9, 0.74, 8100.6});
  t.add({"on-policy", gkd::plus_minus(71.5, 16.8), 84.4, 0.13, 912});
  return t;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (gkd::index at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    REQUIRE(end != std::string::npos);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace

TEST_CASE("a table as text: numbers right, points and ± under each other, groups over columns") {
  CHECK(gkd::to_text(results()) ==
        "           ─ exact match, % ──\n"
        "run            sampled  greedy    KL  tokens/s\n"
        "──────────────────────────────────────────────\n"
        "teacher    97.0 ±  0.2    99.9     –    12,410\n"
        "──────────────────────────────────────────────\n"
        "sft        42.3 ±  5.4    45.9  0.74     8,101\n"
        "on-policy  71.5 ± 16.8    84.4  0.13       912\n");
}

TEST_CASE("a table in ASCII") {
  const std::string text = gkd::to_text(results(), {.unicode = false});
  for (char c : text) CHECK(static_cast<unsigned char>(c) < 0x80);
  CHECK_THAT(text, Catch::Matchers::ContainsSubstring("97.0 +-  0.2"));
}

TEST_CASE("a table wider than the window is cut into blocks that repeat the first column") {
  const auto lines = lines_of(gkd::to_text(results(), {.width = 34}));
  for (const std::string& line : lines) CHECK(gkd::display_width(line) <= 34);
  REQUIRE(lines.size() == 7 + 1 + 6);
  CHECK(lines[1] == "run            sampled  greedy");  // a group is not cut
  CHECK(lines[7].empty());
  CHECK(lines[8] == "run          KL  tokens/s");  // no group, no line for groups
  CHECK(lines[13] == "on-policy  0.13       912");
}

TEST_CASE("a table with one column wider than the window is still written") {
  gkd::table t{{.title = "run"}, {.title = "a very long title"}};
  t.add({"x", 1.0});
  CHECK(gkd::to_text(t, {.width = 5}) == gkd::to_text(t));
}

TEST_CASE("lines are as wide as the terminal shows them, not as they are long in bytes") {
  gkd::table t{{.title = "名前"}, {.title = "±"}};
  t.add({"日本", 1.0});
  t.add({"é", 22.0});
  CHECK(gkd::to_text(t) ==
        "名前      ±\n"
        "───────────\n"
        "日本   1.00\n"
        "é     22.00\n");
}

TEST_CASE("a table without rows is its titles") {
  CHECK(gkd::to_text(gkd::table{{.title = "a"}, {.title = "b"}}) == "a  b\n────\n");
}

TEST_CASE("colour adds nothing but colour") {
  gkd::table t = results();
  t.add({"best", gkd::plus_minus(1, 2).in(gkd::tone::strong),
         gkd::table_cell(3).in(gkd::tone::good), gkd::table_cell("bad").in(gkd::tone::bad),
         gkd::table_cell(4).in(gkd::tone::muted)});
  const std::string coloured = gkd::to_text(t, {.colour = true});
  std::string plain;
  for (gkd::index i = 0; i < coloured.size(); ++i) {
    if (coloured[i] != '\x1b') {
      plain += coloured[i];
      continue;
    }
    i = coloured.find('m', i);
  }
  CHECK(plain == gkd::to_text(t));
  CHECK_THAT(coloured, Catch::Matchers::ContainsSubstring("\x1b[1m 1.0 ±  2.0\x1b[0m"));
  CHECK_THAT(coloured, Catch::Matchers::ContainsSubstring("\x1b[32m"));
  CHECK_THAT(coloured, Catch::Matchers::ContainsSubstring("\x1b[31mbad\x1b[0m"));
}

TEST_CASE("cells from outside cannot break a line or move the cursor") {
  gkd::table t{{.title = "a\nb"}, {.title = "c", .group = "\x1b[2J"}};
  t.add({"x\r\ty", "z\x07"});
  const std::string text = gkd::to_text(t);
  CHECK(lines_of(text).size() == 4);
  CHECK(text.find_first_of("\r\t\x07\x1b") == std::string::npos);
}

TEST_CASE("print asks the console for width, colour and characters") {
  std::string out;
  gkd::console c;
  c.write = [&](std::string_view text) { out += text; };
  c.width = [] { return gkd::index{34}; };
  gkd::print(results(), c);
  CHECK(out == gkd::to_text(results(), {.width = 34}));
}
