// SPDX-License-Identifier: Apache-2.0
#include <gkd/data/on_policy.hpp>
#include <gkd/data/replay.hpp>

#include <set>

#include "support/catch.hpp"
#include "support/throws.hpp"
#include "support/toy.hpp"

using namespace gkd;

static std::vector<token> tokens(const token_batch& batch, gkd::index b) {
  return {batch.tokens(b).begin(), batch.tokens(b).end()};
}

TEST_CASE("About `fraction` of the sequences are old ones, and old ones are what was made before") {
  const auto data = toy::ragged_dataset(50, 5);
  auto student = toy::random_bigram(5);
  replay source{on_policy{data, {.max_new_tokens = 8}}, 100, 0.4};
  std::set<std::vector<token>> made;
  double old = 0, count = 0;
  for (gkd::index k = 0; k < 200; ++k) {
    const auto batch = *source.next(student, {.number = k, .size = 4, .seed = 3});
    for (gkd::index b = 0; b < 4; ++b) {
      if (batch.from(b) == origin::replay) {
        ++old;
        CHECK(made.count(tokens(batch, b)) == 1);
      }
      ++count;
    }
    for (gkd::index b = 0; b < 4; ++b) made.insert(tokens(batch, b));
  }
  CHECK(old / count == Approx(0.4).margin(0.07));
  CHECK(source.state().sequences.size() == 100);  // full, the oldest given up
}

TEST_CASE("A restored source goes on as if it had never stopped") {
  const auto data = toy::ragged_dataset(20, 5);
  auto student = toy::random_bigram(5);
  const auto run = [&](auto& source, gkd::index from, gkd::index to) {
    std::vector<std::vector<token>> all;
    for (gkd::index k = from; k < to; ++k) {
      const auto batch = *source.next(student, {.number = k, .size = 3, .seed = 3});
      for (gkd::index b = 0; b < 3; ++b) all.push_back(tokens(batch, b));
    }
    return all;
  };
  replay straight{on_policy{data, {.max_new_tokens = 5}}, 8, 0.5};
  run(straight, 0, 10);
  replay resumed{on_policy{data, {.max_new_tokens = 5}}, 8, 0.5};
  resumed.restore(straight.state());
  CHECK(run(resumed, 10, 20) == run(straight, 10, 20));

  replay smaller{on_policy{data}, 4};
  CHECK_ERROR(smaller.restore(straight.state()), errc::bad_checkpoint,
              "want at most the capacity, 4");
}

TEST_CASE("A buffer without room, or nothing but replay, is an error") {
  const auto data = toy::ragged_dataset(3, 5);
  CHECK_ERROR((replay{fixed{data}, 0}), errc::bad_argument, "capacity is 0");
  CHECK_ERROR((replay{fixed{data}, 9, 1.0}), errc::bad_argument, "fraction is 1");
}
