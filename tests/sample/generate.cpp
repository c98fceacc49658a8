// SPDX-License-Identifier: Apache-2.0
#include <gkd/sample/generate.hpp>

#include "sample/toy_model.hpp"
#include "support/catch.hpp"
#include "support/throws.hpp"

#include <algorithm>  // find
#include <cmath>      // sqrt
#include <limits>     // quiet_NaN
#include <map>        // map

using Catch::Matchers::ContainsSubstring;
using gkd::finish_reason;
using gkd::generation_options;
using gkd::sequence;
using gkd::token;
using prompts = std::vector<std::vector<token>>;

static_assert(gkd::cached_model<toy_cached_model> && !gkd::cached_model<toy_model>);

namespace {

// After token t always t + 1; the chain ends at the last id, after which anything may come.
struct counting {
  gkd::index vocab_size() const { return 6; }
  gkd::matrix_view<float> logits(const gkd::token_batch& batch) {
    scores.assign(batch.rows().size() * 6, -HUGE_VALF);
    for (gkd::index n = 0; n < batch.rows().size(); ++n)
      scores[n * 6 + gkd::index(batch.context(n).back() + 1) % 6] = 0.0f;
    return {scores.data(), batch.rows().size(), 6};
  }
  std::vector<float> scores;
};

// A model whose scores lie in memory that the host cannot follow.
struct far_space {
  static constexpr bool host_accessible = false;
};

struct far_backend {
  using space = far_space;
  void copy(gkd::vector_view<const float, far_space> from, gkd::vector_view<float> to) const {
    ++*copies;
    for (gkd::index i = 0; i < to.size; ++i) to[i] = from.data.raw()[i];
  }
  void synchronize() const {}
  long* copies;
};

struct far_model {
  toy_model near{9};
  gkd::index vocab_size() const { return 9; }
  far_backend backend() const { return {&copies}; }
  gkd::matrix_view<float, far_space> logits(const gkd::token_batch& batch) {
    const auto z = near.logits(batch);
    wide.assign(z.rows * (z.cols + gap), -1.0f);
    for (gkd::index i = 0; i < z.rows; ++i)
      for (gkd::index j = 0; j < z.cols; ++j) wide[i * (z.cols + gap) + j] = z(i, j);
    return {gkd::remote_pointer<float, far_space>(wide.data()), z.rows, z.cols, z.cols + gap};
  }
  gkd::index gap = 0;  // columns that lie between the rows
  mutable long copies = 0;
  std::vector<float> wide;
};

const prompts some_prompts{{1, 2, 3}, {4}, {0, 0}, {5, 1, 2, 3, 4}, {2}, {3, 3, 3}};

std::vector<std::vector<token>> tokens_of(const std::vector<sequence>& sequences) {
  std::vector<std::vector<token>> out;
  for (const sequence& s : sequences) out.push_back(s.tokens);
  return out;
}

}  // namespace

TEST_CASE("generate: a completion by hand, with its stop token as a target") {
  counting model;
  const generation_options options{.max_new_tokens = 3, .stop_tokens = {4}};
  const auto out = gkd::generate(model, prompts{{2}, {0, 1}, {4}, {3}}, options);
  CHECK(tokens_of(out) == prompts{{2, 3, 4}, {0, 1, 2, 3, 4}, {4, 5, 0, 1}, {3, 4}});
  CHECK(out[1].weights == std::vector<float>{0, 0, 1, 1, 1});
  CHECK(out[0].from == gkd::origin::student);
  CHECK(finish_of(out[0], options, 0) == finish_reason::eos);
  CHECK(finish_of(out[1], options, 1) == finish_reason::eos);     // the third and last
  CHECK(finish_of(out[2], options, 2) == finish_reason::length);  // a 4 in the prompt ends nothing
  CHECK(finish_of(out[3], options, 3) == finish_reason::eos);
  const auto completion = gkd::completion_of(out[1]);
  CHECK(std::vector<token>(completion.begin(), completion.end()) == std::vector<token>{2, 3, 4});
}

