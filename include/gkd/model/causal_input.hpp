// SPDX-License-Identifier: Apache-2.0
// What a causal model has to read of a batch: of each sequence the tokens up to the last one whose
// logits are wanted. What comes after cannot change them.
//
//   batch  a b c d | e f g        rows wanted: after b, after c; after e
//   input  a b c   | e            positions 0 1 2 | 0,  rows 1 2 3
#pragma once

#include <gkd/core/batch.hpp>

#include <gkd/backend/loop/attention.hpp>

#include <vector>  // vector

namespace gkd::inline v0 {

class causal_input {
 public:
  /// The tokens of every sequence up to its last row; sequences without rows are left out.
  void read_rows(const token_batch& batch) {
    clear();
    for (index b = 0; b < batch.size(); ++b) {
      const auto rows = batch.rows().subspan(
          batch.row_offsets()[b], batch.row_offsets()[b + 1] - batch.row_offsets()[b]);
      if (rows.empty()) continue;
      const index shift = batch.offsets()[b] - tokens_.size();  // tokens left out so far
      for (index row : rows) rows_.push_back(row - shift);
      add(batch.tokens(b).first(rows.back() + 1 - batch.offsets()[b]));
    }
  }
  /// Every token; the rows are the last of each sequence.
  void read_prompts(const token_batch& prompts) {
    clear();
    for (index b = 0; b < prompts.size(); ++b) {
      add(prompts.tokens(b));
      rows_.push_back(tokens_.size() - 1);
    }
  }

  std::span<const token> tokens() const { return tokens_; }         // (P)
  std::span<const index> positions() const { return positions_; }  // (P), from 0 in every sequence
  /// The tokens that each token attends to: those of its sequence up to itself.
  std::span<const key_range> ranges() const { return ranges_; }  // (P)
  /// Where among the tokens the rows are whose logits are wanted.
  std::span<const index> rows() const { return rows_; }  // (N)

  friend bool operator==(const causal_input& a, const causal_input& b) {
    return a.tokens_ == b.tokens_ && a.positions_ == b.positions_ && a.rows_ == b.rows_;
  }

 private:
  void clear() {
    tokens_.clear();
    positions_.clear();
    ranges_.clear();
    rows_.clear();
  }
  void add(std::span<const token> tokens) {
    const index first = tokens_.size();
    tokens_.insert(tokens_.end(), tokens.begin(), tokens.end());
    for (index p = 0; p < tokens.size(); ++p) {
      positions_.push_back(p);
      ranges_.push_back({first, p + 1});
    }
  }

  std::vector<token> tokens_;
  std::vector<index> positions_;
  std::vector<key_range> ranges_;
  std::vector<index> rows_;
};

/// The last `window` keys of a range.
inline key_range newest(key_range all, index window) {
  const index count = math::min(all.count, window);
  return {all.first + all.count - count, count};
}

/// Throws context_overflow for a sequence of more than `limit` tokens.
inline void check_lengths(const token_batch& batch, index limit) {
  for (index b = 0; b < batch.size(); ++b)
    if (batch.tokens(b).size() > limit)
      fail(errc::context_overflow, "sequence ", b, " has ", batch.tokens(b).size(),
           " tokens, want at most the model's ", limit, " (max_positions)");
}

}  // namespace gkd::inline v0
