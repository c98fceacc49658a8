// SPDX-License-Identifier: Apache-2.0
// Byte-pair encoding by merges. A word begins as the tokens of its bytes; again and again the
// neighbours whose merge stands first in the list are joined, the leftmost of equals first, until
// no two neighbours have a merge.
//
//   merges  0: h e -> he   1: l l -> ll   2: he ll -> hell        "hello" becomes  hell o
//
// Long words are cut where no merge can cross. Short pieces are searched for their first merge each
// time; long ones keep their merges in a heap, which is O(n log n): no text, however long without a
// break, takes quadratic time.
// Source: Sennrich et al. 2016, algorithm 1; byte-level as in GPT-2, by characters as in
// SentencePiece; ties as in Hugging Face's tokenizers.
#pragma once

#include <gkd/core/error.hpp>
#include <gkd/text/bpe_alphabet.hpp>
#include <gkd/text/bpe_seams.hpp>

#include <algorithm>    // copy, lower_bound, min_element, sort
#include <array>        // array
#include <cstdint>      // uint32_t
#include <functional>   // greater
#include <limits>       // numeric_limits
#include <queue>        // priority_queue
#include <span>         // span
#include <string_view>  // string_view
#include <tuple>        // tie
#include <utility>      // move
#include <vector>       // vector

namespace gkd::inline v0 {

class bpe {
 public:
  /// A pair that is listed twice has the later rank, as in Hugging Face; a merge with an id below 0
  /// takes part in nothing but keeps its rank. Throws bad_argument for more than 2^32 - 2 merges.
  bpe(bpe_alphabet alphabet, std::span<const bpe_merge> merges)
      : alphabet_(std::move(alphabet)), seams_(merges) {
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
    const bool is_short = word.size() <= short_word;  // not worth a search for seams
    index begin = ids.size();                         // of the piece that may still grow
    alphabet_.split(word, unknown, [&](token id) {
      if (!is_short && begin < ids.size() && seams_.between(ids.back(), id)) {
        merge(ids, begin);
        begin = ids.size();
      }
      ids.push_back(id);
    });
    merge(ids, begin);
  }

  /// Whether the vocabulary has a token for this byte.
  bool has(unsigned char byte) const { return alphabet_.has(byte); }

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

  // merges what stands in ids from `begin` on
  void merge(std::vector<token>& ids, index begin) const {
    const index n = ids.size() - begin;
    if (n <= 1) return;
    const std::span<token> piece(ids.data() + begin, n);
    ids.resize(begin + (n <= short_word ? merge_short(piece) : merge_long(piece)));
  }

  // both put the tokens that remain in front, and return how many they are
  index merge_short(std::span<token> ids) const {
    std::array<std::uint32_t, short_word> ranks;  // of the merge of i with i + 1
    index n = ids.size();
    const auto rank_at = [&](index i) {
      return i + 1 < n ? rank_of(ids[i], ids[i + 1]) : no_merge;
    };
    for (index i = 0; i < n; ++i) ranks[i] = rank_at(i);
    while (n > 1) {
      const auto best = static_cast<index>(
          std::min_element(ranks.data(), ranks.data() + n - 1) - ranks.data());
      if (ranks[best] == no_merge) break;
      ids[best] = joined_[ranks[best]];
      std::copy(&ids[best] + 2, ids.data() + n, &ids[best] + 1);
      std::copy(&ranks[best] + 2, ranks.data() + n, &ranks[best] + 1);
      --n;
      ranks[best] = rank_at(best);
      if (best > 0) ranks[best - 1] = rank_at(best - 1);
    }
    return n;
  }

  index merge_long(std::span<token> ids) const {
    struct symbol {  // of a linked list
      token id;
      std::uint32_t rank;  // of the merge with the next symbol
      std::uint32_t previous, next;
    };
    std::vector<symbol> symbols;
    symbols.reserve(ids.size());
    for (token id : ids) {
      const auto i = static_cast<std::uint32_t>(symbols.size());
      symbols.push_back({id, no_merge, i - 1, i + 1});
    }
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
    index n = 0;
    for (std::uint32_t i = 0; i != none; i = symbols[i].next) ids[n++] = symbols[i].id;
    return n;
  }

  bpe_alphabet alphabet_;
  bpe_seams seams_;
  std::vector<token> joined_;        // of each rank
  std::vector<follower> followers_;  // of each left token, in order of their ids
  std::vector<index> first_;         // followers of token t: [first_[t], first_[t + 1])
};

}  // namespace gkd::inline v0
