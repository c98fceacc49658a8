// SPDX-License-Identifier: Apache-2.0
// Prompts alone, where the dataset's own answers are to be learnt from.
// expect: gkd: a dataset for fixed needs  const sequence& full(index i) const
#include "trainer_parts.hpp"

struct prompts {
  gkd::index size() const { return 1; }
  std::span<const gkd::token> prompt(gkd::index) const { return text.tokens; }
#if GKD_TWIN
  const gkd::sequence& full(gkd::index) const { return text; }
#endif
  gkd::sequence text;
};

void train(parts::model& student) {
  gkd::trainer t{student, parts::model{}, gkd::forward_kl{}, gkd::fixed{prompts{}}, gkd::sgd{}};
  t.train();
}
