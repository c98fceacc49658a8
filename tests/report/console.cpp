// SPDX-License-Identifier: Apache-2.0
#include <gkd/report/console.hpp>

#include "support/catch.hpp"

#include <cstdio>  // tmpfile

TEST_CASE("a file is a console of plain lines") {
  std::FILE* file = std::tmpfile();
  REQUIRE(file);
  const gkd::console out = gkd::console_of(file);
  CHECK_FALSE(out.terminal);
  CHECK_FALSE(out.colour);
  CHECK(out.unicode);
  CHECK(out.width() == 0);
  out.write("step 1\n");
  std::rewind(file);
  char line[16] = {};
  REQUIRE(std::fgets(line, sizeof line, file));
  CHECK(std::string(line) == "step 1\n");
  std::fclose(file);
}

TEST_CASE("a console without a place swallows what it is given") {
  gkd::console{}.write("nowhere");
  CHECK(gkd::console{}.width() == 0);
}

TEST_CASE("a locale is believed when it names a character set") {
  CHECK(gkd::detail::locale_shows_utf8("en_US.UTF-8"));
  CHECK(gkd::detail::locale_shows_utf8("C.utf8"));
  CHECK(gkd::detail::locale_shows_utf8("C"));
  CHECK(gkd::detail::locale_shows_utf8("POSIX"));
  CHECK_FALSE(gkd::detail::locale_shows_utf8("de_DE.ISO-8859-1"));
  CHECK_FALSE(gkd::detail::locale_shows_utf8("ja_JP.eucJP"));
}

TEST_CASE("colour goes on and off around a text") {
  CHECK(gkd::coloured("loss", "31", true) == "\x1b[31mloss\x1b[0m");
  CHECK(gkd::coloured("loss", "31", false) == "loss");
  CHECK(gkd::coloured("", "31", true) == "");
}
