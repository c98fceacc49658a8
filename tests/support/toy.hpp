// SPDX-License-Identifier: Apache-2.0
// Small data and models that several tests train: a bigram language and chats in it.
#pragma once

#include <gkd/core/batch.hpp>
#include <gkd/core/random.hpp>
#include <gkd/model/tabular.hpp>

#include <vector>

namespace toy {

/// Examples in memory: prompt of two tokens, answers of one to six.
struct dataset {
  std::vector<gkd::sequence> examples;
  gkd::index size() const { return examples.size(); }
  std::span<const gkd::token> prompt(gkd::index i) const {
    return std::span(examples[i].tokens).first(2);
  }
  const gkd::sequence& full(gkd::index i) const { return examples[i]; }
};

inline dataset ragged_dataset(gkd::index size, gkd::index vocab, std::uint64_t seed = 1) {
  dataset d;
  for (gkd::index i = 0; i < size; ++i) {
    const gkd::random_stream draw(seed, gkd::purpose::data, i);
    std::vector<gkd::token> tokens(2 + 1 + draw.below(100, 6));
    for (gkd::index t = 0; t < tokens.size(); ++t)
      tokens[t] = static_cast<gkd::token>(draw.below(t, vocab));
    d.examples.push_back(
        gkd::make_sequence(std::span(tokens).first(2), std::span(tokens).subspan(2)));
  }
  return d;
}

/// A bigram model with random logits.
template <class T = float>
gkd::tabular<T> random_bigram(gkd::index vocab, std::uint64_t seed = 5, double deviation = 1.5) {
  gkd::tabular<T> model(vocab);
  const gkd::random_stream draw(seed, gkd::purpose::weights);
  for (gkd::index i = 0; i < model.table().size(); ++i)
    model.table().data[i] = static_cast<T>(deviation * draw.normal(i));
  return model;
}

}  // namespace toy
