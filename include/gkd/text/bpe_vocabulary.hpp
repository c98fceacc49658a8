// SPDX-License-Identifier: Apache-2.0
// The tokens of a BPE vocabulary: what bytes an id stands for, and which id bytes have.
//
//   ordinary   a piece of text; text becomes these and no others
//   byte       a byte of a character that is no token: text becomes these too
//   added      had by its name, never found in text; decoding gives its name
//   control    the same, but decoding gives nothing
// Ids may have holes: they stand for nothing.
#pragma once

#include <gkd/core/error.hpp>

#include <algorithm>    // lower_bound, sort
#include <cstdint>      // uint8_t
#include <optional>     // optional
#include <string>       // string
#include <string_view>  // string_view
#include <vector>       // vector

namespace gkd::inline v0 {

enum class token_kind : std::uint8_t {
  none,      ///< a hole
  ordinary,  ///< a piece of text
  byte,      ///< a byte, beside an ordinary token of the same text
  foreign,   ///< in the vocabulary, but no text leads to it
  added,     ///< by name only; leaves its name when decoded
  control,   ///< by name only; leaves nothing when decoded
};

struct bpe_vocabulary_entry {
  token id = -1;
  std::string text;  ///< bytes of an ordinary token, name of another
  token_kind kind = token_kind::ordinary;
};

class bpe_vocabulary {
 public:
  /// Ids below this bound only: a file cannot ask for more memory than 4,194,304 tokens take.
  static constexpr token max_size = 1 << 22;

  bpe_vocabulary() = default;
  /// Throws bad_format, naming `where`, for an id outside [0, max_size), an id or an ordinary text
  /// that is there twice, and for a token without text that is not foreign.
  bpe_vocabulary(std::vector<bpe_vocabulary_entry> entries, std::string_view where) {
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });
    for (index i = 0; i < entries.size(); ++i) {
      const bpe_vocabulary_entry& e = entries[i];
      if (e.id < 0 || e.id >= max_size)
        fail(errc::bad_format, where, ": token ", in_quotes(e.text), " has the id ", e.id,
             ", want 0 <= id < ", max_size);
      if (e.text.empty() && e.kind != token_kind::foreign)
        fail(errc::bad_format, where, ": token ", e.id, " has no text");
      if (i > 0 && entries[i - 1].id == e.id)
        fail(errc::bad_format, where, ": id ", e.id, " belongs to two tokens, ",
             in_quotes(entries[i - 1].text), " and ", in_quotes(e.text));
      kinds_.resize(static_cast<index>(e.id), token_kind::none);
      kinds_.push_back(e.kind);
      ends_.resize(static_cast<index>(e.id), texts_.size());
      texts_ += e.text;
      ends_.push_back(texts_.size());
      if (e.kind == token_kind::ordinary) by_text_.push_back(e.id);
    }
    std::sort(by_text_.begin(), by_text_.end(),
              [&](token a, token b) { return text(a) < text(b); });
    for (index i = 1; i < by_text_.size(); ++i)
      if (text(by_text_[i - 1]) == text(by_text_[i]))
        fail(errc::bad_format, where, ": tokens ", by_text_[i - 1], " and ", by_text_[i],
             " have the same text ", in_quotes(text(by_text_[i])));
  }

  /// One more than the largest id, V.
  index size() const { return kinds_.size(); }
  token_kind kind(token id) const { return kinds_[static_cast<index>(id)]; }
  /// Bytes of an ordinary token, name of another, nothing for a hole. Lives as long as this does.
  std::string_view text(token id) const {
    const auto i = static_cast<index>(id);
    const index begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(texts_).substr(begin, ends_[i] - begin);
  }
  /// The ordinary token that stands for exactly these bytes.
  std::optional<token> find(std::string_view bytes) const {
    const auto found = std::lower_bound(by_text_.begin(), by_text_.end(), bytes,
                                        [&](token id, std::string_view b) { return text(id) < b; });
    if (found == by_text_.end() || text(*found) != bytes) return std::nullopt;
    return *found;
  }

 private:
  std::string texts_;              // one after another
  std::vector<index> ends_;        // (V)
  std::vector<token_kind> kinds_;  // (V)
  std::vector<token> by_text_;     // the ordinary tokens, in order of their bytes
};

}  // namespace gkd::inline v0
