// SPDX-License-Identifier: Apache-2.0
#include <gkd/text/stream_decoder.hpp>
#include <gkd/text/tokenizer_json.hpp>

#include "io/temporary.hpp"
#include "support/catch.hpp"
#include "support/data_dir.hpp"
#include "support/golden.hpp"
#include "support/limited_process.hpp"
#include "support/throws.hpp"
#include "text/small_tokenizer.hpp"

using namespace gkd;

namespace {

using ids = std::vector<token>;

bpe_tokenizer parse(const nlohmann::json& tokenizer, std::string_view eos = "<|im_end|>") {
  return parse_tokenizer(tokenizer.dump(), eos);
}

std::string streamed(const bpe_tokenizer& t, const ids& tokens) {
  stream_decoder stream(t);
  std::string text;
  for (token id : tokens) text += stream.push(id);
  return text + stream.finish();
}

}  // namespace

TEST_CASE("parse_tokenizer: a tokenizer of 264 tokens, by hand") {
  const bpe_tokenizer t = parse(small_tokenizer());
  CHECK(t.vocab_size() == 264);
  CHECK(t.eos() == 262);
  CHECK(t.encode("hello world") == ids{258, 'o', 259, 'o', 'r', 'l', 'd'});
  CHECK(t.encode_with_control("<|im_start|>hell<tool>") == ids{261, 258, 263});
  CHECK(t.decode(ids{258, 'o', 262, 263}) == "hello<tool>");
  CHECK(t.control_id("<|im_start|>") == 261);
  CHECK(t.around().before.empty());
  CHECK(t.added_tokens().size() == 3);
}

TEST_CASE("parse_tokenizer: merges as pairs are merges as text") {
  nlohmann::json pairs = small_tokenizer();
  for (nlohmann::json& merge : pairs["model"]["merges"]) {
    const std::string text = merge;
    const std::size_t space = text.find(' ');
    merge = nlohmann::json::array({text.substr(0, space), text.substr(space + 1)});
  }
  CHECK(parse(pairs).encode("hello w") == parse(small_tokenizer()).encode("hello w"));
}

TEST_CASE("read_tokenizer: a prefix space that one of two files asks for is refused") {
  test_folder folder;
  const auto read = [&](const std::string& type, const std::string& space, bool there,
                        const std::string& eos = "") {
    nlohmann::json tokenizer = small_tokenizer();
    tokenizer["pre_tokenizer"] = small_byte_level(there);
    folder.write("tokenizer.json", tokenizer.dump());
    folder.write("tokenizer_config.json",
                 R"({"eos_token": "<|im_end|>", "tokenizer_class": ")" + type +
                     R"(", "add_prefix_space": )" + space + "}");
    return read_tokenizer(folder.path(), eos).encode("hell");
  };
  for (const char* type : {"GPT2Tokenizer", "Qwen2Tokenizer", "Qwen2TokenizerFast"}) {
    for (const char* eos : {"", "<|im_end|>"})
      CHECK_ERROR(read(type, "true", false, eos), errc::bad_format,
                  "/tokenizer_config.json: \"add_prefix_space\" is true, which transformers' " +
                      std::string(type) + " heeds, and false in the pre_tokenizer of");
    CHECK(read(type, "true", true) == ids{' ', 258});
    for (const char* space : {"null", "false"}) {
      CHECK(read(type, space, false) == ids{258});
      CHECK_ERROR(read(type, space, true), errc::bad_format, "\"add_prefix_space\" is false, wh");
    }
  }
  CHECK(read("LlamaTokenizerFast", "true", false) == ids{258});
}

TEST_CASE("parse_tokenizer: ids, texts and added tokens equal Hugging Face's") {
  const std::string path = golden::oracle_folder() + "tokenizer_hf.json";
  const nlohmann::json oracle = nlohmann::json::parse(read_file(path));
  const auto texts = oracle["texts"].get<std::vector<std::string>>();
  gkd::index compared = 0;
  for (const nlohmann::json& family : oracle["families"]) {
    INFO(family["name"]);
    nlohmann::json tokenizer = family["tokenizer"];
    tokenizer["model"] = oracle[family["base"].get<std::string>()];
    tokenizer["model"].update(family["model"]);
    const bpe_tokenizer t =
        parse(tokenizer, tokenizer["added_tokens"].back()["content"].get<std::string>());
    for (gkd::index i = 0; i < family["encode"].size(); ++i) {
      const std::string& text = texts.at(i);
      INFO(i << ": " << text);
      const auto encoded = family["encode"][i].get<ids>();
      const auto control =
          family["control"][i].is_null() ? encoded : family["control"][i].get<ids>();
      const nlohmann::json& decoded = family["decoded"][i];
      CHECK(t.encode(text) == encoded);
      CHECK(t.encode_with_control(text) == control);
      CHECK(streamed(t, control) == (decoded.is_null() ? text : decoded.get<std::string>()));
      ++compared;
    }
    for (gkd::index i = 0; i < family["special"].size(); ++i)
      CHECK(t.encode_with_control(texts[i], true) == family["special"][i].get<ids>());
  }
  CHECK(compared == 11 * 90 + 8 * 30 + 11 * 50);
}

