// SPDX-License-Identifier: Apache-2.0
#include <gkd/data/fixed.hpp>

#include <map>

#include "support/catch.hpp"
#include "support/throws.hpp"
#include "support/toy.hpp"

using namespace gkd;

TEST_CASE("An epoch shows every example once, in an order of its own; the next one follows on") {
  toy::dataset data = toy::ragged_dataset(10, 1000);
  fixed source{data};
  CHECK(source.size() == 10);
  tabular<float> student(1000);

  std::map<std::vector<token>, int> seen;
  std::vector<std::vector<token>> order;
  for (gkd::index number = 0; number < 5; ++number) {  // 5 batches of 4: two epochs of 10
    const auto batch = source.next(student, {.number = number, .size = 4, .seed = 3});
    REQUIRE(batch);
    REQUIRE(batch->size() == 4);
    for (gkd::index b = 0; b < 4; ++b) {
      const auto t = batch->tokens(b);
      order.emplace_back(t.begin(), t.end());
      ++seen[order.back()];
    }
  }
  CHECK(seen.size() == 10);
  for (const auto& [tokens, times] : seen) CHECK(times == 2);
  CHECK(std::vector(order.begin(), order.begin() + 10) !=
        std::vector(order.begin() + 10, order.end()));
}

TEST_CASE("Any batch is reached at once: it depends on its number and the seed alone") {
  const toy::dataset data = toy::ragged_dataset(7, 50);
  fixed source{data};
  tabular<float> student(50);
  const auto tokens = [&](gkd::index number, std::uint64_t seed) {
    const auto batch = *source.next(student, {.number = number, .size = 3, .seed = seed});
    return std::vector<token>(batch.tokens().begin(), batch.tokens().end());
  };
  const auto later = tokens(1000, 1);
  tokens(0, 1);
  CHECK(tokens(1000, 1) == later);
  CHECK(tokens(1000, 2) != later);
}

TEST_CASE("A source owns a dataset that is moved in and refers to one that is not") {
  toy::dataset data = toy::ragged_dataset(3, 5);
  STATIC_REQUIRE(std::is_same_v<decltype(fixed{data}), fixed<toy::dataset&>>);
  STATIC_REQUIRE(std::is_same_v<decltype(fixed{toy::ragged_dataset(3, 5)}), fixed<toy::dataset>>);
}

TEST_CASE("An example that the models do not take is named by its number in the dataset") {
  toy::dataset data = toy::ragged_dataset(10, 5);
  tabular<float> student(9);
  data.examples[7] = {{0, 1, 2, 3, 4, 0, 1, 2, 3, 4}, std::vector<float>(10, 1.0f)};
  fixed source{data};
  CHECK_ERROR(source.next(student, {.size = 10, .seed = 3, .max_positions = 9}),
              errc::context_overflow,
              "example 7 has 10 tokens, want at most 9, the longest sequence that teacher and "
              "student take (max_positions)");
  CHECK_NOTHROW(source.next(student, {.size = 10, .seed = 3, .max_positions = 10}));
  data.examples[7].tokens[6] = 5;
  CHECK_ERROR(source.next(student, {.size = 10, .seed = 3, .vocab_size = 5}),
              errc::vocabulary_mismatch,
              "example 7, position 6: token id 5, want 0 <= id < vocab_size = 5");
  CHECK_NOTHROW(source.next(student, {.size = 10, .seed = 3, .vocab_size = 6}));
  CHECK_NOTHROW(source.next(student, {.size = 10, .seed = 3}));  // the models say themselves
}

TEST_CASE("An example that no batch takes is named by its number in the dataset") {
  toy::dataset data = toy::ragged_dataset(10, 5);
  tabular<float> student(5);
  fixed source{data};
  const batch_request all{.size = 10, .seed = 3};
  data.examples[7] = {{0, 1, 2}, {0, 1}};
  CHECK_ERROR(source.next(student, all), errc::shape_mismatch,
              "example 7 has 3 tokens and 2 weights, want as many of both");
  data.examples[7].weights = {0, 1, -1};
  CHECK_ERROR(source.next(student, all), errc::bad_argument,
              "example 7, token 2: weight -1, want a finite number >= 0");
  data.examples[7] = {};
  CHECK_ERROR(source.next(student, all), errc::empty_data, "example 7 has no tokens");
  data.examples[7] = {{0, 1, 2}, {0, 1, 1}};
  CHECK_NOTHROW(source.next(student, all));
}
