// SPDX-License-Identifier: Apache-2.0
// From a chat to tokens with a weight for each as a target of learning:
//
//   messages  ->  format (text/chat)  ->  segments  ->  tokenizer  ->  prompt | completion
//
// The prompt ends with the header of the last assistant turn: it is what a model is given to
// answer, token for token the same in training on the reference and in sampling. The completion is
// the last answer and its end-of-turn token; what the format writes after that is left out, since
// nobody is asked for it and nothing follows, unless losses are to be compared with TRL's.
#pragma once

#include <gkd/core/batch.hpp>
#include <gkd/text/chat.hpp>
#include <gkd/text/tokenizer.hpp>

#include <limits>  // numeric_limits
#include <span>    // span
#include <string>  // string
#include <vector>  // vector

namespace gkd::inline v0 {

/// Which answers of a chat are targets of learning on the dataset's own text.
enum class assistant_turns {
  last,  ///< the completion alone
  all,   ///< every assistant message, the earlier ones inside the prompt too
};

/// What becomes of the text that a format writes after the end of the last answer, such as the "\n"
/// after ChatML's "<|im_end|>".
///
/// TRL's DataCollatorForChatML (1.16) takes every token after the prompt for a target, this text
/// included; no model is ever asked for it in sampling. With `target`, tokens and weights are those
/// of TRL's input_ids and labels, up to three things that TRL does and gkd never does:
///   * a control token's name in a message becomes the control token;
///   * where the tokenizer joins the header's last characters with the answer's first, such as two
///     line ends, the token that spans both counts as prompt;
///   * a chat that ends with another role than the assistant is trained on that last message.
enum class closing_text {
  drop,    ///< left out
  target,  ///< a target of learning like the answer
};

/// A chat as tokens. A chat that ends with another role than the assistant has no completion: its
/// prompt ends with the generation prompt, ready to be answered.
struct chat_example {
  sequence full;            ///< prompt and completion, with weight 1 on targets, 0 elsewhere
  index prompt_length = 0;  ///< tokens of `full` that are the prompt

  std::span<const token> prompt() const { return std::span(full.tokens).first(prompt_length); }
  std::span<const token> completion() const {
    return std::span(full.tokens).subspan(prompt_length);
  }
};

namespace detail {

// Tokens of segments, one after another. Neighbouring text and content are encoded as one string,
// as they stand between two control tokens in the tokenizer's eyes; but an answer by itself, which
// is how the model wrote it, whether or not it is a target: ids do not depend on the weights.
template <class Tokenizer>
class segment_encoder {
 public:
  explicit segment_encoder(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}

  void add(const chat_segment& s, float weight) {
    if (s.completion != completion_) flush();
    completion_ = s.completion;
    weight_ = weight;
    if (s.kind == segment_kind::text || s.kind == segment_kind::content) {
      text_ += s.text;
    } else {
      const token id = s.kind == segment_kind::eos ? tokenizer_.eos() : control(s.text);
      place_.control_after = id;
      flush();
      push(id);
      place_ = {.control_before = id};
    }
  }
  void flush() {
    for (token id : encode_at(tokenizer_, text_, place_)) {
      push(id);
      place_ = {.inside = true};
    }
    text_.clear();
  }
  index size() const { return out_.tokens.size(); }
  sequence done() {
    flush();
    return std::move(out_);
  }

 private:
  token control(std::string_view name) const {
    const std::optional<token> id = tokenizer_.control_id(name);
    if (!id)
      fail(errc::vocabulary_mismatch, "the chat format needs the control token ", in_quotes(name),
           ", which the tokenizer does not have");
    return *id;
  }
  void push(token id) {
    out_.tokens.push_back(id);
    out_.weights.push_back(weight_);
  }

  const Tokenizer& tokenizer_;
  sequence out_;
  std::string text_;
  text_place place_;  // of the text
  float weight_ = 0.0f;
  bool completion_ = false;
};

template <class Tokenizer, class Format>
chat_example encode_messages(const conversation& messages, const Tokenizer& tokenizer,
                             const Format& format, assistant_turns targets, closing_text closing) {
  const bool answered = !messages.empty() && messages.back().role == "assistant";
  std::vector<chat_segment> segments = format(messages, !answered);
  index first = segments.size(), end = segments.size();  // segments of the last answer
  if (answered) {
    while (end > 0 && !segments[end - 1].completion) --end;
    if (end == 0)
      fail(errc::bad_format, "the chat format marks no segment of the last answer as completion");
    // an answer right before it ends as this one does
    for (first = end - 1; first > 0 && segments[first - 1].completion; --first)
      if (segments[first - 1] == segments[end - 1]) break;
    if (closing == closing_text::drop)
      segments.erase(segments.begin() + static_cast<std::ptrdiff_t>(end), segments.end());
  }
  segment_encoder encoder(tokenizer);
  chat_example out;
  for (index i = 0; i < segments.size(); ++i) {
    if (i == first) {
      encoder.flush();
      out.prompt_length = encoder.size();
    }
    const bool earlier = segments[i].completion && targets == assistant_turns::all;
    encoder.add(segments[i], i >= first || earlier ? 1.0f : 0.0f);
  }
  out.full = encoder.done();
  if (!answered) out.prompt_length = out.full.tokens.size();
  return out;
}

}  // namespace detail

/// The tokens of a chat. Throws vocabulary_mismatch when the tokenizer lacks a control token of the
/// format, bad_format for messages that the format refuses.
template <class Tokenizer, class Format>
chat_example encode_chat(const conversation& messages, const Tokenizer& tokenizer,
                         const Format& format, assistant_turns targets = assistant_turns::last,
                         closing_text closing = closing_text::drop) {
  check_tokenizer<Tokenizer>();
  check_chat_format<Format>();
  if constexpr (gkd::tokenizer<Tokenizer> && detail::formats_chats<Format>)
    return detail::encode_messages(messages, tokenizer, format, targets, closing);
}

/// No limit on a length.
inline constexpr index unlimited = std::numeric_limits<index>::max();

/// How long examples may be, in tokens, by these rules:
///   1. A prompt is never cut. One longer than max_prompt_length, or one that leaves no room for a
///      single token of its answer within max_length, does not fit.
///   2. A completion that overruns max_length is cut at its end; with its end-of-turn token gone,
///      the model does not learn to stop in mid-sentence.
/// For sampling, set max_prompt_length to the model's context less max_new_tokens: then a prompt
/// is accepted or refused for its own length, whatever reference answer the dataset has for it.
struct length_limits {
  index max_length = unlimited;         ///< prompt and completion together
  index max_prompt_length = unlimited;  ///< prompt alone
};

/// What a limit did to an example.
enum class length_fit { whole, cut, prompt_too_long };

/// Applies the limits; an example whose prompt is too long is left as it is.
inline length_fit fit_length(chat_example& example, const length_limits& limits) {
  if (example.prompt_length > limits.max_prompt_length ||
      example.prompt_length >= limits.max_length)
    return length_fit::prompt_too_long;
  if (example.full.tokens.size() <= limits.max_length) return length_fit::whole;
  example.full.tokens.resize(limits.max_length);
  example.full.weights.resize(limits.max_length);
  return length_fit::cut;
}

}  // namespace gkd::inline v0
