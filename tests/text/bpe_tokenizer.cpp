// SPDX-License-Identifier: Apache-2.0
#include <gkd/text/bpe_tokenizer.hpp>

#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;

static_assert(tokenizer<bpe_tokenizer>);

namespace {

// Bytes as tokens of the same id, less `missing`; 256 "he", 257 "ll", 258 "hell", 259 "hello"
// (no merge leads to it); 261 <|im_end|> (special), 262 <tool>, 264 "  " (normalized).
bpe_tokenizer_parts parts(std::string_view missing = "") {
  std::vector<bpe_vocabulary_entry> entries;
  byte_tokens bytes;
  for (token byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool is_missing = missing.find(c) != missing.npos;
    bytes[static_cast<index>(byte)] = is_missing ? -1 : byte;
    if (!is_missing) entries.push_back({byte, std::string(1, c)});
  }
  token next = 256;
  for (const char* text : {"he", "ll", "hell", "hello"}) entries.push_back({next++, text});
  entries.push_back({261, "<|im_end|>", token_kind::control});
  entries.push_back({262, "<tool>", token_kind::added});
  entries.push_back({264, "  ", token_kind::added});
  const std::vector<bpe_merge> merges{{'h', 'e', 256}, {'l', 'l', 257}, {256, 257, 258}};
  pre_tokenizer words;
  words.add_split(regex::oniguruma(gpt2_pattern, "test"), split_behavior::isolated);
  return {.tokens = bpe_vocabulary(std::move(entries), "test"),
          .merges = bpe(bytes, merges),
          .words = std::move(words),
          .added = {{.id = 261, .content = "<|im_end|>", .special = true},
                    {.id = 262, .content = "<tool>"},
                    {.id = 264, .content = "  ", .normalized = true}},
          .around = {{261}, {262, 261}},
          .eos = 261};
}
using ids = std::vector<token>;

}  // namespace

TEST_CASE("bpe_tokenizer: words, bytes, merges, by hand") {
  const bpe_tokenizer t(parts());
  CHECK(t.encode("hello hell") == ids{258, 'o', ' ', 258});
  CHECK(t.encode("") == ids{});
  CHECK(t.vocab_size() == 265);
  CHECK(t.eos() == 261);
  CHECK(t.control_id("<|im_end|>") == 261);
  CHECK(t.control_id("<tool>") == 262);
  CHECK(t.control_id("he") == std::nullopt);
  CHECK(t.token_text(258) == "hell");
  CHECK(t.token_text(261) == "<|im_end|>");
  CHECK(t.token_text(263) == "");  // a hole
  CHECK(t.lost_bytes() == "");
}

