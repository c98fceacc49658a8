// SPDX-License-Identifier: Apache-2.0
// A transformer trains on Eigen and on plain threaded loops as it does on the reference.
#include <gkd/backend/eigen.hpp>
#include <gkd/backend/parallel_host.hpp>

#include "train/curves.hpp"

using namespace gkd;

TEST_CASE("The loss curve of the reference: Eigen and plain threads, double and float") {
  const auto in_double = curves::train<double>(reference{}, 12, 4);
  CHECK(in_double.losses.back() < 0.8 * in_double.losses.front());  // it does train
  CHECK(curves::distance(curves::train<double>(eigen{}, 12, 4), in_double) < 1e-12);
  CHECK(curves::distance(curves::train<double>(parallel_host{}, 12, 4), in_double) < 1e-12);
  const auto in_float = curves::train<float>(reference{}, 12, 4);
  CHECK(curves::distance(in_float, curves::curve<float>{in_double.losses, {}}) < 1e-4);
  CHECK(curves::distance(curves::train<float>(eigen{}, 12, 4), in_float) < 1e-5);
  CHECK(curves::distance(curves::train<float>(parallel_host{}, 12, 4), in_float) < 1e-5);
}

TEST_CASE("Trained on 1, 2, 3, 4 and 8 threads: the same losses and weights, Eigen and plain") {
  // some 600 rows in a step, which are several chunks of work in every operation
  const auto eigen_alone = curves::train<float>(eigen{.threads = 1}, 3, 32, 0.5);
  const auto plain_alone = curves::train<float>(parallel_host{.threads = 1}, 3, 32, 0.5);
  for (gkd::index threads : {2u, 3u, 4u, 8u}) {
    INFO(threads << " threads");
    CHECK(curves::train<float>(eigen{.threads = threads}, 3, 32, 0.5) == eigen_alone);
    CHECK(curves::train<float>(parallel_host{.threads = threads}, 3, 32, 0.5) == plain_alone);
  }
}
