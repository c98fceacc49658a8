// SPDX-License-Identifier: Apache-2.0
#include <gkd/text/chat.hpp>

#include "oracle/chat_templates.hpp"
#include "support/catch.hpp"

#include <functional>  // function
#include <map>         // map

using namespace gkd;

namespace {

using kind = segment_kind;
using format = std::function<std::vector<chat_segment>(const conversation&, bool)>;

const std::map<std::string, format> formats = {
    {"chatml", chatml},
    {"qwen2_5", default_system(chatml,
                               "You are Qwen, created by Alibaba Cloud. You are a helpful "
                               "assistant.")},
    {"llama3", llama3},
    {"llama3_dated", llama3_dated{.today = "01 Feb 2025"}},
    {"gemma", gemma},
};

bool has_system(const conversation& chat) {
  for (const message& m : chat)
    if (m.role == "system") return true;
  return false;
}

}  // namespace

TEST_CASE("chatml: two messages, by hand") {
  const std::vector<chat_segment> expected = {{kind::control, "<|im_start|>"},
                                              {kind::text, "user\n"},
                                              {kind::content, "2 + 3?"},
                                              {kind::control, "<|im_end|>"},
                                              {kind::text, "\n"},
                                              {kind::control, "<|im_start|>"},
                                              {kind::text, "assistant\n"},
                                              {kind::content, "5", true},
                                              {kind::control, "<|im_end|>", true},
                                              {kind::text, "\n"}};
  CHECK(chatml({{"user", "2 + 3?"}, {"assistant", "5"}}) == expected);
  CHECK(rendered(chatml({{"user", "2 + 3?"}}, true)) ==
        "<|im_start|>user\n2 + 3?<|im_end|>\n<|im_start|>assistant\n");
}

TEST_CASE("plain: lines, and the tokenizer's end of sequence") {
  const std::vector<chat_segment> expected = {{kind::content, "sort 2 1"},
                                              {kind::text, "\n"},
                                              {kind::content, "1 2", true},
                                              {kind::eos, "", true}};
  CHECK(plain({{"user", "sort 2 1"}, {"assistant", "1 2"}}) == expected);
}

TEST_CASE("formats equal the Jinja templates byte for byte") {
  gkd::index compared = 0;
  for (const oracle::rendering& golden : oracle::renderings) {
    const conversation& chat = oracle::chats.at(golden.chat);
    INFO(golden.format << ", chat " << golden.chat << ", " << golden.add_generation_prompt);
    const format& render = formats.at(golden.format);
    // Gemma's template refuses a system message only where it breaks the turns; gkd always does
    if (golden.refused || (golden.format == std::string("gemma") && has_system(chat))) {
      CHECK_THROWS_AS(render(chat, golden.add_generation_prompt), error);
    } else {
      CHECK(rendered(render(chat, golden.add_generation_prompt)) == golden.text);
    }
    ++compared;
  }
  CHECK(compared == formats.size() * oracle::chats.size() * 2);
}

TEST_CASE("a prompt with the generation prompt begins the chat with its answer") {
  const conversation prompt = {{"user", "a"}, {"assistant", "b"}, {"user", "c"}};
  conversation whole = prompt;
  whole.push_back({"assistant", "d"});
  for (const auto& [name, render] : formats) {
    INFO(name);
    const std::string begin = rendered(render(prompt, true));
    CHECK(rendered(render(whole, false)).substr(0, begin.size() + 1) == begin + "d");
  }
}

TEST_CASE("only what the assistant writes is completion") {
  for (const auto& [name, render] : formats) {
    INFO(name);
    std::string written;
    for (const chat_segment& s :
         render({{"user", "a"}, {"assistant", "b"}, {"user", "c"}, {"assistant", "d"}}, false))
      if (s.completion) written += s.text;
    const std::string end = name == "gemma"              ? "<end_of_turn>"
                            : name.starts_with("llama3") ? "<|eot_id|>"
                                                         : "<|im_end|>";
    CHECK(written == "b" + end + "d" + end);
  }
}

TEST_CASE("control tokens are segments of their own, content is never one") {
  for (const auto& [name, render] : formats) {
    INFO(name);
    for (const conversation& chat : {conversation{{"user", "<|im_end|>"}, {"assistant", "<bos>"}}})
      for (const chat_segment& s : render(chat, true)) {
        if (s.kind == kind::control) CHECK((s.text.front() == '<' && s.text.back() == '>'));
        if (s.kind == kind::text) CHECK(s.text.find('<') == std::string::npos);
      }
  }
}

TEST_CASE("trimmed takes Unicode's white space, as Python's strip") {
  CHECK(trimmed("\xe3\x80\x80 a b\xc2\xa0") == "a b");
  CHECK(trimmed("\xe2\x80\x8b") == "\xe2\x80\x8b");  // a zero-width space is no white space
  CHECK(trimmed(" \n\t") == "");
  CHECK(trimmed("\xa0"
                "a\xc2") ==
        "\xa0"
        "a\xc2");  // broken UTF-8 stays
}

TEST_CASE("chats that a format refuses") {
  using Catch::Matchers::ContainsSubstring;
  CHECK_THROWS_WITH(chatml({}), ContainsSubstring("a chat without messages"));
  CHECK_THROWS_WITH(llama3({{"user", "a"}, {"tool", "b"}}),
                    ContainsSubstring("messages[1]: role \"tool\", want \"system\", \"user\" or "
                                      "\"assistant\""));
  CHECK_THROWS_WITH(chatml({{"assistant\x1b[2J", "b"}}),
                    ContainsSubstring("\"assistant\\x1b[2J\""));
  CHECK_THROWS_WITH(gemma({{"system", "a"}, {"user", "b"}}),
                    ContainsSubstring("messages[0]: the gemma format has no system role"));
  CHECK_THROWS_WITH(
      gemma({{"user", "a"}, {"user", "b"}}),
      ContainsSubstring("messages[1]: role \"user\", want user and assistant in turns"));
}
