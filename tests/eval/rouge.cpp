// SPDX-License-Identifier: Apache-2.0
#include <gkd/eval/rouge.hpp>

#include "support/catch.hpp"

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;

TEST_CASE("rouge: token ids by hand") {
  const std::vector<int> reference{1, 2, 3, 4}, candidate{2, 2, 3, 1, 4, 4};
  const auto one = gkd::rouge_n(reference, candidate, 1);  // 1, 2, 3 and 4 once each
  CHECK((one.recall == 1.0 && one.precision == 4.0 / 6));
  const auto two = gkd::rouge_n(reference, candidate, 2);  // (2, 3)
  CHECK((two.recall == 1.0 / 3 && two.precision == 1.0 / 5));
  const auto l = gkd::rouge_l(reference, candidate);  // 2 3 4
  CHECK((l.recall == 3.0 / 4 && l.precision == 3.0 / 6));
  CHECK_THAT(l.f1(), WithinAbs(0.6, 1e-15));
  const std::vector<int> none;
  CHECK((gkd::rouge_n(none, candidate, 1).f1() == 0.0 && gkd::rouge_l(none, none).f1() == 0.0));
  CHECK_THROWS_WITH(gkd::rouge_n(reference, candidate, 0), ContainsSubstring("n = 0"));
}

TEST_CASE("rouge: precision and recall of the Python package rouge_score 0.1.2") {
  struct expected {
    const char *reference, *candidate;
    gkd::rouge_score one, two, l;
  };
  const expected all[] = {
      {"The cat sat on the mat, under the old table.",
       "the cat is under the table on the mat",
       {8 / 9.0, 0.8},
       {0.5, 4 / 9.0},
       {5 / 9.0, 0.5}},
      {"A quick brown fox jumps over the lazy dog",
       "The quick brown dog jumps over a lazy fox today",
       {0.9, 1.0},
       {2 / 9.0, 0.25},
       {0.5, 5 / 9.0}},
      {"it is what it is", "what is it", {1.0, 0.6}, {0.0, 0.0}, {2 / 3.0, 0.4}},
      {"Twelve 12 apples; nothing else",
       "12 apples and nothing",
       {0.75, 0.6},
       {1 / 3.0, 0.25},
       {0.75, 0.6}}};
  const auto same = [](const gkd::rouge_score& got, const gkd::rouge_score& want) {
    CHECK_THAT(got.precision, WithinAbs(want.precision, 1e-15));
    CHECK_THAT(got.recall, WithinAbs(want.recall, 1e-15));
  };
  for (const expected& e : all) {
    const auto reference = gkd::rouge_words(e.reference);
    const auto candidate = gkd::rouge_words(e.candidate);
    same(gkd::rouge_n(reference, candidate, 1), e.one);
    same(gkd::rouge_n(reference, candidate, 2), e.two);
    same(gkd::rouge_l(reference, candidate), e.l);
  }
}
