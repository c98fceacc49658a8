// SPDX-License-Identifier: Apache-2.0
// Which of gkd's chat formats a model's Jinja template is.
//
//   chat_format format = recognise_chat_format(template_text);   // or format_by_name("qwen2")
//   encode_chat(messages, tokenizer, format);
//
// A template is a program out of a file from elsewhere, and gkd runs none. It is recognised by the
// SHA-256 of its whole text, so that a single changed word makes it another one: what is recognised
// is known to write, byte for byte, what the format here writes (tests/oracle/chat_templates.py).
// One exception: Llama 3.2's writes the day on which it is run, and "llama3_dated" one day always.
#pragma once

#include <gkd/core/error.hpp>
#include <gkd/io/sha256.hpp>
#include <gkd/text/chat.hpp>
#include <gkd/text/chat_llama2.hpp>

#include <functional>   // function
#include <span>         // span
#include <string>       // string
#include <string_view>  // string_view
#include <utility>      // move
#include <vector>       // vector

namespace gkd::inline v0 {

/// A chat format that is chosen when the program runs, with its name. Copyable; usable wherever a
/// format is.
class chat_format {
 public:
  /// Any format, under a name of one's own.
  template <class Format>
  chat_format(std::string name, Format format) : name_(std::move(name)) {
    check_chat_format<Format>();
    if constexpr (detail::formats_chats<Format>) write_ = std::move(format);
  }
  std::vector<chat_segment> operator()(const conversation& messages,
                                       bool add_generation_prompt = false) const {
    return write_(messages, add_generation_prompt);
  }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::function<std::vector<chat_segment>(const conversation&, bool)> write_;
};

namespace detail {

struct named_chat_format {
  std::string_view name;
  std::vector<chat_segment> (*write)(const conversation&, bool);
};

inline std::span<const named_chat_format> named_chat_formats() {
  static constexpr named_chat_format table[] = {
      {"chatml", chatml},
      {"qwen1_5", qwen1_5},
      {"qwen2", qwen2},
      {"qwen2_5", qwen2_5},
      {"smollm2", smollm2},
      {"llama3", llama3},
      {"llama3_dated",
       [](const conversation& m, bool prompt) { return llama3_dated{}(m, prompt); }},
      {"gemma", gemma},
      {"zephyr", zephyr},
      {"llama2", llama2},
      {"phi3", phi3},
      {"phi3_5", phi3_5},
      {"plain", plain},
  };
  return table;
}

}  // namespace detail

/// A template that is recognised.
struct known_chat_template {
  std::string_view sha256;  ///< of its text, as `sha256sum chat_template.jinja` prints it
  std::string_view format;  ///< the name of the format that writes what it writes
  std::string_view models;  ///< what ships with it
};

/// Every template that recognise_chat_format knows. "Escaped" is the same text with \n in its
/// strings in place of line ends, as tools that copy it between JSON and Python leave it.
inline std::span<const known_chat_template> known_chat_templates() {
  // clang-format off
  static constexpr known_chat_template table[] = {
      {"153280e3ff55d19da1398bdb3914ee2a51b80429bfaedde11d7d216c39db80f3", "chatml",
       "ChatML, as TRL's setup_chat_format writes it"},
      {"fcf7a096fe99a48fd9ad2b250bf9237e96e8f48bffec1c7ea4d3f225176cd40e", "chatml",
       "the same, escaped"},
      {"7107cfc6a6b081de7284b235487f423cea7cc29b5dc0557f7563701337468d7b", "chatml",
       "the same with a variable m"},
      {"5232972e170b18c392662ebce37daaee11169c6ab7c58b585c5496b600958b0d", "chatml",
       "the same with a variable m, escaped"},
      {"64f85b198065d0fba2a81f37e10ed68161ce2c19a754c7100e67e0ca2ee9c326", "chatml",
       "Qwen3 Instruct 2507"},
      {"48e17aa3caf5bf20075b6e7366864ee943e00b6f0752aadfe8b670c2ab0291a5", "chatml",
       "Qwen3 Instruct 2507, TRL's for training"},
      {"af9c0233881b083b52ff773580215222b5440ac3d0beeeca99b76329b048f8db", "qwen1_5",
       "Qwen1.5 Chat, Qwen2 base"},
      {"7c0cc400db493cfc546224cbd626ef46495c4b19103042eb5518f06bf7f1e26d", "qwen1_5",
       "the same, escaped"},
      {"793202280c0910ab26bc6eb57c8212c2417324c6d8c4efd0d10d59092ab3e3eb", "qwen2",
       "Qwen2 Instruct"},
      {"f0206845c9ebc3abb4735d44f286eb81ce99238ad2accc710c6fc60e6cb8ccc8", "qwen2",
       "the same, escaped"},
      {"44d5f08f3f72b837eaad09f13a54c1f9f4eb58d75240334548b7fd52a5437fa5", "qwen2",
       "Qwen2.5 base, Qwen3 base"},
      {"cd8e9439f0570856fd70470bf8889ebd8b5d1107207f67a5efb46e342330527f", "qwen2_5",
       "Qwen2.5 Instruct"},
      {"0cd86fb80f520885e35040a8df321540e729d3358da41f27cf74d33103d94f62", "qwen2_5",
       "Qwen2.5 Instruct, TRL's for training"},
      {"872be49dbb638044ad01b60388f48d469ff2980e5f0dccdc22ec907db54d0788", "smollm2",
       "SmolLM2 Instruct"},
      {"de9cde7d1b0ca0cc87459a6673e0d12fb89c070bdb24e4a30b6e4d187b226221", "smollm2",
       "the same, escaped"},
      {"ba03a121d097859c7b5b9cd03af99aafe95275210d2876f642ad9929a150f122", "llama3",
       "Llama 3 Instruct"},
      {"9dce981e2954cf77d4d0ad2dbacf8006a5fda34a0bdf4923075a933d08b69470", "llama3",
       "Llama 3 Instruct, TRL's for training"},
      {"e10ca381b1ccc5cf9db52e371f3b6651576caee0a630b452e2816b2d404d4b65", "llama3_dated",
       "Llama 3.1 Instruct"},
      {"5816fce10444e03c2e9ee1ef8a4a1ea61ae7e69e438613f3b17b69d0426223a4", "llama3_dated",
       "Llama 3.2 Instruct"},
      {"ecd6ae513fe103f0eb62e8ab5bfa8d0fe45c1074fa398b089c93a7e70c15cfd6", "gemma",
       "Gemma and Gemma 2, instruction tuned"},
      {"f825de9ae80eac8a89fa5f9e6e80adf7b79ab8602564907e7c41dc15315d04ab", "gemma",
       "Gemma and Gemma 2, TRL's for training"},
      {"66291cf0045c2425a3a667cf3cbb7af2b11f09e025c02f97245323ab79119362", "zephyr",
       "Zephyr, TinyLlama Chat"},
      {"4f39e3a4b9e3d369b42fd00d93a78f171914bb4e58ec84fc420433d7a153288a", "zephyr",
       "the same, with strings escaped"},
      {"9780fae5bfea3cfd7be37d328c6edfd296a8869be8131495bbe7eb37e780c88c", "llama2",
       "Llama 2 Chat"},
      {"e8d5b5a546d3f19df16a5320c614fab05bdc4edd50e850f1afd947b503ea41cf", "llama2",
       "the same, escaped"},
      {"dcaee66df77bfbb789ec541fe713218da30225a526f1db97138fc39ee6dc56aa", "phi3",
       "Phi-3 Instruct"},
      {"f00b774c5933129ee0a72bed355d9947cb09f8063d6cf23b7db71b33b5ea2162", "phi3",
       "Phi-3 Instruct, TRL's for training"},
      {"78d976a442bcde2f0be15aafbb8e3050e1104f86732266f68403251b89982a90", "phi3_5",
       "Phi-3.5 Instruct"},
      {"a76a9651a9785afe269c6b91598d55f03ab8adf3d8489a4a9c8ef432128b7c08", "phi3_5",
       "Phi-3.5 Instruct, TRL's for training"},
  };
  // clang-format on
  return table;
}

/// The names that format_by_name takes: "chatml, qwen1_5, ...", for errors and help texts.
inline std::string chat_format_names() {
  std::string names;
  for (const detail::named_chat_format& f : detail::named_chat_formats())
    names.append(names.empty() ? "" : ", ").append(f.name);
  return names;
}

/// A built-in format by the name of its function. "llama3_dated" has the date that its templates
/// have where they ask for none (Llama 3.1) or cannot (3.2), 26 Jul 2024; another is had by
/// chat_format("mine", llama3_dated{"01 Feb 2025"}).
/// Throws bad_argument for any other name.
inline chat_format format_by_name(std::string_view name) {
  for (const detail::named_chat_format& f : detail::named_chat_formats())
    if (f.name == name) return {std::string(name), f.write};
  fail(errc::bad_argument, "chat format ", in_quotes(name), ", want one of ", chat_format_names());
}

namespace detail {
// Jinja reads "\r\n" and "\r" as "\n"
inline std::string with_jinja_line_ends(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (index i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    out += text[i] == '\r' ? '\n' : text[i];
  }
  return out;
}
}  // namespace detail

/// The format that writes what this template writes for every chat that gkd can hold, but for the
/// day that Llama 3.2's writes: where it asks for today's, "llama3_dated" has 26 Jul 2024.
/// Two things do not matter, as they do not to Jinja: the kind of line end, and one more or less at
/// the very end. White space anywhere else may be written out by Jinja and makes another template.
/// Throws bad_format, with `where` in front, for a template that is not in known_chat_templates().
inline chat_format recognise_chat_format(std::string_view jinja,
                                         std::string_view where = "the model") {
  std::string text = detail::with_jinja_line_ends(jinja);
  std::string digests[2] = {hex(sha256_of(text)), ""};
  text.ends_with('\n') ? text.pop_back() : text.push_back('\n');
  digests[1] = hex(sha256_of(text));
  for (const known_chat_template& known : known_chat_templates())
    if (known.sha256 == digests[0] || known.sha256 == digests[1])
      return format_by_name(known.format);
  fail(errc::bad_format, where, ": a chat template that gkd does not know, ", jinja.size(),
       " bytes beginning ", in_quotes(jinja, 32), ", SHA-256 ", hex(sha256_of(jinja)).substr(0, 16),
       "...; gkd runs no templates. If one of the formats ", chat_format_names(),
       " writes the same, choose it by name (format_by_name, --chat_format NAME); else write the "
       "format as a function of ten lines [docs/concepts.md#chat-format]");
}

}  // namespace gkd::inline v0
