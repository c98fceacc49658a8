// SPDX-License-Identifier: Apache-2.0
// What gkd asks of a tokenizer, and the simplest one: a byte is a token.
//
// A vocabulary has ordinary tokens, which text is made of, and control tokens, which mark turns and
// ends. encode() gives ordinary tokens only, whatever the text says; a control token is had by its
// name. So no text, from wherever it comes, can forge a turn.
#pragma once

#include <gkd/core/error.hpp>

#include <concepts>     // convertible_to
#include <optional>     // optional
#include <span>         // span
#include <string>       // string
#include <string_view>  // string_view
#include <vector>       // vector

namespace gkd::inline v0 {

/// Where a text stands in a sequence of tokens. By default it is a text of its own.
struct text_place {
  token control_before = -1;  ///< the control token right before it; -1 if none is
  token control_after = -1;
  bool inside = false;  ///< more text stands right before it
};

namespace detail {
template <class T>
concept has_encode = requires(const T& t, std::string_view text) {
  { t.encode(text) } -> std::convertible_to<std::vector<token>>;
};
template <class T>
concept has_encode_at = requires(const T& t, std::string_view text, const text_place& place) {
  { t.encode(text, place) } -> std::convertible_to<std::vector<token>>;
};
template <class T>
concept has_decode = requires(const T& t, std::span<const token> ids) {
  { t.decode(ids) } -> std::convertible_to<std::string>;
};
template <class T>
concept has_decode_inside = requires(const T& t, std::span<const token> ids) {
  { t.decode_inside(ids) } -> std::convertible_to<std::string>;
};
template <class T>
concept has_control_id = requires(const T& t, std::string_view name) {
  { t.control_id(name) } -> std::convertible_to<std::optional<token>>;
};
template <class T>
concept has_token_count = requires(const T& t) {
  { t.vocab_size() } -> std::convertible_to<index>;
};
template <class T>
concept has_eos = requires(const T& t) {
  { t.eos() } -> std::convertible_to<token>;
};
}  // namespace detail

/// Text to tokens and back.
///   vector<token> encode(string_view text) const         ordinary tokens only
///   string decode(span<const token> ids) const           control tokens leave no text
///   optional<token> control_id(string_view name) const   none when there is no such control token
///   index vocab_size() const                             every id is below it
///   token eos() const                                    ends a sequence
/// Optional, for tokenizers that treat the beginning of a text otherwise than its inside:
///   vector<token> encode(string_view text, const text_place& place) const
///   string decode_inside(span<const token> ids) const    of tokens that follow others
template <class T>
concept tokenizer = detail::has_encode<T> && detail::has_decode<T> && detail::has_control_id<T> &&
                    detail::has_token_count<T> && detail::has_eos<T>;

template <class T>
constexpr void check_tokenizer() {
  static_assert(detail::has_encode<T>,
                "gkd: a tokenizer needs  std::vector<gkd::token> encode(std::string_view text) "
                "const  [docs/concepts.md#tokenizer]");
  static_assert(detail::has_decode<T>,
                "gkd: a tokenizer needs  std::string decode(std::span<const gkd::token> ids) "
                "const  [docs/concepts.md#tokenizer]");
  static_assert(detail::has_control_id<T>,
                "gkd: a tokenizer needs  std::optional<gkd::token> control_id(std::string_view "
                "name) const  [docs/concepts.md#tokenizer]");
  static_assert(detail::has_token_count<T>,
                "gkd: a tokenizer needs  gkd::index vocab_size() const  "
                "[docs/concepts.md#tokenizer]");
  static_assert(detail::has_eos<T>,
                "gkd: a tokenizer needs  gkd::token eos() const  [docs/concepts.md#tokenizer]");
}

/// The tokens of a text where it stands; for most tokenizers it stands everywhere alike.
template <class Tokenizer>
std::vector<token> encode_at(const Tokenizer& t, std::string_view text, const text_place& place) {
  if constexpr (detail::has_encode_at<Tokenizer>)
    return t.encode(text, place);
  else
    return t.encode(text);
}

/// Every byte is the token of its value; control tokens follow from id 256 on, in the order given.
/// decode(encode(text)) is text, for every string of bytes.
class byte_tokenizer {
 public:
  /// The control tokens of ChatML; "<|im_end|>" ends a sequence.
  byte_tokenizer() : byte_tokenizer({"<|im_start|>", "<|im_end|>"}, "<|im_end|>") {}
  /// Throws bad_argument for names that are empty or equal, or when `eos` is not one of them.
  byte_tokenizer(std::vector<std::string> control, std::string_view eos)
      : control_(std::move(control)) {
    for (index i = 0; i < control_.size(); ++i) {
      if (control_[i].empty()) fail(errc::bad_argument, "control token ", i, " has no name");
      if (*control_id(control_[i]) != id_of(i))
        fail(errc::bad_argument, "control token ", in_quotes(control_[i]), " is named twice");
    }
    const std::optional<token> id = control_id(eos);
    if (!id)
      fail(errc::bad_argument, "end of sequence ", in_quotes(eos), " is none of the ",
           control_.size(), " control tokens given");
    eos_ = *id;
  }

  std::vector<token> encode(std::string_view text) const {
    std::vector<token> ids(text.size());
    for (index i = 0; i < text.size(); ++i) ids[i] = static_cast<unsigned char>(text[i]);
    return ids;
  }
  /// Control tokens leave no text. Throws vocabulary_mismatch for an id that is no token.
  std::string decode(std::span<const token> ids) const { return decode(ids, false); }
  /// As decode, with the names of control tokens in their places: for logs and eyes.
  std::string decode_with_control(std::span<const token> ids) const { return decode(ids, true); }

  std::optional<token> control_id(std::string_view name) const {
    for (index i = 0; i < control_.size(); ++i)
      if (control_[i] == name) return id_of(i);
    return std::nullopt;
  }
  index vocab_size() const { return 256 + control_.size(); }
  token eos() const { return eos_; }

 private:
  static token id_of(index control) { return static_cast<token>(256 + control); }

  std::string decode(std::span<const token> ids, bool with_control) const {
    std::string text;
    for (token id : ids) {
      if (id < 0 || static_cast<index>(id) >= vocab_size())
        fail(errc::vocabulary_mismatch, "token id ", id, " in a text to decode, want 0 <= id < ",
             vocab_size());
      if (id < 256)
        text += static_cast<char>(id);
      else if (with_control)
        text += control_[static_cast<index>(id) - 256];
    }
    return text;
  }

  std::vector<std::string> control_;
  token eos_ = 0;
};

}  // namespace gkd::inline v0