TEST_CASE("read_tokenizer: from a folder, with its end of sequence or another") {
  const test_folder folder;
  folder.write("tokenizer.json", small_tokenizer().dump(2));
  CHECK(read_tokenizer(folder.path(), "<|im_end|>").encode("he") == ids{256});
  folder.write("tokenizer_config.json", R"({"eos_token": "<|im_end|>"})");
  CHECK(read_tokenizer(folder.path()).eos() == 262);
  CHECK(read_tokenizer(model_folder(folder.path()), "<|im_start|>").eos() == 261);
  folder.write("tokenizer_config.json", R"({"eos_token": {"content": "<tool>"}})");
  CHECK(read_tokenizer(folder.path()).eos() == 263);
}

TEST_CASE("read_tokenizer: folders without what is needed") {
  const test_folder folder;
  CHECK_ERROR(read_tokenizer(folder.path(), "</s>"), errc::io_failure, "/tokenizer.json: cannot");
  CHECK_ERROR(read_tokenizer(folder.path()), errc::io_failure, "/tokenizer_config.json: cannot");
  CHECK_ERROR(read_tokenizer(folder / "none"), errc::io_failure, "none: cannot open");
  folder.write("tokenizer.model", "of SentencePiece");
  CHECK_ERROR(read_tokenizer(folder.path(), "</s>"), errc::io_failure,
              "has a tokenizer.model of SentencePiece and no tokenizer.json");
  folder.write("tokenizer.json", small_tokenizer().dump());
  folder.write("tokenizer_config.json", R"({"eos_token": null})");
  CHECK_ERROR(read_tokenizer(folder.path()), errc::bad_format,
              "tokenizer_config.json names no \"eos_token\"");
  CHECK_ERROR(read_tokenizer(folder.path(), "</s>"), errc::vocabulary_mismatch,
              "tokenizer.json: the end of sequence \"</s>\" is none of the 3 added tokens");
  folder.write("tokenizer.json", "{}\n{");
  CHECK_ERROR(read_tokenizer(folder.path(), "</s>"), errc::bad_format,
              "tokenizer.json:2:1: bad JSON");
}

TEST_CASE("S60, S61: text that is no JSON, or nested without end") {
  CHECK_ERROR(parse_tokenizer("", "x"), errc::bad_format, "tokenizer.json:1:1: bad JSON");
  CHECK_ERROR(parse_tokenizer("{\"model\": }", "x"), errc::bad_format, "tokenizer.json:1:");
  CHECK_ERROR(parse_tokenizer("{\"a\": 1, \"a\": 2}", "x"), errc::bad_format, "second time");
  CHECK_ERROR(parse_tokenizer(std::string(1 << 20, '['), "x"), errc::bad_format,
              "nested deeper than 64 levels");
  CHECK_ERROR(parse_tokenizer("[]", "x"), errc::bad_format, "of type array, want an object");
  CHECK_ERROR(parse_tokenizer("{}", "x"), errc::bad_format, "has no \"model\"");
  CHECK_ERROR(parse_tokenizer("\xef\xbb\xbf{}", "x"), errc::bad_format, "byte order mark");
  const std::string text = small_tokenizer().dump();
  for (gkd::index size = 0; size < text.size(); size += 97)
    CHECK_ERROR(parse_tokenizer(text.substr(0, size), "<|im_end|>"), errc::bad_format, "bad JSON");
}

TEST_CASE("S94: sequences within sequences, and very many steps") {
  nlohmann::json deep = {{"type", "NFC"}};
  for (int i = 0; i < 40; ++i)
    deep = {{"type", "Sequence"}, {"normalizers", nlohmann::json::array({deep})}};
  nlohmann::json t = small_tokenizer();
  t["normalizer"] = deep;  // two levels of JSON each
  CHECK_ERROR(parse(t), errc::bad_format, "nested deeper than 64 levels");
  t = small_tokenizer();
  t["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", nlohmann::json::array()}};
  for (int i = 0; i < 65; ++i)
    t["pre_tokenizer"]["pretokenizers"].push_back(
        {{"type", "Digits"}, {"individual_digits", true}});
  CHECK_ERROR(parse(t), errc::bad_format, "pretokenizers[64]: more than 64 steps");
}

