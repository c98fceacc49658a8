// SPDX-License-Identifier: Apache-2.0
#include <gkd/data/teacher_generated.hpp>

#include <map>

#include "support/catch.hpp"
#include "support/toy.hpp"

using namespace gkd;

static std::map<std::vector<token>, std::vector<std::vector<token>>> answers(auto& source,
                                                                             gkd::index batches) {
  tabular<float> student(5);
  std::map<std::vector<token>, std::vector<std::vector<token>>> by_prompt;
  for (gkd::index k = 0; k < batches; ++k) {
    const auto batch = *source.next(student, {.number = k, .size = 4, .seed = 9});
    for (gkd::index b = 0; b < batch.size(); ++b) {
      CHECK(batch.from(b) == origin::teacher);
      const auto t = batch.tokens(b);
      by_prompt[{t.begin(), t.begin() + 2}].emplace_back(t.begin() + 2, t.end());
    }
  }
  return by_prompt;
}

TEST_CASE("Drawn once, a prompt has the same answer in every epoch; drawn always, a new one") {
  toy::dataset data = toy::ragged_dataset(4, 5);
  for (gkd::index i = 0; i < 4; ++i) data.examples[i].tokens[0] = static_cast<token>(i);
  auto teacher = toy::random_bigram(5);
  teacher_generated once{teacher, data, {.max_new_tokens = 8}};
  teacher_generated always{teacher, data, {.max_new_tokens = 8}, redraw::always};
  CHECK(once.size() == 4);

  int repeated = 0, new_ones = 0;
  for (const auto& [prompt, texts] : answers(once, 5)) {
    REQUIRE(texts.size() == 5);
    for (const auto& text : texts) repeated += text == texts[0];
  }
  CHECK(repeated == 20);
  for (const auto& [prompt, texts] : answers(always, 5))
    for (const auto& text : texts) new_ones += text != texts[0];
  CHECK(new_ones >= 12);
}

TEST_CASE("Teacher and student draw from different streams: equal models write different answers") {
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5), student = toy::random_bigram(5);
  on_policy written{data, {.max_new_tokens = 24}};
  for (redraw when : {redraw::once, redraw::always}) {
    teacher_generated taught{teacher, data, {.max_new_tokens = 24}, when};
    gkd::index equal = 0;
    for (gkd::index k = 0; k < 8; ++k) {
      const batch_request request{.number = k, .size = 4, .seed = 9};
      const auto a = *taught.next(student, request), b = *written.next(student, request);
      for (gkd::index s = 0; s < 4; ++s) {
        const auto x = a.tokens(s), y = b.tokens(s);
        equal += std::equal(x.begin(), x.end(), y.begin(), y.end());
      }
    }
    CHECK(equal == 0);
  }
}

TEST_CASE("A kept answer does not depend on the batch in which its prompt first came") {
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  teacher_generated early{teacher, data, {.max_new_tokens = 8}};
  teacher_generated late{teacher, data, {.max_new_tokens = 8}};
  for (gkd::index k = 0; k < 2; ++k) early.next(student, {.number = k, .size = 4, .seed = 9});
  const batch_request request{.number = 30, .size = 3, .seed = 9};
  const auto a = *early.next(student, request), b = *late.next(student, request);
  CHECK(std::equal(a.tokens().begin(), a.tokens().end(), b.tokens().begin(), b.tokens().end()));
}
