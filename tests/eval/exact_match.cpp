// SPDX-License-Identifier: Apache-2.0
#include <gkd/eval/exact_match.hpp>

#include "support/catch.hpp"

#include <cmath>  // sqrt

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;
using gkd::make_sequence;
using gkd::sequence;
using gkd::token;
using tokens = std::vector<token>;

TEST_CASE("exact match: the same completion after the same prompt") {
  const std::vector<sequence> generated{
      make_sequence(tokens{9, 9}, tokens{2, 3}), make_sequence(tokens{1}, tokens{2}),
      make_sequence(tokens{1, 2}, tokens{3}), make_sequence(tokens{1}, tokens{})};
  const std::vector<sequence> references{
      make_sequence(tokens{9, 9}, tokens{2, 3}), make_sequence(tokens{1}, tokens{2, 3}),
      make_sequence(tokens{1, 2}, tokens{3}), make_sequence(tokens{1}, tokens{2})};
  const auto result = gkd::exact_match(generated, references);
  CHECK(result.matches == std::vector<bool>{true, false, true, false});
  CHECK(result.rate() == 0.5);
  CHECK((result.count().successes == 2 && result.count().trials == 4));
  CHECK_THROWS_WITH(gkd::exact_match(generated, {}), ContainsSubstring("got 4 sequences and 0"));
  const auto perfect = gkd::exact_match(references, references);
  CHECK_THAT(gkd::compare_paired(result, perfect).mcnemar_z(), WithinAbs(-std::sqrt(2.0), 1e-15));
}

TEST_CASE("exact match: a reference with targets in earlier turns is matched by its last answer") {
  const sequence chat{{5, 6, 7, 8, 2, 3}, {0, 1, 1, 0, 1, 1}};  // 8 is the last prompt's last token
  const std::vector<sequence> generated{make_sequence(tokens{5, 6, 7, 8}, tokens{2, 3}),
                                        make_sequence(tokens{5, 6, 7, 8}, tokens{2, 4})};
  const std::vector<sequence> references{chat, chat};
  CHECK(gkd::exact_match(generated, references).matches == std::vector<bool>{true, false});
}

TEST_CASE("exact match: a reference of another prompt is refused, by its number") {
  const std::vector<sequence> generated{make_sequence(tokens{1}, tokens{2}),
                                        make_sequence(tokens{1, 4}, tokens{2})};
  for (const sequence& other :
       {make_sequence(tokens{1, 5}, tokens{2}), make_sequence(tokens{1}, tokens{})})
    CHECK_THROWS_WITH(
        gkd::exact_match(generated, std::vector{generated[0], other}),
        ContainsSubstring("reference 1 does not begin with the prompt of its sequence, 2 tokens"));
}

TEST_CASE("exact match: by a predicate") {
  const std::vector<sequence> generated{make_sequence(tokens{1}, tokens{2, 3}),
                                        make_sequence(tokens{1}, tokens{2})};
  const auto ends = gkd::match_if(generated, [](gkd::index b, std::span<const token> completion) {
    return completion.back() == token(3 + b);
  });
  CHECK(ends.matches == std::vector<bool>{true, false});
}
