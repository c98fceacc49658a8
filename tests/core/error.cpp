// SPDX-License-Identifier: Apache-2.0
#include <gkd/core/error.hpp>

#include "support/catch.hpp"
#include "support/throws.hpp"

TEST_CASE("fail puts its parts together and keeps the code") {
  CHECK_ERROR(gkd::fail(gkd::errc::shape_mismatch, "got ", 3, " rows, want ", 2.5, " or ", true),
              gkd::errc::shape_mismatch, "gkd: got 3 rows, want 2.5 or true");
}

TEST_CASE("The text of an error is what it says without gkd's prefix, however short it is") {
  using gkd::errc, gkd::error;
  try {
    gkd::fail(errc::bad_format, "line ", 3);
  } catch (const error& e) {
    CHECK(e.text() == "line 3");
    CHECK(std::string(e.what()) == "gkd: line 3");
  }
  CHECK(error(errc::bad_format, "bad").text() == "bad");
  CHECK(error(errc::bad_format, "").text() == "");
  CHECK(error(errc::bad_format, "gkd:").text() == "gkd:");
  CHECK(error(errc::bad_format, "my own gkd: text").text() == "my own gkd: text");
}

TEST_CASE("Every code has a name of its own") {
  using gkd::errc;
  std::string seen;
  for (errc c : {errc::bad_argument, errc::shape_mismatch, errc::vocabulary_mismatch,
                 errc::non_finite, errc::empty_data, errc::context_overflow, errc::bad_format,
                 errc::io_failure, errc::bad_checkpoint, errc::already_exists, errc::interrupted}) {
    const std::string name = "[" + std::string(gkd::name_of(c)) + "]";
    CHECK(seen.find(name) == std::string::npos);
    CHECK(name != "[unknown]");
    seen += name;
  }
}

TEST_CASE("Text from outside is printable, whatever it holds") {
  CHECK(gkd::in_quotes("abc") == "\"abc\"");
  CHECK(gkd::in_quotes("a\nb") == "\"a\\x0ab\"");
  CHECK(gkd::in_quotes("\x1b]52;c;evil\x07") == "\"\\x1b]52;c;evil\\x07\"");
  CHECK(gkd::in_quotes("say \"hi\"\\") == "\"say \\x22hi\\x22\\x5c\"");
  CHECK(gkd::in_quotes("\xe2\x80\xae") == "\"\\xe2\\x80\\xae\"");  // U+202E turns text around
  CHECK(gkd::in_quotes(std::string(1000, 'a')).size() == 64 + 2 + 3);
  CHECK(gkd::in_quotes(std::string(1000, '\0'), 2) == "\"\\x00\\x00\"...");
}

TEST_CASE("Numbers are printed so that they can be told apart") {
  CHECK(gkd::concat(-1, " ", std::size_t{18446744073709551615u}) == "-1 18446744073709551615");
  CHECK(gkd::concat(0.1f, "|", 1e-300, "|", -0.0) == "0.100000001|1e-300|-0");
}
