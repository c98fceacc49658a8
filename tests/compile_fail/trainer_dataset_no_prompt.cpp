// SPDX-License-Identifier: Apache-2.0
// A dataset of whole texts: nothing says where an answer begins.
// expect: gkd: a dataset needs  index size() const  and  std::span<const token> prompt(index i)
// expect: const
#include <gkd/data/on_policy.hpp>

#include "trainer_parts.hpp"

struct texts {
  gkd::index size() const { return 1; }
  const gkd::sequence& full(gkd::index) const { return text; }
#if GKD_TWIN
  std::span<const gkd::token> prompt(gkd::index) const { return std::span(text.tokens).first(1); }
#endif
  gkd::sequence text;
};

void train(parts::model& student) {
  gkd::trainer t{student, parts::model{}, gkd::forward_kl{}, gkd::on_policy{texts{}}, gkd::sgd{}};
  t.train();
}
