// SPDX-License-Identifier: Apache-2.0
#include <gkd/text/encode_chat.hpp>

#include "oracle/chat_templates.hpp"
#include "support/catch.hpp"

using namespace gkd;
using Catch::Matchers::ContainsSubstring;

namespace {

const byte_tokenizer bytes({"<|im_start|>", "<|im_end|>", "<|begin_of_text|>",
                            "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<bos>",
                            "<start_of_turn>", "<end_of_turn>"},
                           "<|im_end|>");

// the tokens with weight 1, as text
std::string targets(const sequence& s) {
  std::vector<token> ids;
  for (gkd::index i = 0; i < s.tokens.size(); ++i)
    if (s.weights[i] == 1.0f) ids.push_back(s.tokens[i]);
  return bytes.decode_with_control(ids);
}
std::string text(std::span<const token> ids) { return bytes.decode_with_control(ids); }

const conversation two_turns = {
    {"user", "a"}, {"assistant", "b"}, {"user", "c"}, {"assistant", "d"}};

}  // namespace

TEST_CASE("encode_chat: prompt, completion and weights, by hand") {
  const chat_example e = encode_chat({{"user", "a"}, {"assistant", "b"}}, bytes, plain);
  const token eos = bytes.eos();
  CHECK(e.full.tokens == std::vector<token>{'a', '\n', 'b', eos});
  CHECK(e.full.weights == std::vector<float>{0, 0, 1, 1});
  CHECK(e.prompt_length == 2);
}

TEST_CASE("encode_chat: the end-of-turn token is a target, what follows it is left out") {
  const chat_example e = encode_chat(two_turns, bytes, chatml);
  CHECK(text(e.prompt()) == rendered(chatml({two_turns.begin(), two_turns.end() - 1}, true)));
  CHECK(text(e.completion()) == "d<|im_end|>");
  CHECK(targets(e.full) == "d<|im_end|>");
}

TEST_CASE("encode_chat: all assistant turns as targets") {
  const chat_example e = encode_chat(two_turns, bytes, chatml, assistant_turns::all);
  CHECK(targets(e.full) == "b<|im_end|>d<|im_end|>");
  CHECK(text(e.completion()) == "d<|im_end|>");
}

TEST_CASE("encode_chat: a chat without an answer is a prompt") {
  const conversation open(two_turns.begin(), two_turns.end() - 1);
  const chat_example e = encode_chat(open, bytes, llama3);
  CHECK(text(e.prompt()) == rendered(llama3(open, true)));
  CHECK(e.completion().empty());
  CHECK(targets(e.full).empty());
  CHECK(targets(encode_chat(open, bytes, llama3, assistant_turns::all).full) == "b<|eot_id|>");
}

TEST_CASE("encode_chat: an empty answer is an end of turn") {
  const chat_example e = encode_chat({{"user", "a"}, {"assistant", ""}}, bytes, chatml);
  CHECK(text(e.completion()) == "<|im_end|>");
}

TEST_CASE("encode_chat: the prompt is the same with and without its answer") {
  const auto qwen = default_system(chatml, "Be brief.");
  const auto check = [](const auto& format) {
    const conversation open(two_turns.begin(), two_turns.end() - 1);
    const chat_example answered = encode_chat(two_turns, bytes, format);
    const chat_example prompt = encode_chat(open, bytes, format);
    CHECK(text(prompt.prompt()) == text(answered.prompt()));
  };
  check(chatml);
  check(qwen);
  check(llama3);
  check(llama3_dated{});
  check(gemma);
  check(plain);
}

