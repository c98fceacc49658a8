// SPDX-License-Identifier: Apache-2.0
// The byte-pair encoding of SentencePiece as Llama 2 and llama2.c use it. Pieces have scores; in a
// text of single characters, the neighbours whose joint piece scores best are merged, the leftmost
// of equals first, until no pair is a piece. Characters that are no piece become byte tokens.
//
//   encode  a space is put before the text (none before an empty one); no BOS is added
//   decode  <0x0A> is the byte; directly after BOS a piece loses its leading space
// So decode(BOS + encode(text)) is text.
// Source: karpathy/llama2.c, run.c, encode and decode; with a heap instead of its repeated search,
// O(n log n) instead of O(n^2).
#pragma once

#include <gkd/core/math.hpp>
#include <gkd/text/tokenizer.hpp>

#include <array>          // array
#include <queue>          // priority_queue
#include <string>         // string
#include <string_view>    // string_view
#include <unordered_map>  // unordered_map
#include <utility>        // move
#include <vector>         // vector

namespace gkd::inline v0 {

/// Ids of the control tokens. Models of llama2.c separate texts by BOS alone: eos = 1 for them.
struct sentencepiece_controls {
  token unk = 0;
  token bos = 1;
  token eos = 2;
};

class sentencepiece_bpe {
 public:
  /// Pieces by id, with a space where SentencePiece writes U+2581. Throws shape_mismatch unless
  /// there are as many scores, non_finite for a score that is no number; bad_format when a piece is
  /// there twice or one of the byte tokens <0x00> to <0xFF> is missing; bad_argument for a control
  /// id that is no piece.
  sentencepiece_bpe(std::vector<std::string> pieces, std::vector<float> scores,
                    sentencepiece_controls controls = {})
      : pieces_(std::move(pieces)), scores_(std::move(scores)), controls_(controls) {
    if (pieces_.size() != scores_.size())
      fail(errc::shape_mismatch, "a vocabulary of ", pieces_.size(), " pieces with ",
           scores_.size(), " scores, want one for each");
    for (token id : {controls_.unk, controls_.bos, controls_.eos})
      if (id < 0 || static_cast<index>(id) >= pieces_.size())
        fail(errc::bad_argument, "control token ", id, " in a vocabulary of ", pieces_.size(),
             ", want 0 <= id < ", pieces_.size());
    byte_value_.assign(pieces_.size(), -1);
    byte_ids_.fill(-1);
    for (index i = 0; i < pieces_.size(); ++i) {
      if (!math::is_finite(scores_[i]))
        fail(errc::non_finite, "piece ", in_quotes(pieces_[i]), " has the score ", scores_[i],
             ", want a finite number");
      add(static_cast<token>(i));
    }
    for (int byte = 0; byte < 256; ++byte)
      if (byte_ids_[static_cast<index>(byte)] < 0)
        fail(errc::bad_format, "a vocabulary without the byte token ", byte_name(byte),
             ", want all of <0x00> to <0xFF>");
  }

  std::vector<token> encode(std::string_view text) const {
    if (text.empty()) return {};
    const std::string spaced = concat(" ", text);
    std::vector<symbol> symbols = characters(spaced);
    merge(symbols, spaced);
    std::vector<token> ids;
    for (index i = 0; i < symbols.size(); i = symbols[i].next) {
      const symbol& s = symbols[i];
      if (s.id >= 0)
        ids.push_back(s.id);
      else
        for (index at = s.begin; at < s.begin + s.length; ++at)
          ids.push_back(byte_ids_[static_cast<unsigned char>(spaced[at])]);
    }
    return ids;
  }

  /// Control tokens leave no text. Throws vocabulary_mismatch for an id that is no token.
  std::string decode(std::span<const token> ids) const {
    std::string text;
    bool after_bos = false;
    for (token id : ids) {
      if (id < 0 || static_cast<index>(id) >= pieces_.size())
        fail(errc::vocabulary_mismatch, "token id ", id, " in a text to decode, want 0 <= id < ",
             pieces_.size());
      std::string_view piece = pieces_[static_cast<index>(id)];
      const int byte = byte_value_[static_cast<index>(id)];
      if (byte >= 0)
        text += static_cast<char>(byte);
      else if (!is_control(id))
        text += after_bos && piece.starts_with(' ') ? piece.substr(1) : piece;
      after_bos = id == controls_.bos;
    }
    return text;
  }

