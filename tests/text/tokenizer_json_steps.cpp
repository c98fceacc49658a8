// SPDX-License-Identifier: Apache-2.0
#include <gkd/text/tokenizer_json_steps.hpp>

#include <gkd/text/tokenizer_json.hpp>

#include "support/catch.hpp"
#include "support/throws.hpp"
#include "text/small_tokenizer.hpp"

using namespace gkd;
using nlohmann::json;

namespace {

using ids = std::vector<token>;

// the small tokenizer with one member changed
bpe_tokenizer with(const std::string& name, const json& value) {
  json t = small_tokenizer();
  t[name] = value;
  return parse_tokenizer(t.dump(), "<|im_end|>");
}
json sequence(const std::string& list, std::vector<json> steps) {
  return {{"type", "Sequence"}, {list, steps}};
}
json split(const std::string& pattern, const std::string& behavior = "Isolated") {
  return {{"type", "Split"},
          {"pattern", {{"Regex", pattern}}},
          {"behavior", behavior},
          {"invert", false}};
}
bpe_tokenizer with_words(std::vector<json> steps) {
  return with("pre_tokenizer", sequence("pretokenizers", std::move(steps)));
}

}  // namespace

TEST_CASE("tokenizer.json: normalizers") {
  CHECK(with("normalizer", {{"type", "NFC"}}).encode("e\xcc\x81") == ids{0xc3, 0xa9});
  CHECK(with("normalizer", {{"type", "NFD"}}).encode("\xc3\xa9") == ids{'e', 0xcc, 0x81});
  CHECK(with("normalizer", {{"type", "NFKC"}}).encode("\xef\xac\x81") == ids{'f', 'i'});
  CHECK(with("normalizer", sequence("normalizers", {{{"type", "NFKD"}}, {{"type", "NFC"}}}))
            .encode("\xef\xac\x81\xc3\xa9") == ids{'f', 'i', 0xc3, 0xa9});
  CHECK(with("normalizer", sequence("normalizers", {})).encode("e\xcc\x81").size() == 3);
  for (const char* type : {"Lowercase", "StripAccents", "Precompiled"})
    CHECK_ERROR(with("normalizer", {{"type", type}}), errc::bad_format,
                concat("tokenizer.json: normalizer: \"type\" is \"", type, "\", want NFC"));
  CHECK_ERROR(with("normalizer", sequence("normalizers", {{{"type", "NFC"}}, {{"type", "Strip"}}})),
              errc::bad_format, "normalizer.normalizers[1]: \"type\" is \"Strip\"");
  CHECK_ERROR(with("normalizer", "NFC"), errc::bad_format, "normalizer: of type string, want an");
  CHECK_ERROR(with("normalizer", {{"type", "Sequence"}}), errc::bad_format,
              "normalizer: has no \"normalizers\"");
}

