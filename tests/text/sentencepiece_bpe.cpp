// SPDX-License-Identifier: Apache-2.0
#include <gkd/text/sentencepiece_bpe.hpp>

#include "oracle/sentencepiece_bpe.hpp"
#include "support/catch.hpp"
#include "support/data_dir.hpp"

#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>

using namespace gkd;
using Catch::Matchers::ContainsSubstring;

static_assert(tokenizer<sentencepiece_bpe>);

namespace {

struct vocabulary {
  std::vector<std::string> pieces = {"<unk>", "\n<s>\n", "\n</s>\n"};
  std::vector<float> scores;
};

// control and byte tokens, then these pieces with these scores
vocabulary with_bytes(const std::vector<std::string>& pieces, const std::vector<float>& scores) {
  vocabulary v;
  for (int byte = 0; byte < 256; ++byte) {
    char name[8];
    std::snprintf(name, sizeof name, "<0x%02X>", static_cast<unsigned>(byte));
    v.pieces.emplace_back(name);
  }
  v.scores.assign(v.pieces.size(), 0.0f);
  v.pieces.insert(v.pieces.end(), pieces.begin(), pieces.end());
  v.scores.insert(v.scores.end(), scores.begin(), scores.end());
  return v;
}
sentencepiece_bpe make(const vocabulary& v, sentencepiece_controls controls = {}) {
  return {v.pieces, v.scores, controls};
}

// 259 " ", 260 "a", 261 "b", 262 "ab", 263 "ba", 264 " ab", 265 "aba"
const vocabulary tiny =
    with_bytes({" ", "a", "b", "ab", "ba", " ab", "aba"}, {-10, -10, -10, -1, -1, -2, -3});

std::vector<token> with_bos(std::vector<token> ids) {
  ids.insert(ids.begin(), 1);
  return ids;
}

std::string file_content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// tok512.bin read by hand, so that this test needs nothing of io/
sentencepiece_bpe tok512(const std::filesystem::path& data) {
  const std::string bytes = file_content(data / "weights-stories260K" / "tok512.bin");
  vocabulary v;
  v.pieces.clear();
  for (std::size_t at = 4; at < bytes.size();) {
    std::int32_t length;
    v.scores.emplace_back();
    std::memcpy(&v.scores.back(), &bytes[at], 4);
    std::memcpy(&length, &bytes[at + 4], 4);
    v.pieces.push_back(bytes.substr(at + 8, static_cast<std::size_t>(length)));
    at += 8 + static_cast<std::size_t>(length);
  }
  return make(v, {.eos = 1});
}

}  // namespace

TEST_CASE("sentencepiece_bpe: merges by score, the leftmost of equals first, by hand") {
  const sentencepiece_bpe t = make(tiny);
  CHECK(t.encode("") == std::vector<token>{});
  CHECK(t.encode("a") == std::vector<token>{259, 260});
  // " aba": ab and ba score the same, ab is to the left; then " ab" (-2) before "aba" (-3)
  CHECK(t.encode("aba") == std::vector<token>{264, 260});
  // " baba": ba at 1 is the leftmost, then ba again
  CHECK(t.encode("baba") == std::vector<token>{259, 263, 263});
  // a character that is no piece becomes its bytes, and nothing merges across it
  CHECK(t.encode("a\xc3\xa9"
                 "b") == std::vector<token>{259, 260, 3 + 0xc3, 3 + 0xa9, 261});
}

TEST_CASE(
    "sentencepiece_bpe: decoding takes one space after BOS and turns byte tokens into bytes") {
  const sentencepiece_bpe t = make(tiny);
  CHECK(t.decode(std::vector<token>{264, 260}) == " aba");
  CHECK(t.decode(std::vector<token>{1, 264, 260}) == "aba");
  CHECK(t.decode(std::vector<token>{1, 259, 264}) == " ab");
  CHECK(t.decode(std::vector<token>{1, 260, 264}) == "a ab");
  CHECK(t.decode(std::vector<token>{1, 3 + ' ', 260}) ==
        " a");  // a byte token is no piece with a space
  CHECK(t.decode(std::vector<token>{0, 260, 2}) == "a");
  for (token id : {-1, 266})
    CHECK_THROWS_WITH(t.decode(std::vector<token>{id}), ContainsSubstring("want 0 <= id < 266"));
}

TEST_CASE("sentencepiece_bpe: ids equal SentencePiece's, small vocabulary") {
  const sentencepiece_bpe t = make(with_bytes(oracle::small_pieces, oracle::small_scores));
  for (const oracle::encoding& e : oracle::small_encodings) {
    INFO(e.text);
    CHECK(t.encode(e.text) == e.ids);
    CHECK(t.decode(with_bos(e.ids)) == e.text);
  }
}