TEST_CASE("Control tokens by name: each was looked for among all added tokens") {
  bpe_tokenizer_parts many = parts();
  std::vector<bpe_vocabulary_entry> entries;
  const auto add = [&](token id, const std::string& name) {
    entries.push_back({id, name, token_kind::control});
    many.added.push_back({.id = id, .content = name, .special = true});
  };
  for (token id = 300; id < 150'300; ++id) add(id, concat("<", id, ">"));
  add(150'300, "<300>");  // of equal names the first in the file
  add(261, "<|im_end|>");
  many.added.pop_back();
  many.tokens = bpe_vocabulary(std::move(entries), "test");
  const bpe_tokenizer t(std::move(many));
  bool right = true;  // a minute when each took the time of them all
  for (token id = 300; id < 150'300; ++id)
    right = right && t.control_id(concat("<", id, ">")) == id;
  CHECK(right);
  CHECK(t.control_id("<|im_end|>") == 261);
  CHECK(t.control_id("<") == std::nullopt);
  CHECK(t.control_id("") == std::nullopt);
}

TEST_CASE("bpe_tokenizer: a word that is a token is this token, if the model says so") {
  bpe_tokenizer_parts p = parts();
  p.ignore_merges = true;
  const bpe_tokenizer t(p);
  CHECK(t.encode("hello hellx") == ids{259, ' ', 258, 'x'});
  CHECK(t.encode("<tool>") == ids{'<', 't', 'o', 'o', 'l', '>'});
}

TEST_CASE("bpe_tokenizer: encode finds no added token, encode_with_control finds them") {
  const bpe_tokenizer t(parts());
  const std::string text = "he<|im_end|>  <tool>";
  for (token id : t.encode(text)) CHECK(id < 260);
  CHECK(t.decode(t.encode(text)) == text);
  CHECK(t.encode_with_control(text) == ids{256, 261, 264, 262});
  CHECK(t.encode_with_control("he", true) == ids{261, 256, 262, 261});
  CHECK(t.encode_with_control("", true) == ids{261, 262, 261});
  CHECK(t.encode_with_control("") == ids{});
}

TEST_CASE("bpe_tokenizer: normalized names are found in the normalized text") {
  bpe_tokenizer_parts p = parts();
  p.normal_steps = {normal_form::nfkc};
  p.added[1].content = "\xef\xac\x81";  // U+FB01, "fi" when normalized
  p.added[1].normalized = true;
  const bpe_tokenizer t(p);
  CHECK(t.encode_with_control("a\xef\xac\x81") == ids{'a', 262});
  CHECK(t.encode_with_control("afi") == ids{'a', 262});
  CHECK(t.encode("a\xef\xac\x81") == ids{'a', 'f', 'i'});
}

TEST_CASE("bpe_tokenizer: several normal forms one after another") {
  bpe_tokenizer_parts p = parts();
  p.normal_steps = {normal_form::nfkd, normal_form::nfc};
  const bpe_tokenizer t(p);
  CHECK(t.decode(t.encode("\xef\xac\x81 e\xcc\x81")) == "fi \xc3\xa9");
  CHECK(t.decode(t.encode("abc")) == "abc");
}

TEST_CASE("bpe_tokenizer: special tokens leave nothing, added ones their name") {
  const bpe_tokenizer t(parts());
  const ids some{258, 261, 262, 263, 'o'};
  CHECK(t.decode(some) == "hell<tool>o");
  CHECK(t.decode_with_control(some) == "hell<|im_end|><tool>o");
  for (token id : {-1, 265}) {
    CHECK_ERROR(t.decode(ids{id}), errc::vocabulary_mismatch,
                concat("token id ", id, " in a text to decode, want 0 <= id < 265"));
    CHECK_ERROR(t.token_text(id), errc::vocabulary_mismatch, "want 0 <= id < 265");
  }
}

TEST_CASE("S92: bpe_tokenizer gives every string of bytes back, UTF-8 or not") {
  const bpe_tokenizer t(parts());
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  const std::string reversed(all.rbegin(), all.rend());
  for (const std::string& text : {all, reversed, all + reversed, std::string("\xf0\x9f\x98"),
                                  std::string("a\0b", 3), std::string("\xc3\xa9\xc3")}) {
    CHECK(t.decode(t.encode(text)) == text);
    CHECK(t.decode(t.encode_with_control(text)) == text);
  }
}

TEST_CASE("bpe_tokenizer: bytes without a token are lost, or unknown if that is ordinary") {
  bpe_tokenizer_parts p = parts("x\n");
  CHECK(bpe_tokenizer(p).lost_bytes() == "\nx");
  CHECK(bpe_tokenizer(p).encode("axb\n") == ids{'a', 'b'});
  p.unknown = {.id = 260 - 1, .fuse = false};  // "hello", an ordinary token
  CHECK(bpe_tokenizer(p).encode("axb") == ids{'a', 259, 'b'});
  // an unknown token that is a control token comes from trusted text only
  p.unknown.id = 261;
  CHECK(bpe_tokenizer(p).encode("axb") == ids{'a', 'b'});
  CHECK(bpe_tokenizer(p).encode_with_control("axb") == ids{'a', 261, 'b'});
}

TEST_CASE("bpe_tokenizer: what it refuses") {
  bpe_tokenizer_parts p = parts();
  p.eos = 258;
  CHECK_ERROR(bpe_tokenizer(p), errc::vocabulary_mismatch,
              "end of sequence 258 is none of the 3 added tokens");
  p = parts();
  p.around.after = {265};
  CHECK_ERROR(bpe_tokenizer(p), errc::vocabulary_mismatch,
              "token id 265 put around a text, want 0 <= id < 265");
  p = parts();
  p.unknown.id = 300;
  CHECK_ERROR(bpe_tokenizer(p), errc::vocabulary_mismatch, "token id 300 stands for unknown");
}

TEST_CASE("check_same_tokenizer names both tokenizers and the first token that differs") {
  const bpe_tokenizer t(parts());
  check_same_tokenizer(t, "student", bpe_tokenizer(parts()), "teacher");
  bpe_tokenizer_parts cut_otherwise = parts();
  cut_otherwise.words = {};
  cut_otherwise.eos = 262;
  check_same_tokenizer(t, "student", bpe_tokenizer(std::move(cut_otherwise)), "teacher");
  CHECK_ERROR(check_same_tokenizer(t, "student", bpe_tokenizer(parts("ab")), "teacher"),
              errc::vocabulary_mismatch,
              "the tokenizers of student and teacher differ: token 97 is \"a\" and \"\"; student "
              "and teacher must share one");
  bpe_tokenizer_parts fewer = parts();
  fewer.tokens = bpe_vocabulary({{0, "a"}, {1, "<|im_end|>", token_kind::control}}, "test");
  fewer.merges = bpe(byte_tokens{}, {});
  fewer.added = {{.id = 1, .content = "<|im_end|>", .special = true}};
  fewer.around = {};
  fewer.eos = 1;
  CHECK_ERROR(check_same_tokenizer(t, "student", bpe_tokenizer(std::move(fewer)), "teacher"),
              errc::vocabulary_mismatch, "student and teacher differ: 265 and 2 tokens; student");
}

TEST_CASE("bpe_tokenizer: a copy encodes as the original") {
  auto first = std::make_unique<bpe_tokenizer>(parts());
  const bpe_tokenizer copy = *first;
  first.reset();
  CHECK(copy.encode_with_control("hello<tool>") == ids{258, 'o', 262});
}
