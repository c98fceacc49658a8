// SPDX-License-Identifier: Apache-2.0
#include <gkd/data/shuffle.hpp>

#include <cmath>
#include <vector>

#include "support/catch.hpp"
#include "support/throws.hpp"

using gkd::shuffled_order;

TEST_CASE("Every size gives a permutation: each example once per epoch") {
  for (gkd::index n : {1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 100, 255, 256, 257, 1000}) {
    const shuffled_order order(n, 42, 3);
    std::vector<int> seen(n, 0);
    for (gkd::index i = 0; i < n; ++i) ++seen.at(order[i]);
    CHECK(seen == std::vector<int>(n, 1));
  }
}

TEST_CASE("Epochs and seeds have orders of their own, and an order never changes") {
  const shuffled_order a(100, 42, 0), again(100, 42, 0), epoch(100, 42, 1), seed(100, 43, 0);
  int other_epoch = 0, other_seed = 0, in_place = 0;
  for (gkd::index i = 0; i < 100; ++i) {
    CHECK(a[i] == again[i]);
    other_epoch += a[i] != epoch[i];
    other_seed += a[i] != seed[i];
    in_place += a[i] == i;
  }
  CHECK(other_epoch > 90);
  CHECK(other_seed > 90);
  CHECK(in_place < 8);
}

TEST_CASE("Over many epochs every example stands at every position equally often") {
  for (gkd::index n : {3, 10, 20}) {
    const gkd::index epochs = 2000 * n;
    for (gkd::index position : {gkd::index{0}, n - 1}) {
      std::vector<double> times(n, 0);
      for (gkd::index e = 0; e < epochs; ++e) ++times[shuffled_order(n, 7, e)[position]];
      double chi2 = 0;
      for (double count : times) chi2 += std::pow(count - 2000.0, 2) / 2000.0;
      const double freedom = double(n - 1);  // mean + 4 standard deviations
      CHECK(chi2 < freedom + 4 * std::sqrt(2 * freedom));
    }
  }
}

TEST_CASE("An empty dataset is an error") {
  CHECK_ERROR(shuffled_order(0, 1, 0), gkd::errc::empty_data, "no examples");
}
