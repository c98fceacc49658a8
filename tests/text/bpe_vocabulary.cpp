// SPDX-License-Identifier: Apache-2.0
#include <gkd/text/bpe_vocabulary.hpp>

#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;

TEST_CASE("bpe_vocabulary: texts by id, ordinary ids by text, holes") {
  const bpe_vocabulary v({{5, "b", token_kind::ordinary},
                          {0, "ab", token_kind::ordinary},
                          {2, "<s>", token_kind::control},
                          {3, "<t>", token_kind::added},
                          {4, "", token_kind::foreign}},
                         "file");
  CHECK(v.size() == 6);
  CHECK(v.text(0) == "ab");
  CHECK(v.text(1) == "");
  CHECK(v.text(2) == "<s>");
  CHECK(v.text(4) == "");
  CHECK(v.text(5) == "b");
  CHECK(v.kind(1) == token_kind::none);
  CHECK(v.kind(2) == token_kind::control);
  CHECK(v.find("ab") == 0);
  CHECK(v.find("b") == 5);
  for (const char* text : {"", "a", "<s>", "<t>", "abc"}) CHECK(v.find(text) == std::nullopt);
}

TEST_CASE("bpe_vocabulary: an empty one") {
  const bpe_vocabulary v;
  CHECK(v.size() == 0);
  CHECK(v.find("a") == std::nullopt);
}

TEST_CASE("S93: vocabularies that are refused") {
  const auto make = [](std::vector<bpe_vocabulary_entry> entries) {
    return bpe_vocabulary(std::move(entries), "file");
  };
  CHECK_ERROR(make({{-1, "a"}}), errc::bad_format, "file: token \"a\" has the id -1, want 0 <= id");
  CHECK_ERROR(make({{1 << 22, "a"}}), errc::bad_format, "want 0 <= id < 4194304");
  CHECK_ERROR(make({{7, "a"}, {7, "b"}}), errc::bad_format, "id 7 belongs to two tokens");
  CHECK_ERROR(make({{1, "a"}, {7, "a"}}), errc::bad_format,
              "tokens 1 and 7 have the same text \"a\"");
  CHECK_ERROR(make({{1, ""}}), errc::bad_format, "token 1 has no text");
}
