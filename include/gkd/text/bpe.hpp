// SPDX-License-Identifier: Apache-2.0
// Byte-pair encoding by merges. A word begins as the tokens of its bytes; again and again the
// neighbours whose merge stands first in the list are joined, the leftmost of equals first, until
// no two neighbours have a merge.
//
//   merges  0: h e -> he   1: l l -> ll   2: he ll -> hell        "hello" becomes  hell o
//
// Short words are searched for their first merge each time; long ones keep their merges in a heap,
// which is O(n log n): no text, however long without a break, takes quadratic time.
// Source: Sennrich et al. 2016, algorithm 1; byte-level as in GPT-2; ties as in Hugging Face's
// tokenizers.
#pragma once

#include <gkd/core/error.hpp>

#include <algorithm>    // copy, lower_bound, sort
#include <array>        // array
#include <cstdint>      // uint32_t
#include <functional>   // greater
#include <limits>       // numeric_limits
#include <queue>        // priority_queue
#include <span>         // span
#include <string_view>  // string_view
#include <tuple>        // tie
#include <vector>       // vector

namespace gkd::inline v0 {

/// Two neighbours and the token they become. Its rank is its place in the list of merges.
struct bpe_merge {
  token left = -1;
  token right = -1;
  token joined = -1;
};

/// The tokens of the 256 bytes; -1 for a byte that the vocabulary does not have.
using byte_tokens = std::array<token, 256>;

/// What stands for bytes without a token.
struct bpe_unknown {
  token id = -1;      ///< -1: nothing, such bytes are lost
  bool fuse = false;  ///< one token for a run of such bytes, not one for each
};

class bpe {
 public:
  /// A pair that is listed twice has the later rank, as in Hugging Face; a merge with an id below 0
  /// takes part in nothing but keeps its rank. Throws bad_argument for more than 2^32 - 2 merges.
  bpe(const byte_tokens& bytes, std::span<const bpe_merge> merges) : bytes_(bytes) {
    if (merges.size() >= no_merge)
      fail(errc::bad_argument, merges.size(), " merges, want fewer than 2^32 - 1");
    struct ranked {
      token left;
      follower right;
    };
    std::vector<ranked> sorted;
    for (index rank = 0; rank < merges.size(); ++rank) {
      const bpe_merge& m = merges[rank];
      joined_.push_back(m.joined);
      if (m.left >= 0 && m.right >= 0 && m.joined >= 0)
        sorted.push_back({m.left, {m.right, static_cast<std::uint32_t>(rank)}});
    }
    std::sort(sorted.begin(), sorted.end(), [](const ranked& a, const ranked& b) {
      return std::tie(a.left, a.right.id, a.right.rank) <
             std::tie(b.left, b.right.id, b.right.rank);
    });
    for (index i = 0; i < sorted.size(); ++i) {
      const bool again = i + 1 < sorted.size() && sorted[i].left == sorted[i + 1].left &&
                         sorted[i].right.id == sorted[i + 1].right.id;
      if (again) continue;
      first_.resize(static_cast<index>(sorted[i].left) + 1, followers_.size());
      followers_.push_back(sorted[i].right);
    }
    first_.push_back(followers_.size());
  }

  /// Appends the tokens of a word. Throws bad_argument for one of 2^32 - 1 bytes or more.
  void encode(std::string_view word, std::vector<token>& ids, bpe_unknown unknown = {}) const {
    if (word.size() >= none)
      fail(errc::bad_argument, "a word of ", word.size(), " bytes, want fewer than 2^32 - 1");
    if (word.size() <= short_word)
      encode_short(word, ids, unknown);
    else
      encode_long(word, ids, unknown);
  }

  /// Whether the vocabulary has a token for this byte.
  bool has(unsigned char byte) const { return bytes_[byte] >= 0; }

 private:
  struct follower {
    token id;
    std::uint32_t rank;
  };
  static constexpr std::uint32_t no_merge = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::uint32_t none = no_merge;
  static constexpr index short_word = 32;

