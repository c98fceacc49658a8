// SPDX-License-Identifier: Apache-2.0
#include <gkd/text/normalizer.hpp>

#include "support/catch.hpp"

using namespace gkd;

namespace {
std::string in(normal_form form, std::string_view text) {
  std::string storage = "left over";
  return std::string(normalized(text, form, storage));
}
}  // namespace

TEST_CASE("normalized: composed, decomposed, and compatible, by hand") {
  const std::string composed = "caf\xc3\xa9", decomposed = "cafe\xcc\x81";
  CHECK(in(normal_form::nfc, decomposed) == composed);
  CHECK(in(normal_form::nfc, composed) == composed);
  CHECK(in(normal_form::nfd, composed) == decomposed);
  const std::string fi = "\xef\xac\x81";  // U+FB01
  CHECK(in(normal_form::nfc, fi) == fi);
  CHECK(in(normal_form::nfkc, fi + "e\xcc\x81") == "fi\xc3\xa9");
  CHECK(in(normal_form::nfkd, fi + "\xc3\xa9") == "fie\xcc\x81");
}

TEST_CASE("normalized: marks are sorted, Hangul and exclusions are as Unicode says") {
  // e, acute (class 230), grave below (220): sorted, and the acute joins over the other
  CHECK(in(normal_form::nfc, "e\xcc\x81\xcc\x96") == "\xc3\xa9\xcc\x96");
  CHECK(in(normal_form::nfd, "\xc3\xa9\xcc\x96") == "e\xcc\x96\xcc\x81");
  CHECK(in(normal_form::nfc, "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8") == "\xea\xb0\x81");
  CHECK(in(normal_form::nfc, "\xe0\xa5\x98") == "\xe0\xa4\x95\xe0\xa4\xbc");  // U+0958
  CHECK(in(normal_form::nfc, "\xe2\x84\xab") == "\xc3\x85");                  // U+212B
}

TEST_CASE("normalized: what needs no change is returned as it came") {
  std::string storage;
  for (std::string_view text : {"", "plain\n", "caf\xc3\xa9 \xc3"})
    CHECK(normalized(text, normal_form::nfc, storage).data() == text.data());
}

TEST_CASE("normalized: the character before joins, the text around stays") {
  CHECK(in(normal_form::nfc, "abce\xcc\x81 def e\xcc\x81\xcc\x81 \xc3\xa9") ==
        "abc\xc3\xa9 def \xc3\xa9\xcc\x81 \xc3\xa9");
  CHECK(in(normal_form::nfc, "\xc3\xa2\xcc\x81") == "\xe1\xba\xa5");  // U+00E2 and an acute
  CHECK(in(normal_form::nfc,
           "\xcc\x81"
           "e") ==
        "\xcc\x81"
        "e");
}

TEST_CASE("S92: bytes that are no UTF-8 stay where they are, and nothing joins over them") {
  CHECK(in(normal_form::nfc, "e\xff\xcc\x81 e\xcc\x81\xed\xa0\x80\xcc") ==
        "e\xff\xcc\x81 \xc3\xa9\xed\xa0\x80\xcc");
  CHECK(in(normal_form::nfd, "\x80\x80\xc3\xa9\x80") ==
        "\x80\x80"
        "e\xcc\x81\x80");
}

TEST_CASE("S90: a mebibyte of marks in turns is sorted; a quadratic sort would never end") {
  std::string text, want_low, want_high;
  for (int i = 0; i < (1 << 18); ++i) {
    text += "\xcc\x80\xcc\x96";  // classes 230, 220
    want_low += "\xcc\x96";
    want_high += "\xcc\x80";
  }
  CHECK(in(normal_form::nfd, "x" + text) == "x" + want_low + want_high);
  CHECK(in(normal_form::nfc, "x" + text) == "x" + want_low + want_high);
}
