// SPDX-License-Identifier: Apache-2.0
// The perplexity of something that scores no tokens.
// expect: gkd: a teacher needs  matrix_view<T> logits(const token_batch& batch), T float or double
#include <gkd/eval/perplexity.hpp>

struct counter {
  gkd::index vocab_size() const { return 2; }
#if GKD_TWIN
  gkd::matrix_view<float> logits(const gkd::token_batch&) { return {scores, 1, 2}; }
#endif
  float scores[2] = {};
};

double measure(counter& model, const std::vector<gkd::sequence>& sequences) {
  return gkd::measure_perplexity(model, sequences).perplexity();
}
