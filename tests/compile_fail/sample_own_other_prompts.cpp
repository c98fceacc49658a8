// SPDX-License-Identifier: Apache-2.0
// Generators of a model's own for prompts of one type, where a data source has them as another.
// expect: gkd: a model that samples by itself needs  std::vector<sequence> sample(const Prompts&
// expect: prompts, const generation_options& options)  for prompts of any type with size() and []
#include <gkd/data/on_policy.hpp>

#include "trainer_parts.hpp"

struct server : parts::model {
#if GKD_TWIN
  template <class Prompts>
#else
  using Prompts = std::vector<std::vector<gkd::token>>;
#endif
  std::vector<gkd::sequence> sample(const Prompts& prompts, const gkd::generation_options&) {
    return std::vector<gkd::sequence>(prompts.size());
  }
};
// one more of the name, so that it has no address
struct two_servers : server {
  using server::sample;
  std::vector<gkd::sequence> sample(const gkd::token_batch&) { return {}; }
};

void answer(server& one, two_servers& two) {
  gkd::on_policy source{parts::dataset{}};
  source.next(one, {});
  source.next(two, {});
}
