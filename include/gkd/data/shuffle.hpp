// SPDX-License-Identifier: Apache-2.0
// Shuffling by counter: the i-th example of an epoch is a pure function of (seed, epoch, i). No
// permutation is stored, so any position of any epoch is reached in O(1), also after a restart.
//
// An eight-round Feistel network permutes [0, 2^2k) >= n; what falls outside [0, n) is sent through
// again ("cycle walking"), which permutes [0, n). Less than 4 passes are expected. Below n = 17
// some orders are likelier than others, with more rounds too: docs/limits.md.
// Source: Black and Rogaway, "Ciphers with Arbitrary Finite Domains", CT-RSA 2002.
#pragma once

#include <gkd/core/error.hpp>
#include <gkd/core/random.hpp>

#include <bit>  // bit_width

namespace gkd::inline v0 {

/// Where position i of an epoch lies in the dataset: a permutation of [0, size).
/// Throws empty_data for size 0.
class shuffled_order {
 public:
  shuffled_order(index size, std::uint64_t seed, std::uint64_t epoch)
      : size_(size), seed_(seed), epoch_(epoch) {
    if (size == 0) fail(errc::empty_data, "the dataset has no examples");
    const auto bits = static_cast<int>(std::bit_width(std::uint64_t{size - 1}));
    half_bits_ = bits <= 2 ? 1 : (bits + 1) / 2;
  }
  index operator[](index i) const {
    GKD_ASSERT(i < size_);
    std::uint64_t x = i;
    do {
      x = permute(x);
    } while (x >= size_);
    return static_cast<index>(x);
  }

 private:
  std::uint64_t permute(std::uint64_t x) const {
    const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
    std::uint64_t left = x >> half_bits_, right = x & mask;
    for (std::uint32_t round = 0; round < 8; ++round) {
      const philox_block b =
          philox({{static_cast<std::uint32_t>(right), static_cast<std::uint32_t>(epoch_),
                   static_cast<std::uint32_t>(epoch_ >> 32),
                   static_cast<std::uint32_t>(purpose::shuffle) | round << 8}},
                 seed_);
      const std::uint64_t next = left ^ (b.word[0] & mask);
      left = right;
      right = next;
    }
    return left << half_bits_ | right;
  }
  index size_;
  std::uint64_t seed_, epoch_;
  int half_bits_;
};

}  // namespace gkd::inline v0