TEST_CASE("generate: stop tokens that a sequence has none of are an error, not read past") {
  const generation_options options{.max_new_tokens = 4, .stop_tokens_of = {{3}, {5, 2}}};
  const sequence s{{1, 2}, {0, 1}};
  CHECK(finish_of(s, options, 1) == finish_reason::eos);
  CHECK_ERROR(finish_of(s, options, 2), gkd::errc::shape_mismatch,
              "generation_options::stop_tokens_of has 2 entries, none for sequence 2, want none or "
              "one for each sequence");
  CHECK_ERROR(options.stops(2), gkd::errc::shape_mismatch, "none for sequence 2");
}

TEST_CASE("generate: stop tokens of each sequence, and none") {
  counting model;
  const generation_options options{.max_new_tokens = 4, .stop_tokens_of = {{3}, {}, {5, 2}}};
  const auto out = gkd::generate(model, prompts{{1}, {1}, {1}}, options);
  CHECK(tokens_of(out) == prompts{{1, 2, 3}, {1, 2, 3, 4, 5}, {1, 2}});
}

TEST_CASE("generate: prefill and decode give the tokens of running every prefix again") {
  toy_model model(9);
  toy_cached_model cached(9);
  for (const gkd::sampler& sampling :
       {gkd::sampler{}, gkd::sampler{.temperature = 0.6, .top_k = 4, .repetition_penalty = 1.4},
        gkd::sampler{.greedy = true}}) {
    const generation_options options{
        .sampling = sampling, .max_new_tokens = 25, .stop_tokens = {7}, .seed = 5};
    const auto again = gkd::generate(model, some_prompts, options);
    const auto once = gkd::generate(cached, some_prompts, options);
    CHECK(tokens_of(again) == tokens_of(once));
  }
  CHECK(cached.tokens_run < model.tokens_run / 4);
}

TEST_CASE("generate: the stream of a sequence does not depend on its batch") {
  toy_cached_model model(9);
  generation_options options{
      .max_new_tokens = 20, .stop_tokens = {7, 0}, .seed = 8, .first_id = 100};
  const auto all = tokens_of(gkd::generate(model, some_prompts, options));
  for (gkd::index size : {1u, 2u, 4u, 100u}) {
    options.batch_size = size;
    CHECK(tokens_of(gkd::generate(model, some_prompts, options)) == all);
  }
  options.batch_size = 0;
  for (gkd::index b = 0; b < some_prompts.size(); ++b) {  // alone, by its id
    options.first_id = 100 + b;
    CHECK(gkd::generate(model, prompts{some_prompts[b]}, options)[0].tokens == all[b]);
  }
  options.ids = {105, 102};  // in another order
  const auto two = gkd::generate(model, prompts{some_prompts[5], some_prompts[2]}, options);
  CHECK((two[0].tokens == all[5] && two[1].tokens == all[2]));
  options.ids.clear();
  options.first_id = 999;
  CHECK(tokens_of(gkd::generate(model, some_prompts, options)) != all);
}

TEST_CASE("generate: the t-th token is drawn with the t-th number of the sequence's stream") {
  struct uniform {
    gkd::index vocab_size() const { return 1000; }
    gkd::matrix_view<float> logits(const gkd::token_batch& b) {
      scores.assign(b.rows().size() * 1000, 0.0f);
      return {scores.data(), b.rows().size(), 1000};
    }
    std::vector<float> scores;
  } model;
  const generation_options options{.max_new_tokens = 10, .seed = 3, .first_id = 40};
  const auto out = gkd::generate(model, prompts{{1}, {2, 3}}, options);
  for (std::uint64_t b = 0; b < 2; ++b)
    for (std::uint64_t t = 0; t < 10; ++t) {
      const double u = gkd::random_stream(3, gkd::purpose::sampling, 40 + b).uniform(t);
      CHECK(out[b].tokens[1 + b + t] == static_cast<token>(u * 1000));
    }
}

