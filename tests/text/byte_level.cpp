// SPDX-License-Identifier: Apache-2.0
#include <gkd/text/byte_level.hpp>

#include "support/catch.hpp"

#include <set>

using namespace gkd;

TEST_CASE("byte_level: visible bytes stand for themselves, the others from U+0100 on") {
  CHECK(byte_level_code('!') == '!');
  CHECK(byte_level_code('~') == '~');
  CHECK(byte_level_code(0) == 0x100);
  CHECK(byte_level_code('\n') == 0x10a);
  CHECK(byte_level_code(' ') == 0x120);
  CHECK(byte_level_code(0x7f) == 0x121);
  CHECK(byte_level_code(0xa0) == 0x142);
  CHECK(byte_level_code(0xa1) == 0xa1);
  CHECK(byte_level_code(0xad) == 0x143);
  CHECK(byte_level_code(0xff) == 0xff);
  CHECK(to_byte_level("a b\xc3\xa9") ==
        "a\xc4\xa0"
        "b\xc3\x83\xc2\xa9");
}

TEST_CASE("byte_level: 256 characters, each leads back to its byte, no other does") {
  std::set<char32_t> codes;
  std::string all;
  for (int byte = 0; byte < 256; ++byte) {
    const auto value = static_cast<unsigned char>(byte);
    codes.insert(byte_level_code(value));
    CHECK(byte_level_byte(byte_level_code(value)) == value);
    all += static_cast<char>(byte);
  }
  CHECK(codes.size() == 256);
  gkd::index found = 0;
  for (char32_t code = 0; code < 0x1000; ++code) found += byte_level_byte(code).has_value();
  CHECK(found == 256);
  CHECK(from_byte_level(to_byte_level(all)) == all);
}

TEST_CASE("byte_level: texts outside the alphabet stand for nothing") {
  for (const char* text : {" ", "a b", "\xe2\x96\x81", "\xc5\x84", "\xc3", "\n", "\xc2\xad"})
    CHECK(from_byte_level(text) == std::nullopt);
  CHECK(from_byte_level("") == "");
}
