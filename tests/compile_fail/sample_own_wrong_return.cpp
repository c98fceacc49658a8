// SPDX-License-Identifier: Apache-2.0
// A model that samples by itself and gives tokens where sequences are wanted.
// expect: gkd: a model that samples by itself needs  std::vector<sequence> sample(const
// expect: Prompts& prompts, const generation_options& options)
#include <gkd/sample/generate.hpp>

#if GKD_TWIN
using answers = std::vector<gkd::sequence>;
#else
using answers = std::vector<gkd::token>;
#endif

struct model {
  float scores[2] = {};
  gkd::index vocab_size() const { return 2; }
  gkd::matrix_view<float> logits(const gkd::token_batch&) { return {scores, 1, 2}; }
  answers sample(const auto&, const gkd::generation_options&) { return {}; }
};

auto answer(model& m) {
  const std::vector<std::vector<gkd::token>> prompts{{1}};
  return gkd::generate(m, prompts, {.max_new_tokens = 1});
}
