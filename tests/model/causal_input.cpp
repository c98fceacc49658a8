// SPDX-License-Identifier: Apache-2.0
#include <gkd/model/causal_input.hpp>

#include "support/catch.hpp"

using namespace gkd;

namespace {

template <class T>
std::vector<T> list(std::span<const T> s) {
  return {s.begin(), s.end()};
}
using indices = std::vector<gkd::index>;

// a b c d | e f g | h        rows: after b, after c; after e; none
token_batch letters() {
  token_batch batch;
  batch.add({{'a', 'b', 'c', 'd'}, {0, 0, 1, 1}});
  batch.add({{'h'}, {1}});
  batch.add({{'e', 'f', 'g'}, {0, 1, 0}});
  return batch;
}

}  // namespace

TEST_CASE("causal_input: tokens after the last row of a sequence are not read") {
  causal_input in;
  in.read_rows(letters());
  CHECK(list(in.tokens()) == std::vector<token>{'a', 'b', 'c', 'e'});
  CHECK(list(in.positions()) == indices{0, 1, 2, 0});
  CHECK(list(in.rows()) == indices{1, 2, 3});
  REQUIRE(in.ranges().size() == 4);
  const indices first{0, 0, 0, 3}, count{1, 2, 3, 1};
  for (gkd::index p = 0; p < 4; ++p) {
    CHECK(in.ranges()[p].first == first[p]);
    CHECK(in.ranges()[p].count == count[p]);
  }
}

TEST_CASE("causal_input: of prompts, everything is read and the last token is the row") {
  causal_input in;
  in.read_prompts(letters());
  CHECK(list(in.tokens()) == std::vector<token>{'a', 'b', 'c', 'd', 'h', 'e', 'f', 'g'});
  CHECK(list(in.positions()) == indices{0, 1, 2, 3, 0, 0, 1, 2});
  CHECK(list(in.rows()) == indices{3, 4, 7});
}

TEST_CASE("causal_input: equal when the same tokens are read for the same rows") {
  causal_input a, b;
  a.read_rows(letters());
  b.read_rows(letters());
  CHECK(a == b);
  token_batch joined;  // the same tokens and rows, in one sequence
  joined.add({{'a', 'b', 'c', 'e', 'f'}, {0, 0, 1, 1, 1}});
  b.read_rows(joined);
  CHECK_FALSE(a == b);
  b.read_prompts(letters());
  CHECK_FALSE(a == b);
}

TEST_CASE("newest: a window keeps the end of a range") {
  CHECK(newest({10, 7}, 3).first == 14);
  CHECK(newest({10, 7}, 3).count == 3);
  CHECK(newest({10, 2}, 3).first == 10);
  CHECK(newest({10, 2}, 3).count == 2);
}
