// SPDX-License-Identifier: Apache-2.0
#include <gkd/data/chat_dataset.hpp>

#include "support/catch.hpp"

using namespace gkd;
using Catch::Matchers::ContainsSubstring;

namespace {

const byte_tokenizer bytes;
const std::vector<conversation> chats = {
    {{"user", "ab"}, {"assistant", "c"}},        // prompt 3, whole 5
    {{"user", "abcdef"}, {"assistant", "gh"}},   // prompt 7, whole 10
    {{"user", "a"}, {"assistant", "bcdefghi"}},  // prompt 2, whole 11
};

std::string text(std::span<const token> ids) { return bytes.decode_with_control(ids); }

}  // namespace

TEST_CASE("chat_dataset: prompts and references, by hand") {
  const chat_dataset data(chats, bytes, plain);
  REQUIRE(data.size() == 3);
  CHECK(text(data.prompt(0)) == "ab\n");
  CHECK(text(data.full(0).tokens) == "ab\nc<|im_end|>");
  CHECK(data.full(0).weights == std::vector<float>{0, 0, 0, 1, 1});
  CHECK(text(data.example(1).completion()) == "gh<|im_end|>");
  CHECK(data.without_completion() == 0);
  CHECK(data.cut() == 0);
  CHECK(data.dropped().empty());
}

TEST_CASE("chat_dataset: told of each chat, and given up where that throws") {
  std::vector<gkd::index> seen;
  const chat_dataset data(chats, bytes, plain,
                          {.on_chat = [&](gkd::index done) { seen.push_back(done); }});
  CHECK(seen == std::vector<gkd::index>{0, 1, 2});
  const auto stop = [](gkd::index done) {
    if (done == 2) fail(errc::interrupted, "enough");
  };
  CHECK_THROWS_WITH(chat_dataset(chats, bytes, plain, {.on_chat = stop}), "gkd: enough");
}

TEST_CASE("chat_dataset: the closing text as a target, cut before the answer is") {
  const chat_dataset data(chats, bytes, chatml, {.closing = closing_text::target});
  CHECK(text(data.example(0).completion()) == "c<|im_end|>\n");
  CHECK(data.full(0).weights.back() == 1.0f);
  const chat_dataset dropped(chats, bytes, chatml);
  CHECK(text(dropped.example(0).completion()) == "c<|im_end|>");
  CHECK(data.fingerprint() != dropped.fingerprint());
  const std::vector<conversation> one = {chats[0]};
  const chat_dataset cut(
      one, bytes, chatml,
      {.max_length = dropped.full(0).tokens.size(), .closing = closing_text::target});
  CHECK(cut.full(0).tokens == dropped.full(0).tokens);
  CHECK(cut.cut() == 1);
}

TEST_CASE("chat_dataset: a prompt that is too long is an error that says which and how long") {
  CHECK_THROWS_WITH(
      chat_dataset(chats, bytes, plain, {.max_prompt_length = 6}),
      "gkd: chat 2 of 3: the prompt has 7 tokens and the completion 3, want a prompt of at most "
      "max_prompt_length = 6 and shorter than max_length = unlimited; a prompt is never cut: raise "
      "the "
      "limits or set on_long_prompt = long_prompt::drop");
  try {
    chat_dataset(chats, bytes, plain, {.max_length = 7});
    FAIL("accepted");
  } catch (const error& e) {
    CHECK(e.code() == errc::context_overflow);
    CHECK_THAT(e.what(), ContainsSubstring("chat 2 of 3"));
  }
}

TEST_CASE("chat_dataset: long prompts dropped, long completions cut, both counted") {
  const chat_dataset data(chats, bytes, plain,
                          {.max_length = 7, .on_long_prompt = long_prompt::drop});
  REQUIRE(data.size() == 2);
  CHECK(std::vector(data.dropped().begin(), data.dropped().end()) == std::vector<gkd::index>{1});
  CHECK(data.cut() == 1);
  CHECK(text(data.prompt(1)) == "a\n");
  CHECK(text(data.full(1).tokens) == "a\nbcdef");
}

TEST_CASE("chat_dataset: a long reference costs the prompt nothing") {
  const std::vector<conversation> chat = {
      {{"user", std::string(50, 'p')}, {"assistant", std::string(5000, 'r')}}};
  const chat_dataset data(chat, bytes, plain, {.max_length = 100, .max_prompt_length = 60});
  CHECK(text(data.prompt(0)) == chat[0][0].content + "\n");
  CHECK(data.full(0).tokens.size() == 100);
}

TEST_CASE("chat_dataset: prompts without an answer are counted") {
  const std::vector<conversation> mixed = {chats[0], {{"user", "why?"}}};
  const chat_dataset data(mixed, bytes, chatml);
  CHECK(data.without_completion() == 1);
  CHECK(text(data.prompt(1)) == rendered(chatml({{"user", "why?"}}, true)));
  CHECK(text(data.full(1).tokens) == text(data.prompt(1)));
}

