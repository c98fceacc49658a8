// SPDX-License-Identifier: Apache-2.0
// The rows of a batch as losses and measures see them: one row of logits for each, and a place in
// the batch that an error can name.
#pragma once

#include <gkd/core/batch.hpp>
#include <gkd/core/memory.hpp>

#include <string>       // string
#include <string_view>  // string_view

namespace gkd::inline v0::detail {

/// "sequence 3, position 17" for row n of a batch whose first sequence has number `first`.
inline std::string row_place(const token_batch& batch, index n, index first = 0) {
  const index b = batch.sequence_of_row(n);
  return concat("sequence ", first + b, ", position ", batch.rows()[n] - batch.offsets()[b]);
}

/// Throws shape_mismatch unless there is a row of at least `vocab` columns for each of the batch,
/// in memory.
template <class View>
void check_logits(const View& logits, const token_batch& batch, index vocab,
                  std::string_view whose) {
  if (logits.rows != batch.rows().size() || logits.cols < vocab)
    fail(errc::shape_mismatch, whose, " logits are (", logits.rows, ", ", logits.cols, "), want (",
         batch.rows().size(), ", >= ", vocab, ")");
  check_memory(concat(whose, " logits"), logits);
}

/// Throws vocabulary_mismatch for a label outside [0, vocab). A row of weight 0, as a prompt has
/// one, need not have a label.
inline void check_targets(const token_batch& batch, index vocab, index first = 0) {
  for (index n = 0; n < batch.rows().size(); ++n) {
    const token label = batch.targets()[n];
    if (batch.weights()[n] > 0.0f && (label < 0 || static_cast<index>(label) >= vocab))
      fail(errc::vocabulary_mismatch, "the label of ", row_place(batch, n, first), " is ", label,
           ", want 0 <= id < ", vocab);
  }
}

}  // namespace gkd::inline v0::detail
