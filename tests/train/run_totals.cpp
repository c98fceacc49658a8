// SPDX-License-Identifier: Apache-2.0
#include <gkd/train/run_totals.hpp>

#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;

namespace {
step_event step_of(double loss, double gradient_norm = 0.0) {
  step_event e;
  e.loss = loss;
  e.gradient_norm = gradient_norm;
  return e;
}
}  // namespace

TEST_CASE("What a run came to, by hand: counts are of this call alone") {
  detail::run_totals totals({.step = 10, .skipped_steps = 2, .tokens_seen = 500});
  totals.add(step_of(3.0, 1.0));
  totals.add(step_of(0.0));
  totals.add(step_of(1.5, 0.5));
  const train_state now{.step = 13, .skipped_steps = 3, .tokens_seen = 800};
  const train_result r = totals.result(now, 2.0, true);
  CHECK(r.steps == 13);
  CHECK(r.mean_loss == 2.25);  // the step that was skipped has no loss
  CHECK(r.seconds == 2.0);
  CHECK(r.tokens_per_second == 150.0);
  CHECK(r.stopped);
  CHECK(r.skipped_steps == 1);
  CHECK_NOTHROW(totals.check(now, true));
  const detail::run_totals none(now);
  CHECK(none.result(now, 1.0, false).mean_loss == 0.0);
  CHECK_NOTHROW(none.check(now, true));
}

TEST_CASE("A run for nothing: no tokens, or a student that is taught by its equal") {
  detail::run_totals totals({});
  totals.add(step_of(0.0));
  totals.add(step_of(0.0));
  CHECK_ERROR(totals.check({.step = 2, .skipped_steps = 2}, false), errc::empty_data,
              "none of the 2 steps had a token to learn from");
  CHECK_ERROR(totals.check({.step = 2, .skipped_steps = 1}, true), errc::bad_argument,
              "the student learnt nothing in 2 steps: the trainer was given no teacher");
  CHECK_NOTHROW(
      totals.check({.step = 2}, false));  // a teacher that was given may be the student's equal
  const detail::run_totals rest({.step = 7, .skipped_steps = 4});  // the end of a run
  CHECK_NOTHROW(rest.check({.step = 8, .skipped_steps = 5}, true));
  totals.add(step_of(0.0, 1e-300));
  CHECK_NOTHROW(totals.check({.step = 3}, true));
}
