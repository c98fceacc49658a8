// SPDX-License-Identifier: Apache-2.0
// Finds the names of added tokens in a text, as Hugging Face does before it splits the rest:
// leftmost first, the longest of those that begin there. Opt-in: needs PCRE2.
//
//   "a<|im_end|>b"   a  <|im_end|>  b
//
// For text that is trusted to spell control tokens; see bpe_tokenizer::encode_with_control.
#pragma once

#include <gkd/text/regex.hpp>

#include <algorithm>    // max, partition_point, sort
#include <array>        // array
#include <optional>     // optional
#include <string>       // string
#include <string_view>  // string_view
#include <tuple>        // tie
#include <utility>      // move
#include <vector>       // vector

namespace gkd::inline v0 {

/// A token that is had by its name.
struct added_token {
  token id = -1;
  std::string content;       ///< its name, and the text it is found by
  bool special = false;      ///< decoding leaves it out
  bool lstrip = false;       ///< takes the white space before it
  bool rstrip = false;       ///< takes the white space after it
  bool normalized = false;   ///< is looked for after normalizing, by its normalized name
  bool single_word = false;  ///< is found only where no letter, digit or _ stands beside it
};

/// Bytes of a name, as it is looked for. A search may compare all of them at every byte of a text.
inline constexpr index longest_added_token = 256;

class added_token_finder {
 public:
  /// The contents are what is searched for; of equal ones the lowest id counts. None is empty.
  /// Throws bad_format for one that is too long.
  explicit added_token_finder(std::vector<added_token> tokens = {})
      : tokens_(std::move(tokens)),
        word_(R"([\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}])", "single_word") {
    std::sort(tokens_.begin(), tokens_.end(), [](const added_token& a, const added_token& b) {
      return std::tie(a.content, a.id) < std::tie(b.content, b.id);
    });
    for (const added_token& t : tokens_) {
      if (t.content.size() > longest_added_token)
        fail(errc::bad_format, "added token ", t.id, " is looked for by ", t.content.size(),
             " bytes, want at most ", longest_added_token, ": ", in_quotes(t.content));
      begins_[byte(t.content.at(0))] = true;
    }
  }

  /// Calls sink(piece, id) for every piece of the text, from left to right; id is none for text
  /// between tokens. A token's piece includes the white space that it takes.
  template <class Sink>
  void split(std::string_view text, const Sink& sink) const {
    index done = 0;
    for (index at = 0; at < text.size();) {
      const added_token* const found = begins_[byte(text[at])] ? longest_at(text, at) : nullptr;
      if (!found) {
        ++at;
        continue;
      }
      index begin = at, end = at + found->content.size();
      at = end;
      if (found->single_word && in_word(text, begin, end)) continue;
      if (found->lstrip) begin = std::max(space_before(text, begin, done), done);
      if (found->rstrip) end = space_after(text, std::max(end, done));  // up to done all is space
      if (begin >= end) continue;  // white space that the token before has taken
      if (done < begin) sink(text.substr(done, begin - done), std::optional<token>());
      sink(text.substr(begin, end - begin), std::optional<token>(found->id));
      done = end;
    }
    if (done < text.size()) sink(text.substr(done), std::optional<token>());
  }

  /// Where the white space that ends at a place begins, at `first` or after it.
  static index space_before(std::string_view text, index at, index first) {
    while (at > first) {
      const std::string_view c = character_before(text, at);
      if (!is_space(c)) break;
      at -= c.size();
    }
    return at;
  }
  /// Where the white space that begins at a place ends.
  static index space_after(std::string_view text, index at) {
    for (;;) {
      const std::string_view c = character_after(text, at);
      if (!is_space(c)) return at;
      at += c.size();
    }
  }

 private:
  static index byte(char c) { return static_cast<unsigned char>(c); }

  // The sorted names that agree with the text so far are a range, which narrows byte by byte. Where
  // the first and the last of it go on alike all do, so that a common beginning costs no search.
  const added_token* longest_at(std::string_view text, index at) const {
    const added_token* found = nullptr;
    auto begin = tokens_.begin(), end = tokens_.end();
    for (index depth = 0; begin != end; ++depth) {
      if (begin->content.size() == depth) found = &*begin;
      if (at + depth == text.size()) break;
      const index next = byte(text[at + depth]) + 1;
      const auto byte_of = [depth](const added_token& t) {  // names that have ended stand first
        return depth < t.content.size() ? byte(t.content[depth]) + 1 : 0;
      };
      if (byte_of(*begin) == next && byte_of(*(end - 1)) == next) continue;
      begin = std::partition_point(begin, end, [&](const auto& t) { return byte_of(t) < next; });
      end = std::partition_point(begin, end, [&](const auto& t) { return byte_of(t) == next; });
    }
    return found;
  }

  // the whole character that ends at a place; empty when none does
  static std::string_view character_before(std::string_view text, index at) {
    for (index length = 1; length <= 4 && length <= at; ++length) {
      const std::string_view end = text.substr(at - length, length);
      const utf8_head head = utf8_first(end);
      if (head.state == utf8_state::character) return head.length == length ? end : "";
    }
    return "";
  }
  static std::string_view character_after(std::string_view text, index at) {
    if (at == text.size()) return "";
    const utf8_head head = utf8_first(text.substr(at));
    return head.state == utf8_state::character ? text.substr(at, head.length) : "";
  }

  bool in_word(std::string_view text, index begin, index end) const {
    regex_search search(word_);
    return search.matches_at(character_before(text, begin), 0) ||
           search.matches_at(character_after(text, end), 0);
  }
  // Unicode's White_Space, 25 characters that do not change
  static bool is_space(std::string_view character) {
    if (character.empty()) return false;
    const char32_t c = utf8_first(character).code;
    return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
           c == 0x205f || c == 0x3000;
  }

  std::vector<added_token> tokens_;  // in order of their contents
  std::array<bool, 256> begins_{};   // first bytes of the contents
  regex word_;                       // Rust's \w, which decides for Hugging Face
};

}  // namespace gkd::inline v0
