// SPDX-License-Identifier: Apache-2.0
// A dataset that makes its prompts when asked: a view of what it returns would be of freed memory.
// expect: gkd: prompt(index i) of a dataset needs to refer to the dataset's own memory, as a span
// expect: or a reference
#include <gkd/data/on_policy.hpp>

#include <vector>

struct questions {
  std::vector<gkd::token> first{1, 2};
  gkd::index size() const { return 1; }
#if GKD_TWIN
  const std::vector<gkd::token>& prompt(gkd::index) const { return first; }
#else
  std::vector<gkd::token> prompt(gkd::index) const { return first; }
#endif
};

gkd::on_policy source{questions{}};
