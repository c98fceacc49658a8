// SPDX-License-Identifier: Apache-2.0
#include <gkd/model/parameter_block.hpp>

#include <gkd/backend/reference.hpp>

#include "support/catch.hpp"

#include <cmath>   // abs
#include <string>  // string

using namespace gkd;

namespace {

using block = parameter_block<reference, double>;

/// "name (shape) value ...;" of every parameter.
std::string shown(block& b) {
  std::string out;
  b.visit([&](std::string_view name, auto value, auto gradient) {
    if constexpr (requires { value.rows; }) {
      CHECK(gradient.size() == (b.has_gradients() ? value.size() : 0));
      out += concat(name, " (", value.rows, ", ", value.cols, ")");
      for (double x : value.flat().span()) out += concat(" ", x);
    } else {
      out += concat(name, " (", value.size, ")");
      for (double x : value.span()) out += concat(" ", x);
    }
    out += "; ";
  });
  return out;
}

}  // namespace

TEST_CASE("parameter_block: pieces of one memory, fused ones under several names") {
  for (bool gradients : {true, false}) {
    block b(reference{}, 9, gradients);
    const auto fused = b.take(3, 2);
    b.name_rows("q", fused, 0, 1, {});
    b.name_rows("k", fused, 1, 2, {});
    const auto gain = b.add("gain", 3, {});
    CHECK(b.used() == b.size());
    for (gkd::index i = 0; i < 6; ++i) fused.value.flat()[i] = double(i);
    gain.value[2] = 7.0;
    CHECK(shown(b) == "q (1, 2) 0 1; k (2, 2) 2 3 4 5; gain (3) 0 0 7; ");
    CHECK(fused.gradient.empty() != gradients);
    CHECK((gain.gradient.size == 3) == gradients);

    block copy(reference{}, 9, true);
    copy.add("all", 9, {});
    copy.copy_values(reference{}, b);
    CHECK(shown(copy) == "all (9) 0 1 2 3 4 5 0 0 7; ");
  }
}

TEST_CASE("parameter_block: first values follow from seed and place alone") {
  const auto drawn = [](std::uint64_t seed, std::uint64_t first_id) {
    block b(reference{}, 2003, true);
    b.add("fixed", 3, {.mean = 1.5});
    const auto normal = b.add("normal", 1, 1000, {.mean = 2.0, .deviation = 0.5});
    const auto uniform = b.add("uniform", 1000, {.mean = -1.0, .deviation = 0.25, .uniform = true});
    b.draw(reference{}, seed, first_id);
    double mean = 0.0, square = 0.0;
    for (double x : normal.value.flat().span()) mean += x / 1000;
    for (double x : normal.value.flat().span()) square += (x - mean) * (x - mean) / 1000;
    CHECK(mean == Approx(2.0).margin(0.06));
    CHECK(std::sqrt(square) == Approx(0.5).epsilon(0.1));
    for (double x : uniform.value.span()) CHECK(std::abs(x + 1.0) <= 0.25);
    CHECK(normal.value(0, 4) ==
          2.0 + 0.5 * random_stream(seed, purpose::weights, first_id + 1).normal(4));
    return shown(b);
  };
  CHECK(drawn(1, 0) == drawn(1, 0));
  CHECK(drawn(1, 0) != drawn(2, 0));
  CHECK(drawn(1, 0) != drawn(1, 9));
  CHECK(drawn(1, 0).starts_with("fixed (3) 1.5 1.5 1.5; "));
}
