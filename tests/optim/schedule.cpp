// SPDX-License-Identifier: Apache-2.0
#include <gkd/optim/schedule.hpp>

#include "support/catch.hpp"

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;
using gkd::any_schedule;
using gkd::decay_shape;
using gkd::learning_rate_schedule;

static_assert(gkd::schedule<learning_rate_schedule>);

TEST_CASE("schedule: linear by hand, from the warm-up's 0 to the peak and down to 0") {
  const learning_rate_schedule lr{.peak = 8.0, .total_steps = 8, .warmup_steps = 4};
  CHECK(lr(0) == 0.0);
  CHECK(lr(1) == 2.0);
  CHECK(lr(4) == 8.0);
  CHECK(lr(5) == 6.0);
  CHECK(lr(8) == 0.0);
  CHECK(lr(99) == 0.0);
}

TEST_CASE("schedule: cosine to a floor") {
  const learning_rate_schedule lr{.shape = decay_shape::cosine,
                                  .peak = 5e-3,
                                  .total_steps = 500,
                                  .warmup_steps = 20,
                                  .floor = 0.1};
  CHECK_THAT(lr(10), WithinAbs(2.5e-3, 1e-18));
  CHECK_THAT(lr(20), WithinAbs(5e-3, 1e-18));
  CHECK_THAT(lr(260), WithinAbs(5e-3 * 0.55, 1e-17));  // half way
  CHECK_THAT(lr(500), WithinAbs(5e-4, 1e-18));
  CHECK_THAT(lr(100000), WithinAbs(5e-4, 1e-18));
}

TEST_CASE("schedule: the floor is that of the step after the last") {
  const learning_rate_schedule lr{.peak = 1.0, .total_steps = 10, .floor = 0.1};
  CHECK_THAT(lr(9), WithinAbs(0.19, 1e-15));
  CHECK_THAT(lr(10), WithinAbs(0.1, 1e-15));
  CHECK(lr(11) == lr(10));
}

TEST_CASE("schedule: constant needs no number of steps") {
  const learning_rate_schedule lr{.shape = decay_shape::constant, .peak = 1.0, .warmup_steps = 2};
  CHECK(lr(0) == 0.0);
  CHECK(lr(1) == 0.5);
  CHECK(lr(1000000) == 1.0);
}

TEST_CASE("schedule: steps of warm-up win over the ratio, which rounds up") {
  learning_rate_schedule lr{.peak = 1.0, .total_steps = 25, .warmup_ratio = 0.1};
  CHECK(lr.warmup_length() == 3);
  lr.warmup_steps = 7;
  CHECK(lr.warmup_length() == 7);
}

TEST_CASE("schedule: settings outside their range are named") {
  CHECK_THROWS_WITH(learning_rate_schedule{.peak = 1.0}(0),
                    ContainsSubstring("learning_rate_schedule::total_steps is 0, want"));
  const auto at = [](learning_rate_schedule lr, long step) {
    lr.total_steps = 10;
    return lr(step);
  };
  CHECK_THROWS_WITH(at({.peak = -1.0}, 0), ContainsSubstring("peak is -1"));
  CHECK_THROWS_WITH(at({.peak = 1.0, .warmup_steps = -1}, 0),
                    ContainsSubstring("warmup_steps is -1"));
  CHECK_THROWS_WITH(at({.peak = 1.0, .warmup_ratio = 1.5}, 0),
                    ContainsSubstring("warmup_ratio is 1.5"));
  CHECK_THROWS_WITH(at({.peak = 1.0, .floor = 2.0}, 0), ContainsSubstring("floor is 2"));
  CHECK_THROWS_WITH(at({.peak = 1.0}, -1), ContainsSubstring("step is -1"));
}

TEST_CASE("schedule: any callable is one, and what it says of itself is kept") {
  const learning_rate_schedule linear{.peak = 2.0, .total_steps = 4};
  const any_schedule none, known = linear, own = [](long step) { return 0.5 * double(step); };
  CHECK_FALSE(none);
  CHECK_FALSE(any_schedule(nullptr));
  CHECK_FALSE(any_schedule(std::function<double(long)>{}));
  CHECK_FALSE(none.identity());
  REQUIRE(known);
  CHECK(known(1) == 1.5);
  CHECK(known.identity() == linear.identity());
  REQUIRE(own);
  CHECK(own(3) == 1.5);
  CHECK_FALSE(own.identity());
  const any_schedule copy = known;
  CHECK(copy.identity() == known.identity());
}

TEST_CASE("schedule: each setting is in its identity") {
  const learning_rate_schedule plain{.peak = 1.0, .total_steps = 9};
  const auto differs = [&](auto change) {
    learning_rate_schedule other = plain;
    change(other);
    return !(other.identity() == plain.identity());
  };
  CHECK_FALSE(differs([](auto&) {}));
  CHECK(differs([](auto& s) { s.shape = decay_shape::cosine; }));
  CHECK(differs([](auto& s) { s.peak = 2.0; }));
  CHECK(differs([](auto& s) { s.total_steps = 8; }));
  CHECK(differs([](auto& s) { s.warmup_steps = 1; }));
  CHECK(differs([](auto& s) { s.warmup_ratio = 0.5; }));
  CHECK(differs([](auto& s) { s.floor = 0.5; }));
}
