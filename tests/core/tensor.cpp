// SPDX-License-Identifier: Apache-2.0
#include <gkd/core/tensor.hpp>

#include <type_traits>
#include <vector>

#include "support/catch.hpp"

using gkd::matrix_view;
using gkd::vector_view;

TEST_CASE("A matrix view is row major; rows, slices and columns share its memory") {
  std::vector<float> data{1, 2, 3, 4, 5, 6};
  matrix_view x(data.data(), 2, 3);  // (2, 3)
  CHECK(x(0, 0) == 1);
  CHECK(x(1, 2) == 6);
  CHECK(x.row(1)[0] == 4);
  CHECK(x.slice(1, 1)(0, 1) == 5);
  CHECK(x.size() == 6);

  auto right = x.columns(1, 2);  // (2, 2), rows still 3 apart
  CHECK(right(1, 0) == 5);
  CHECK_FALSE(right.contiguous());
  right(1, 0) = 50;
  CHECK(data[4] == 50);
  CHECK(x.flat().size == 6);
}

TEST_CASE("A view of one row is contiguous whatever its stride, an empty one too") {
  float data[8] = {};
  CHECK(matrix_view<float>(data, 1, 3, 8).contiguous());
  CHECK(matrix_view<float>(data, 0, 3).empty());
  CHECK(matrix_view<float>().empty());
}

TEST_CASE("Code for parameters of any shape goes through flat(), of a vector the vector itself") {
  float numbers[6] = {1, 2, 3, 4, 5, 6};
  const auto sum = [](auto value) {
    float total = 0;
    const auto all = value.flat();
    for (gkd::index i = 0; i < all.size; ++i) total += all[i];
    return total;
  };
  CHECK(sum(vector_view(numbers, 6)) == 21.0f);
  CHECK(sum(matrix_view(numbers, 2, 3)) == 21.0f);
  CHECK(vector_view(numbers, 6).flat().data == numbers);
}

TEST_CASE("for_each_stretch shows each element once: long lines cut, rows that lie apart alone") {
  constexpr gkd::index longest = 1 << 16;
  std::vector<float> data(2 * (longest + 2));
  struct piece {
    gkd::index first, at, size;
    bool operator==(const piece&) const = default;
  };
  const auto pieces = [&](matrix_view<float> x) {
    std::vector<piece> out;
    gkd::detail::for_each_stretch(x, [&](gkd::index first, vector_view<float> part) {
      out.push_back({first, static_cast<gkd::index>(part.data - data.data()), part.size});
    });
    return out;
  };
  CHECK(pieces({data.data(), 2, 3}) == std::vector<piece>{{0, 0, 6}});
  CHECK(pieces({data.data(), 2, 3, 4}) == std::vector<piece>{{0, 0, 3}, {3, 4, 3}});
  CHECK(pieces({data.data(), 1, longest + 1}) ==
        std::vector<piece>{{0, 0, longest}, {longest, longest, 1}});
  CHECK(pieces({data.data(), 2, longest + 1, longest + 2}) ==
        std::vector<piece>{{0, 0, longest},
                           {longest, longest, 1},
                           {longest + 1, longest + 2, longest},
                           {2 * longest + 1, 2 * longest + 2, 1}});
  CHECK(pieces({data.data(), 0, 3}).empty());
}

TEST_CASE("Views of T convert to views of const T, never back") {
  STATIC_REQUIRE(std::is_convertible_v<matrix_view<float>, matrix_view<const float>>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<matrix_view<const float>, matrix_view<float>>);
  STATIC_REQUIRE(std::is_convertible_v<vector_view<float>, vector_view<const float>>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<vector_view<const float>, vector_view<float>>);
}

namespace {
struct far_space {
  static constexpr bool host_accessible = false;
};
template <class View>
concept host_can_read = requires(View x) { x(0, 0); };
}  // namespace

TEST_CASE("The space is part of the type: the host cannot follow a pointer of another space") {
  using far_matrix = matrix_view<float, far_space>;
  STATIC_REQUIRE(host_can_read<matrix_view<float>>);
  STATIC_REQUIRE_FALSE(host_can_read<far_matrix>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<far_matrix, matrix_view<float>>);
  STATIC_REQUIRE_FALSE(std::is_convertible_v<decltype(far_matrix::data), float*>);

  float data[6] = {};  // shapes work everywhere
  far_matrix x(gkd::remote_pointer<float, far_space>(data), 2, 3);
  CHECK(x.slice(1, 1).data.raw() == data + 3);
  CHECK(x.columns(2, 1).data.raw() == data + 2);
}
