// SPDX-License-Identifier: Apache-2.0
// Chat formats: from messages to the text that a chat model was trained on, as plain functions.
//
//   chatml({{"user", "2 + 3?"}, {"assistant", "5"}}) gives
//
//   control "<|im_start|>"  text "user\n"       content "2 + 3?"  control "<|im_end|>"    text "\n"
//   control "<|im_start|>"  text "assistant\n"  content "5" *     control "<|im_end|>" *  text "\n"
//
// where * marks what the assistant writes: the completion, its end-of-turn token included.
// Only control segments become control tokens. Text of the format and content of messages are
// ordinary text whatever they say, so a message with "<|im_end|>" in it cannot end its turn.
// A format of one's own is any callable  vector<chat_segment>(const conversation&, bool).
#pragma once

#include <gkd/core/error.hpp>

#include <string>       // string
#include <string_view>  // string_view
#include <type_traits>  // is_invocable_r_v
#include <utility>      // move
#include <vector>       // vector

namespace gkd::inline v0 {

/// One message of a chat. The built-in formats know the roles "system", "user" and "assistant".
struct message {
  std::string role;
  std::string content;  ///< UTF-8
  friend bool operator==(const message&, const message&) = default;
};

using conversation = std::vector<message>;

/// How the text of a segment becomes tokens.
enum class segment_kind {
  control,  ///< exactly one control token, named by the text
  eos,      ///< the tokenizer's end-of-sequence token; no text
  text,     ///< fixed text of the format, as ordinary tokens
  content,  ///< text of a message, as ordinary tokens
};

/// A piece of a rendered chat.
struct chat_segment {
  segment_kind kind;
  std::string text;
  bool completion = false;  ///< written by the assistant: content and end of turn, not the header
  friend bool operator==(const chat_segment&, const chat_segment&) = default;
};

/// The segments put together: what the chat looks like to a person, or to a Jinja template.
inline std::string rendered(const std::vector<chat_segment>& segments) {
  std::string text;
  for (const chat_segment& s : segments) text += s.text;
  return text;
}

namespace detail {
template <class Format>
concept formats_chats =
    std::is_invocable_r_v<std::vector<chat_segment>, const Format&, const conversation&, bool>;
}

/// A chat format is any such callable; see docs/concepts.md#chat-format.
template <class Format>
constexpr void check_chat_format() {
  static_assert(detail::formats_chats<Format>,
                "gkd: a chat format needs  std::vector<gkd::chat_segment> operator()(const "
                "gkd::conversation& messages, bool add_generation_prompt) const  "
                "[docs/concepts.md#chat-format]");
}

/// What a format writes its segments with.
class chat_script {
 public:
  chat_script& control(std::string_view name) { return add(segment_kind::control, name); }
  chat_script& text(std::string_view text) { return add(segment_kind::text, text); }
  /// What message m says, then the control token that ends its turn.
  chat_script& turn(const message& m, std::string_view content, std::string_view end) {
    completion_ = m.role == "assistant";
    add(segment_kind::content, content);
    end.empty() ? add(segment_kind::eos, "") : add(segment_kind::control, end);
    completion_ = false;
    return *this;
  }
  chat_script& content(std::string_view text) { return add(segment_kind::content, text); }
  std::vector<chat_segment> done() { return std::move(segments_); }

