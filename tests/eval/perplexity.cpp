// SPDX-License-Identifier: Apache-2.0
#include <gkd/eval/perplexity.hpp>

#include "eval/fixed_model.hpp"
#include "support/catch.hpp"
#include "support/throws.hpp"

#include <cmath>  // log

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;
using gkd::sequence;

namespace {

// after token 0: (3/4, 1/4); after token 1: (1/2, 1/2)
fixed_model<double> coin() { return {{{std::log(3.0), 0.0}, {5.0, 5.0}}}; }

}  // namespace

TEST_CASE("perplexity: weighted mean of -log q by hand") {
  auto model = coin();
  // targets: 0 after 0 (3/4), 1 after 0 (1/4), 0 after 1 (1/2, weight 2)
  const std::vector<sequence> sequences{{{0, 0, 1, 0}, {0, 1, 1, 2}}};
  const auto result = gkd::measure_perplexity(model, sequences);
  const double want = (std::log(4.0 / 3) + std::log(4.0) + 2 * std::log(2.0)) / 4;
  CHECK_THAT(result.cross_entropy, WithinAbs(want, 1e-15));
  CHECK_THAT(result.perplexity(), WithinAbs(std::exp(want), 1e-15));
  CHECK_THAT(result.bits_per_token(), WithinAbs(want / std::log(2.0), 1e-15));
  CHECK(result.tokens == 4.0);
  CHECK(result.sequences == 1);
}

TEST_CASE("perplexity: the size of the batches changes nothing, bit by bit") {
  auto model = coin();
  std::vector<sequence> sequences;
  for (int i = 0; i < 23; ++i)
    sequences.push_back(gkd::make_sequence(std::vector<gkd::token>{i % 2},
                                           std::vector<gkd::token>(gkd::index(i % 5), i % 3 == 0)));
  const auto one = gkd::measure_perplexity(model, sequences, {.batch_size = 1});
  CHECK(model.largest_batch == 1);
  for (gkd::index size : {2u, 7u, 100u})
    CHECK(gkd::measure_perplexity(model, sequences, {.batch_size = size}).cross_entropy ==
          one.cross_entropy);
}

TEST_CASE("perplexity: temperature and a vocabulary that is smaller than the head") {
  fixed_model<double> model{{{std::log(3.0), 0.0, 9.0}, {5.0, 5.0, 9.0}}};
  const std::vector<sequence> sequences{{{0, 0}, {0, 1}}};
  const auto result =
      gkd::measure_perplexity(model, sequences, {.temperature = 0.5, .vocab_size = 2});
  CHECK_THAT(result.perplexity(), WithinAbs(10.0 / 9, 1e-15));
}

TEST_CASE("perplexity: a token that the model rules out costs infinitely much") {
  fixed_model<float> model{{{0.0f, -HUGE_VALF}}};
  CHECK(gkd::measure_perplexity(model, std::vector<sequence>{{{0, 1}, {0, 1}}}).cross_entropy ==
        HUGE_VAL);
}

TEST_CASE("perplexity: a sequence that can be none is named by its number in the data, at once") {
  struct never_asked : fixed_model<double> {
    gkd::matrix_view<double> logits(const gkd::token_batch& batch) {
      ++calls;
      return fixed_model<double>::logits(batch);
    }
    int calls = 0;
  };
  never_asked model{coin()};
  std::vector<sequence> sequences(20, sequence{{0, 1}, {0, 1}});
  for (gkd::index size : {1u, 8u, 20u}) {
    const auto refused = [&](const sequence& bad, gkd::errc code, const std::string& text) {
      sequences[17] = bad;
      CHECK_ERROR(gkd::measure_perplexity(model, sequences, {.batch_size = size}), code, text);
    };
    refused({{}, {}}, gkd::errc::empty_data, "sequence 17 of the data has no tokens");
    refused({{0, 1}, {0}}, gkd::errc::shape_mismatch,
            "sequence 17 of the data has 2 tokens and 1 weights");
    refused({{0, 1}, {0, -1}}, gkd::errc::bad_argument,
            "sequence 17 of the data, token 1: weight -1, want a finite number >= 0");
  }
  CHECK(model.calls == 0);
}

TEST_CASE("perplexity: what cannot be measured is named") {
  auto model = coin();
  const std::vector<sequence> no_target{{{0, 1}, {1, 0}}},
      foreign{{{0, 0}, {0, 1}}, {{0, 2}, {0, 1}}};
  CHECK_THROWS_WITH(gkd::measure_perplexity(model, no_target),
                    ContainsSubstring("none of the 1 sequences has a target"));
  CHECK_THROWS_WITH(
      gkd::measure_perplexity(model, foreign, {.batch_size = 1}),
      ContainsSubstring("the label of sequence 1, position 0 is 2, want 0 <= id < 2"));
  CHECK_THROWS_WITH(gkd::measure_perplexity(model, foreign, {.batch_size = 0}),
                    ContainsSubstring("batch_size is 0"));
  CHECK_THROWS_WITH(gkd::measure_perplexity(model, foreign, {.temperature = 0}),
                    ContainsSubstring("temperature is 0"));
  CHECK_THROWS_WITH(gkd::measure_perplexity(model, foreign, {.vocab_size = 3}),
                    ContainsSubstring("vocab_size is 3, but the models share 2"));
  model.table[1][0] = NAN;
  CHECK_THROWS_WITH(gkd::measure_perplexity(
                        model, std::vector<sequence>{{{0, 1}, {0, 1}}, {{0, 1, 1}, {0, 1, 1}}},
                        {.batch_size = 1}),
                    ContainsSubstring("model logits of sequence 1, position 1 hold NaN"));
}
