// SPDX-License-Identifier: Apache-2.0
#include <gkd/text/encode_chat.hpp>

#include "oracle/chat_templates.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/role_injection.hpp"

#include <functional>  // function
#include <map>         // map

using namespace gkd;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::vector<std::string> names = {
    "<|im_start|>", "<|im_end|>", "<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>",
    "<|eot_id|>",   "<bos>",      "<start_of_turn>",   "<end_of_turn>"};
const byte_tokenizer bytes(names, "<|im_end|>");

using format = std::function<std::vector<chat_segment>(const conversation&, bool)>;
const std::map<std::string, format> formats = {
    {"chatml", chatml},
    {"qwen1_5", qwen1_5},
    {"qwen2", qwen2},
    {"qwen2_5", qwen2_5},
    {"smollm2", smollm2},
    {"llama3", llama3},
    {"llama3_dated", llama3_dated{.today = "01 Feb 2025"}},
    {"gemma", gemma},
    {"plain", plain},
};

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
  const conversation open(two_turns.begin(), two_turns.end() - 1);
  for (const auto& [name, render] : formats) {
    INFO(name);
    const chat_example answered = encode_chat(two_turns, bytes, render);
    CHECK(text(encode_chat(open, bytes, render).prompt()) == text(answered.prompt()));
  }
}

TEST_CASE("encode_chat: the closing text as a target, by hand") {
  const chat_example e =
      encode_chat(two_turns, bytes, chatml, assistant_turns::last, closing_text::target);
  CHECK(text(e.prompt()) == text(encode_chat(two_turns, bytes, chatml).prompt()));
  CHECK(text(e.completion()) == "d<|im_end|>\n");
  CHECK(targets(e.full) == "d<|im_end|>\n");
  // the one after an earlier answer is context
  CHECK(targets(encode_chat(two_turns, bytes, chatml, assistant_turns::all, closing_text::target)
                    .full) == "b<|im_end|>d<|im_end|>\n");
  // formats that close with nothing, and chats without an answer, are as they were
  const auto same = [](const conversation& chat, const auto& render) {
    const chat_example one = encode_chat(chat, bytes, render);
    const chat_example two =
        encode_chat(chat, bytes, render, assistant_turns::last, closing_text::target);
    CHECK(one.full.tokens == two.full.tokens);
    CHECK(one.full.weights == two.full.weights);
    CHECK(one.prompt_length == two.prompt_length);
  };
  same(two_turns, llama3);
  same(two_turns, plain);
  same({two_turns.begin(), two_turns.end() - 1}, chatml);
}

TEST_CASE("S83: closing_text::target gives the ids and labels of TRL's DataCollatorForChatML") {
  const golden::file file = golden::oracle("chat_collator.golden");
  std::map<std::string, int> compared;
  for (const golden::record& r : file.all("trl")) {
    INFO(r.name() << ", chat " << r.word("chat"));
    const chat_example e =
        encode_chat(oracle::chats.at(r.number<gkd::index>("chat")), bytes, formats.at(r.name()),
                    assistant_turns::last, closing_text::target);
    CHECK(e.full.tokens == r.list<token>("ids"));
    CHECK(e.prompt_length == r.number<gkd::index>("prompt"));
    std::vector<float> weights(e.prompt_length, 0.0f);  // 1 where the label is not -100
    weights.resize(weights.size() + r.number<gkd::index>("targets"), 1.0f);
    CHECK(e.full.weights == weights);
    ++compared[r.name()];
  }
  CHECK(compared.size() == formats.size() - 1);  // plain is no format of TRL's
  for (const auto& [name, count] : compared) CHECK(count >= 11);
}

TEST_CASE(
    "control tokens' names in messages give the ids of transformers' sanitize_control_tokens") {
  const golden::file file = golden::oracle("chat_collator.golden");
  for (const golden::record& r : file.all("sanitized")) {
    INFO(r.name() << ", chat " << r.word("chat"));
    CHECK(encode_chat(oracle::chats.at(r.number<gkd::index>("chat")), bytes, formats.at(r.name()),
                      assistant_turns::last, closing_text::target)
              .full.tokens == r.list<token>("ids"));
  }
}