  // rank of the merge of two neighbours
  std::uint32_t rank_of(token left, token right) const {
    const auto l = static_cast<index>(left);
    if (l + 1 >= first_.size()) return no_merge;
    const follower* const begin = followers_.data() + first_[l];
    const follower* const end = followers_.data() + first_[l + 1];
    const follower* const found =
        std::lower_bound(begin, end, right, [](const follower& f, token id) { return f.id < id; });
    return found != end && found->id == right ? found->rank : no_merge;
  }

  // the tokens of the bytes, one after another
  template <class Push>
  void for_each_byte_token(std::string_view word, bpe_unknown unknown, const Push& push) const {
    bool in_run = false;  // of bytes without a token
    for (char c : word) {
      const token id = bytes_[static_cast<unsigned char>(c)];
      if (id >= 0)
        push(id);
      else if (unknown.id >= 0 && !(in_run && unknown.fuse))
        push(unknown.id);
      in_run = id < 0;
    }
  }

  void encode_short(std::string_view word, std::vector<token>& ids, bpe_unknown unknown) const {
    struct part {
      token id;
      std::uint32_t rank;  // of the merge with the next part
    };
    std::array<part, short_word> parts;
    index n = 0;
    for_each_byte_token(word, unknown, [&](token id) { parts[n++] = {id, no_merge}; });
    for (index i = 0; i + 1 < n; ++i) parts[i].rank = rank_of(parts[i].id, parts[i + 1].id);
    while (n > 1) {
      index best = 0;
      for (index i = 1; i + 1 < n; ++i)
        if (parts[i].rank < parts[best].rank) best = i;
      if (parts[best].rank == no_merge) break;
      parts[best].id = joined_[parts[best].rank];
      std::copy(parts.begin() + best + 2, parts.begin() + n, parts.begin() + best + 1);
      --n;
      parts[best].rank = best + 1 < n ? rank_of(parts[best].id, parts[best + 1].id) : no_merge;
      if (best > 0) parts[best - 1].rank = rank_of(parts[best - 1].id, parts[best].id);
    }
    for (index i = 0; i < n; ++i) ids.push_back(parts[i].id);
  }

  void encode_long(std::string_view word, std::vector<token>& ids, bpe_unknown unknown) const {
    struct symbol {  // of a linked list
      token id;
      std::uint32_t rank;  // of the merge with the next symbol
      std::uint32_t previous, next;
    };
    std::vector<symbol> symbols;
    symbols.reserve(word.size());
    for_each_byte_token(word, unknown, [&](token id) {
      const auto i = static_cast<std::uint32_t>(symbols.size());
      symbols.push_back({id, no_merge, i - 1, i + 1});
    });
    if (symbols.empty()) return;
    symbols.front().previous = none;
    symbols.back().next = none;

    // rank in the upper half, place of the left symbol in the lower: the smallest is the next merge
    std::priority_queue<std::uint64_t, std::vector<std::uint64_t>, std::greater<>> heap;
    const auto consider = [&](std::uint32_t at) {
      symbol& s = symbols[at];
      s.rank = s.next == none ? no_merge : rank_of(s.id, symbols[s.next].id);
      if (s.rank != no_merge) heap.push(std::uint64_t{s.rank} << 32 | at);
    };
    for (std::uint32_t i = 0; i < symbols.size(); ++i) consider(i);
    while (!heap.empty()) {
      const auto rank = static_cast<std::uint32_t>(heap.top() >> 32);
      const auto at = static_cast<std::uint32_t>(heap.top());
      heap.pop();
      symbol& left = symbols[at];
      if (left.rank != rank) continue;  // one of the two has been merged since
      symbol& right = symbols[left.next];
      left.id = joined_[rank];
      left.next = right.next;
      right.rank = no_merge;
      if (left.next != none) symbols[left.next].previous = at;
      consider(at);
      if (left.previous != none) consider(left.previous);
    }
    for (std::uint32_t i = 0; i != none; i = symbols[i].next) ids.push_back(symbols[i].id);
  }

  byte_tokens bytes_;
  std::vector<token> joined_;        // of each rank
  std::vector<follower> followers_;  // of each left token, in order of their ids
  std::vector<index> first_;         // followers of token t: [first_[t], first_[t + 1])
};

}  // namespace gkd::inline v0
