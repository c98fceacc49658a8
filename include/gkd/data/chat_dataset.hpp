// SPDX-License-Identifier: Apache-2.0
// Chats as tokens, ready for a data source: encoded once, looked up by number.
//
//   gkd::chat_dataset data{gkd::read_chats(file), tokenizer, gkd::chatml, {.max_length = 1024}};
//   data.prompt(i)   what a model is given to answer           (on_policy)
//   data.full(i)     the same with the reference answer        (fixed)
#pragma once

#include <gkd/io/file.hpp>
#include <gkd/io/sha256.hpp>
#include <gkd/text/encode_chat.hpp>

#include <bit>         // bit_cast
#include <functional>  // function
#include <span>        // span
#include <string>      // string, to_string
#include <vector>      // vector

namespace gkd::inline v0 {

/// What to do with a chat whose prompt is too long; see length_limits. Completions are cut.
enum class long_prompt { fail, drop };

struct chat_dataset_options {
  assistant_turns targets = assistant_turns::last;
  index max_length = unlimited;         ///< tokens of prompt and completion together
  index max_prompt_length = unlimited;  ///< tokens of the prompt
  long_prompt on_long_prompt = long_prompt::fail;
  closing_text closing = closing_text::drop;  ///< `target` for the tokens and labels of TRL
  /// Called before each chat, with the number of those that are encoded: for progress, or to throw
  /// where nobody waits any more.
  std::function<void(index done)> on_chat = {};
};

/// Encoded chats, in the order given.
class chat_dataset {
 public:
  /// Throws context_overflow for a prompt that is too long unless such chats are dropped,
  /// empty_data when no chat is left, and what encode_chat throws; each names the chat by its
  /// number, from 1.
  template <class Tokenizer, class Format>
  chat_dataset(std::span<const conversation> chats, const Tokenizer& tokenizer,
               const Format& format, const chat_dataset_options& options = {}) {
    encode(chats, tokenizer, format, options, "",
           [&](index i) { return concat("chat ", i + 1, " of ", chats.size()); });
  }
  /// The same for what read_chats has read: errors name the file and the line.
  template <class Chats, class Tokenizer, class Format>
    requires requires(const Chats& read) {
      read.conversations;
      read.lines;
      read.path;
    }
  chat_dataset(const Chats& read, const Tokenizer& tokenizer, const Format& format,
               const chat_dataset_options& options = {}) {
    const std::string file = shown_path(read.path);
    const index size = read.conversations.size();
    encode(read.conversations, tokenizer, format, options, file + ": ", [&](index i) {
      return read.lines.size() == size ? concat(file, ":", read.lines[i])
                                       : concat(file, ": chat ", i + 1, " of ", size);
    });
  }
  /// Examples that are tokens already. Throws empty_data for none or one without a prompt,
  /// shape_mismatch where prompt, tokens and weights do not fit together.
  explicit chat_dataset(std::vector<chat_example> examples) : examples_(std::move(examples)) {
    for (index i = 0; i < examples_.size(); ++i) check(i);
    finish(examples_.size(), "");
  }

  index size() const { return examples_.size(); }
  const chat_example& example(index i) const { return examples_[i]; }
  /// Tokens up to the point where an answer begins; never empty. Valid as long as the dataset.
  std::span<const token> prompt(index i) const { return examples_[i].prompt(); }
  /// Prompt and reference answer, weight 1 on targets. Valid as long as the dataset.
  const sequence& full(index i) const { return examples_[i].full; }

  /// Examples without a reference answer: they can be sampled from, not learnt from as they are.
  index without_completion() const { return without_completion_; }
  /// Completions that were cut at max_length.
  index cut() const { return cut_; }
  /// Which chats were dropped because their prompt is too long, counted from 0.
  std::span<const index> dropped() const { return dropped_; }

  /// The first 64 bits of SHA-256 over all tokens, weights and prompt lengths: equal for equal data
  /// in equal order, whatever the machine. A run that is resumed compares it.
  std::uint64_t fingerprint() const { return fingerprint_; }

 private:
  // name_of(i): the chat, in errors; `before` stands in those about all of them
  template <class Tokenizer, class Format, class Name>
  void encode(std::span<const conversation> chats, const Tokenizer& tokenizer,
              const Format& format, const chat_dataset_options& options,
              const std::string& before, const Name& name_of) {
    examples_.reserve(chats.size());
    for (index i = 0; i < chats.size(); ++i) {
      if (options.on_chat) options.on_chat(i);
      try {
        add(i, encode_chat(chats[i], tokenizer, format, options.targets, options.closing), options);
      } catch (const error& e) {
        fail(e.code(), name_of(i), ": ", e.text());
      }
    }
    finish(chats.size(), before);
  }
  void add(index number, chat_example example, const chat_dataset_options& options) {
    if (example.prompt_length == 0) fail(errc::empty_data, "the prompt has no tokens");
    switch (fit_length(example, {options.max_length, options.max_prompt_length})) {
      case length_fit::prompt_too_long:
        if (options.on_long_prompt == long_prompt::fail) too_long(example, options);
        dropped_.push_back(number);
        return;
      case length_fit::cut: ++cut_; break;
      case length_fit::whole: break;
    }
    examples_.push_back(std::move(example));
  }

  [[noreturn]] static void too_long(const chat_example& example,
                                    const chat_dataset_options& options) {
    const auto text = [](index limit) {
      return limit == unlimited ? std::string("unlimited") : std::to_string(limit);
    };
    fail(errc::context_overflow, "the prompt has ", example.prompt_length,
         " tokens and the completion ", example.completion().size(),
         ", want a prompt of at most max_prompt_length = ", text(options.max_prompt_length),
         " and shorter than max_length = ", text(options.max_length),
         "; a prompt is never cut: raise the limits or set on_long_prompt = long_prompt::drop");
  }

  void check(index i) const {
    const chat_example& e = examples_[i];
    if (e.full.tokens.size() != e.full.weights.size() || e.prompt_length > e.full.tokens.size())
      fail(errc::shape_mismatch, "example ", i, ": ", e.full.tokens.size(), " tokens, ",
           e.full.weights.size(), " weights, prompt of ", e.prompt_length,
           ", want as many weights as tokens and a prompt within them");
    if (e.prompt_length == 0) fail(errc::empty_data, "example ", i, ": the prompt has no tokens");
  }

  void finish(index given, const std::string& before) {
    if (examples_.empty())
      fail(errc::empty_data, before, "a dataset without examples: ", given, " chats given, ",
           dropped_.size(), " of them dropped for the length of their prompt");
    sha256 hash;
    for (const chat_example& e : examples_) {
      if (e.completion().empty()) ++without_completion_;
      hash.update_u64(e.prompt_length);
      hash.update_u64(e.full.tokens.size());
      for (index t = 0; t < e.full.tokens.size(); ++t)
        hash.update_u64(std::uint64_t{static_cast<std::uint32_t>(e.full.tokens[t])} << 32 |
                        std::bit_cast<std::uint32_t>(e.full.weights[t]));
    }
    fingerprint_ = first_u64(hash.digest());
  }

  std::vector<chat_example> examples_;
  std::vector<index> dropped_;
  index cut_ = 0;
  index without_completion_ = 0;
  std::uint64_t fingerprint_ = 0;
};

}  // namespace gkd::inline v0
