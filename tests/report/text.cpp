// SPDX-License-Identifier: Apache-2.0
#include <gkd/report/text.hpp>

#include "support/catch.hpp"

TEST_CASE("printable keeps what can be seen and shows the bytes of everything else") {
  CHECK(gkd::printable("Größe 3 µm, 日本 ✓") == "Größe 3 µm, 日本 ✓");
  CHECK(gkd::printable("a\tb\nc") == "a\\x09b\\x0ac");
  CHECK(gkd::printable("\x1b[2Jgone\r") == "\\x1b[2Jgone\\x0d");          // clears a screen
  CHECK(gkd::printable("\x1b]52;c;eA==\x07") == "\\x1b]52;c;eA==\\x07");  // writes a clipboard
  CHECK(gkd::printable("exe\u202Etxt") == "exe\\xe2\\x80\\xaetxt");  // turns the direction around
  CHECK(gkd::printable("a\u200Bb\uFEFF") == "a\\xe2\\x80\\x8bb\\xef\\xbb\\xbf");  // invisible
  CHECK(gkd::printable("a\u3164\u115Fb") == "a\\xe3\\x85\\xa4\\xe1\\x85\\x9fb");
  CHECK(gkd::printable("\u1160\uFFA0\u034F") == "\\xe1\\x85\\xa0\\xef\\xbe\\xa0\\xcd\\x8f");
  CHECK(gkd::printable("\u1100\u1161\u3131") == "\u1100\u1161\u3131");  // letters next to them
  CHECK(gkd::printable("\u0085\u2028") == "\\xc2\\x85\\xe2\\x80\\xa8");           // line breaks
  CHECK(gkd::printable(std::string_view("\0x", 2)) == "\\x00x");
}

TEST_CASE("printable shows malformed UTF-8 byte by byte") {
  CHECK(gkd::printable("\xff") == "\\xff");
  CHECK(gkd::printable("\xc3") == "\\xc3");                             // cut off
  CHECK(gkd::printable("\xe6\x97") == "\\xe6\\x97");                    // cut off
  CHECK(gkd::printable("\xc0\x80") == "\\xc0\\x80");                    // overlong
  CHECK(gkd::printable("\xe0\x9f\xbf") == "\\xe0\\x9f\\xbf");           // overlong
  CHECK(gkd::printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");           // surrogate
  CHECK(gkd::printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");  // beyond U+10FFFF
  CHECK(gkd::printable("\xc3(") == "\\xc3(");                           // the next one is not lost
}

TEST_CASE("every text becomes printable, and stays as it is the second time") {
  std::string all;
  for (int first = 0; first < 256; ++first)
    for (int second = 0; second < 256; ++second) {
      all += static_cast<char>(first);
      all += static_cast<char>(second);
    }
  const std::string once = gkd::printable(all);
  bool control = false;
  for (char c : once) control = control || (c >= 0 && c < 0x20) || c == 0x7f;
  CHECK_FALSE(control);
  CHECK(gkd::printable(once) == once);
}

TEST_CASE("escape_html leaves nothing that HTML would act on") {
  CHECK(gkd::escape_html("<script>alert('&\"')</script>") ==
        "&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt;");
  CHECK(gkd::escape_html("two\n\tlines") == "two\n\tlines");
  CHECK(gkd::escape_html("a\x01\xff\r\u202E") == "a\\x01\\xff\\x0d\\xe2\\x80\\xae");
  CHECK(gkd::escape_html("Größe ✓") == "Größe ✓");
}

TEST_CASE("display_width counts terminal columns, not bytes") {
  CHECK(gkd::display_width("") == 0);
  CHECK(gkd::display_width("abc") == 3);
  CHECK(gkd::display_width("±0.5") == 4);
  CHECK(gkd::display_width("日本") == 4);      // wide
  CHECK(gkd::display_width("e\u0301x") == 2);  // e, combining acute, x
  CHECK(gkd::display_width("🙂") == 2);
}

TEST_CASE("clipped cuts at a column and says so") {
  CHECK(gkd::clipped("teacher", 7) == "teacher");
  CHECK(gkd::clipped("teacher", 5) == "teac…");
  CHECK(gkd::clipped("teacher", 5, false) == "teac.");
  CHECK(gkd::clipped("日本語", 4) == "日…");  // the second one would be cut in half
  CHECK(gkd::clipped("teacher", 1) == "…");
  CHECK(gkd::clipped("teacher", 0) == "");
}

TEST_CASE("padded fills up to a width in columns") {
  CHECK(gkd::padded("±1", 4, true) == "  ±1");
  CHECK(gkd::padded("日", 4, false) == "日  ");
  CHECK(gkd::padded("long", 2, false) == "long");
}

TEST_CASE("durations read as a clock does") {
  CHECK(gkd::format_duration(0.0) == "0:00");
  CHECK(gkd::format_duration(7.9) == "0:07");
  CHECK(gkd::format_duration(725.0) == "12:05");
  CHECK(gkd::format_duration(3723.0) == "1:02:03");
  CHECK(gkd::format_duration(360000.0) == "100:00:00");
  CHECK(gkd::format_duration(-1.0) == "-:--");
  CHECK(gkd::format_duration(HUGE_VAL) == "-:--");
  CHECK(gkd::format_duration(std::nan("")) == "-:--");
}

TEST_CASE("counts keep three digits") {
  CHECK(gkd::format_count(0) == "0");
  CHECK(gkd::format_count(999) == "999");
  CHECK(gkd::format_count(999.6) == "1.00k");
  CHECK(gkd::format_count(12345) == "12.3k");
  CHECK(gkd::format_count(99960) == "100k");
  CHECK(gkd::format_count(999600) == "1.00M");
  CHECK(gkd::format_count(4.56e6) == "4.56M");
  CHECK(gkd::format_count(7.8e9) == "7.80G");
  CHECK(gkd::format_count(1.5e12) == "1.50T");
}