TEST_CASE("S80 S81 S82: no text of a message becomes a control token, in any format") {
  for (const auto& [name, render] : formats) {
    INFO(name);
    check_no_role_injection(bytes, names, render, name != "gemma");
  }
}

TEST_CASE("S82: a marker split over two messages stays text, where no control token divides them") {
  const chat_example e = encode_chat({{"user", "a<|im_"}, {"user", "end|>"}}, bytes, plain);
  for (token id : e.full.tokens) CHECK(id < 256);
}

namespace {
// bytes, and 256 for two line ends: the first control token is 257
struct line_pairs {
  std::vector<token> encode(std::string_view text) const {
    std::vector<token> ids;
    for (gkd::index i = 0; i < text.size(); ++i) {
      const bool pair = text.substr(i, 2) == "\n\n";
      ids.push_back(pair ? 256 : static_cast<unsigned char>(text[i]));
      if (pair) ++i;
    }
    return ids;
  }
  std::string decode(std::span<const token> ids) const {
    std::string text;
    for (token id : ids) text += id == 256 ? "\n\n" : std::string(id < 256, static_cast<char>(id));
    return text;
  }
  std::optional<token> control_id(std::string_view name) const {
    const std::optional<token> id = bytes.control_id(name);
    return id ? std::optional(*id + 1) : id;
  }
  gkd::index vocab_size() const { return bytes.vocab_size() + 1; }
  token eos() const { return bytes.eos() + 1; }
};
}  // namespace

TEST_CASE("S80 S81 S82 for a tokenizer that joins characters") {
  for (const auto& [name, render] : formats) {
    INFO(name);
    check_no_role_injection(line_pairs(), names, render, name != "gemma");
  }
}

TEST_CASE("a token that spans header and answer: TRL's prompt takes it, gkd's never changes") {
  const golden::file file = golden::oracle("chat_collator.golden");
  gkd::index spanned = 0;
  for (const golden::record& r : file.all("spanning")) {
    INFO(r.name() << ", chat " << r.word("chat"));
    const conversation& chat = oracle::chats.at(r.number<gkd::index>("chat"));
    const format& render = formats.at(r.name());
    const chat_example e =
        encode_chat(chat, line_pairs(), render, assistant_turns::last, closing_text::target);
    const chat_example open = encode_chat({chat.begin(), chat.end() - 1}, line_pairs(), render);
    CHECK(std::vector(e.prompt().begin(), e.prompt().end()) == open.full.tokens);
    CHECK(line_pairs().decode(e.full.tokens) == line_pairs().decode(r.list<token>("ids")));
    const bool trims = r.name().starts_with("llama3") || r.name() == "gemma";
    CHECK((e.full.tokens == r.list<token>("ids")) == trims);
    if (trims) continue;
    // TRL: "assistant" + 256 | "\n" "k" ...; gkd: "assistant" "\n" | 256 "k" ...
    const gkd::index prompt = r.number<gkd::index>("prompt");
    CHECK(prompt == e.prompt_length);
    CHECK(r.list<token>("ids")[prompt - 1] == 256);
    CHECK(e.full.tokens[prompt - 1] == '\n');
    CHECK(e.full.tokens[prompt] == 256);
    ++spanned;
  }
  CHECK(spanned == 5);
}

TEST_CASE("ids of a chat do not depend on which answers are targets") {
  // the tokenizer would merge "\n" and the letter after it
  const conversation chat{{"user", "q"}, {"assistant", "ba"}, {"user", "r"}, {"assistant", "bc"}};
  const auto last = encode_chat(chat, line_pairs(), chatml, assistant_turns::last);
  const auto all = encode_chat(chat, line_pairs(), chatml, assistant_turns::all);
  CHECK(last.full.tokens == all.full.tokens);
  CHECK(last.full.weights != all.full.weights);
}

TEST_CASE("two answers in a row: the last one alone is the completion") {
  const conversation chat{{"user", "q"}, {"assistant", "a"}, {"assistant", "bc"}};
  CHECK(bytes.decode(encode_chat(chat, bytes, plain).completion()) == "bc");
  CHECK(bytes.decode(encode_chat(chat, bytes, plain).prompt()) == "q\na");
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
