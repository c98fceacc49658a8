// SPDX-License-Identifier: Apache-2.0
// What a word is before its first merge: the tokens of its bytes (GPT-2, Llama 3, Qwen2), or those
// of its characters (SentencePiece: Llama 2, Phi-3), where a character that is no token falls back
// to the tokens of its bytes.
//
//   bytes        "é!"   c3 a9 !
//   characters   "é!"   é !            or, if é is no token,   <0xC3> <0xA9> !
#pragma once

#include <gkd/core/error.hpp>
#include <gkd/core/utf8.hpp>

#include <algorithm>    // lower_bound, sort
#include <array>        // array
#include <string_view>  // string_view
#include <utility>      // move
#include <vector>       // vector

namespace gkd::inline v0 {

/// The tokens of the 256 bytes; -1 for a byte that the vocabulary does not have.
using byte_tokens = std::array<token, 256>;

/// A character, and the token that it is.
struct character_token {
  char32_t character = 0;
  token id = -1;
};

/// What stands for bytes without a token.
struct bpe_unknown {
  token id = -1;      ///< -1: nothing, such bytes are lost
  bool fuse = false;  ///< one token for a run of such bytes, not one for each
};

class bpe_alphabet {
 public:
  /// Bytes alone.
  bpe_alphabet(const byte_tokens& bytes) : bytes_(bytes), ascii_(bytes) {}
  /// Characters, and bytes for all others. Throws bad_argument for a character that is there twice.
  bpe_alphabet(const byte_tokens& bytes, std::vector<character_token> characters)
      : bytes_(bytes), ascii_(bytes), characters_(std::move(characters)) {
    std::sort(characters_.begin(), characters_.end(), before);
    for (index i = 0; i < characters_.size(); ++i) {
      const character_token& c = characters_[i];
      if (i > 0 && characters_[i - 1].character == c.character)
        fail(errc::bad_argument, "the character ", static_cast<unsigned long>(c.character),
             " is two tokens, ", characters_[i - 1].id, " and ", c.id);
      if (c.character < 0x80) ascii_[static_cast<index>(c.character)] = c.id;
    }
  }

  /// Calls push(id) for the tokens that a word begins as, from left to right. Bytes that are no
  /// UTF-8 are bytes.
  template <class Push>
  void split(std::string_view word, bpe_unknown unknown, const Push& push) const {
    bool in_run = false;  // of bytes without a token
    const auto push_byte = [&](token id) {
      if (id >= 0)
        push(id);
      else if (unknown.id >= 0 && !(in_run && unknown.fuse))
        push(unknown.id);
      in_run = id < 0;
    };
    for (index at = 0; at < word.size();) {
      const auto lead = static_cast<unsigned char>(word[at]);
      if (lead < 0x80 || characters_.empty()) {
        push_byte(lead < 0x80 ? ascii_[lead] : bytes_[lead]);
        ++at;
        continue;
      }
      const utf8_head head = utf8_first(word.substr(at));
      const token id = head.state == utf8_state::character ? find(head.code) : -1;
      if (id >= 0) push_byte(id);
      for (index end = at + head.length; at < end; ++at)
        if (id < 0) push_byte(bytes_[static_cast<unsigned char>(word[at])]);
    }
  }

  /// Whether the vocabulary has a token for this byte.
  bool has(unsigned char byte) const { return bytes_[byte] >= 0; }

 private:
  static bool before(const character_token& a, const character_token& b) {
    return a.character < b.character;
  }
  token find(char32_t character) const {
    const auto found = std::lower_bound(characters_.begin(), characters_.end(),
                                        character_token{character, -1}, before);
    return found != characters_.end() && found->character == character ? found->id : -1;
  }

  byte_tokens bytes_;
  byte_tokens ascii_;                        // of the characters below 0x80
  std::vector<character_token> characters_;  // in order; none: the alphabet is bytes
};

}  // namespace gkd::inline v0
