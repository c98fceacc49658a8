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

TEST_CASE(
    "A prompt that leaves no room for an answer is refused, named by its place in the dataset") {
  transformer model{{.vocab_size = 5, .width = 4, .heads = 2, .max_positions = 3}, reference{}, 1};
  const std::vector<token> full{1, 2, 3}, fits{1, 2};
  struct whole_prompts {
    std::vector<std::vector<token>> prompts;
    gkd::index size() const { return prompts.size(); }
    std::span<const token> prompt(gkd::index i) const { return prompts[i]; }
  };
  const whole_prompts bad{{fits, full, fits}}, good{{fits, fits, fits}};
  const batch_request request{.size = 3, .vocab_size = 5};
  const std::string text =
      "the prompt of example 1 has 3 tokens, which leaves no room for an answer; want fewer than "
      "the model's 3 (max_positions)";
  CHECK_ERROR(on_policy{bad}.next(model, request), errc::context_overflow, text);
  for (redraw when : {redraw::once, redraw::always})
    CHECK_ERROR((teacher_generated{model, bad, {}, when}.next(model, request)),
                errc::context_overflow, text);
  CHECK(on_policy{good}.next(model, request)->rows().size() == 3);
  const whole_prompts beyond{{fits, fits, {1, 2, 3, 4}}};
  CHECK_ERROR(on_policy{beyond}.next(model, request), errc::context_overflow,
              "the prompt of example 2 has 4 tokens");

  // a model without max_positions, for one that takes no more than the request says
  auto table = toy::random_bigram(5);
  batch_request shorter = request;
  shorter.max_positions = 3;
  const std::string no_room =
      "the prompt of example 1 has 3 tokens, which leaves no room for an answer; want fewer than ";
  const std::string of_both =
      no_room + "3, the longest sequence that teacher and student take (max_positions)";
  CHECK_ERROR(on_policy{bad}.next(table, shorter), errc::context_overflow, of_both);
  CHECK_ERROR((on_policy{bad, {.max_length = 50}}.next(table, shorter)), errc::context_overflow,
              of_both);
  CHECK_ERROR((teacher_generated{table, bad}.next(table, shorter)), errc::context_overflow,
              of_both);
  CHECK_ERROR((on_policy{bad, {.max_length = 3}}.next(table, request)), errc::context_overflow,
              no_room + "max_length = 3");
  CHECK_ERROR((on_policy{bad, {.max_length = 2}}.next(model, shorter)), errc::context_overflow,
              "has 2 tokens, which leaves no room for an answer; want fewer than max_length = 2");
  teacher_generated taught{table, good, {.max_new_tokens = 4}};
  CHECK(taught.next(table, shorter)->tokens(0).size() == 3);
}

TEST_CASE("A prompt with a token that the models do not share is named by its example") {
  toy::dataset data = toy::ragged_dataset(6, 5);
  data.examples[4].tokens[1] = 6;
  auto student = toy::random_bigram(9);
  on_policy source{data, {.max_new_tokens = 2}};
  CHECK_ERROR(source.next(student, {.size = 6, .vocab_size = 6}), errc::vocabulary_mismatch,
              "the prompt of example 4, position 1: token id 6, want 0 <= id < vocab_size = 6");
}

TEST_CASE("A prompt without tokens is named by its example, not by its place in the batch") {
  struct prompts {
    std::vector<std::vector<token>> all;
    gkd::index size() const { return all.size(); }
    std::span<const token> prompt(gkd::index i) const { return all[i]; }
  };
  const prompts data{{{1}, {2}, {3}, {1, 2}, {}, {2, 3}}};
  auto student = toy::random_bigram(5), teacher = toy::random_bigram(5);
  const batch_request all{.size = 6, .seed = 2, .vocab_size = 5};
  const std::string text = "the prompt of example 4 has no tokens";
  CHECK_ERROR(on_policy{data}.next(student, all), errc::empty_data, text);
  for (redraw when : {redraw::once, redraw::always})
    CHECK_ERROR((teacher_generated{teacher, data, {}, when}.next(student, all)), errc::empty_data,
                text);
}

TEST_CASE("stop_tokens_of are those of the dataset's examples, whatever batch they come in") {
  const auto data = toy::ragged_dataset(6, 7);
  generation_options each{.max_new_tokens = 40, .vocab_size = 7};
  for (token i = 0; i < 6; ++i) each.stop_tokens_of.push_back({i});
  auto student = toy::random_bigram(7), teacher = toy::random_bigram(7, 77);
  const auto check = [&](auto& source, bool old) {
    for (gkd::index k = 0; k < 30; ++k) {
      const batch_request request{.number = k, .size = 3, .seed = 5, .round = k};
      const auto batch = *source.next(student, request);
      for (gkd::index b = 0; b < 3; ++b) {
        if (old && batch.replayed(b)) continue;  // of another example
        const auto stop = static_cast<token>(example_of(request, b, 6));
        const auto written = batch.tokens(b).subspan(2);
        const auto at = std::find(written.begin(), written.end(), stop);
        CHECK((at == written.end() ? written.size() == 40 : at + 1 == written.end()));
      }
    }
  };
  on_policy alone{data, each};
  check(alone, false);
  replay again{on_policy{data, each}, 8, 0.5};
  check(again, true);
  mixture mixed{on_policy{data, each}, teacher_generated{teacher, data, each}, 0.5,
                draw_per::sequence};
  check(mixed, false);
  for (redraw when : {redraw::once, redraw::always}) {
    teacher_generated taught{teacher, data, each, when};
    check(taught, false);
  }
  each.stop_tokens_of.pop_back();
  const std::string text =
      "generation_options::stop_tokens_of has 5 entries, want none, or one for each of the "
      "dataset's 6 examples";
  CHECK_ERROR((on_policy{data, each}), errc::shape_mismatch, "on_policy: " + text);
  CHECK_ERROR((teacher_generated{teacher, data, each}), errc::shape_mismatch,
              "teacher_generated: " + text);
}

TEST_CASE("Options that complete no prompt are refused before the first of them is asked for") {
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5);
  const auto refused = [&](const generation_options& options, const char* text) {
    CHECK_ERROR((on_policy{data, options}), errc::bad_argument, text);
    CHECK_ERROR((teacher_generated{teacher, data, options}), errc::bad_argument, text);
    CHECK_ERROR((mixture{on_policy{data, options}, fixed{data}, 0.01}), errc::bad_argument, text);
  };
  refused({.sampling = {.temperature = -1}}, "sampler::temperature is -1");
  refused({.sampling = {.top_p = 0}}, "sampler::top_p is 0");
  refused({.max_new_tokens = 0}, "generation_options::max_new_tokens is 0, want at least 1");
}

TEST_CASE("A student writes no longer than its teacher can read") {
  const auto data = toy::ragged_dataset(6, 5);
  auto student = toy::random_bigram(5);
  on_policy source{data, {.max_new_tokens = 50}};
  const auto batch = *source.next(student, {.size = 6, .max_positions = 9});
  for (gkd::index b = 0; b < batch.size(); ++b) CHECK(batch.tokens(b).size() == 9);
  on_policy shorter{data, {.max_new_tokens = 50, .max_length = 7}};
  const auto cut = *shorter.next(student, {.size = 6, .max_positions = 9});
  for (gkd::index b = 0; b < cut.size(); ++b) CHECK(cut.tokens(b).size() == 7);
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
