// SPDX-License-Identifier: Apache-2.0
// A mixture of a source and of what gives no batches.
// expect: gkd: a data source needs  std::optional<token_batch> next(auto& student, const
// expect: batch_request& request)
#include <gkd/data/mixture.hpp>

#include "trainer_parts.hpp"

struct stream {
#if GKD_TWIN
  std::optional<gkd::token_batch> next(auto&, const gkd::batch_request&) { return std::nullopt; }
#else
  std::optional<gkd::token_batch> following() { return std::nullopt; }
#endif
};

void train(parts::model& student, parts::dataset& data) {
  gkd::trainer t{student,
                 parts::model{},
                 gkd::forward_kl{},
                 gkd::mixture{stream{}, gkd::fixed{data}, 0.5},
                 gkd::sgd{},
                 gkd::training_options{.max_steps = 1}};
  t.train();
}