 private:
  chat_script& add(segment_kind kind, std::string_view text) {
    segments_.push_back({kind, std::string(text), completion_});
    return *this;
  }
  std::vector<chat_segment> segments_;
  bool completion_ = false;
};

/// Throws bad_format for a chat without messages or with a role other than system, user, assistant:
/// the built-in formats write no tools, tool calls or their results ("tool", "ipython").
inline void check_roles(const conversation& messages) {
  if (messages.empty()) fail(errc::bad_format, "a chat without messages, want at least one");
  for (index i = 0; i < messages.size(); ++i) {
    const std::string& role = messages[i].role;
    if (role != "system" && role != "user" && role != "assistant")
      fail(errc::bad_format, "messages[", i, "]: role ", in_quotes(role),
           ", want \"system\", \"user\" or \"assistant\"");
  }
}

/// The text without white space at both ends, as Python's str.strip() and Jinja's trim see it:
/// ASCII white space, the separators U+001C to U+001F, and Unicode's spaces.
inline std::string_view trimmed(std::string_view text) {
  // clang-format off
  constexpr std::string_view spaces[] = {
      " ", "\t", "\n", "\v", "\f", "\r", "\x1c", "\x1d", "\x1e", "\x1f",
      "\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80",                          // U+0085 00A0 1680
      "\xe2\x80\x80", "\xe2\x80\x81", "\xe2\x80\x82", "\xe2\x80\x83",  // U+2000 ...
      "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86", "\xe2\x80\x87",
      "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a",                  // ... U+200A
      "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf",                  // U+2028 2029 202F
      "\xe2\x81\x9f", "\xe3\x80\x80"};                                // U+205F 3000
  // clang-format on
  const auto cut = [&](auto ends_with_space) {
    for (bool found = true; found;) {
      found = false;
      for (std::string_view space : spaces) found = found || ends_with_space(space);
    }
  };
  cut([&](std::string_view space) {
    return text.starts_with(space) && (text.remove_prefix(space.size()), true);
  });
  cut([&](std::string_view space) {
    return text.ends_with(space) && (text.remove_suffix(space.size()), true);
  });
  return text;
}

/// ChatML without a system message of its own, as Qwen3 speaks it where it does not think aloud.
inline std::vector<chat_segment> chatml(const conversation& messages,
                                        bool add_generation_prompt = false) {
  check_roles(messages);
  chat_script out;
  for (const message& m : messages)
    out.control("<|im_start|>").text(m.role + "\n").turn(m, m.content, "<|im_end|>").text("\n");
  if (add_generation_prompt) out.control("<|im_start|>").text("assistant\n");
  return out.done();
}

/// A format that opens with this system message wherever a chat brings none of its own at its
/// beginning, as Qwen2 does: default_system(chatml, "You are a helpful assistant.").
template <class Format>
auto default_system(Format format, std::string text) {
  check_chat_format<Format>();
  return [format, system = message{"system", std::move(text)}](const conversation& messages,
                                                               bool add_generation_prompt = false) {
    if (messages.empty() || messages.front().role == "system")
      return format(messages, add_generation_prompt);
    conversation whole{system};
    whole.insert(whole.end(), messages.begin(), messages.end());
    return format(whole, add_generation_prompt);
  };
}

namespace detail {
inline std::vector<chat_segment> chatml_with_default(std::string_view system,
                                                     const conversation& messages, bool prompt) {
  check_roles(messages);  // first, so that errors number the messages as the caller does
  return default_system(chatml, std::string(system))(messages, prompt);
}
}  // namespace detail

/// @name ChatML with the system message of a family of models
/// Each where the chat does not begin with a system message; an empty one counts as one.
/// @{
/// Qwen1.5 Chat and the base models of Qwen2. No full stop.
inline std::vector<chat_segment> qwen1_5(const conversation& messages,
                                         bool add_generation_prompt = false) {
  constexpr std::string_view system = "You are a helpful assistant";
  return detail::chatml_with_default(system, messages, add_generation_prompt);
}
/// Qwen2 Instruct and the base models of Qwen2.5 and Qwen3.
inline std::vector<chat_segment> qwen2(const conversation& messages,
                                       bool add_generation_prompt = false) {
  constexpr std::string_view system = "You are a helpful assistant.";
  return detail::chatml_with_default(system, messages, add_generation_prompt);
}
/// Qwen2.5 Instruct.
inline std::vector<chat_segment> qwen2_5(const conversation& messages,
                                         bool add_generation_prompt = false) {
  constexpr std::string_view system =
      "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.";
  return detail::chatml_with_default(system, messages, add_generation_prompt);
}
/// SmolLM2 Instruct.
inline std::vector<chat_segment> smollm2(const conversation& messages,
                                         bool add_generation_prompt = false) {
  constexpr std::string_view system =
      "You are a helpful AI assistant named SmolLM, trained by Hugging Face";
  return detail::chatml_with_default(system, messages, add_generation_prompt);
}
/// @}

namespace detail {
inline void llama3_header(chat_script& out, std::string_view role) {
  out.control("<|start_header_id|>").text(role).control("<|end_header_id|>").text("\n\n");
}
}  // namespace detail

/// Llama 3 Instruct. White space around a message is trimmed, as its template does.
inline std::vector<chat_segment> llama3(const conversation& messages,
                                        bool add_generation_prompt = false) {
  check_roles(messages);
  chat_script out;
  out.control("<|begin_of_text|>");
  for (const message& m : messages) {
    detail::llama3_header(out, m.role);
    out.turn(m, trimmed(m.content), "<|eot_id|>");
  }
  if (add_generation_prompt) detail::llama3_header(out, "assistant");
  return out.done();
}

/// Llama 3.1 and 3.2 Instruct, which open with a system turn that names two dates. Llama 3.2's
/// template fills in the day of rendering where it can; here it is an option, so that runs repeat.
struct llama3_dated {
  std::string today = "26 Jul 2024";  ///< the template's own default