TEST_CASE("A student learnt from a teacher with another tokenizer, whose ids are other texts") {
  const test_folder folder;
  const auto write = [&](const std::string& name, const nlohmann::json& tokenizer,
                         const char* config) {
    std::filesystem::create_directories(folder / name);
    if (!tokenizer.is_null()) folder.write(name + "/tokenizer.json", tokenizer.dump());
    if (config) folder.write(name + "/tokenizer_config.json", config);
  };
  const char* const named = R"({"eos_token": "<|im_end|>"})";
  write("student", small_tokenizer(), named);
  const bpe_tokenizer t = read_tokenizer(folder / "student");
  const auto check = [&](const char* teacher) {
    check_same_tokenizer(t, folder / "student", folder / teacher);
  };
  write("none", nullptr, nullptr);
  write("same", small_tokenizer(), nullptr);
  nlohmann::json tokenizer = small_tokenizer();
  tokenizer["normalizer"] = {{"type", "NFC"}};
  write("other_file", tokenizer, nullptr);
  write("other_end", tokenizer, R"({"eos_token": "<|im_start|>"})");
  for (const char* teacher : {"student", "none", "same", "other_file", "other_end"}) check(teacher);

  nlohmann::json& vocab = tokenizer["model"]["vocab"];
  for (auto& [text, id] : vocab.items())
    if (id < 256) id = (id.get<int>() + 128) % 256;
  for (const char* config : {named, R"({"eos_token": null})", static_cast<const char*>(nullptr)}) {
    write("rotated", tokenizer, config);
    CHECK_ERROR(check("rotated"), errc::vocabulary_mismatch,
                concat("the tokenizers of ", folder / "student", " and ", folder / "rotated",
                       " differ: token 0 is "));
  }
  nlohmann::json endless = small_tokenizer();  // the student's end is none of its tokens
  std::string text = endless.dump();
  for (gkd::index at; (at = text.find("<|im_end|>")) != text.npos;) text.replace(at, 10, "</s>");
  write("endless", nlohmann::json::parse(text), nullptr);
  CHECK_ERROR(check("endless"), errc::vocabulary_mismatch,
              concat("the tokenizers of ", folder / "student", " and ", folder / "endless",
                     " differ: "));
}

TEST_CASE("S81, S82: no text becomes an added token, and every text comes back") {
  const bpe_tokenizer t = parse(small_tokenizer());
  for (const added_token& added : t.added_tokens())
    for (const std::string& text :
         {added.content, added.content + added.content, "a " + added.content + "\n",
          added.content.substr(0, 3) + "\xe2\x80\x8b" + added.content.substr(3),
          added.content.substr(1), "<|im_" + added.content}) {
      INFO(text);
      const ids encoded = t.encode(text);
      for (token id : encoded) CHECK(id < 261);
      CHECK(t.decode(encoded) == text);
    }
}

TEST_CASE("S81: merges and whole words that lead to an added token do not") {
  nlohmann::json t = small_tokenizer();
  t["added_tokens"].push_back(small_added_token(258, "hell", true));
  t["added_tokens"].push_back(small_added_token(260, "hello", false));
  CHECK(parse(t).encode("hello") == ids{256, 257, 'o'});
  t["model"]["ignore_merges"] = true;
  CHECK(parse(t).encode("hell") == ids{256, 257});
  CHECK(parse(t).encode("hello") == ids{256, 257, 'o'});
  CHECK(parse(t).encode_with_control("hello hell") == ids{260, ' ', 258});
  CHECK(parse(t).decode(ids{258, 260}) == "hello");
}

TEST_CASE("S90: a mebibyte of anything encodes and comes back") {
  nlohmann::json tokenizer = small_tokenizer();
  tokenizer["normalizer"] = {{"type", "NFC"}};
  tokenizer["pre_tokenizer"] = {
      {"type", "Sequence"},
      {"pretokenizers",
       {{{"type", "Split"},
         {"pattern",
          {{"Regex", R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N})"
                     R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"}}},
         {"behavior", "Isolated"},
         {"invert", false}},
        small_byte_level(false, false)}}};
  const bpe_tokenizer t = parse(tokenizer);
  for (const char* unit : {"A", " ", "\n", "1", ".", "\xc3\xa9", "\xe4\xb8\x80", "\xcc\x80", "us",
                           "\xcc\x80\xcc\x96", " \n", "hell", "<|im_end|>", "\xff", "\xe4\xb8"}) {
    INFO(in_quotes(unit));
    std::string text;
    while (text.size() < (1 << 20)) text += unit;
    const ids encoded = t.encode(text);
    if (std::string_view(unit) != "\xcc\x80\xcc\x96") CHECK(t.decode(encoded) == text);
    CHECK(t.encode_with_control(text).size() <= encoded.size());
  }
}

TEST_CASE("S103: hostile files in 512 MiB of address space") {
  CHECK_HOSTILE_CASES("S6*", "S9*");
}