  /// "<unk>", "<s>" and "</s>".
  std::optional<token> control_id(std::string_view name) const {
    if (name == "<unk>") return controls_.unk;
    if (name == "<s>") return controls_.bos;
    if (name == "</s>") return controls_.eos;
    return std::nullopt;
  }
  index vocab_size() const { return pieces_.size(); }
  token bos() const { return controls_.bos; }
  token eos() const { return controls_.eos; }

 private:
  // a stretch of the text that is one piece, or a character that is none (id -1); a linked list
  struct symbol {
    index begin, length;
    token id;
    index previous, next;
  };
  struct candidate {
    float score;
    index left, right;  // symbols
    index length;       // of the joint piece: tells whether both are still what they were
    token id;
    // the heap's top has the best score, the leftmost of equals
    friend bool operator<(const candidate& a, const candidate& b) {
      return a.score != b.score ? a.score < b.score : a.left > b.left;
    }
  };
  struct text_hash {
    using is_transparent = void;
    index operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  static constexpr index none = static_cast<index>(-1);

  static std::string byte_name(int byte) {
    char name[8];
    std::snprintf(name, sizeof name, "<0x%02X>", static_cast<unsigned>(byte) & 0xffu);
    return name;
  }
  bool is_control(token id) const {
    return id == controls_.unk || id == controls_.bos || id == controls_.eos;
  }

  // the byte that a piece such as "<0x0A>" stands for, -1 for other pieces
  static int byte_of(std::string_view piece) {
    if (piece.size() != 6 || !piece.starts_with("<0x")) return -1;
    for (int byte = 0; byte < 256; ++byte)
      if (piece == byte_name(byte)) return byte;
    return -1;
  }

  // Only ordinary pieces can be found in a text: "<s>" or "<0x41>" written out becomes none.
  void add(token id) {
    if (is_control(id)) return;
    const std::string& piece = pieces_[static_cast<index>(id)];
    const int byte = byte_of(piece);
    const token before = byte >= 0 ? byte_ids_[static_cast<index>(byte)] : find(piece);
    if (before >= 0)
      fail(errc::bad_format, "piece ", in_quotes(piece), " is in the vocabulary twice, as ", before,
           " and ", id);
    byte_value_[static_cast<index>(id)] = byte;
    if (byte >= 0)
      byte_ids_[static_cast<index>(byte)] = id;
    else
      ids_.emplace(piece, id);
  }
  token find(std::string_view piece) const {
    const auto found = ids_.find(piece);
    return found == ids_.end() ? -1 : found->second;
  }

  // UTF-8 characters: a byte and up to three bytes 10xxxxxx after it; the space that encode puts
  // before the text is one of its own
  std::vector<symbol> characters(std::string_view text) const {
    const auto continues = [&](index i) {
      return i < text.size() && (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80;
    };
    std::vector<symbol> symbols;
    for (index begin = 0; begin < text.size();) {
      index length = 1;
      while (begin > 0 && length < 4 && continues(begin + length)) ++length;
      const index i = symbols.size();
      symbols.push_back(
          {begin, length, find(text.substr(begin, length)), i == 0 ? none : i - 1, i + 1});
      begin += length;
    }
    return symbols;
  }

  void merge(std::vector<symbol>& symbols, std::string_view text) const {
    std::priority_queue<candidate> heap;
    const auto consider = [&](index left, index right) {
      if (left == none || right >= symbols.size()) return;
      const symbol& a = symbols[left];
      const symbol& b = symbols[right];
      if (a.id < 0 || b.id < 0) return;
      const token id = find(text.substr(a.begin, a.length + b.length));
      if (id >= 0)
        heap.push({scores_[static_cast<index>(id)], left, right, a.length + b.length, id});
    };
    for (index i = 0; i + 1 < symbols.size(); ++i) consider(i, i + 1);
    while (!heap.empty()) {
      const candidate best = heap.top();
      heap.pop();
      symbol& a = symbols[best.left];
      symbol& b = symbols[best.right];
      if (a.length == 0 || b.length == 0 || a.length + b.length != best.length) continue;
      a.length = best.length;
      a.id = best.id;
      a.next = b.next;
      b.length = 0;
      if (a.next < symbols.size()) symbols[a.next].previous = best.left;
      consider(a.previous, best.left);
      consider(best.left, a.next);
    }
  }

  std::vector<std::string> pieces_;  // (V)
  std::vector<float> scores_;        // (V)
  sentencepiece_controls controls_;
  std::unordered_map<std::string, token, text_hash, std::equal_to<>> ids_;
  std::array<token, 256> byte_ids_;  // of each byte
  std::vector<int> byte_value_;      // (V), -1 for pieces that are text
};

}  // namespace gkd::inline v0
