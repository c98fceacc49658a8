// SPDX-License-Identifier: Apache-2.0
#include <gkd/data/mixture.hpp>
#include <gkd/data/on_policy.hpp>
#include <gkd/data/replay.hpp>
#include <gkd/data/teacher_generated.hpp>
#include <gkd/model/transformer.hpp>

#include <cmath>
#include <map>

#include "support/catch.hpp"
#include "support/throws.hpp"
#include "support/toy.hpp"

using namespace gkd;

TEST_CASE("The student completes the dataset's prompts; only what it wrote counts") {
  const auto data = toy::ragged_dataset(6, 5);
  auto student = toy::random_bigram(5);
  on_policy source{data, {.max_new_tokens = 4, .stop_tokens = {0}}};
  const batch_request request{.number = 2, .size = 3, .seed = 11};
  const auto batch = *source.next(student, request);
  REQUIRE(batch.size() == 3);
  for (gkd::index b = 0; b < 3; ++b) {
    const auto prompt = data.prompt(example_of(request, b, data.size()));
    const auto tokens = batch.tokens(b);
    CHECK(std::equal(prompt.begin(), prompt.end(), tokens.begin()));
    const gkd::index written = tokens.size() - prompt.size();
    CHECK(written >= 1);
    CHECK(written <= 4);
    CHECK(batch.row_offsets()[b + 1] - batch.row_offsets()[b] == written);
    CHECK((written == 4 || tokens.back() == 0));  // the stop token is kept, and is a target
    CHECK(batch.from(b) == origin::student);
  }
}

TEST_CASE("A prompt beyond the model's context is named by its place in the dataset") {
  transformer student{{.vocab_size = 5, .width = 4, .max_positions = 3}, reference{}, 1};
  toy::dataset data{{make_sequence(std::vector<token>{1}, std::vector<token>{0}),
                     make_sequence(std::vector<token>{1, 2, 3, 4}, std::vector<token>{0})}};
  on_policy source{data, {.max_new_tokens = 1}};
  CHECK_ERROR(source.next(student, {.size = 2}), errc::context_overflow,
              "the prompt of example 1 has 4 tokens, want at most the model's 3");
}

TEST_CASE("A batch follows from its number and the student: again the same, later another") {
  const auto data = toy::ragged_dataset(6, 5);
  auto student = toy::random_bigram(5);
  on_policy source{data, {.max_new_tokens = 6}};
  const auto tokens = [&](gkd::index number, gkd::index size) {
    const auto batch = *source.next(student, {.number = number, .size = size, .seed = 4});
    return std::vector<token>(batch.tokens().begin(), batch.tokens().end());
  };
  const auto first = tokens(3, 2);
  CHECK(tokens(9, 2) != first);
  CHECK(tokens(3, 2) == first);
  // sequences 6 and 7 of the run, whatever the batch size that reaches them
  const auto six = tokens(6, 1), seven = tokens(7, 1);
  auto both = six;
  both.insert(both.end(), seven.begin(), seven.end());
  CHECK(both == first);
}

TEST_CASE("What is drawn follows the student's distribution") {
  tabular<float> student(3);
  student.table()(1, 0) = std::log(1.0f);
  student.table()(1, 1) = std::log(2.0f);
  student.table()(1, 2) = std::log(5.0f);
  toy::dataset data{{make_sequence(std::vector<token>{2, 1}, std::vector<token>{0})}};
  on_policy source{data, {.max_new_tokens = 1}};
  std::map<token, double> drawn;
  const int n = 8000;
  for (gkd::index k = 0; k < n / 8; ++k) {
    const auto batch = *source.next(student, {.number = k, .size = 8, .seed = 1});
    for (token t : batch.targets()) ++drawn[t];
  }
  double chi2 = 0;
  for (token t : {0, 1, 2}) {
    const double expected = n * (t == 0 ? 1 : t == 1 ? 2 : 5) / 8.0;
    chi2 += std::pow(drawn[t] - expected, 2) / expected;
  }
  CHECK(chi2 < 13.8);  // 2 degrees of freedom, p = 0.001
}

TEST_CASE("Only tokens of the request's vocabulary are drawn, where the options name none") {
  const auto data = toy::ragged_dataset(6, 4);
  auto student = toy::random_bigram(9);
  const auto largest = [&](auto& source, gkd::index vocab_size) {
    token top = 0;
    for (gkd::index k = 0; k < 30; ++k) {
      const auto batch =
          *source.next(student, {.number = k, .size = 4, .seed = 3, .vocab_size = vocab_size});
      for (token t : batch.tokens()) top = std::max(top, t);
    }
    return top;
  };
  on_policy student_writes{data, {.max_new_tokens = 6}};
  CHECK(largest(student_writes, 0) == 8);
  CHECK(largest(student_writes, 6) == 5);
  mixture mixed{on_policy{data, {.max_new_tokens = 6}}, fixed{data}, 0.5, draw_per::sequence};
  CHECK(largest(mixed, 6) == 5);
  replay again{on_policy{data, {.max_new_tokens = 6}}, 8};
  CHECK(largest(again, 6) == 5);
  auto teacher = toy::random_bigram(9, 77);
  for (redraw when : {redraw::once, redraw::always}) {
    teacher_generated teacher_writes{teacher, data, {.max_new_tokens = 6}, when};
    CHECK(largest(teacher_writes, 6) == 5);
  }
  auto small = toy::random_bigram(5, 77);  // has less than the request allows
  teacher_generated small_writes{small, data, {.max_new_tokens = 6}};
  CHECK(largest(small_writes, 6) == 4);

  on_policy narrow{data, {.max_new_tokens = 6, .vocab_size = 5}};
  CHECK(largest(narrow, 6) == 4);
  on_policy wide{data, {.max_new_tokens = 6, .vocab_size = 7}};
  CHECK_ERROR(largest(wide, 6), errc::vocabulary_mismatch,
              "generation_options::vocab_size is 7, but teacher and student share 6 tokens");
}

namespace {
struct marked_dataset : toy::dataset {
  std::uint64_t fingerprint() const { return 17; }
};
}  // namespace

TEST_CASE("A dataset that can tell itself from others lets its source do so") {
  const marked_dataset marked{toy::ragged_dataset(2, 5)};
  const toy::dataset plain = toy::ragged_dataset(2, 5);
  auto model = toy::random_bigram(5);
  CHECK(on_policy{marked}.fingerprint() == 17);
  CHECK(teacher_generated{model, marked}.fingerprint() == 17);
  STATIC_REQUIRE_FALSE(detail::has_fingerprint<decltype(on_policy{plain})>);
}