TEST_CASE("generate: a sequence ends where the model's context does") {
  const generation_options options{.max_new_tokens = 100, .stop_tokens = {8}, .seed = 1};
  toy_cached_model free(9);
  limited<toy_cached_model> cached(9, 5);
  limited<toy_model> plain(9, 5);
  const auto out = gkd::generate(cached, some_prompts, options);
  CHECK(tokens_of(out) == tokens_of(gkd::generate(plain, some_prompts, options)));
  const auto unlimited = gkd::generate(free, some_prompts, options);
  int ended_by_context = 0;
  for (gkd::index b = 0; b < out.size(); ++b) {
    CHECK(out[b].tokens.size() <= 5);
    CHECK(std::equal(out[b].tokens.begin(), out[b].tokens.end(), unlimited[b].tokens.begin()));
    ended_by_context += finish_of(out[b], options, b) == finish_reason::context;
  }
  CHECK(ended_by_context >= 2);
  CHECK(out[3].tokens == some_prompts[3]);  // a prompt as long as the context: nothing is drawn
  CHECK(finish_of(out[3], options, 3) == finish_reason::context);
  CHECK_THROWS_WITH(gkd::generate(cached, prompts{{1}, {1, 2, 3, 4, 5, 6}}, options),
                    ContainsSubstring("prompt 1 has 6 tokens, want at most the model's 5 "
                                      "(max_positions)"));
}

TEST_CASE("generate: a prompt that is too long is told which limit it breaks") {
  limited<toy_cached_model> model(9, 100);
  const prompts one{{0, 1, 2, 3, 4}};
  CHECK_ERROR(gkd::generate(model, one, {.max_length = 4}), gkd::errc::context_overflow,
              "prompt 0 has 5 tokens, want at most max_length = 4");
  limited<toy_cached_model> narrow(9, 4);
  for (gkd::index max_length : {0u, 4u, 50u})
    CHECK_ERROR(gkd::generate(narrow, one, {.max_length = max_length}),
                gkd::errc::context_overflow,
                "prompt 0 has 5 tokens, want at most the model's 4 (max_positions)");
}

TEST_CASE("generate: every prompt is checked before the first pass, and named by its own number") {
  const auto check = [](auto model) {
    for (gkd::index size : {0u, 1u, 2u, 3u}) {
      const auto refused = [&](const std::vector<token>& last, gkd::errc code,
                               const std::string& text) {
        CHECK_ERROR(gkd::generate(model, prompts{{0}, {1}, {2}, last}, {.batch_size = size}), code,
                    text);
        CHECK(model.calls == 0);
      };
      refused({}, gkd::errc::empty_data, "prompt 3 has no tokens");
      refused({0, 1, 2, 3, 4, 0}, gkd::errc::context_overflow,
              "prompt 3 has 6 tokens, want at most the model's 5 (max_positions)");
      refused({1, 9}, gkd::errc::vocabulary_mismatch,
              "prompt 3, position 1: token id 9, want 0 <= id < vocab_size = 9");
      refused({-1}, gkd::errc::vocabulary_mismatch, "prompt 3, position 0: token id -1");
    }
  };
  check(limited<toy_model>(9, 5));
  check(limited<toy_cached_model>(9, 5));
}

TEST_CASE("generate: a repetition penalty passes over prompt tokens that cannot be drawn") {
  toy_model plain(8);
  toy_cached_model cached(8);
  generation_options options{.sampling = {.repetition_penalty = 1.2},
                             .max_new_tokens = 12,
                             .vocab_size = 5};
  const prompts padded{{7}, {1, 7, 6, 2}, {5, 3}};
  const auto out = gkd::generate(plain, padded, options);
  CHECK(tokens_of(gkd::generate(cached, padded, options)) == tokens_of(out));
  for (const sequence& s : out)
    for (token drawn : gkd::completion_of(s)) CHECK(drawn < 5);
  // and of those that can be drawn it still takes its share
  options.sampling = {.repetition_penalty = 1e6, .greedy = true};
  gkd::generation_options without = options;
  without.sampling.repetition_penalty = 1.0;
  struct twos : toy_model {
    using toy_model::toy_model;
    gkd::matrix_view<float> logits(const gkd::token_batch& batch) {
      const auto z = toy_model::logits(batch);
      for (gkd::index n = 0; n < z.rows; ++n)
        for (gkd::index v = 0; v < z.cols; ++v) z(n, v) = v == 2 ? 3.0f : v == 3 ? 1.0f : 0.0f;
      return z;
    }
  } model(8);
  options.max_new_tokens = without.max_new_tokens = 2;
  CHECK(tokens_of(gkd::generate(model, prompts{{7, 2}}, without)) == prompts{{7, 2, 2, 2}});
  CHECK(gkd::generate(model, prompts{{7, 2}}, options)[0].tokens[2] == 3);
}

