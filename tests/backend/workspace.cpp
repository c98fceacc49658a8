// SPDX-License-Identifier: Apache-2.0
#include <gkd/backend/reference.hpp>
#include <gkd/backend/workspace.hpp>

#include <new>

#include "support/catch.hpp"
#include "support/far_backend.hpp"

TEST_CASE("A workspace grows to the largest size asked for and keeps its memory") {
  const gkd::reference backend;
  gkd::workspace<gkd::reference, float> memory;
  const auto large = memory.matrix(backend, 3, 4);
  CHECK(large.rows == 3);
  CHECK(large.cols == 4);
  CHECK(large.contiguous());
  large(2, 3) = 7.0f;
  CHECK(memory.matrix(backend, 2, 5).data == large.data);  // 10 <= 12
  CHECK(large(2, 3) == 7.0f);
  const auto larger = memory.matrix(backend, 13, 1);
  CHECK(larger(12, 0) == 0.0f);
  CHECK(memory.matrix(backend, 0, 4).empty());
}

TEST_CASE("A workspace whose size would wrap around is refused") {
  constexpr gkd::index half = gkd::index{1} << 32;
  gkd::workspace<gkd::reference, float> here;
  CHECK_THROWS_AS(here.matrix({}, half, half), std::bad_array_new_length);      // elements
  CHECK_THROWS_AS(here.matrix({}, half, half / 4), std::bad_array_new_length);  // bytes
  gkd::workspace<far_backend, float> there;
  CHECK_THROWS_AS(there.matrix(far_backend{}, half, half / 4), std::bad_array_new_length);
}
