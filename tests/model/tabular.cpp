// SPDX-License-Identifier: Apache-2.0
#include <gkd/model/tabular.hpp>

#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;

static token_batch batch_of(std::vector<token> tokens) {
  token_batch batch;
  const std::vector<float> weights(tokens.size(), 1.0f);
  batch.add({std::move(tokens), weights});
  return batch;
}

TEST_CASE("A table of order 1 looks up the last token") {
  tabular<float> model(3);
  for (gkd::index i = 0; i < 9; ++i) model.table().data[i] = static_cast<float>(i);
  const auto z = model.logits(batch_of({2, 0, 1}));  // (2, 3): after 2, after 0
  CHECK(z.rows == 2);
  CHECK(z(0, 0) == 6);
  CHECK(z(1, 2) == 2);
}

TEST_CASE("A table of order 2 tells contexts apart, the beginning of a sequence too") {
  tabular<float> model(2, 2);
  CHECK(model.table().rows == 6);  // (nothing, 0, 1) before (0, 1)
  for (gkd::index i = 0; i < 12; ++i) model.table().data[i] = static_cast<float>(i);
  const auto z = model.logits(batch_of({1, 1, 0, 1, 0}));  // contexts _1 11 10 01
  std::vector<float> first;
  for (gkd::index n = 0; n < 4; ++n) first.push_back(z(n, 0));
  for (gkd::index a = 0; a < 4; ++a)
    for (gkd::index b = 0; b < a; ++b) CHECK(first[a] != first[b]);
  CHECK(model.logits(batch_of({1, 1, 0}))(1, 0) == first[1]);  // the same context again
}

TEST_CASE("backward adds each row's gradient to its context's row of the table") {
  tabular<double> model(2);
  const token_batch batch = batch_of({0, 1, 0, 1});  // contexts 0 1 0
  model.logits(batch);
  const double dz[] = {1, 2, 10, 20, 100, 200};
  model.backward(batch, matrix_view(dz, 3, 2));
  model.parameters([](std::string_view name, auto, auto gradient) {
    CHECK(name == "table");
    CHECK(gradient(0, 0) == 101);
    CHECK(gradient(0, 1) == 202);
    CHECK(gradient(1, 0) == 10);
    CHECK(gradient(1, 1) == 20);
  });
}

TEST_CASE("backward wants the batch of the last logits(), and a gradient of its shape") {
  tabular<float> model(3);
  const token_batch one = batch_of({0, 1, 2}), other = batch_of({2, 2, 1});
  const float dz[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
  CHECK_ERROR(model.backward(one, matrix_view(dz, 2, 3)), errc::bad_argument,
              "the last call was not logits() of the same batch");
  model.logits(one);
  model.logits(other);
  CHECK_ERROR(model.backward(one, matrix_view(dz, 2, 3)), errc::bad_argument,
              "the last call was not logits() of the same batch");
  CHECK_ERROR(model.backward(other, matrix_view(dz, 3, 3)), errc::shape_mismatch,
              "dlogits is (3, 3), want (2, 3)");
  CHECK_ERROR(model.backward(other, matrix_view(dz, 2, 2)), errc::shape_mismatch,
              "dlogits is (2, 2), want (2, 3)");
  model.parameters([](std::string_view, auto, auto gradient) {
    for (gkd::index i = 0; i < 9; ++i) CHECK(gradient.data[i] == 0.0f);
  });
  CHECK_ERROR(model.backward(other, matrix_view<const float>(nullptr, 2, 3)), errc::shape_mismatch,
              "dlogits of backward are (2, 3) at a null pointer");
  CHECK_NOTHROW(model.backward(other, matrix_view(dz, 2, 3)));
}

TEST_CASE("A table that was moved from says so") {
  tabular<float> model(3);
  const tabular<float> other = std::move(model);
  CHECK_ERROR(model.logits(batch_of({0, 1, 2})), errc::bad_argument,
              "this tabular model was moved from, want one that has its table");
  model = other;
  CHECK(model.logits(batch_of({0, 1, 2})).rows == 2);
}

TEST_CASE("A copy of a table has the same values, of its own, and no gradient") {
  tabular<float> model(2, 2);
  for (gkd::index i = 0; i < 12; ++i) model.table().data[i] = static_cast<float>(i);
  const token_batch batch = batch_of({0, 1, 0});
  model.backward(batch, model.logits(batch));
  tabular<float> copy = model;
  CHECK(std::vector(copy.table().data, copy.table().data + 12) ==
        std::vector(model.table().data, model.table().data + 12));
  copy.parameters([](std::string_view, auto, auto gradient) {
    for (gkd::index i = 0; i < 12; ++i) CHECK(gradient.data[i] == 0.0f);
  });
  copy.table()(0, 0) = 50;
  CHECK(model.table()(0, 0) == 0);
  CHECK(copy.logits(batch).rows == 2);
  tabular<float> assigned(5);
  assigned = copy;
  CHECK(assigned.vocab_size() == 2);
  CHECK(assigned.table()(0, 0) == 50);
  CHECK(assigned.logits(batch)(1, 1) == model.logits(batch)(1, 1));
}

TEST_CASE("Tables that cannot be, and tokens that do not exist, are errors") {
  CHECK_ERROR(tabular<float>(0), errc::bad_argument, "vocab_size is 0");
  CHECK_ERROR(tabular<float>(5, 0), errc::bad_argument, "order 0");
  CHECK_ERROR(tabular<float>(50000, 3), errc::bad_argument, "more than 2^32");
  tabular<float> model(3);
  CHECK_ERROR(model.logits(batch_of({0, 3})), errc::vocabulary_mismatch, "token id 3");
}
