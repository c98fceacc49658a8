// SPDX-License-Identifier: Apache-2.0
#include <gkd/text/pre_tokenizer.hpp>

#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;

namespace {

using texts = std::vector<std::string>;

texts words(const pre_tokenizer& p, std::string_view text) {
  texts out;
  p.split(text, [&](std::string_view word) { out.emplace_back(word); });
  return out;
}
pre_tokenizer splitting(std::string_view pattern, split_behavior behavior, bool invert = false) {
  pre_tokenizer p;
  p.add_split(regex::oniguruma(pattern, "test"), behavior, invert);
  return p;
}
pre_tokenizer gpt2() { return splitting(gpt2_pattern, split_behavior::isolated); }

}  // namespace

TEST_CASE("pre_tokenizer: GPT-2's words") {
  CHECK(words(gpt2(), "It's 42,  I'll go\n\n now ") ==
        texts{"It", "'s", " 42", ",", " ", " I", "'ll", " go", "\n\n", " now", " "});
  CHECK(words(gpt2(), "") == texts{});
  CHECK(words(gpt2(), "   x") == texts{"  ", " x"});
}

TEST_CASE("pre_tokenizer: five things that can be done with a match") {
  const std::string text = "a-b--c-";
  CHECK(words(splitting("-", split_behavior::removed), text) == texts{"a", "b", "c"});
  CHECK(words(splitting("-", split_behavior::isolated), text) ==
        texts{"a", "-", "b", "-", "-", "c", "-"});
  CHECK(words(splitting("-", split_behavior::merged_with_previous), text) ==
        texts{"a-", "b-", "-", "c-"});
  CHECK(words(splitting("-", split_behavior::merged_with_next), text) ==
        texts{"a", "-b", "-", "-c", "-"});
  CHECK(words(splitting("-", split_behavior::contiguous), text) ==
        texts{"a", "-", "b", "--", "c", "-"});
  CHECK(words(splitting("-", split_behavior::removed, true), text) == texts{"-", "-", "-", "-"});
  CHECK(words(splitting("-", split_behavior::merged_with_previous, true), "-a-") ==
        texts{"-a", "-"});
}

TEST_CASE("pre_tokenizer: steps one after another") {
  pre_tokenizer p;
  p.add_split(regex(R"(\p{N})", "test"), split_behavior::isolated);
  p.add_split(regex::oniguruma(gpt2_pattern, "test"), split_behavior::isolated);
  CHECK(words(p, "It's 42!") == texts{"It", "'s", " ", "4", "2", "!"});
}

TEST_CASE("pre_tokenizer: a space before each piece that begins with none") {
  pre_tokenizer p;
  p.add_split(regex("-", "test"), split_behavior::isolated);
  p.add_prefix_space();
  CHECK(words(p, "a- b") == texts{" a", " -", " b"});
  CHECK(words(p, "") == texts{});
}

TEST_CASE("pre_tokenizer: after ByteLevel, patterns see its alphabet") {
  pre_tokenizer p;
  CHECK_FALSE(p.is_byte_level());
  p.add_byte_level();
  CHECK(p.is_byte_level());
  // U+00E9 is c3 a9; U+00B2 is c2 b2, and the byte b2 is written as the number U+00B2
  p.add_split(regex(R"(\p{N}|\x{120})", "test"), split_behavior::isolated);
  CHECK(words(p, "a \xc3\xa9\xc2\xb2z") == texts{"a", " ", "\xc3\xa9\xc2", "\xb2", "z"});
}

TEST_CASE("pre_tokenizer: what stands for no byte is put before a text, never after ByteLevel") {
  // steps after ByteLevel see its alphabet; a mark or a space is none of its characters
  for (bool then_split : {false, true}) {
    pre_tokenizer p;
    p.add_byte_level();
    if (then_split) p.add_split(regex("x", "test"), split_behavior::isolated);
    CHECK_ERROR(p.add_metaspace("\xe2\x96\x81", prefix_scheme::always), errc::bad_format,
                "pre_tokenizer: Metaspace after ByteLevel, want it before");
    CHECK_ERROR(p.add_prefix_space("step 2"), errc::bad_format,
                "step 2: a prefix space after ByteLevel, want it before");
    CHECK(words(p, "hello") == texts{"hello"});
  }
}

TEST_CASE("pre_tokenizer: two marks in turns would double a text with every turn") {
  pre_tokenizer p;
  p.add_metaspace("_", prefix_scheme::always);
  p.add_split(regex(".", "test"), split_behavior::isolated);
  CHECK_ERROR(p.add_metaspace("-", prefix_scheme::always, "step 3"), errc::bad_format,
              "step 3: Metaspace for the second time");
  CHECK(words(p, "a b") == texts{"_", "a", "_", "b"});
}

TEST_CASE("S92: no byte is lost, UTF-8 or not") {
  std::string all;
  for (int byte = 255; byte >= 0; --byte) all += static_cast<char>(byte);
  pre_tokenizer digits = gpt2();
  digits.add_split(regex(R"(\p{N})", "test"), split_behavior::contiguous);
  digits.add_byte_level();
  digits.add_split(regex("x", "test"), split_behavior::merged_with_next);
  for (const pre_tokenizer& p : {gpt2(), digits})
    for (const std::string& text : {all, "\xf0\x9f" + all + "\xe2\x82", std::string(3, '\0')}) {
      std::string joined;
      for (const std::string& word : words(p, text)) joined += word;
      CHECK(joined == text);
    }
}
