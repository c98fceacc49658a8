// SPDX-License-Identifier: Apache-2.0
// A replay of a source that gives whole batches alone: it keeps single sequences.
// expect: gkd: a source to replay needs  std::vector<sequence> sequences(auto& student, const
// expect: batch_request& request, std::span<const index> members)
#include <gkd/data/replay.hpp>

#include "trainer_parts.hpp"

struct stream {
  std::optional<gkd::token_batch> next(auto&, const gkd::batch_request&) { return std::nullopt; }
#if GKD_TWIN
  std::vector<gkd::sequence> sequences(auto&, const gkd::batch_request&,
                                       std::span<const gkd::index> members) {
    return std::vector<gkd::sequence>(members.size());
  }
#endif
};

void train(parts::model& student) {
  gkd::trainer t{student,           parts::model{},
                 gkd::forward_kl{}, gkd::replay{stream{}},
                 gkd::sgd{},        gkd::training_options{.max_steps = 1}};
  t.train();
}
