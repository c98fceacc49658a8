// SPDX-License-Identifier: Apache-2.0
#include <gkd/core/utf8.hpp>

#include <gkd/core/error.hpp>

#include "support/catch.hpp"

#include <vector>

using namespace gkd;

namespace {

// every head of a text: 'c' character, 'i' incomplete, 'm' malformed, with its length
std::string heads(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const utf8_head head = utf8_first(text);
    out += head.state == utf8_state::character    ? 'c'
           : head.state == utf8_state::incomplete ? 'i'
                                                  : 'm';
    out += static_cast<char>('0' + head.length);
    text.remove_prefix(head.length);
  }
  return out;
}

}  // namespace

TEST_CASE("utf8_first: characters of one to four bytes, by hand") {
  CHECK(heads("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80") == "c1c2c3c4");
  CHECK(utf8_first("\xc3\xa9").code == 0xe9);
  CHECK(utf8_first("\xe2\x82\xac").code == 0x20ac);
  CHECK(utf8_first("\xf0\x9f\x98\x80").code == 0x1f600);
  CHECK(utf8_first(std::string_view("\0", 1)).code == 0);
}

TEST_CASE("utf8_first: a text that ends inside a character is incomplete") {
  CHECK(heads("\xc3") == "i1");
  CHECK(heads("\xe2\x82") == "i2");
  CHECK(heads("\xf0\x9f\x98") == "i3");
  CHECK(heads("\xed") == "i1");
}

// the examples of the Unicode Standard, section 3.9, tables 3-8 to 3-11
TEST_CASE("utf8_first: malformed bytes, as many as one U+FFFD stands for") {
  CHECK(heads("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41") == "m1m1m1m1m1m1m1m1c1");  // overlong
  CHECK(heads("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41") == "m1m1m1m1m1m1m1m1c1");  // surrogates
  CHECK(heads("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42") == "m1m1m1m1m1c1m1m1c1");
  CHECK(heads("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41") == "m2m1m3m2c1");  // cut off
  CHECK(heads("\xf5\x80") == "m1m1");
}

TEST_CASE("utf8_first and append_utf8: every code point there and back, and no other") {
  gkd::index wrong = 0;
  for (char32_t code = 0; code < 0x110000; ++code) {
    std::string text;
    append_utf8(text, code);
    const utf8_head head = utf8_first(text);
    const bool surrogate = code >= 0xd800 && code < 0xe000;
    const bool found =
        head.state == utf8_state::character && head.length == text.size() && head.code == code;
    wrong += found == surrogate;
  }
  CHECK(wrong == 0);
}

TEST_CASE("utf8_prefix: as far as characters are whole") {
  CHECK(utf8_prefix("") == 0);
  CHECK(utf8_prefix("a\xc3\xa9") == 3);
  CHECK(utf8_prefix("a\xc3") == 1);
  CHECK(utf8_prefix("a\xff z") == 1);
}

TEST_CASE("utf8_stream: a character is given out with its last byte") {
  utf8_stream s;
  CHECK(s.push("a\xe2") == "a");
  CHECK(s.push("\x82") == "");
  CHECK(s.push("\xac!") == "\xe2\x82\xac!");
  CHECK(s.finish() == "");
  CHECK(s.push("\xf0\x9f") == "");
  CHECK(s.finish() == "\xef\xbf\xbd");
  CHECK(s.finish() == "");  // nothing is left over
}

TEST_CASE("utf8_stream: byte by byte or at once, the same well-formed text") {
  const std::string text = "a\xff\xe2\x82\xac\xed\xa0\x80\xf0\x9f\x98\x80\xe2\x82z\xc3";
  const std::string fffd = "\xef\xbf\xbd";
  const std::string want = concat("a", fffd, "\xe2\x82\xac", fffd, fffd, fffd,
                                  "\xf0\x9f\x98\x80", fffd, "z", fffd);
  CHECK(well_formed_utf8(text) == want);
  utf8_stream s;
  std::string got;
  for (char c : text) {
    got += s.push({&c, 1});
    CHECK(utf8_prefix(got) == got.size());
  }
  CHECK(got + s.finish() == want);
}
