// SPDX-License-Identifier: Apache-2.0
#include <gkd/text/tokenizer_json_decoder.hpp>

#include <gkd/text/tokenizer_json.hpp>

#include "support/catch.hpp"
#include "support/throws.hpp"
#include "text/small_tokenizer.hpp"

using namespace gkd;
using nlohmann::json;

namespace {

using ids = std::vector<token>;

json replace(const std::string& from, const std::string& to) {
  return {{"type", "Replace"}, {"pattern", {{"String", from}}}, {"content", to}};
}

// 0 to 255 the bytes, 256 "_", 257 "a", 258 "_a", 259 <e>; spaces are written "_"
json character_tokenizer() {
  json t = small_tokenizer();
  json vocab = json::object();
  for (gkd::index byte = 0; byte < 256; ++byte) vocab[detail::byte_token_name(byte)] = byte;
  for (const char* text : {"_", "a", "_a"}) vocab[text] = vocab.size();
  t["added_tokens"] = json::array({small_added_token(259, "<e>", true)});
  t["normalizer"] = replace(" ", "_");
  t["pre_tokenizer"] = nullptr;
  t["decoder"] = {
      {"type", "Sequence"},
      {"decoders", {replace("_", " "), {{"type", "ByteFallback"}}, {{"type", "Fuse"}}}}};
  t["model"]["vocab"] = vocab;
  t["model"]["merges"] = {"_ a"};
  t["model"]["byte_fallback"] = true;
  return t;
}
bpe_tokenizer parse(const json& t) { return parse_tokenizer(t.dump(), "<e>"); }

}  // namespace

TEST_CASE("tokenizer.json: characters, with bytes to fall back to, by hand") {
  const bpe_tokenizer t = parse(character_tokenizer());
  CHECK(t.encode(" a ab") == ids{258, 258, 'b'});
  CHECK(t.token_text(258) == " a");
  CHECK(t.decode(ids{258, 256, 'b', 259}) == " a b");
}

TEST_CASE("tokenizer.json: decoders that double a token end at 16 times its length and 256 bytes") {
  // greek letters, each of which is written as two of the next one: 34 would be 32 GiB of one
  const auto letter = [](int i) { return std::string("\xce") + static_cast<char>(0x91 + i); };
  const auto doubling = [&](int times) {
    json t = character_tokenizer();
    t["model"]["vocab"][letter(0)] = 260;
    json there = json::array({replace(" ", "_")}), back = json::array({replace("_", " ")});
    for (int i = 0; i < times; ++i) {
      back.push_back(replace(letter(i), letter(i + 1) + letter(i + 1)));
      there.push_back(replace(letter(i + 1) + letter(i + 1), letter(i)));
    }
    back.insert(back.end(), {{{"type", "ByteFallback"}}, {{"type", "Fuse"}}});
    t["normalizer"] = {{"type", "Sequence"}, {"normalizers", there}};
    t["decoder"]["decoders"] = back;
    return t;
  };
  CHECK(parse(doubling(7)).token_text(260).size() == 256);
  for (int times : {8, 34})
    CHECK_ERROR(parse(doubling(times)), errc::bad_format,
                "tokenizer.json: model: \"\\xce\\x91\" becomes more than 288 bytes, want at most "
                "16 times its 2 and 256");
}

TEST_CASE("tokenizer.json: what a Replace looks for has 1 to 256 bytes") {
  json t = character_tokenizer();
  for (gkd::index size : {0, 257}) {
    t["normalizer"] = replace(std::string(size, 'a'), "b");
    CHECK_ERROR(parse(t), errc::bad_format,
                concat("normalizer.pattern: \"String\" has ", size, " bytes, want 1 to 256"));
  }
}

TEST_CASE("tokenizer.json: decoders of characters that are refused by name") {
  json t = character_tokenizer();
  t["decoder"]["decoders"] = {replace("_", " "), {{"type", "Fuse"}}};
  CHECK_ERROR(parse(t), errc::bad_format, "decoder: no ByteFallback, though the model falls back");
  t["decoder"]["decoders"] = {{{"type", "ByteFallback"}}, replace("_", " ")};
  CHECK_ERROR(parse(t), errc::bad_format,
              "\"type\" is \"Replace\", want Replace, ByteFallback, Fuse and Strip in this order");
  t["decoder"]["decoders"] = {replace("-", " "), {{"type", "ByteFallback"}}};
  CHECK_ERROR(parse(t), errc::bad_format,
              "Replace makes \"-\" \" \", which neither a normalizer nor Metaspace made \"-\"");
}