  std::vector<chat_segment> operator()(const conversation& messages,
                                       bool add_generation_prompt = false) const {
    check_roles(messages);
    const bool has_system = messages.front().role == "system";
    const message system = has_system ? messages.front() : message{"system", ""};
    chat_script out;
    out.control("<|begin_of_text|>");
    detail::llama3_header(out, "system");
    out.text("Cutting Knowledge Date: December 2023\nToday Date: " + today + "\n\n");
    out.turn(system, trimmed(system.content), "<|eot_id|>");
    for (index i = has_system ? 1 : 0; i < messages.size(); ++i) {
      detail::llama3_header(out, messages[i].role);
      out.turn(messages[i], trimmed(messages[i].content), "<|eot_id|>");
    }
    if (add_generation_prompt) detail::llama3_header(out, "assistant");
    return out.done();
  }
};

/// Gemma 2. The assistant is called "model" and white space around a message is trimmed; a system
/// message or roles that do not alternate from "user" on are refused (bad_format). All as in its
/// template.
inline std::vector<chat_segment> gemma(const conversation& messages,
                                       bool add_generation_prompt = false) {
  check_roles(messages);
  chat_script out;
  out.control("<bos>");
  for (index i = 0; i < messages.size(); ++i) {
    const message& m = messages[i];
    if (m.role == "system")
      fail(errc::bad_format, "messages[", i, "]: the gemma format has no system role;",
           " put the instructions into the first user message");
    if ((m.role == "user") != (i % 2 == 0))
      fail(errc::bad_format, "messages[", i, "]: role ", in_quotes(m.role),
           ", want user and assistant in turns, a user first, in the gemma format");
    out.control("<start_of_turn>").text(m.role == "assistant" ? "model\n" : "user\n");
    out.turn(m, trimmed(m.content), "<end_of_turn>").text("\n");
  }
  if (add_generation_prompt) out.control("<start_of_turn>").text("model\n");
  return out.done();
}

/// No format at all, for models trained from nothing: each message of the system or a user is a
/// line, the assistant's answer ends with the tokenizer's end-of-sequence token.
inline std::vector<chat_segment> plain(const conversation& messages, bool = false) {
  check_roles(messages);
  chat_script out;
  for (const message& m : messages) {
    if (m.role == "assistant")
      out.turn(m, m.content, "");
    else
      out.content(m.content).text("\n");
  }
  return out.done();
}

}  // namespace gkd::inline v0
