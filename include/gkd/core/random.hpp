// SPDX-License-Identifier: Apache-2.0
// Counter-based random numbers: the n-th number of a stream is a pure function of (seed, purpose,
// id, n). Nothing is stored, so any position is reached in O(1), a resumed run draws what the
// uninterrupted one would have drawn, and host and device draw the same.
// Source: Philox4x32-10, Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as
// 1, 2, 3", SC 2011.
#pragma once

#include <gkd/core/math.hpp>

#include <cstdint>  // uint32_t, uint64_t

namespace gkd::inline v0 {

/// Four 32-bit words: a counter, or the random block that belongs to it.
struct philox_block {
  std::uint32_t word[4];
};

/// Philox4x32-10: the random block of a counter under a 64-bit key.
GKD_FN inline philox_block philox(philox_block counter, std::uint64_t key) {
  auto k0 = static_cast<std::uint32_t>(key);
  auto k1 = static_cast<std::uint32_t>(key >> 32);
  auto& c = counter.word;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53u} * c[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57u} * c[2];
    const auto next0 = static_cast<std::uint32_t>(b >> 32) ^ c[1] ^ k0;
    const auto next2 = static_cast<std::uint32_t>(a >> 32) ^ c[3] ^ k1;
    c[1] = static_cast<std::uint32_t>(b);
    c[3] = static_cast<std::uint32_t>(a);
    c[0] = next0;
    c[2] = next2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return counter;
}

/// What a stream is drawn for. Streams of different purposes never share a number.
enum class purpose : std::uint32_t {
  sampling = 1,    ///< tokens of a generated sequence; id = number of the sequence
  shuffle = 2,     ///< order of a dataset; id = epoch
  mixing = 3,      ///< on-policy or dataset (lambda); id = number of the batch or sequence
  weights = 4,     ///< initial weights; id = number of the tensor
  replay = 5,      ///< which stored sequence is replayed; id = number of the batch
  data = 6,        ///< generated data of examples and tests
  teacher = 7,     ///< tokens of a sequence that the teacher writes; id = number of its example, or
                   ///< of the sequence where it is drawn anew each time
  user = 1u << 16  ///< purposes from here on belong to the user
};

/// The numbers of one stream, by position: of 64 bits, without coming round.
class random_stream {
 public:
  GKD_FN random_stream(std::uint64_t seed, purpose use, std::uint64_t id = 0)
      : seed_(seed), id_(id), use_(use) {}

  /// The n-th uniform number in [0, 1), a multiple of 2^-53.
  GKD_FN double uniform(std::uint64_t n) const {
    const philox_block b = block(n / 2);
    const int half = static_cast<int>(n % 2) * 2;
    const std::uint64_t bits = (std::uint64_t{b.word[half]} << 32) | b.word[half + 1];
    return static_cast<double>(bits >> 11) * 0x1p-53;
  }
  /// The n-th integer in [0, bound), bound >= 1; the bias is below bound / 2^53.
  GKD_FN std::uint64_t below(std::uint64_t n, std::uint64_t bound) const {
    return static_cast<std::uint64_t>(uniform(n) * static_cast<double>(bound));
  }
  /// The n-th standard normal number, n < 2^63 (Box-Muller).
  GKD_FN double normal(std::uint64_t n) const {
    const double u = 1.0 - uniform(2 * n);  // (0, 1]
    const double angle = 6.283185307179586 * uniform(2 * n + 1);
    return math::sqrt(-2.0 * math::log(u)) * math::cos(angle);
  }

 private:
  GKD_FN philox_block block(std::uint64_t n) const {
    return philox({{static_cast<std::uint32_t>(n), static_cast<std::uint32_t>(id_),
                    static_cast<std::uint32_t>(id_ >> 32), static_cast<std::uint32_t>(use_)}},
                  key_of(static_cast<std::uint32_t>(n >> 32)));
  }
  // One word of the counter is left for n. Where it comes round, the key is another: a random one,
  // drawn for no purpose, which no stream is.
  GKD_FN std::uint64_t key_of(std::uint32_t round) const {
    if (round == 0) return seed_;
    const philox_block b = philox({{round, 0, 0, 0}}, seed_);
    return (std::uint64_t{b.word[0]} << 32) | b.word[1];
  }
  std::uint64_t seed_;
  std::uint64_t id_;
  purpose use_;
};

}  // namespace gkd::inline v0
