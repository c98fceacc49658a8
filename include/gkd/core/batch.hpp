// SPDX-License-Identifier: Apache-2.0
// Ragged batches of token sequences, and the one definition of the label shift in gkd:
//
//   sequence   t_0 t_1 t_2 ... t_{L-1}     with a weight for each token as a target
//   row        position i with weight(t_{i+1}) > 0: its logits are the distribution of t_{i+1}
//              given t_0 ... t_i
//
// Only such rows exist anywhere: a model is asked for logits (N, V) of exactly the N rows, so
// prompts cost nothing in the head or the loss. Nothing is ever padded.
#pragma once

#include <gkd/core/error.hpp>

#include <algorithm>  // upper_bound
#include <limits>     // numeric_limits
#include <span>       // span
#include <vector>     // vector

namespace gkd::inline v0 {

/// Who wrote the tokens after a prompt, when they were made.
enum class origin : std::uint8_t { dataset, student, teacher };

/// Tokens and, for each, its weight as a target of learning: 0 for prompts, 1 for completions. The
/// first token has nothing before it and is never a target, whatever its weight.
struct sequence {
  std::vector<token> tokens;   // (T)
  std::vector<float> weights;  // (T)
  origin from = origin::dataset;
  bool replayed = false;  ///< made earlier, come again by `replay`
};

/// A prompt followed by a completion: weight 0 on the prompt, 1 on the completion.
inline sequence make_sequence(std::span<const token> prompt, std::span<const token> completion,
                              origin from = origin::dataset) {
  sequence s;
  s.tokens.assign(prompt.begin(), prompt.end());
  s.tokens.insert(s.tokens.end(), completion.begin(), completion.end());
  s.weights.assign(prompt.size(), 0.0f);
  s.weights.resize(s.tokens.size(), 1.0f);
  s.from = from;
  return s;
}

namespace detail {

/// Throws for what can be no sequence of a batch; `where()` names it in the error.
template <class Where>
void check_sequence(const sequence& s, const Where& where) {
  if (s.tokens.empty()) fail(errc::empty_data, where(), " has no tokens");
  if (s.tokens.size() != s.weights.size())
    fail(errc::shape_mismatch, where(), " has ", s.tokens.size(), " tokens and ", s.weights.size(),
         " weights, want as many of both");
  for (index i = 0; i < s.weights.size(); ++i)
    if (!(s.weights[i] >= 0.0f && s.weights[i] <= std::numeric_limits<float>::max()))
      fail(errc::bad_argument, where(), ", token ", i, ": weight ", s.weights[i],
           ", want a finite number >= 0");
}

}  // namespace detail

/// B sequences laid end to end, with the rows whose logits are wanted. One that was moved from is
/// empty and may be used again.
class token_batch {
 public:
  token_batch() = default;
  explicit token_batch(std::span<const sequence> sequences) {
    for (const sequence& s : sequences) add(s);
  }

  /// Appends a sequence. Throws bad_argument for a weight that is negative or not finite,
  /// shape_mismatch when tokens and weights differ in number, empty_data for no tokens.
  void add(const sequence& s) {
    detail::check_sequence(s, [&] { return concat("sequence ", size(), " of the batch"); });
    for (index i = 1; i < s.tokens.size(); ++i)
      if (s.weights[i] > 0.0f) {
        rows_.push_back(tokens_.size() + i - 1);  // the label shift
        targets_.push_back(s.tokens[i]);
        weights_.push_back(s.weights[i]);
      }
    tokens_.insert(tokens_.end(), s.tokens.begin(), s.tokens.end());
    close_sequence(s.from, s.replayed);
  }

  /// Appends a prompt whose next token is wanted: one row, at its last position, without a target.
  /// Used to sample; such rows have target -1 and weight 0.
  void add_prompt(std::span<const token> prompt) {
    if (prompt.empty()) fail(errc::empty_data, "prompt ", size(), " of the batch has no tokens");
    tokens_.insert(tokens_.end(), prompt.begin(), prompt.end());
    rows_.push_back(tokens_.size() - 1);
    targets_.push_back(-1);
    weights_.push_back(0.0f);
    close_sequence(origin::dataset, false);
  }

  /// Number of sequences, B.
  index size() const { return origins_.size(); }
  /// All tokens, sequence after sequence. (P)
  std::span<const token> tokens() const { return tokens_; }
  /// Tokens of sequence b.
  std::span<const token> tokens(index b) const {
    return tokens().subspan(offsets_[b], offsets_[b + 1] - offsets_[b]);
  }
  /// Sequence b is tokens [offsets()[b], offsets()[b + 1]). (B + 1)
  std::span<const index> offsets() const { return from_zero(offsets_); }
  /// Who wrote the tokens after the prompt of sequence b.
  origin from(index b) const { return origins_[b]; }
  /// Whether sequence b was made earlier and came again.
  bool replayed(index b) const { return replayed_[b]; }

  /// For each row of the logits, the position in tokens() after which it predicts. (N)
  std::span<const index> rows() const { return rows_; }
  /// The token that follows each row's position: the label. (N)
  std::span<const token> targets() const { return targets_; }
  /// Weight of each row in the loss, > 0; of a row of add_prompt 0. (N)
  std::span<const float> weights() const { return weights_; }
  /// Rows [row_offsets()[b], row_offsets()[b + 1]) belong to sequence b. (B + 1)
  std::span<const index> row_offsets() const { return from_zero(row_offsets_); }
  /// The sequence that row n belongs to.
  index sequence_of_row(index n) const { return containing(row_offsets(), n); }
  /// The sequence that position p of tokens() belongs to.
  index sequence_of_position(index p) const { return containing(offsets(), p); }
  /// The tokens that row n is conditioned on: t_0 ... t_i.
  std::span<const token> context(index n) const {
    const index start = offsets_[sequence_of_row(n)];
    return tokens().subspan(start, rows_[n] + 1 - start);
  }

  /// Throws vocabulary_mismatch when a token lies outside [0, vocab_size).
  void check_tokens(index vocab_size) const {
    for (index p = 0; p < tokens_.size(); ++p)
      if (tokens_[p] < 0 || static_cast<index>(tokens_[p]) >= vocab_size)
        fail(errc::vocabulary_mismatch, "sequence ", sequence_of_position(p), ", position ",
             p - offsets_[sequence_of_position(p)], ": token id ", tokens_[p],
             ", want 0 <= id < vocab_size = ", vocab_size);
  }

 private:
  static constexpr index zero = 0;
  static std::span<const index> from_zero(const std::vector<index>& offsets) {
    return offsets.empty() ? std::span(&zero, 1) : offsets;
  }
  void close_sequence(origin from, bool replayed) {
    if (offsets_.empty()) offsets_ = row_offsets_ = {0};
    offsets_.push_back(tokens_.size());
    row_offsets_.push_back(rows_.size());
    origins_.push_back(from);
    replayed_.push_back(replayed);
  }
  // the b with offsets[b] <= i < offsets[b + 1]; sequences without rows are passed over
  static index containing(std::span<const index> offsets, index i) {
    GKD_ASSERT(i < offsets.back());
    return static_cast<index>(std::upper_bound(offsets.begin(), offsets.end(), i) -
                              offsets.begin()) -
           1;
  }

  std::vector<token> tokens_;
  std::vector<index> offsets_;  // without sequences empty: so is all of a batch moved from
  std::vector<index> rows_;
  std::vector<token> targets_;
  std::vector<float> weights_;
  std::vector<index> row_offsets_;
  std::vector<origin> origins_;
  std::vector<bool> replayed_;
};

}  // namespace gkd::inline v0