TEST_CASE("generate: scores in memory that the host cannot follow are copied") {
  far_model model;
  toy_model near(9);
  const generation_options options{.max_new_tokens = 12, .stop_tokens = {7}};
  const auto want = tokens_of(gkd::generate(near, some_prompts, options));
  long steps = 0;
  const auto count = [&](const gkd::generation_progress&) { ++steps; };
  CHECK(tokens_of(gkd::generate(model, some_prompts, options, count)) == want);
  CHECK(model.copies == steps);  // in one piece each
  model.gap = 2;
  CHECK(tokens_of(gkd::generate(model, some_prompts, options)) == want);
  CHECK(model.copies > 2 * steps);  // and else row by row
}

TEST_CASE("generate: only the vocabulary that is asked for is drawn from") {
  toy_model padded(5, 8);
  const auto out = gkd::generate(padded, some_prompts, {.max_new_tokens = 50, .vocab_size = 6});
  for (const sequence& s : out) CHECK(*std::max_element(s.tokens.begin(), s.tokens.end()) <= 5);
}

TEST_CASE("generate: a model that samples by itself is left to it") {
  struct server : toy_model {
    using toy_model::toy_model;
    std::vector<sequence> sample(const prompts& p, const generation_options& o) {
      return {gkd::make_sequence(p[0], std::vector<token>{8}, o.from)};
    }
  } model(9);
  const auto out = gkd::generate(model, prompts{{1}}, {.from = gkd::origin::teacher});
  CHECK(out[0].tokens == std::vector<token>{1, 8});
  CHECK(out[0].from == gkd::origin::teacher);
}

TEST_CASE("generate: logits at a null pointer are an error, not read") {
  struct nowhere {
    gkd::index vocab_size() const { return 3; }
    gkd::matrix_view<const float> logits(const gkd::token_batch& batch) {
      return {nullptr, batch.rows().size(), 3};
    }
  } model;
  CHECK_ERROR(gkd::generate(model, prompts{{1}}, {}), gkd::errc::shape_mismatch,
              "the model's logits are (1, 3) at a null pointer");
}

namespace {

// A model whose own sample() gives what a test wants.
struct server : toy_model {
  using toy_model::toy_model;
  std::vector<sequence> sample(const prompts&, const generation_options&) {
    ++asked;
    return answers;
  }
  std::vector<sequence> answers;
  int asked = 0;
};

}  // namespace

TEST_CASE("generate: what a model's own sample() gives is of the prompts that were asked for") {
  server model(9);
  const prompts two{{1, 2}, {3, 4}};
  const sequence first = gkd::make_sequence(two[0], std::vector<token>{5});
  const sequence second = gkd::make_sequence(two[1], std::vector<token>{});
  const auto run = [&](std::vector<sequence> answers) {
    model.answers = std::move(answers);
    return gkd::generate(model, two, {});
  };
  CHECK(run({first, second}).size() == 2);
  CHECK_ERROR(run({first}), gkd::errc::shape_mismatch,
              "the model's sample() gave 1 sequences for 2 prompts, want one for each");
  CHECK_ERROR(run({first, second, second}), gkd::errc::shape_mismatch, "gave 3 sequences");
  CHECK_ERROR(run({second, first}), gkd::errc::bad_argument,
              "sequence 0 of the model's sample() is no completion of prompt 0");
  CHECK_ERROR(run({first, {{3}, {0}}}), gkd::errc::bad_argument,
              "sequence 1 of the model's sample() is no completion of prompt 1, want one that "
              "begins with its 2 tokens; 1 are the same");
  CHECK_ERROR(run({first, {}}), gkd::errc::bad_argument, "its 2 tokens; 0 are the same");
}

TEST_CASE("generate: weights and marks of a model's own sample() are not its own affair") {
  server model(9);
  const prompts four{{1, 2}, {3}, {4, 5}, {6}};
  model.answers = {{{1, 2, 7}, {1, 1, 1}, gkd::origin::dataset},        // of the prompt, too
                   {{3, 8, 8}, {0, 0, 0, 0, 0}, gkd::origin::teacher},  // of more than 3 tokens
                   {{4, 5, 0}, {}, gkd::origin::dataset, true},
                   {{6}, {1}}};
  const auto out = gkd::generate(model, four, {.from = gkd::origin::student});
  CHECK(tokens_of(out) == prompts{{1, 2, 7}, {3, 8, 8}, {4, 5, 0}, {6}});
  CHECK(out[0].weights == std::vector<float>{0, 0, 1});
  CHECK(out[1].weights == std::vector<float>{0, 1, 1});
  CHECK(out[2].weights == std::vector<float>{0, 0, 1});
  CHECK(out[3].weights == std::vector<float>{0});
  for (const sequence& s : out) CHECK((s.from == gkd::origin::student && !s.replayed));
}

