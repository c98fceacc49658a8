// SPDX-License-Identifier: Apache-2.0
#include <gkd/core/memory.hpp>

#include <set>
#include <vector>

#include "support/catch.hpp"

using namespace gkd;
using detail::overlap;
using detail::same_memory;

TEST_CASE("Views overlap where they share a number") {
  std::vector<float> memory(12);
  const matrix_view<float> all(memory.data(), 3, 4);
  CHECK(overlap(all, all));
  CHECK(overlap(all, all.slice(2, 1)));
  CHECK_FALSE(overlap(all.slice(0, 2), all.slice(2, 1)));
  CHECK_FALSE(overlap(all.columns(0, 2), all.columns(2, 2)));
  CHECK(overlap(all.columns(0, 3), all.columns(2, 2)));
  CHECK_FALSE(overlap(all, matrix_view<float>{}));
  CHECK_FALSE(overlap(all, all.slice(0, 0)));
}

TEST_CASE("Views of unlike strides or types are taken to overlap where one begins in the other") {
  std::vector<float> memory(64);
  const matrix_view<float> wide(memory.data(), 2, 4, 8);             // 0 to 3 and 8 to 11
  CHECK(overlap(wide, matrix_view<float>(memory.data() + 4, 2, 4)));  // 4 to 11
  CHECK(overlap(matrix_view<float>(memory.data() + 4, 2, 4), wide));
  CHECK_FALSE(overlap(wide, matrix_view<float>(memory.data() + 12, 2, 4)));
  CHECK_FALSE(overlap(wide, matrix_view<float>(memory.data() + 4, 1, 4)));  // in the gap
  std::vector<double> numbers(8);
  const matrix_view<double> four(numbers.data(), 2, 2, 4);
  const matrix_view<float> inside(reinterpret_cast<float*>(numbers.data() + 2), 2, 2, 4);
  CHECK(overlap(four, inside));
  CHECK_FALSE(overlap(matrix_view<double>(numbers.data(), 2, 1), inside));
}

TEST_CASE("Pieces of one matrix overlap where the numbers in them say so") {
  constexpr gkd::index rows = 3, cols = 4;
  std::vector<float> memory(rows * cols);
  const matrix_view<float> all(memory.data(), rows, cols);
  std::vector<matrix_view<float>> pieces;
  for (gkd::index r = 0; r < rows; ++r)
    for (gkd::index n = 1; r + n <= rows; ++n)
      for (gkd::index c = 0; c < cols; ++c)
        for (gkd::index w = 1; c + w <= cols; ++w)
          pieces.push_back(all.slice(r, n).columns(c, w));
  const auto numbers = [](matrix_view<float> x) {
    std::set<const float*> out;
    for (gkd::index i = 0; i < x.rows; ++i)
      for (gkd::index j = 0; j < x.cols; ++j) out.insert(&x(i, j));
    return out;
  };
  for (const auto& x : pieces)
    for (const auto& y : pieces) {
      bool shared = false;
      for (const float* at : numbers(x)) shared = shared || numbers(y).contains(at);
      INFO(x.rows << " x " << x.cols << " and " << y.rows << " x " << y.cols);
      CHECK(overlap(x, y) == shared);
      CHECK(same_memory(x, y) == (numbers(x) == numbers(y) && x.rows == y.rows));
    }
}
