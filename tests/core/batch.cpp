// SPDX-License-Identifier: Apache-2.0
#include <gkd/core/batch.hpp>

#include "support/catch.hpp"
#include "support/throws.hpp"

#include <utility>  // move

using gkd::errc;
using gkd::sequence;
using gkd::token;
using gkd::token_batch;

template <class T>
static std::vector<T> all(std::span<const T> s) {
  return {s.begin(), s.end()};
}

TEST_CASE("The label shift: row i predicts token i + 1, only where that token has weight") {
  // tokens     7 8 9 5      prompt 7 8, completion 9 5
  // weights    0 0 1 1
  // rows         1 2        logits after 8 predict 9, logits after 9 predict 5
  token_batch batch;
  batch.add(gkd::make_sequence(std::vector<token>{7, 8}, std::vector<token>{9, 5}));

  CHECK(all(batch.rows()) == std::vector<gkd::index>{1, 2});
  CHECK(all(batch.targets()) == std::vector<token>{9, 5});
  CHECK(all(batch.weights()) == std::vector<float>{1, 1});
  CHECK(all(batch.context(0)) == std::vector<token>{7, 8});
  CHECK(all(batch.context(1)) == std::vector<token>{7, 8, 9});
}

TEST_CASE("Sequences lie end to end and no row crosses from one to the next") {
  token_batch batch;
  batch.add({{1, 2, 3}, {1, 1, 1}});
  batch.add({{4, 5}, {1, 1}, gkd::origin::student, true});

  CHECK(batch.size() == 2);
  CHECK(all(batch.offsets()) == std::vector<gkd::index>{0, 3, 5});
  CHECK(all(batch.rows()) == std::vector<gkd::index>{0, 1, 3});  // not 2: nothing follows token 3
  CHECK(all(batch.targets()) == std::vector<token>{2, 3, 5});
  CHECK(all(batch.row_offsets()) == std::vector<gkd::index>{0, 2, 3});
  CHECK(batch.sequence_of_row(1) == 0);
  CHECK(batch.sequence_of_row(2) == 1);
  CHECK(all(batch.context(2)) == std::vector<token>{4});
  CHECK(batch.from(0) == gkd::origin::dataset);
  CHECK(batch.from(1) == gkd::origin::student);
  CHECK((!batch.replayed(0) && batch.replayed(1)));
}

TEST_CASE("The first token of a sequence is never a target, whatever its weight") {
  token_batch batch;
  batch.add({{3}, {1}});
  CHECK(batch.size() == 1);
  CHECK(batch.rows().empty());
}

TEST_CASE("A sequence without rows keeps its place between others") {
  token_batch batch;
  batch.add({{1, 2}, {0, 1}});
  batch.add({{3, 4}, {0, 0}});
  batch.add({{5, 6}, {0, 1}});
  CHECK(all(batch.row_offsets()) == std::vector<gkd::index>{0, 1, 1, 2});
  CHECK(batch.sequence_of_row(1) == 2);
  CHECK(batch.sequence_of_position(3) == 1);
}

TEST_CASE("Weights other than 0 and 1 go with their rows") {
  token_batch batch;
  batch.add({{1, 2, 3}, {9, 0.5f, 2}});
  CHECK(all(batch.weights()) == std::vector<float>{0.5f, 2});
}

TEST_CASE("A prompt asks for one row, after its last token, and has no target") {
  token_batch batch;
  batch.add_prompt(std::vector<token>{1, 2, 3});
  batch.add_prompt(std::vector<token>{4});
  CHECK(all(batch.rows()) == std::vector<gkd::index>{2, 3});
  CHECK(all(batch.context(0)) == std::vector<token>{1, 2, 3});
  CHECK(all(batch.context(1)) == std::vector<token>{4});
}

TEST_CASE("What cannot be a batch is an error that names the sequence") {
  token_batch batch;
  batch.add({{1, 2}, {0, 1}});
  CHECK_ERROR(batch.add({{}, {}}), errc::empty_data, "sequence 1 of the batch has no tokens");
  CHECK_ERROR(batch.add({{1, 2}, {1}}), errc::shape_mismatch,
              "sequence 1 of the batch has 2 tokens and 1 weights");
  CHECK_ERROR(batch.add({{1, 2}, {0, -1}}), errc::bad_argument, "token 1: weight -1");
  CHECK_ERROR(batch.add({{1, 2}, {0, std::numeric_limits<float>::quiet_NaN()}}),
              errc::bad_argument, "want a finite number >= 0");
  CHECK_ERROR(batch.add({{1, 2}, {0, std::numeric_limits<float>::infinity()}}),
              errc::bad_argument, "weight inf");
  CHECK_ERROR(batch.add_prompt({}), errc::empty_data, "prompt 1");
  CHECK(batch.size() == 1);
  CHECK(batch.rows().size() == 1);  // a refused sequence leaves nothing behind
}

TEST_CASE("Token ids outside the vocabulary are found, with their place") {
  for (token bad : {-1, 5, std::numeric_limits<token>::min(), -100}) {
    token_batch batch;
    batch.add({{0, 4}, {1, 1}});
    batch.add({{1, bad}, {1, 1}});
    CHECK_ERROR(batch.check_tokens(5), errc::vocabulary_mismatch, "sequence 1, position 1");
  }
  token_batch good;
  good.add({{0, 4}, {1, 1}});
  CHECK_NOTHROW(good.check_tokens(5));
}

TEST_CASE("A batch that was moved from is empty and may be used again") {
  token_batch batch;
  batch.add({{1, 2, 3}, {0, 1, 1}});
  const auto is_empty = [](const token_batch& b) {
    return b.size() == 0 && b.tokens().empty() && b.rows().empty() &&
           all(b.offsets()) == std::vector<gkd::index>{0} &&
           all(b.row_offsets()) == std::vector<gkd::index>{0};
  };
  const auto has = [](const token_batch& b, const std::vector<token>& tokens) {
    return b.size() == 1 && all(b.tokens(0)) == tokens &&
           all(b.offsets()) == std::vector<gkd::index>{0, tokens.size()} &&
           b.sequence_of_row(0) == 0 && b.row_offsets().size() == 2;
  };
  token_batch kept = std::move(batch);
  CHECK(has(kept, {1, 2, 3}));
  CHECK(is_empty(batch));  // NOLINT: what a moved-from batch holds is part of its contract
  batch.add({{4, 5}, {0, 1}});
  CHECK(has(batch, {4, 5}));
  kept = std::move(batch);
  CHECK(has(kept, {4, 5}));
  CHECK(is_empty(batch));  // NOLINT: as above
  batch.add_prompt(std::vector<token>{6});
  CHECK(has(batch, {6}));
  CHECK(is_empty(token_batch{}));
}