TEST_CASE("generate: a model's own sample() keeps to the options") {
  server model(9);
  limited<server> narrow(9, 3);
  const auto run = [&](auto& by, std::vector<token> answer, const generation_options& options) {
    by.answers = {gkd::make_sequence(answer, {})};
    return gkd::generate(by, prompts{{1, 2}}, options);
  };
  CHECK_ERROR(run(model, {1, 2, 3, 4, 5}, {.max_new_tokens = 2}), gkd::errc::bad_argument,
              "sequence 0 of the model's sample() has 3 new tokens, want at most "
              "max_new_tokens = 2");
  CHECK_ERROR(run(model, {1, 2, 3, 4, 5}, {.max_length = 4}), gkd::errc::context_overflow,
              "sequence 0 of the model's sample() has 5 tokens, want at most max_length = 4");
  CHECK_ERROR(run(narrow, {1, 2, 3, 4}, {}), gkd::errc::context_overflow,
              "has 4 tokens, want at most the model's 3 (max_positions)");
  CHECK_ERROR(run(model, {1, 2, 3, 9}, {}), gkd::errc::vocabulary_mismatch,
              "sequence 0 of the model's sample() has the new token 9, want 0 <= id < "
              "vocab_size = 9");
  CHECK_ERROR(run(model, {1, 2, 6}, {.vocab_size = 6}), gkd::errc::vocabulary_mismatch,
              "has the new token 6, want 0 <= id < vocab_size = 6");
  CHECK_ERROR(run(model, {1, 2, -1}, {}), gkd::errc::vocabulary_mismatch, "the new token -1");
  CHECK_ERROR(run(model, {1, 2, 3, 7, 4}, {.stop_tokens = {7}}), gkd::errc::bad_argument,
              "goes on after the stop token 7, its new token 1, want it to end there");
  CHECK(run(model, {1, 2, 3, 7}, {.max_new_tokens = 2, .stop_tokens = {7}}).size() == 1);
  CHECK(run(narrow, {1, 2, 3}, {.stop_tokens = {2}}).size() == 1);  // a prompt may hold one
}

TEST_CASE("generate: options and prompts are checked before a model's own sample() is asked") {
  server model(9);
  const prompts two{{1}, {2}};
  const auto with = [&](generation_options o) { return gkd::generate(model, two, o); };
  CHECK_THROWS_WITH(with({.max_new_tokens = 0}), ContainsSubstring("max_new_tokens is 0"));
  CHECK_THROWS_WITH(with({.stop_tokens = {9}}), ContainsSubstring("stop token 9 can never be"));
  CHECK_THROWS_WITH(with({.vocab_size = 10}), ContainsSubstring("vocab_size is 10, but"));
  CHECK_THROWS_WITH(with({.ids = {1}}), ContainsSubstring("ids has 1 entries"));
  CHECK_THROWS_WITH(with({.sampling = {.temperature = -1}}),
                    ContainsSubstring("temperature is -1"));
  CHECK_ERROR(gkd::generate(model, prompts{{1}, {}}, {}), gkd::errc::empty_data,
              "prompt 1 has no tokens");
  CHECK_ERROR(gkd::generate(model, prompts{{1, 2, 3}}, {.max_length = 2}),
              gkd::errc::context_overflow, "prompt 0 has 3 tokens, want at most max_length = 2");
  CHECK_ERROR(gkd::generate(model, prompts{{1}, {2, 9}}, {.vocab_size = 5}),
              gkd::errc::vocabulary_mismatch,
              "prompt 1, position 1: token id 9, want 0 <= id < vocab_size = 9");
  CHECK(gkd::generate(model, prompts{}, {}).empty());  // there is nothing to ask for
  CHECK(model.asked == 0);
}

