// SPDX-License-Identifier: Apache-2.0
// Something that scores no tokens, measured against a model.
// expect: gkd: a teacher needs  matrix_view<T> logits(const token_batch& batch), T float or double
#include <gkd/divergence/kl.hpp>
#include <gkd/eval/mean_divergence.hpp>

struct model {
  gkd::index vocab_size() const { return 2; }
  gkd::matrix_view<float> logits(const gkd::token_batch&) { return {scores, 1, 2}; }
  float scores[2] = {};
};

struct counter {
  gkd::index vocab_size() const { return 2; }
#if GKD_TWIN
  gkd::matrix_view<float> logits(const gkd::token_batch&) { return {scores, 1, 2}; }
#endif
  float scores[2] = {};
};

double measure(model& student, counter& teacher, const std::vector<gkd::sequence>& sequences) {
  return gkd::mean_divergence(gkd::forward_kl{}, student, teacher, sequences);
}
