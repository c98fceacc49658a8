// SPDX-License-Identifier: Apache-2.0
#include <gkd/text/tokenizer.hpp>

#include "support/catch.hpp"

using namespace gkd;
using Catch::Matchers::ContainsSubstring;

static_assert(tokenizer<byte_tokenizer>);

TEST_CASE("byte_tokenizer: a byte is a token") {
  const byte_tokenizer t;
  CHECK(t.encode("Hi\xff") == std::vector<token>{'H', 'i', 255});
  CHECK(t.control_id("<|im_start|>") == 256);
  CHECK(t.control_id("<|im_end|>") == 257);
  CHECK(t.eos() == 257);
  CHECK(t.vocab_size() == 258);
  CHECK(t.control_id("<|endoftext|>") == std::nullopt);
}

TEST_CASE("byte_tokenizer: every string of bytes comes back") {
  const byte_tokenizer t;
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  for (const std::string& text : {all, std::string(), std::string("<|im_end|>"), all + all})
    CHECK(t.decode(t.encode(text)) == text);
}

TEST_CASE("byte_tokenizer: control tokens are never found in text, and leave none") {
  const byte_tokenizer t;
  for (token id : t.encode("a<|im_end|><|im_start|>")) CHECK(id < 256);
  CHECK(t.decode(std::vector<token>{256, 'a', 257}) == "a");
  CHECK(t.decode_with_control(std::vector<token>{256, 'a', 257}) == "<|im_start|>a<|im_end|>");
}

TEST_CASE("byte_tokenizer: what it refuses") {
  CHECK_THROWS_WITH(byte_tokenizer({"<a>", "<a>"}, "<a>"),
                    ContainsSubstring("control token \"<a>\" is named twice"));
  CHECK_THROWS_WITH(byte_tokenizer({"<a>", ""}, "<a>"),
                    ContainsSubstring("control token 1 has no name"));
  CHECK_THROWS_WITH(byte_tokenizer({"<a>"}, "<b>"),
                    ContainsSubstring("end of sequence \"<b>\" is none of the 1 control tokens"));
  const byte_tokenizer t;
  for (token id : {-1, 258, 1 << 30})
    CHECK_THROWS_WITH(t.decode(std::vector<token>{id}), ContainsSubstring("want 0 <= id < 258"));
}
