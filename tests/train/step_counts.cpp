// SPDX-License-Identifier: Apache-2.0
#include <gkd/train/step_counts.hpp>

#include "support/catch.hpp"

using namespace gkd;

TEST_CASE("The counts of a step, by hand") {
  token_batch first, second;
  first.add({{1, 2, 3}, {0, 1, 0.5f}, origin::student});
  first.add({{4, 5}, {1, 0}, origin::dataset});  // nothing to learn from
  second.add({{6, 7}, {0, 2}, origin::replay});
  second.add({{8, 9, 1, 2}, {0, 0, 0, 1}, origin::student});
  const std::vector<token_batch> batches{first, second};
  const detail::step_counts counts(batches);
  CHECK(counts.in_loss().weight == 4.5);
  CHECK(counts.in_loss().sequences == 3);
  CHECK(counts.sequences() == 4);
  CHECK(counts.tokens() == 11);
  CHECK(counts.student_fraction() == 0.5);
}

TEST_CASE("Counts of nothing are 0, their share too; added up they are those of all") {
  detail::step_counts none;
  CHECK(none.in_loss().weight == 0.0);
  CHECK(none.student_fraction() == 0.0);
  for (double& n : none.numbers()) n += 2.0;
  CHECK(none.tokens() == 2.0);
  CHECK(none.student_fraction() == 1.0);
}