TEST_CASE("generate: a model that samples by itself and does nothing else") {
  struct {
    std::vector<sequence> sample(const prompts& p, const generation_options&) {
      return {{{p[0][0], 123456}, {}}};
    }
  } model;
  const auto out = gkd::generate(model, prompts{{1}}, {.stop_tokens = {123456}});
  CHECK(out[0].weights == std::vector<float>{0, 1});
  CHECK_THROWS_WITH(gkd::generate(model, prompts{{1}}, {.vocab_size = 9}),
                    ContainsSubstring("the new token 123456, want 0 <= id < vocab_size = 9"));
}

TEST_CASE("generate: progress is told once of a model that samples by itself") {
  server model(9);
  model.answers = {{{2, 3, 4}, {}}, {{0}, {}}};
  int told = 0;
  gkd::generate(model, prompts{{2}, {0}}, {}, [&](const gkd::generation_progress& now) {
    ++told;
    CHECK((now.sequences == 2 && now.finished == 2 && now.tokens == 2));
  });
  CHECK(told == 1);
}

TEST_CASE("completion_of reads no further than tokens and weights go") {
  CHECK(gkd::completion_of({{1, 2}, {0, 0}}).empty());
  CHECK_ERROR(gkd::completion_of({{1, 2}, {0, 0, 0, 0}}), gkd::errc::shape_mismatch,
              "has 2 tokens and 4 weights, want as many of both");
  CHECK_ERROR(gkd::completion_of({{1, 2}, {0}}), gkd::errc::shape_mismatch, "and 1 weights");
}

TEST_CASE("generate: progress is told after each step") {
  counting model;
  std::vector<gkd::index> finished, tokens;
  gkd::generate(model, prompts{{2}, {0}}, {.stop_tokens = {3}},
                [&](const gkd::generation_progress& now) {
                  CHECK(now.sequences == 2);
                  finished.push_back(now.finished);
                  tokens.push_back(now.tokens);
                });
  CHECK(finished == std::vector<gkd::index>{1, 1, 2});
  CHECK(tokens == std::vector<gkd::index>{2, 3, 4});
}

TEST_CASE("generate: logits that are no numbers are named by sequence and token") {
  struct broken : toy_model {
    using toy_model::toy_model;
    gkd::matrix_view<float> logits(const gkd::token_batch& batch) {
      const auto z = toy_model::logits(batch);
      for (gkd::index n = 0; n < z.rows; ++n)
        if (batch.context(n).size() == 4) z(n, 0) = std::numeric_limits<float>::quiet_NaN();
      return z;
    }
  } model(9);
  CHECK_THROWS_WITH(gkd::generate(model, prompts{{1}, {2, 3}}, {}),
                    ContainsSubstring("the logits of sequence 1, new token 2 hold NaN"));
}

TEST_CASE("generate: options and prompts that do not fit are named") {
  toy_model model(9);
  const prompts two{{1}, {2}};
  const auto with = [&](generation_options o) { return gkd::generate(model, two, o); };
  CHECK_THROWS_WITH(with({.max_new_tokens = 0}), ContainsSubstring("max_new_tokens is 0"));
  CHECK_THROWS_WITH(with({.stop_tokens = {9}}),
                    ContainsSubstring("stop token 9 can never be drawn, want"));
  CHECK_THROWS_WITH(with({.stop_tokens = {-1}}), ContainsSubstring("stop token -1"));
  CHECK_THROWS_WITH(
      with({.stop_tokens = {6}, .vocab_size = 6}),
      ContainsSubstring("stop token 6 can never be drawn, want 0 <= id < vocab_size = 6"));
  CHECK_THROWS_WITH(with({.stop_tokens_of = {{5}, {8}}, .vocab_size = 8}),
                    ContainsSubstring("stop token 8 can never be drawn"));
  CHECK_NOTHROW(with({.max_new_tokens = 1, .stop_tokens = {5}, .vocab_size = 6}));
  CHECK_THROWS_WITH(with({.ids = {1}}), ContainsSubstring("ids has 1 entries"));
  CHECK_THROWS_WITH(with({.stop_tokens_of = {{1}}}), ContainsSubstring("stop_tokens_of has 1"));
  CHECK_THROWS_WITH(with({.vocab_size = 10}), ContainsSubstring("vocab_size is 10, but"));
  CHECK_THROWS_WITH(with({.sampling = {.temperature = -1}}),
                    ContainsSubstring("temperature is -1"));
  CHECK_THROWS_WITH(gkd::generate(model, prompts{{1}, {}}, {}),
                    ContainsSubstring("prompt 1 has no tokens"));
  CHECK(gkd::generate(model, prompts{}, {}).empty());
}

