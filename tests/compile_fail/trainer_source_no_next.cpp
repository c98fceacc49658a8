// SPDX-License-Identifier: Apache-2.0
// A data source that is asked without a request, as an iterator is.
// expect: gkd: a data source needs  std::optional<token_batch> next(auto& student, const
// expect: batch_request& request)
#include "trainer_parts.hpp"

struct stream {
#if GKD_TWIN
  std::optional<gkd::token_batch> next(auto&, const gkd::batch_request&) { return std::nullopt; }
#else
  std::optional<gkd::token_batch> next() { return std::nullopt; }
#endif
};

void train(parts::model& student) {
  gkd::trainer t{student,  parts::model{}, gkd::forward_kl{},
                 stream{}, gkd::sgd{},     gkd::training_options{.max_steps = 1}};
  t.train();
}
