// SPDX-License-Identifier: Apache-2.0
// A model with a row of logits for each last token: everything about it is known.
#pragma once

#include <gkd/core/batch.hpp>
#include <gkd/core/tensor.hpp>

#include <algorithm>  // max
#include <vector>     // vector

template <class T = float>
struct fixed_model {
  std::vector<std::vector<T>> table;  // (V, columns)
  gkd::index largest_batch = 0;
  std::vector<T> scores{};

  gkd::index vocab_size() const { return table[0].size(); }
  gkd::matrix_view<T> logits(const gkd::token_batch& batch) {
    scores.clear();
    for (gkd::index n = 0; n < batch.rows().size(); ++n) {
      const auto& row = table[static_cast<gkd::index>(batch.context(n).back())];
      scores.insert(scores.end(), row.begin(), row.end());
    }
    largest_batch = std::max(largest_batch, batch.size());
    return {scores.data(), batch.rows().size(), vocab_size()};
  }
};
