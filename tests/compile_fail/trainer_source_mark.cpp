// SPDX-License-Identifier: Apache-2.0
// A data source with a mark to go back to and no way back.
// expect: gkd: a data source that can take back what it gave needs  void mark()  and  void
// expect: rollback()
#include "trainer_parts.hpp"

struct stream {
  std::optional<gkd::token_batch> next(auto&, const gkd::batch_request&) { return std::nullopt; }
  void mark() {}
#if GKD_TWIN
  void rollback() {}
#endif
};

void train(parts::model& student) {
  gkd::trainer t{student,  parts::model{}, gkd::forward_kl{},
                 stream{}, gkd::sgd{},     gkd::training_options{.max_steps = 1}};
  t.train();
}
