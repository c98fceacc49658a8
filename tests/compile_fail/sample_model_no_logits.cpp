// SPDX-License-Identifier: Apache-2.0
// Something that scores no tokens, asked for completions.
// expect: gkd: a teacher needs  matrix_view<T> logits(const token_batch& batch), T float or double
#include <gkd/sample/generate.hpp>

struct model {
  gkd::index vocab_size() const { return 2; }
#if GKD_TWIN
  gkd::matrix_view<float> logits(const gkd::token_batch&) { return {scores, 1, 2}; }
#endif
  float scores[2] = {};
};

auto answer(model& m) {
  const std::vector<std::vector<gkd::token>> prompts{{1}};
  return gkd::generate(m, prompts, {.max_new_tokens = 1});
}
