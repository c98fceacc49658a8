// SPDX-License-Identifier: Apache-2.0
#include <gkd/eval/bleu.hpp>

#include "support/catch.hpp"

#include <cmath>  // exp, pow

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;
using gkd::bleu;
using gkd::bleu_smoothing;

namespace {

using corpus = std::vector<std::string>;

double score(bleu b, const corpus& candidates, const std::vector<corpus>& references) {
  for (gkd::index i = 0; i < candidates.size(); ++i) {
    std::vector<corpus> of_candidate;
    for (const corpus& r : references) of_candidate.push_back(gkd::blank_separated_words(r[i]));
    b.add(gkd::blank_separated_words(candidates[i]), of_candidate);
  }
  return b.score();
}

const corpus candidates{"the cat is under the table on the mat",
                        "The quick brown dog jumps over a lazy fox today", "what is it",
                        "12 apples and nothing"};
const corpus references{"The cat sat on the mat, under the old table.",
                        "A quick brown fox jumps over the lazy dog", "it is what it is",
                        "Twelve 12 apples; nothing else"};
const corpus more_references{"the cat sat on the mat", "a fox jumps over the lazy dog",
                             "it is what it is indeed", "no apples"};

}  // namespace

TEST_CASE("bleu: token ids by hand") {
  bleu b(2);
  // unigrams 1 and 2 match, the second 2 does not: 2 of 3; pairs (1, 2): 1 of 2; length 3 of 4
  b.add(std::vector<int>{1, 2, 2}, {{1, 2, 3, 4}});
  CHECK_THAT(b.brevity_penalty(), WithinAbs(std::exp(1 - 4 / 3.0), 1e-15));
  CHECK_THAT(b.score(), WithinAbs(100 * std::exp(1 - 4 / 3.0) * std::sqrt(1 / 3.0), 1e-12));
  CHECK(bleu().score() == 0.0);
  CHECK_THROWS_WITH(bleu(0), ContainsSubstring("max_order is 0"));
  CHECK_THROWS_WITH(b.add(std::vector<int>{1}, {}), ContainsSubstring("no reference"));
}

TEST_CASE("bleu: nothing in common is 0, as in sacreBLEU, and not what smoothing makes of it") {
  for (bleu_smoothing smoothing : {bleu_smoothing::none, bleu_smoothing::exponential}) {
    for (gkd::index n = 1; n <= 4; ++n)
      CHECK(score(bleu(n, smoothing), {"a b c d e"}, {{"v w x y z"}}) == 0.0);
  }
  // one shared word: (1/5) (1/2)/4 (1/4)/3 (1/8)/2, smoothed as sacreBLEU does
  const double one = 100 * std::pow(1 / 5.0 / 8 / 12 / 16, 0.25);
  CHECK_THAT(score(bleu(4), {"a b c d e"}, {{"a w x y z"}}), WithinAbs(one, 1e-12));
}

TEST_CASE("bleu: the scores of sacreBLEU 2.6.0, words between blanks") {
  const double plain[] = {58.25922078394022, 30.721720958707664, 0.0, 0.0};
  const double smooth[] = {58.25922078394022, 30.721720958707664, 13.268624158632136,
                           7.808087783057394};
  for (gkd::index n = 1; n <= 4; ++n) {
    CHECK_THAT(score(bleu(n, bleu_smoothing::none), candidates, {references}),
               WithinAbs(plain[n - 1], 1e-12));
    CHECK_THAT(score(bleu(n), candidates, {references}), WithinAbs(smooth[n - 1], 1e-12));
  }
  // precisions 76.92, 27.27 and 5.56 with both references, lengths 26 and 29
  const double three = 100 * std::exp(1 - 29 / 26.0) * std::cbrt(20 / 26.0 * 6 / 22 * 1 / 18);
  CHECK_THAT(score(bleu(3), candidates, {references, more_references}), WithinAbs(three, 1e-12));
  CHECK(score(bleu(4, bleu_smoothing::none), candidates, {references, more_references}) == 0.0);
}
