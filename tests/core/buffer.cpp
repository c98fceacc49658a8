// SPDX-License-Identifier: Apache-2.0
#include <gkd/core/buffer.hpp>

#include <cstdint>
#include <limits>
#include <new>
#include <utility>

#include "support/catch.hpp"

TEST_CASE("A host buffer is zero, aligned to 64 bytes, and moves its memory") {
  gkd::host_buffer<float> a(33);
  CHECK(a.size() == 33);
  for (gkd::index i = 0; i < a.size(); ++i) REQUIRE(a.view()[i] == 0.0f);
  CHECK(reinterpret_cast<std::uintptr_t>(a.view().data) % 64 == 0);

  float* at = a.view().data;
  gkd::host_buffer<float> b(std::move(a));
  CHECK(b.view().data == at);
  CHECK(a.size() == 0);  // NOLINT: what a moved-from buffer holds is part of its contract
  CHECK(gkd::host_buffer<double>(0).size() == 0);
}

TEST_CASE("A host buffer whose bytes would wrap around is refused") {
  constexpr gkd::index most = std::numeric_limits<gkd::index>::max();
  // 2^62 + 16 floats are 64 bytes modulo 2^64
  CHECK_THROWS_AS(gkd::host_buffer<float>((gkd::index{1} << 62) + 16), std::bad_array_new_length);
  CHECK_THROWS_AS(gkd::host_buffer<double>(most / 8 + 1), std::bad_array_new_length);
}