TEST_CASE("tokenizer.json: steps that double a text end at 16 times its length and 256 bytes") {
  const auto replace = [](const std::string& from, const std::string& to) {
    return json{{"type", "Replace"}, {"pattern", {{"String", from}}}, {"content", to}};
  };
  const auto doubling = [&](gkd::index times) {
    return sequence("normalizers", std::vector<json>(times, replace("a", "aa")));
  };
  const bpe_tokenizer eight = with("normalizer", doubling(8));
  CHECK(eight.encode("a") == ids(256, 'a'));
  CHECK(eight.encode(std::string(17, 'b') + "aa").size() == 17 + 512);  // of 16 * 19 + 256
  CHECK_ERROR(
      eight.encode("aaa"), errc::bad_format,
      "normalizer: \"aaa\" becomes more than 304 bytes, want at most 16 times its 3 and 256");
  for (gkd::index times : {9, 28, 64})
    CHECK_ERROR(with("normalizer", doubling(times)).encode("a"), errc::bad_format,
                "normalizer: \"a\" becomes more than 272 bytes");
  const bpe_tokenizer once = with("normalizer", replace("a", std::string(1000, 'b')));
  CHECK(once.encode("a" + std::string(60, 'c')).size() == 1060);
  CHECK_ERROR(once.encode(std::string(60, 'a')), errc::bad_format, "more than 1216 bytes");
  const bpe_tokenizer before =
      with("normalizer", {{"type", "Prepend"}, {"prepend", std::string(256, 'b')}});
  CHECK(before.encode("a").size() == 257);
  CHECK_ERROR(
      with("normalizer", {{"type", "Prepend"}, {"prepend", std::string(272, 'b')}}).encode("a"),
      errc::bad_format, "normalizer: \"a\" becomes more than 272 bytes");
  // U+FDFA has the longest normal form: 33 bytes for 3
  const std::string longest = "\xef\xb7\xba";
  std::string many;
  for (int i = 0; i < 1000; ++i) many += longest;
  CHECK(with("normalizer", {{"type", "NFKD"}}).encode(many).size() == 33'000);
}

TEST_CASE("tokenizer.json: names of added tokens are normalized within the same bounds") {
  json t = small_tokenizer();
  t["added_tokens"].push_back(small_added_token(264, "xa", false));
  t["added_tokens"].back()["normalized"] = true;
  const json step = {{"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", "aa"}};
  const auto doubled = [&](gkd::index times) {
    t["normalizer"] = sequence("normalizers", std::vector<json>(times, step));
    return parse_tokenizer(t.dump(), "<|im_end|>");
  };
  ids wanted(128, 'a');
  wanted.push_back(264);
  CHECK(doubled(7).encode_with_control("axa") == wanted);
  CHECK_ERROR(doubled(28), errc::bad_format, "normalizer: \"xa\" becomes more than 288 bytes");
  t["added_tokens"].back()["content"] = std::string(17, 'a');
  CHECK_ERROR(doubled(4), errc::bad_format, "added token 264 is looked for by 272 bytes");
}

TEST_CASE("tokenizer.json: ByteLevel with its options") {
  CHECK(with("pre_tokenizer", small_byte_level(true)).encode("well") ==
        ids{259, 'e', 257});  // " w"
  CHECK(with("pre_tokenizer", small_byte_level(false, false)).encode("he'll") ==
        ids{256, '\'', 257});
  json old = small_byte_level();
  old.erase("use_regex");  // files before it was an option
  CHECK(with("pre_tokenizer", old).encode("hell hell") == ids{258, ' ', 258});
  old.erase("add_prefix_space");
  CHECK_ERROR(with("pre_tokenizer", old), errc::bad_format, "has no \"add_prefix_space\"");
}

TEST_CASE("tokenizer.json: pre-tokenizers in a sequence") {
  const json digits = {{"type", "Digits"}, {"individual_digits", true}};
  CHECK(with_words({digits, small_byte_level()}).encode("he1 22") == ids{256, '1', ' ', '2', '2'});
  CHECK(with_words({split("l", "Removed"), small_byte_level()}).encode("hello") == ids{256, 'o'});
  json literal = split("");
  literal["pattern"] = {{"String", "e."}};
  literal["behavior"] = "MergedWithNext";
  CHECK(with_words({literal, small_byte_level(false, false)}).encode("he.he") ==
        ids{'h', 'e', '.', 256});
  const json marks = {{"type", "Punctuation"}};
  CHECK(with_words({marks, small_byte_level(true, false)}).encode("he,$") ==
        ids{' ', 256, ' ', ',', ' ', '$'});
}

TEST_CASE("tokenizer.json: pre-tokenizers that are refused by name and value") {
  const std::string where = "tokenizer.json: pre_tokenizer";
  for (const char* type : {"Whitespace", "BertPreTokenizer", "CharDelimiterSplit"})
    CHECK_ERROR(with("pre_tokenizer", {{"type", type}}), errc::bad_format,
                concat(where, ": \"type\" is \"", type, "\", want ByteLevel"));
  CHECK_ERROR(with("pre_tokenizer", nullptr), errc::bad_format, where + ": no ByteLevel");
  CHECK_ERROR(with_words({split("a")}), errc::bad_format, where + ": no ByteLevel");
  CHECK_ERROR(with_words({small_byte_level(), small_byte_level()}), errc::bad_format,
              where + ".pretokenizers[1]: ByteLevel for the second time");
  CHECK_ERROR(with_words({split("a", "Merged"), small_byte_level()}), errc::bad_format,
              "\"behavior\" is \"Merged\", want Removed");
  CHECK_ERROR(with_words({split("(a"), small_byte_level()}), errc::bad_format,
              where + ".pretokenizers[0].pattern: the pattern \"(a\" is none for PCRE2");
  CHECK_ERROR(with_words({split(R"(\w+)"), small_byte_level()}), errc::bad_format,
              "which Oniguruma and PCRE2 read differently");
  json step = split("a");
  step["pattern"] = "a";
  CHECK_ERROR(with_words({step}), errc::bad_format,
              "\"pattern\" is of type string, want an object");
  step["pattern"] = json::object();
  CHECK_ERROR(with_words({step}), errc::bad_format, "pattern: has no \"Regex\"");
  step["pattern"] = {{"String", ""}};
  CHECK_ERROR(with_words({step}), errc::bad_format, "pattern: \"String\" is empty");
  step = split("a");
  step.erase("invert");
  CHECK_ERROR(with_words({step}), errc::bad_format, "has no \"invert\"");
  CHECK_ERROR(with_words({{{"type", "Digits"}}}), errc::bad_format, "has no \"individual_digits\"");
}

TEST_CASE("tokenizer.json: Metaspace after ByteLevel is refused, not every text lost") {
  const json metaspace = {{"type", "Metaspace"},
                          {"replacement", "\xe2\x96\x81"},
                          {"prepend_scheme", "always"},
                          {"split", false}};
  const json bytes = small_byte_level(false, false);
  const std::string where = "tokenizer.json: pre_tokenizer.pretokenizers";
  CHECK_ERROR(with_words({bytes, split("x"), metaspace}), errc::bad_format,
              where + "[2]: Metaspace after ByteLevel, want it before");
  CHECK_ERROR(with_words({bytes, metaspace}), errc::bad_format,
              where + "[1]: Metaspace after ByteLevel, want it before");
  CHECK_ERROR(with_words({metaspace, split("."), metaspace, bytes}), errc::bad_format,
              where + "[2]: Metaspace for the second time");
  // U+2581 is e2 96 81
  CHECK(with_words({metaspace, bytes}).encode("he") == ids{0xe2, 0x96, 0x81, 256});
}

TEST_CASE("S91: a pattern that takes too long stops the text, not the process") {
  json t = small_tokenizer();
  t["pre_tokenizer"] = sequence("pretokenizers", {split("(a+)+$"), small_byte_level()});
  const bpe_tokenizer slow = parse_tokenizer(t.dump(), "<|im_end|>", "t.json", {.steps = 100'000});
  CHECK(slow.encode("aa").size() == 2);
  CHECK_ERROR(
      slow.encode(std::string(60, 'a') + "!"), errc::bad_format,
      "t.json: pre_tokenizer.pretokenizers[0].pattern: the pattern \"(a+)+$\" on a text of");
}

TEST_CASE("tokenizer.json: what is put around a text") {
  const json a = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
  const auto special = [](const char* name) {
    return json{{"SpecialToken", {{"id", name}, {"type_id", 0}}}};
  };
  const auto templated = [](const json& single) {
    return json{{"type", "TemplateProcessing"},
                {"single", single},
                {"pair", json::array()},
                {"special_tokens",
                 {{"<s>", {{"id", "<s>"}, {"ids", {261, 262}}, {"tokens", {"x", "y"}}}},
                  {"</s>", {{"id", "</s>"}, {"ids", {263}}, {"tokens", {"z"}}}}}}};
  };
  const json both = templated({special("<s>"), a, special("</s>")});
  CHECK(with("post_processor", both).encode_with_control("h", true) == ids{261, 262, 'h', 263});
  CHECK(with("post_processor", both).encode_with_control("h") == ids{'h'});
  CHECK(with("post_processor", both).encode("h") == ids{'h'});
  const json roberta = {
      {"type", "RobertaProcessing"}, {"cls", {"<s>", 261}}, {"sep", {"</s>", 262}}};
  CHECK(with("post_processor", roberta).encode_with_control("h", true) == ids{261, 'h', 262});
  // later processors go around what earlier ones made
  const json list = sequence("processors", {small_byte_level(), roberta, both});
  CHECK(with("post_processor", list).encode_with_control("", true) == ids{261, 262, 261, 262, 263});

  const std::string where = "tokenizer.json: post_processor";
  CHECK_ERROR(with("post_processor", {{"type", "Other"}}), errc::bad_format,
              where + ": \"type\" is \"Other\", want ByteLevel, TemplateProcessing");
  CHECK_ERROR(with("post_processor", templated(json::array({special("<s>")}))), errc::bad_format,
              where + ": \"single\" has no Sequence");
  CHECK_ERROR(with("post_processor", templated({a, a})), errc::bad_format, "want A, once");
  CHECK_ERROR(with("post_processor", templated({a, special("<x>")})), errc::bad_format,
              where + ".special_tokens: has no \"<x>\"");
  CHECK_ERROR(with("post_processor", templated({a, {{"Other", 1}}})), errc::bad_format,
              ".single: has no \"SpecialToken\"");
  CHECK_ERROR(with("post_processor", templated({a, 3})), errc::bad_format,
              ".single: of type number, want an object");
  json bad = both;
  bad["special_tokens"]["<s>"]["ids"] = {-1};
  CHECK_ERROR(with("post_processor", bad), errc::bad_format, "\"ids\" is -1, want ids from 0");
  bad["special_tokens"]["<s>"]["ids"] = {1000};
  CHECK_ERROR(with("post_processor", bad), errc::vocabulary_mismatch,
              "token id 1000 put around a text, want 0 <= id < 264");
  bad = roberta;
  bad["cls"] = {"<s>"};
  CHECK_ERROR(with("post_processor", bad), errc::bad_format, "\"cls\": want a name and an id");
}

TEST_CASE("tokenizer.json: 64 tokens around a text, not pieces times ids times steps") {
  const auto around = [](gkd::index pieces, gkd::index size) {
    json single = json::array({{{"Sequence", {{"id", "A"}}}}});
    for (gkd::index i = 0; i < pieces; ++i) single.push_back({{"SpecialToken", {{"id", "x"}}}});
    return json{{"type", "TemplateProcessing"},
                {"single", single},
                {"special_tokens", {{"x", {{"ids", std::vector<token>(size, 7)}}}}}};
  };
  CHECK(with("post_processor", around(8, 8)).around().after == ids(64, 7));
  const std::string where = "tokenizer.json: post_processor";
  CHECK_ERROR(with("post_processor", around(13, 5)), errc::bad_format,
              where + ": more than 64 tokens around a text");
  CHECK_ERROR(with("post_processor", around(14'000, 14'000)), errc::bad_format,
              where + ": more than 64 tokens around a text");
  const json twice = sequence("processors", {around(5, 8), around(5, 5)});
  CHECK_ERROR(with("post_processor", twice), errc::bad_format,
              where + ".processors[1]: more than 64 tokens around a text");
}

TEST_CASE("tokenizer.json: decoders") {
  for (const char* type : {"Metaspace", "WordPiece", "Sequence", "CTC", "BPEDecoder"})
    CHECK_ERROR(with("decoder", {{"type", type}}), errc::bad_format,
                concat("tokenizer.json: decoder: \"type\" is \"", type, "\", want ByteLevel"));
  CHECK_ERROR(with("decoder", nullptr), errc::bad_format, "decoder: of type null, want an object");
}
