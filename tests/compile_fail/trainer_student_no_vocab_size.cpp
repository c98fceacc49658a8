// SPDX-License-Identifier: Apache-2.0
// A student that does not say how large its vocabulary is.
// expect: gkd: a student needs  index vocab_size() const
#include "trainer_parts.hpp"

struct unsized {
#if GKD_TWIN
  gkd::index vocab_size() const { return 2; }
#endif
  gkd::matrix_view<float> logits(const gkd::token_batch& batch) { return inner.logits(batch); }
  void backward(const gkd::token_batch& batch, gkd::matrix_view<const float> dlogits) {
    inner.backward(batch, dlogits);
  }
  void parameters(auto&& visit) { inner.parameters(visit); }
  parts::model inner;
};

void train(unsized& student) {
  gkd::trainer t{student, parts::model{}, gkd::forward_kl{}, gkd::fixed{parts::dataset{}},
                 gkd::sgd{}};
  t.train();
}
