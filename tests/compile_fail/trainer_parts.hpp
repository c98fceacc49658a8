// SPDX-License-Identifier: Apache-2.0
// Parts of a trainer that are right, for files that have one of them wrong.
#pragma once

#include <gkd/data/fixed.hpp>
#include <gkd/divergence/kl.hpp>
#include <gkd/optim/sgd.hpp>
#include <gkd/train/trainer.hpp>

namespace parts {

/// Two tokens, one bias for each, in plain C++.
struct model {
  gkd::index vocab_size() const { return 2; }
  gkd::matrix_view<float> logits(const gkd::token_batch&) { return {bias, 1, 2}; }
  void backward(const gkd::token_batch&, gkd::matrix_view<const float>) {}
  void parameters(auto&& visit) {
    visit("bias", gkd::vector_view<float>(bias, 2), gkd::vector_view<float>(gradient, 2));
  }
  float bias[2] = {}, gradient[2] = {};
};

struct dataset {
  gkd::index size() const { return 1; }
  std::span<const gkd::token> prompt(gkd::index) const { return std::span(text.tokens).first(1); }
  const gkd::sequence& full(gkd::index) const { return text; }
  gkd::sequence text{{0, 1}, {0, 1}};
};

struct listener {
  void on_end(const gkd::end_event&) {}
};

}  // namespace parts