namespace {

// The probability of every completion of a prompt, by the model's own scores.
std::map<std::vector<token>, double> exact(toy_model& model, const std::vector<token>& prompt,
                                           const generation_options& o) {
  std::map<std::vector<token>, double> out;
  std::map<std::vector<token>, double> open{{{}, 1.0}};
  while (!open.empty()) {
    std::map<std::vector<token>, double> longer;
    for (const auto& [written, so_far] : open) {
      std::vector<token> context = prompt;
      context.insert(context.end(), written.begin(), written.end());
      gkd::token_batch batch;
      batch.add_prompt(context);
      const auto p = gkd::probabilities(model.logits(batch).row(0), context, o.sampling);
      for (gkd::index v = 0; v < p.size(); ++v) {
        std::vector<token> next = written;
        next.push_back(static_cast<token>(v));
        const bool ends = next.size() == o.max_new_tokens || next.back() == o.stop_tokens[0];
        if (p[v] > 0.0) (ends ? out : longer)[next] += so_far * p[v];
      }
    }
    open = std::move(longer);
  }
  return out;
}

// How far counts are from probabilities, and how far they may be: five standard deviations.
template <class Outcome>
void check_fit(const std::map<Outcome, double>& counts, const std::map<Outcome, double>& p,
               double draws) {
  double chi_square = 0.0, freedom = -1.0;
  for (const auto& [outcome, probability] : p) {
    const double expected = probability * draws;
    const auto found = counts.find(outcome);
    const double off = (found == counts.end() ? 0.0 : found->second) - expected;
    chi_square += off * off / expected;
    freedom += 1.0;
  }
  for (const auto& [outcome, count] : counts) CHECK(p.count(outcome) == 1);
  CHECK(chi_square < freedom + 5.0 * std::sqrt(2.0 * freedom));
  CHECK(chi_square > freedom - 5.0 * std::sqrt(2.0 * freedom));
}

template <class Model>
void check_frequencies(const gkd::sampler& sampling, std::uint64_t seed) {
  Model model(4);
  const std::vector<token> prompt{1, 2};
  generation_options o{.sampling = sampling,
                       .max_new_tokens = 4,
                       .stop_tokens = {3},
                       .seed = seed,
                       .batch_size = 50};
  const auto p = exact(model, prompt, o);
  REQUIRE(p.size() > 30);
  std::map<std::vector<token>, double> counts;
  std::map<std::vector<token>, double> pairs;  // first tokens of two that follow each other
  constexpr gkd::index calls = 40, size = 500;
  for (gkd::index call = 0; call < calls; ++call) {
    o.first_id = call * size;
    const auto drawn = gkd::generate(model, prompts(size, prompt), o);
    for (gkd::index b = 0; b < size; ++b) {
      const auto completion = gkd::completion_of(drawn[b]);
      ++counts[{completion.begin(), completion.end()}];
      if (b % 2 == 1) ++pairs[{drawn[b - 1].tokens[2], drawn[b].tokens[2]}];
    }
  }
  check_fit(counts, p, double(calls * size));
  std::map<token, double> first;
  for (const auto& [completion, probability] : p) first[completion[0]] += probability;
  std::map<std::vector<token>, double> both;
  for (const auto& [a, pa] : first)
    for (const auto& [b, pb] : first) both[{a, b}] = pa * pb;
  check_fit(pairs, both, double(calls * size / 2));
}

}  // namespace

TEST_CASE("generate: whole completions come as often as the model's scores say (chi-square)") {
  const gkd::sampler sharper{.temperature = 0.7, .repetition_penalty = 1.2};
  for (std::uint64_t seed : {1u, 2u}) {
    check_frequencies<toy_model>({}, seed);
    check_frequencies<toy_cached_model>({}, seed);
    check_frequencies<toy_cached_model>(sharper, seed);
  }
}
