// SPDX-License-Identifier: Apache-2.0
#include <gkd/eval/ngrams.hpp>

#include "support/catch.hpp"

using words = std::vector<std::string>;

TEST_CASE("ngrams: words between blanks, and words of ROUGE") {
  CHECK(gkd::blank_separated_words(" It's\ta  \"test\".\n") == words{"It's", "a", "\"test\"."});
  CHECK(gkd::rouge_words(" It's\ta  \"TEST\", caf\xc3\xa9 2.\n") ==
        words{"it", "s", "a", "test", "caf", "2"});
  CHECK(gkd::blank_separated_words(" \n").empty());
}

TEST_CASE("ngrams: counts") {
  const std::vector<int> tokens{1, 2, 1, 2, 3};
  const auto pairs = gkd::detail::ngram_counts(std::span(tokens), 2);
  CHECK(pairs.size() == 3);
  CHECK(pairs.at({1, 2}) == 2);
  CHECK(gkd::detail::ngram_counts(std::span(tokens), 6).empty());
}
