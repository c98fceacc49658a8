// SPDX-License-Identifier: Apache-2.0
#include <gkd/data/on_policy.hpp>
#include <gkd/data/replay.hpp>
#include <gkd/train/step_counts.hpp>

#include "support/catch.hpp"
#include "support/toy.hpp"

using namespace gkd;

TEST_CASE("The counts of a step, by hand") {
  token_batch first, second;
  first.add({{1, 2, 3}, {0, 1, 0.5f}, origin::student});
  first.add({{4, 5}, {1, 0}, origin::dataset});  // nothing to learn from
  second.add({{6, 7}, {0, 2}, origin::teacher, true});
  second.add({{8, 9, 1, 2}, {0, 0, 0, 1}, origin::student, true});  // still the student's
  const std::vector<token_batch> batches{first, second};
  const detail::step_counts counts(batches);
  CHECK(counts.in_loss().weight == 4.5);
  CHECK(counts.in_loss().sequences == 3);
  train_state run{.sequences_seen = 1, .tokens_seen = 2, .rows_seen = 3};
  step_event told;
  counts.add_to(run, told);
  CHECK(run.sequences_seen == 5);
  CHECK(run.tokens_seen == 13);
  CHECK(run.rows_seen == 7.5);
  CHECK(told.rows == 4.5);
  CHECK(told.tokens == 11);
  CHECK(told.tokens_seen == 13);
  CHECK(told.student_fraction == 0.5);
  CHECK(told.details.counted.sequences == 3);
  CHECK(counts.tokens() == 11);
  CHECK(counts.student_fraction() == 0.5);
}

TEST_CASE("What is replayed counts for who wrote it") {
  const auto data = toy::ragged_dataset(6, 5);
  auto student = toy::random_bigram(5);
  const auto share = [&](auto source, gkd::index& old) {
    std::vector<token_batch> batches;
    for (gkd::index k = 0; k < 40; ++k) {
      batches.push_back(*source.next(student, {.number = k, .size = 4, .seed = 3, .round = k}));
      for (gkd::index b = 0; b < 4; ++b) old += batches.back().replayed(b) ? 1 : 0;
    }
    return detail::step_counts(batches).student_fraction();
  };
  gkd::index old = 0;
  CHECK(share(replay{on_policy{data, {.max_new_tokens = 2}}, 64, 0.5}, old) == 1.0);
  CHECK(old > 40);
  CHECK(share(replay{fixed{data}, 64, 0.5}, old) == 0.0);
  CHECK(old > 80);
}

TEST_CASE("Counts of nothing are 0, their share too; added up they are those of all") {
  detail::step_counts none;
  CHECK(none.in_loss().weight == 0.0);
  CHECK(none.student_fraction() == 0.0);
  for (double& n : none.numbers()) n += 2.0;
  CHECK(none.tokens() == 2.0);
  CHECK(none.student_fraction() == 1.0);
}

TEST_CASE("The losses of a step add up; the masses left out are means over its rows") {
  detail::step_losses losses;
  losses.add(
      {.value = 0.5, .rows = 9, .counted = {}, .teacher_outside = 0.4, .student_outside = 0.1});
  losses.add({});  // a micro-batch without a row
  losses.add(
      {.value = 0.25, .rows = 1, .counted = {}, .teacher_outside = 0.9, .student_outside = 0.0});
  CHECK(losses.result().value == 0.75);
  CHECK(losses.result().rows == 10);
  CHECK(losses.result().teacher_outside == Approx(0.45).epsilon(1e-15));
  CHECK(losses.result().student_outside == Approx(0.09).epsilon(1e-15));
  for (double& n : losses.numbers()) n *= 2.0;  // two processes alike
  CHECK(losses.result().value == 1.5);
  CHECK(losses.result().rows == 20);
  CHECK(losses.result().teacher_outside == Approx(0.45).epsilon(1e-15));
  CHECK(detail::step_losses{}.result().teacher_outside == 0.0);
}
