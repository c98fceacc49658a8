// SPDX-License-Identifier: Apache-2.0
#include <gkd/loss/reduce.hpp>

#include "support/catch.hpp"

using namespace gkd;

// two sequences: three rows of weight 1, one row of weight 1; the first has one half-weighted row
static const std::vector<float> weights{1, 1, 0.5f, 1};
static const std::vector<gkd::index> offsets{0, 3, 4};
static const row_groups rows{weights, offsets};

static std::vector<double> scales(normaliser how, const loss_count& total) {
  std::vector<double> out(weights.size());
  row_scales(rows, how, total, out);
  return out;
}

TEST_CASE("Rows and sequences are counted by weight") {
  const loss_count c = count(rows);
  CHECK(c.weight == 3.5);
  CHECK(c.sequences == 2);
}

TEST_CASE("token_mean divides every row by the weight of all tokens") {
  CHECK(scales(normaliser::token_mean, count(rows)) ==
        std::vector<double>{1 / 3.5, 1 / 3.5, 0.5 / 3.5, 1 / 3.5});
}

TEST_CASE("sequence_mean gives every sequence the same share, as the paper's 1/L_y") {
  CHECK(scales(normaliser::sequence_mean, count(rows)) ==
        std::vector<double>{1 / 5.0, 1 / 5.0, 0.5 / 5.0, 1 / 2.0});
}

TEST_CASE("sum leaves the weights") {
  CHECK(scales(normaliser::sum, count(rows)) == std::vector<double>{1, 1, 0.5, 1});
}

TEST_CASE("The divisor is that of the whole step, not of one micro-batch") {
  loss_count total = count(rows);
  total += {6.5, 3};  // another micro-batch
  CHECK(scales(normaliser::token_mean, total)[0] == 1 / 10.0);
  CHECK(scales(normaliser::sequence_mean, total)[3] == 1 / 5.0);
}

TEST_CASE("A sequence without rows is no sequence of the mean, and nothing at all gives zeros") {
  const std::vector<float> one{1};
  const std::vector<gkd::index> with_empty{0, 0, 1, 1};
  const row_groups some{one, with_empty};
  CHECK(count(some).sequences == 1);
  std::vector<double> out(1);
  row_scales(some, normaliser::sequence_mean, count(some), out);
  CHECK(out == std::vector<double>{1});

  const std::vector<float> zero{0, 0};
  const std::vector<gkd::index> two{0, 2};
  for (normaliser how : {normaliser::token_mean, normaliser::sequence_mean, normaliser::sum}) {
    std::vector<double> none(2, 9.0);
    row_scales({zero, two}, how, count({zero, two}), none);
    CHECK(none == std::vector<double>{0, 0});
  }
}