TEST_CASE("S80 S81: no text of a message becomes a control token, in any format") {
  const auto check = [](const auto& format) {
    for (const char* role : {"user", "assistant"})
      for (const char* name :
           {"<|im_start|>", "<|im_end|>", "<|begin_of_text|>", "<|start_header_id|>",
            "<|end_header_id|>", "<|eot_id|>", "<bos>", "<start_of_turn>", "<end_of_turn>"}) {
        const auto controls = [&](const std::string& content) {
          conversation chat = {{"user", "a"}, {"assistant", "b"}};
          (role == chat[0].role ? chat[0] : chat[1]).content = content;
          std::vector<token> found;
          for (token id : encode_chat(chat, bytes, format).full.tokens)
            if (id >= 256) found.push_back(id);
          return found;
        };
        CHECK(controls(std::string("x") + name + "y") == controls("x"));
      }
  };
  check(chatml);
  check(llama3);
  check(llama3_dated{});
  check(gemma);
  check(plain);
}

TEST_CASE("S82: a marker split over two messages stays text") {
  const chat_example e = encode_chat({{"user", "a<|im_"}, {"user", "end|>"}}, bytes, plain);
  for (token id : e.full.tokens) CHECK(id < 256);
}

namespace {
// keeps the texts that it is asked to encode
struct word_tokenizer {
  std::vector<std::string>* pieces;
  std::vector<token> encode(std::string_view text) const {
    if (!text.empty()) pieces->emplace_back(text);
    return std::vector<token>(text.size(), 7);
  }
  std::string decode(std::span<const token>) const { return ""; }
  std::optional<token> control_id(std::string_view) const { return 8; }
  gkd::index vocab_size() const { return 9; }
  token eos() const { return 8; }
};
}  // namespace

TEST_CASE(
    "encode_chat: text between control tokens is encoded as one, except where an answer begins") {
  std::vector<std::string> pieces;
  encode_chat({{"user", "Hi"}, {"assistant", "Yes"}}, word_tokenizer{&pieces}, chatml);
  // "user\nHi" as Hugging Face tokenizers see it; "assistant\n" alone, as it is when sampling
  // begins
  CHECK(pieces == std::vector<std::string>{"user\nHi", "\n", "assistant\n", "Yes"});
}

TEST_CASE("encode_chat: what it refuses") {
  CHECK_THROWS_WITH(
      encode_chat(two_turns, byte_tokenizer(), gemma),
      ContainsSubstring("needs the control token \"<bos>\", which the tokenizer does not"));
  CHECK_THROWS_AS(encode_chat({}, bytes, chatml), error);
  const auto forgetful = [](const conversation& messages, bool prompt) {
    std::vector<chat_segment> segments = chatml(messages, prompt);
    for (chat_segment& s : segments) s.completion = false;
    return segments;
  };
  CHECK_THROWS_WITH(encode_chat(two_turns, bytes, forgetful),
                    ContainsSubstring("marks no segment of the last answer as completion"));
}

TEST_CASE("fit_length: prompts are never cut, completions at their end") {
  const chat_example whole = encode_chat({{"user", "abc"}, {"assistant", "def"}}, bytes, plain);
  REQUIRE(whole.prompt_length == 4);  // "abc\n"
  REQUIRE(whole.full.tokens.size() == 8);
  const auto fit = [&](length_limits limits) {
    chat_example e = whole;
    const length_fit verdict = fit_length(e, limits);
    return std::pair(verdict, e.full.tokens.size());
  };
  CHECK(fit({}) == std::pair(length_fit::whole, gkd::index{8}));
  CHECK(fit({.max_length = 8}) == std::pair(length_fit::whole, gkd::index{8}));
  CHECK(fit({.max_length = 7}) == std::pair(length_fit::cut, gkd::index{7}));
  CHECK(fit({.max_length = 5}) == std::pair(length_fit::cut, gkd::index{5}));
  CHECK(fit({.max_length = 4}) == std::pair(length_fit::prompt_too_long, gkd::index{8}));
  CHECK(fit({.max_prompt_length = 4}) == std::pair(length_fit::whole, gkd::index{8}));
  CHECK(fit({.max_prompt_length = 3}) == std::pair(length_fit::prompt_too_long, gkd::index{8}));

  chat_example cut = whole;
  fit_length(cut, {.max_length = 7});
  CHECK(targets(cut.full) == "def");  // without the end of turn
  CHECK(cut.full.weights.size() == 7);
}
