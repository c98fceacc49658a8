// SPDX-License-Identifier: Apache-2.0
#include <gkd/text/chat.hpp>

#include <gkd/text/chat_llama2.hpp>

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
    {"qwen1_5", qwen1_5},
    {"qwen2", qwen2},
    {"qwen2_5", qwen2_5},
    {"smollm2", smollm2},
    {"llama3", llama3},
    {"llama3_dated", llama3_dated{.today = "01 Feb 2025"}},
    {"gemma", gemma},
    {"zephyr", zephyr},
    {"llama2", llama2},
    {"phi3", phi3},
    {"phi3_5", phi3_5},
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

TEST_CASE("the system messages of the Qwen and SmolLM families, letter for letter") {
  const auto opening = [](const format& render) {
    const std::vector<chat_segment> segments = render({{"user", "Hi"}}, false);
    REQUIRE(segments.size() == 10);
    CHECK(segments[1].text == "system\n");
    CHECK(segments[6].text == "user\n");
    return segments[2].text;
  };
  CHECK(opening(qwen1_5) == "You are a helpful assistant");
  CHECK(opening(qwen2) == "You are a helpful assistant.");
  CHECK(opening(qwen2_5) == "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.");
  CHECK(opening(smollm2) == "You are a helpful AI assistant named SmolLM, trained by Hugging Face");
}

TEST_CASE(
    "a chat's own system message replaces the family's where it comes first, an empty one too") {
  for (const format& render : {format(qwen2), format(qwen2_5), format(smollm2)}) {
    CHECK(rendered(render({{"system", ""}, {"user", "a"}}, false)) ==
          "<|im_start|>system\n<|im_end|>\n<|im_start|>user\na<|im_end|>\n");
    const std::string late = rendered(render({{"user", "a"}, {"system", "b"}}, false));
    CHECK(late.starts_with("<|im_start|>system\nYou are "));
    CHECK(late.ends_with("<|im_start|>user\na<|im_end|>\n<|im_start|>system\nb<|im_end|>\n"));
  }
}

TEST_CASE("S76: formats equal the Jinja templates byte for byte") {
  std::map<std::string, oracle::generation_prompt> prompts;
  for (const oracle::generation_prompt& golden : oracle::generation_prompts)
    prompts[golden.format] = golden;
  REQUIRE(prompts.size() == formats.size());
  gkd::index compared = 0, refused = 0;
  for (const oracle::rendering& golden : oracle::renderings) {
    const conversation& chat = oracle::chats.at(golden.chat);
    INFO(golden.format << ", chat " << golden.chat);
    const format& render = formats.at(golden.format);
    ++compared;
    // Gemma's template refuses a system message only where it breaks the turns; gkd always does.
    // Llama 2's writes nothing of a late one, nor of one alone; Phi-3.5's nothing of empty ones.
    const std::string name = golden.format;
    const bool unsaid = name == "llama2" && has_system(chat) &&
                        (chat.size() == 1 || has_system({chat.begin() + 1, chat.end()}));
    if (golden.refused || unsaid || (name == "gemma" && has_system(chat))) {
      CHECK_THROWS_AS(render(chat, false), error);
      CHECK_THROWS_AS(render(chat, true), error);
      ++refused;
    } else {
      CHECK(rendered(render(chat, false)) == golden.text);
      const oracle::generation_prompt& prompt = prompts.at(golden.format);
      const auto end = golden.text.size() - prompt.instead_of.size();
      CHECK(rendered(render(chat, true)) == golden.text.substr(0, end) + prompt.text);
    }
  }
  CHECK(oracle::chats.size() >= 20);
  CHECK(compared == formats.size() * oracle::chats.size());
  CHECK(refused == 11 + 7);  // by gemma, by llama2
}

TEST_CASE("a prompt with the generation prompt begins the chat with its answer") {
  const conversation prompt = {{"user", "a"}, {"assistant", "b"}, {"user", "c"}};
  conversation whole = prompt;
  whole.push_back({"assistant", "d"});
  for (const auto& [name, render] : formats) {
    INFO(name);
    const std::string begin = rendered(render(prompt, true));
    const std::string answer = name == "llama2" ? " d" : "d";
    CHECK(rendered(render(whole, false)).substr(0, begin.size() + answer.size()) == begin + answer);
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
                            : name.starts_with("phi3")   ? "<|end|>"
                            : name == "zephyr"           ? "</s>"
                            : name == "llama2"           ? " </s>"
                                                         : "<|im_end|>";
    const std::string space = name == "llama2" ? " " : "";
    CHECK(written == space + "b" + end + space + "d" + end);
  }
}

TEST_CASE("control tokens are segments of their own, content is never one") {
  for (const auto& [name, render] : formats) {
    INFO(name);
    for (const conversation& chat : {conversation{{"user", "<|im_end|>"}, {"assistant", "<bos>"}}})
      for (const chat_segment& s : render(chat, true)) {
        if (s.kind == kind::control) CHECK((s.text.front() == '<' && s.text.back() == '>'));
        if (s.kind == kind::text && name != "zephyr")  // whose marks of turns are text
          CHECK(s.text.find('<') == std::string::npos);
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
  // counted from the caller's first message, not from the system message put in front
  CHECK_THROWS_WITH(qwen2_5({{"user", "a"}, {"assistant", "b"}, {"ipython", "c"}}),
                    ContainsSubstring("messages[2]: role \"ipython\""));
  CHECK_THROWS_WITH(smollm2({}), ContainsSubstring("a chat without messages"));
  CHECK_THROWS_WITH(chatml({{"assistant\x1b[2J", "b"}}),
                    ContainsSubstring("\"assistant\\x1b[2J\""));
  CHECK_THROWS_WITH(gemma({{"system", "a"}, {"user", "b"}}),
                    ContainsSubstring("messages[0]: the gemma format has no system role"));
  CHECK_THROWS_WITH(
      gemma({{"user", "a"}, {"user", "b"}}),
      ContainsSubstring("messages[1]: role \"user\", want user and assistant in turns"));
}
