// SPDX-License-Identifier: Apache-2.0
#include <gkd/data/on_policy.hpp>
#include <gkd/data/teacher_generated.hpp>

#include <map>

#include "support/catch.hpp"
#include "support/toy.hpp"

using namespace gkd;

static std::map<std::vector<token>, std::vector<std::vector<token>>> answers(
    auto& source, gkd::index batches, std::uint64_t seed = 9) {
  tabular<float> student(5);
  std::map<std::vector<token>, std::vector<std::vector<token>>> by_prompt;
  for (gkd::index k = 0; k < batches; ++k) {
    const auto batch = *source.next(student, {.number = k, .size = 4, .seed = seed});
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

  for (std::uint64_t seed : {9u, 1u, 100u}) {
    int repeated = 0, new_ones = 0;
    for (const auto& [prompt, texts] : answers(once, 5, seed)) {
      REQUIRE(texts.size() == 5);
      for (const auto& text : texts) repeated += text == texts[0];
    }
    CHECK(repeated == 20);
    for (const auto& [prompt, texts] : answers(always, 5, seed))
      for (const auto& text : texts) new_ones += text != texts[0];
    CHECK(new_ones >= 12);
  }
}

TEST_CASE("Teacher and student draw from different streams: equal models write different answers") {
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5), student = toy::random_bigram(5);
  on_policy written{data, {.max_new_tokens = 24}};
  for (redraw when : {redraw::once, redraw::always}) {
    teacher_generated taught{teacher, data, {.max_new_tokens = 24}, when};
    gkd::index equal = 0;
    for (gkd::index k = 0; k < 8; ++k) {
      const batch_request request{.number = k, .size = 4, .seed = 9 + k / 4};
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
  for (gkd::index k = 0; k < 2; ++k) early.next(student, {.number = k, .size = 4, .seed = 12});
  const batch_request request{.number = 30, .size = 3, .seed = 12};
  const auto a = *early.next(student, request), b = *late.next(student, request);
  CHECK(std::equal(a.tokens().begin(), a.tokens().end(), b.tokens().begin(), b.tokens().end()));
}

TEST_CASE("Kept answers are those of the seed and the vocabulary that are asked for") {
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(9);
  tabular<float> student(9);
  const auto tokens = [&](auto& source, std::uint64_t seed, gkd::index vocab) {
    // one order of the examples for all
    const auto batch =
        *source.next(student, {.size = 8, .seed = seed, .data_seed = 3, .vocab_size = vocab});
    return std::vector<token>(batch.tokens().begin(), batch.tokens().end());
  };
  const auto fresh = [&](std::uint64_t seed, gkd::index vocab) {
    teacher_generated source{teacher, data, {.max_new_tokens = 12}};
    return tokens(source, seed, vocab);
  };
  teacher_generated kept{teacher, data, {.max_new_tokens = 12}};
  for (std::uint64_t seed : {1u, 2u, 1u, 3u})
    for (gkd::index vocab : {9u, 6u, 0u, 6u}) {
      INFO("seed " << seed << ", vocabulary " << vocab);
      CHECK(tokens(kept, seed, vocab) == fresh(seed, vocab));
      CHECK(tokens(kept, seed, vocab) == fresh(seed, vocab));
    }
  CHECK(fresh(1, 9) != fresh(2, 9));
  CHECK(fresh(1, 9) != fresh(1, 6));
  CHECK(fresh(1, 9) == fresh(1, 0));  // all that the teacher has

  // a vocabulary of the options' own is what counts, whatever the request allows
  teacher_generated narrow{teacher, data, {.max_new_tokens = 12, .vocab_size = 5}};
  CHECK(tokens(narrow, 1, 9) == tokens(narrow, 1, 6));
}

TEST_CASE("Kept answers do not depend on the student that asked first") {
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  const auto tokens = [&](auto& source, gkd::index longest) {
    const auto batch = *source.next(student, {.size = 8, .seed = 1, .max_positions = longest});
    for (gkd::index b = 0; b < batch.size(); ++b) CHECK(batch.tokens(b).size() <= longest);
    return std::vector<token>(batch.tokens().begin(), batch.tokens().end());
  };
  const auto fresh = [&](gkd::index longest) {
    teacher_generated source{teacher, data, {.max_new_tokens = 20}};
    return tokens(source, longest);
  };
  teacher_generated kept{teacher, data, {.max_new_tokens = 20}};
  for (gkd::index longest : {7u, 100u, 7u, 9u, 100u}) {
    INFO("a student that takes " << longest);
    CHECK(tokens(kept, longest) == fresh(longest));
    CHECK(tokens(kept, longest) == fresh(longest));
  }
  CHECK(fresh(7).size() < fresh(100).size());
}

namespace {
struct counts_readings : tabular<float> {
  using tabular::tabular;
  void parameters(auto&& visit) {
    ++read;
    tabular::parameters(visit);
  }
  int read = 0;
};
}  // namespace

TEST_CASE("The source is known by the teacher that it holds, too") {
  const auto data = toy::ragged_dataset(4, 5);
  auto teacher = toy::random_bigram(5), same = toy::random_bigram(5), other = toy::random_bigram(5);
  other.table()(4, 4) = -other.table()(4, 4);
  const auto of = [&](auto& who) { return teacher_generated{who, data}.identity(); };
  CHECK(of(teacher) == of(same));
  CHECK(!(of(teacher) == of(other)));
  const identity_fields known = of(teacher);
  CHECK(known.fields().back().first == "teacher.fingerprint");

  struct service : tabular<float> {
    using tabular::tabular;
    identity_fields identity() const { return identity_fields("service").add("model", "big"); }
  } named(5);
  counts_readings seldom(5);
  const teacher_generated source(seldom, data);
  CHECK(source.identity() == source.identity());
  CHECK(seldom.read == 1);
  const auto said = of(named);
  CHECK(said.fields().back() == identity_fields::field("teacher.model", "big"));
}

TEST_CASE("A teacher that samples by itself is asked for answers that are missing alone") {
  struct server {
    gkd::index vocab_size() const { return 5; }
    std::vector<sequence> sample(const std::vector<std::span<const token>>& prompts,
                                 const generation_options&) {
      CHECK(prompts.size() > 0);
      ++asked;
      std::vector<sequence> out;
      for (gkd::index b = 0; b < prompts.size(); ++b) {
        out.push_back(make_sequence(prompts[b], std::vector<token>{3, 4}));
        out.back().weights.assign(100, 1.0f);
      }
      return out;
    }
    int asked = 0;
  } teacher;
  const auto data = toy::ragged_dataset(4, 5);
  tabular<float> student(5);
  teacher_generated source{teacher, data, {.max_new_tokens = 8}};
  for (gkd::index k = 0; k < 3; ++k) {
    const auto batch = *source.next(student, {.number = k, .size = 4, .seed = 1});
    CHECK(batch.rows().size() == 4 * 2);  // the answers, nothing of the prompts
    CHECK(batch.from(0) == origin::teacher);
  }
  CHECK(teacher.asked == 1);
}