TEST_CASE("chat_dataset: all assistant turns as targets") {
  const std::vector<conversation> turns = {
      {{"user", "a"}, {"assistant", "b"}, {"user", "c"}, {"assistant", "d"}}};
  const chat_dataset data(turns, bytes, plain, {.targets = assistant_turns::all});
  CHECK(text(data.full(0).tokens) == "a\nb<|im_end|>c\nd<|im_end|>");
  CHECK(data.full(0).weights == std::vector<float>{0, 0, 1, 1, 0, 0, 1, 1});
  CHECK(text(data.prompt(0)) == "a\nb<|im_end|>c\n");
}

TEST_CASE("chat_dataset: what is refused names the chat") {
  const auto of = [](std::vector<conversation> c) { return chat_dataset(c, bytes, chatml); };
  CHECK_THROWS_WITH(of({}), ContainsSubstring("a dataset without examples: 0 chats given"));
  CHECK_THROWS_WITH(of({chats[0], {}}),
                    "gkd: chat 2 of 2: a chat without messages, want at least one");
  CHECK_THROWS_WITH(of({chats[0], chats[1], {{"tool", ""}}}),
                    ContainsSubstring("gkd: chat 3 of 3: messages[0]: role \"tool\", want"));
  CHECK_THROWS_WITH(chat_dataset(std::vector<conversation>{{{"assistant", "a"}}}, bytes, plain),
                    "gkd: chat 1 of 1: the prompt has no tokens");
  CHECK_THROWS_WITH(chat_dataset(chats, bytes, gemma),
                    ContainsSubstring("chat 1 of 3: the chat format "
                                      "needs the control token"));
  CHECK_THROWS_WITH(
      chat_dataset(chats, bytes, plain, {.max_length = 2, .on_long_prompt = long_prompt::drop}),
      "gkd: a dataset without examples: 3 chats given, 3 of them dropped for the length of their "
      "prompt");
}

TEST_CASE("chat_dataset: an error of one's own chat format is passed on, however short") {
  const auto own = [](const conversation&, bool) -> std::vector<chat_segment> {
    throw error(errc::bad_format, "no");
  };
  CHECK_THROWS_WITH(chat_dataset(chats, bytes, own), "gkd: chat 1 of 3: no");
}

TEST_CASE("chat_dataset: from tokens") {
  const std::vector<token> prompt = {1, 2};
  const std::vector<token> completion = {3};
  const chat_dataset data({{make_sequence(prompt, completion), 2}});
  CHECK(data.full(0).tokens == std::vector<token>{1, 2, 3});
  CHECK(data.prompt(0).size() == 2);
  CHECK_THROWS_WITH(chat_dataset({{make_sequence(prompt, completion), 4}}),
                    ContainsSubstring("example 0: 3 tokens, 3 weights, prompt of 4"));
  CHECK_THROWS_WITH(chat_dataset({{make_sequence({}, completion), 0}}),
                    ContainsSubstring("example 0: the prompt has no tokens"));
  CHECK_THROWS_AS(chat_dataset(std::vector<chat_example>{}), error);
}

TEST_CASE("chat_dataset: the fingerprint tells any difference and is the same everywhere") {
  const auto fingerprint = [](std::vector<conversation> c,
                              const chat_dataset_options& options = {}) {
    return chat_dataset(c, bytes, plain, options).fingerprint();
  };
  const std::uint64_t whole = fingerprint(chats);
  CHECK(fingerprint(chats) == whole);
  CHECK(fingerprint({chats[1], chats[0], chats[2]}) != whole);
  CHECK(fingerprint({chats[0], chats[1]}) != whole);
  CHECK(fingerprint(chats, {.max_length = 9}) != whole);
  std::vector<conversation> changed = chats;
  changed[2][1].content[7] = 'j';
  CHECK(fingerprint(changed) != whole);
  // the same tokens, another border between prompt and completion
  const std::vector<token> ids = {1, 2, 3};
  const sequence s = make_sequence(ids, {});
  CHECK(chat_dataset({{s, 1}}).fingerprint() != chat_dataset({{s, 2}}).fingerprint());
  // by hand: prompt length, size, then (token, weight bits) as 64-bit numbers, lowest byte first
  sha256 hash;
  hash.update(
      std::string_view("\2\0\0\0\0\0\0\0"
                       "\2\0\0\0\0\0\0\0"
                       "\0\0\0\0\5\0\0\0"
                       "\0\0\x80\x3f\6\0\0\0",
                       32));
  CHECK(chat_dataset({{sequence{{5, 6}, {0, 1}}, 2}}).fingerprint() == first_u64(hash.digest()));
}
