// SPDX-License-Identifier: Apache-2.0
// A dataset that does not say how many examples it has.
// expect: gkd: a dataset needs  index size() const  and  std::span<const token> prompt(index i)
// expect: const
#include "trainer_parts.hpp"

struct texts {
#if GKD_TWIN
  gkd::index size() const { return 1; }
#endif
  const gkd::sequence& full(gkd::index) const { return text; }
  std::span<const gkd::token> prompt(gkd::index) const { return std::span(text.tokens).first(1); }
  gkd::sequence text;
};

void train(parts::model& student) {
  gkd::trainer t{student, parts::model{}, gkd::forward_kl{}, gkd::fixed{texts{}}, gkd::sgd{}};
  t.train();
}
