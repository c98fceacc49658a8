// SPDX-License-Identifier: Apache-2.0
// Places in a word that no merge can cross, so that a word of a whole book is many short ones.
//
//   merges   h e -> he   he y -> hey   ▁ h -> ▁h          "hey▁hey"  =  hey | ▁hey
//
// A merge of two tokens across a place has a left one that ends with the first token before the
// place, and a right one that begins with the first token after it. Tokens that end alike are one
// class (a joined token ends as its right half does), tokens that begin alike another; a place is
// a seam if no merge has a left half of the one class and a right half of the other. Cutting at
// seams changes no token. SentencePiece needs it: its spaces are letters of the word, and the whole
// text is one.
#pragma once

#include <gkd/core/error.hpp>

#include <algorithm>  // max
#include <bit>        // bit_ceil
#include <cstdint>    // uint32_t, uint64_t
#include <span>       // span
#include <vector>     // vector

namespace gkd::inline v0 {

/// Two neighbours and the token they become. Its rank is its place in the list of merges.
struct bpe_merge {
  token left = -1;
  token right = -1;
  token joined = -1;
};

class bpe_seams {
 public:
  /// Merges with an id below 0 take part in nothing.
  explicit bpe_seams(std::span<const bpe_merge> merges) {
    token last = -1;
    const auto counts = [](const bpe_merge& m) {
      return m.left >= 0 && m.right >= 0 && m.joined >= 0;
    };
    for (const bpe_merge& m : merges)
      if (counts(m)) last = std::max({last, m.left, m.right, m.joined});
    for (class_of* classes : {&ends_, &begins_})
      for (token id = 0; id <= last; ++id) classes->push_back(static_cast<std::uint32_t>(id));
    for (const bpe_merge& m : merges) {
      if (!counts(m)) continue;
      unite(ends_, m.joined, m.right);
      unite(begins_, m.joined, m.left);
    }
    for (class_of* classes : {&ends_, &begins_})
      for (index id = 0; id < classes->size(); ++id)
        (*classes)[id] = root(*classes, static_cast<std::uint32_t>(id));
    crossed_.resize(std::bit_ceil(merges.size() / 4 + 1));  // at least 16 bits for each merge
    for (const bpe_merge& m : merges) {
      if (!counts(m)) continue;
      const std::uint64_t bit = hash(m.left, m.right);
      crossed_[word_of(bit)] |= std::uint64_t{1} << (bit & 63);
    }
  }

  /// Whether no merge joins what ends with the token `left` to what begins with the token `right`.
  /// True for certain; now and then false where it could be true.
  bool between(token left, token right) const {
    if (static_cast<index>(left) >= ends_.size() || static_cast<index>(right) >= ends_.size())
      return true;  // one of them is in no merge
    const std::uint64_t bit = hash(left, right);
    return (crossed_[word_of(bit)] >> (bit & 63) & 1) == 0;
  }

 private:
  using class_of = std::vector<std::uint32_t>;  // of each token, another of its class or itself

  static std::uint32_t root(class_of& of, std::uint32_t id) {
    while (of[id] != id) id = of[id] = of[of[id]];
    return id;
  }
  static void unite(class_of& of, token a, token b) {
    const std::uint32_t x = root(of, static_cast<std::uint32_t>(a));
    const std::uint32_t y = root(of, static_cast<std::uint32_t>(b));
    of[std::max(x, y)] = std::min(x, y);
  }
  // a bit of crossed_, by the classes of both
  std::uint64_t hash(token left, token right) const {
    const std::uint64_t pair =
        std::uint64_t{ends_[static_cast<index>(left)]} << 32 | begins_[static_cast<index>(right)];
    return pair * 0x9e3779b97f4a7c15u >> 20;
  }
  index word_of(std::uint64_t bit) const { return (bit >> 6) & (crossed_.size() - 1); }

  class_of ends_, begins_;              // by token, once built the class's least
  std::vector<std::uint64_t> crossed_;  // a bit for the classes of each merge's halves
};

}  // namespace gkd::inline v0
