// SPDX-License-Identifier: Apache-2.0
// A model that fills a cache and cannot go on from it.
// expect: gkd: a cached model needs both  matrix_view<T> prefill(const token_batch& prompts)
// expect: and  matrix_view<T> decode(std::span<const index> slots, std::span<const token> next)
#include <gkd/sample/generate.hpp>

struct model {
  float scores[2] = {};
  gkd::index vocab_size() const { return 2; }
  gkd::matrix_view<float> logits(const gkd::token_batch&) { return {scores, 1, 2}; }
  gkd::matrix_view<float> prefill(const gkd::token_batch&) { return {scores, 1, 2}; }
#if GKD_TWIN
  gkd::matrix_view<float> decode(std::span<const gkd::index>, std::span<const gkd::token>) {
    return {scores, 1, 2};
  }
#endif
};

auto answer(model& m) {
  const std::vector<std::vector<gkd::token>> prompts{{1}};
  return gkd::generate(m, prompts, {.max_new_tokens = 1});
}
