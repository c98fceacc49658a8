// SPDX-License-Identifier: Apache-2.0
// A student with logits of double that takes their gradient as float.
// expect: gkd: a student needs  void backward(const token_batch& batch, matrix_view<const T>
// expect: dlogits), T the number type of its logits
#include "trainer_parts.hpp"

template <class T>
struct model {
  gkd::index vocab_size() const { return 2; }
  gkd::matrix_view<double> logits(const gkd::token_batch&) { return {bias, 1, 2}; }
  void backward(const gkd::token_batch&, gkd::matrix_view<const T>) {}
  void parameters(auto&& visit) {
    visit("bias", gkd::vector_view<double>(bias, 2), gkd::vector_view<double>(gradient, 2));
  }
  double bias[2] = {}, gradient[2] = {};
};

#if GKD_TWIN
using learner = model<double>;
#else
using learner = model<float>;
#endif

void train(learner& student, model<double>& teacher, parts::dataset& data) {
  gkd::trainer t{student,          teacher,    gkd::forward_kl{},
                 gkd::fixed{data}, gkd::sgd{}, gkd::training_options{.max_steps = 1}};
  t.train();
}