TEST_CASE("sentencepiece_bpe: ids equal SentencePiece's, tok512") {
  const auto data = data_dir();
  if (!data) GKD_SKIP("no data folder (GKD_DATA_DIR)");
  const sentencepiece_bpe t = tok512(*data);
  CHECK(t.vocab_size() == 512);
  CHECK(t.eos() == 1);
  for (const oracle::encoding& e : oracle::tok512_encodings) {
    INFO(e.text);
    CHECK(t.encode(e.text) == e.ids);
    CHECK(t.decode(with_bos(e.ids)) == e.text);
  }
  const std::string stories = file_content(*data / "tinystories" / "tinystories_sample_cs336.txt");
  REQUIRE(stories.size() > 3000);
  const std::vector<token> ids = t.encode(stories);
  CHECK(t.decode(with_bos(ids)) == stories);
  CHECK(ids.size() < stories.size() / 2);  // merged, not bytes
}

TEST_CASE("sentencepiece_bpe: no text becomes a control or byte token") {
  // with pieces that would merge into their names
  const sentencepiece_bpe t =
      make(with_bytes({" ", "\n", "<", "s", ">", "\n<", "s>", "s>\n", "\n<s>", "0", "x", "4", "1",
                       "<0", "x41>", "<0x", "41>"},
                      std::vector<float>(17, 1.0f)));
  for (const char* text : {"\n<s>\n", "<0x41>", "<s>", "</s>"}) {
    for (token id : t.encode(text)) CHECK((id >= 259 || id == 3 + '/'));  // no piece has the slash
    CHECK(t.decode(with_bos(t.encode(text))) == text);
  }
  CHECK(t.control_id("<s>") == 1);
  CHECK(t.control_id("</s>") == 2);
  CHECK(t.control_id("<unk>") == 0);
  CHECK(t.control_id("a") == std::nullopt);
}

TEST_CASE("sentencepiece: every string of bytes comes back, UTF-8 or not [S92]") {
  const sentencepiece_bpe t = make(tiny);
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  std::string reversed(all.rbegin(), all.rend());
  for (const std::string& text :
       {all, reversed, std::string("\x80\x80\x80\x80\x80\x80"), std::string("\xf0\x9f"),
        std::string("a\0b", 3), std::string("\xc3"), std::string(" ")})
    CHECK(t.decode(with_bos(t.encode(text))) == text);
}

TEST_CASE("S90: half a mebibyte of anything encodes; a quadratic encoder would never end") {
  const sentencepiece_bpe t = make(with_bytes(oracle::small_pieces, oracle::small_scores));
  for (const char* unit : {"a", " ", "the ", "\xe4\xbd\xa0", "\xcc\x80", "l"}) {
    INFO(unit);
    std::string text;
    while (text.size() < (1 << 19)) text += unit;
    const std::vector<gkd::token> ids = t.encode(text);
    CHECK(ids.size() <= text.size() + 1);
    CHECK(t.decode(with_bos(ids)) == text);
  }
}

TEST_CASE("sentencepiece_bpe: vocabularies that are refused") {
  vocabulary v = tiny;
  v.scores.pop_back();
  CHECK_THROWS_WITH(
      make(v), ContainsSubstring("a vocabulary of 266 pieces with 265 scores, want one for each"));
  v = tiny;
  v.pieces.back() = "ab";
  CHECK_THROWS_WITH(make(v),
                    ContainsSubstring("piece \"ab\" is in the vocabulary twice, as 262 and 265"));
  v = tiny;
  v.pieces[3 + 0x41] = "A";
  CHECK_THROWS_WITH(make(v), ContainsSubstring("without the byte token <0x41>"));
  v = tiny;
  v.pieces.back() = "<0x41>";
  CHECK_THROWS_WITH(make(v), ContainsSubstring("twice, as"));
  v = tiny;
  v.scores.back() = NAN;
  CHECK_THROWS_WITH(make(v), ContainsSubstring("piece \"aba\" has the score nan"));
  for (const char* name : {"<0x-1>", "<0xGG>", "<0x4a>"}) {  // text like any other
    v = tiny;
    v.pieces.back() = name;
    make(v);
  }
  CHECK_THROWS_WITH(
      make(tiny, {.eos = 266}),
      ContainsSubstring("control token 266 in a vocabulary of 266, want 0 <= id < 266"));
  CHECK_THROWS_WITH(make(tiny, {.bos = -1}), ContainsSubstring("control token -1"));
}

TEST_CASE("sentencepiece_bpe: a copy encodes as the original") {
  auto first = std::make_unique<sentencepiece_bpe>(make(tiny));
  const sentencepiece_bpe copy = *first;
  first.reset();
  CHECK(copy.encode("aba") == std::vector<token>{264, 260});
}
