// SPDX-License-Identifier: Apache-2.0
// gkd's optimisers update what the student shows them, and this one shows nothing.
// expect: gkd: a trainable model needs  void parameters(auto&& visit)  that calls
// expect: visit(std::string_view name, value, gradient) with matrix or vector views
#include "trainer_parts.hpp"

struct closed {
  gkd::index vocab_size() const { return 2; }
  gkd::matrix_view<float> logits(const gkd::token_batch& batch) { return inner.logits(batch); }
  void backward(const gkd::token_batch& batch, gkd::matrix_view<const float> dlogits) {
    inner.backward(batch, dlogits);
  }
#if GKD_TWIN
  void parameters(auto&& visit) { inner.parameters(visit); }
#endif
  parts::model inner;
};

void train(closed& student) {
  gkd::trainer t{student, parts::model{}, gkd::forward_kl{}, gkd::fixed{parts::dataset{}},
                 gkd::sgd{}};
  t.train();
}
