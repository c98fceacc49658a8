// SPDX-License-Identifier: Apache-2.0
// A dataset in a mixture in place of the source that gives its answers.
// expect: gkd: a data source needs  std::optional<token_batch> next(auto& student, const
// expect: batch_request& request), as  fixed{dataset}  has for a dataset
#include <gkd/data/mixture.hpp>
#include <gkd/data/on_policy.hpp>

#include "trainer_parts.hpp"

#if GKD_TWIN
auto answers(parts::dataset& data) { return gkd::fixed{data}; }
#else
parts::dataset& answers(parts::dataset& data) { return data; }
#endif

void train(parts::model& student, parts::dataset& data) {
  gkd::trainer t{student,
                 parts::model{},
                 gkd::forward_kl{},
                 gkd::mixture{gkd::on_policy{data}, answers(data), 0.5},
                 gkd::sgd{},
                 gkd::training_options{.max_steps = 1}};
  t.train();
}
