// SPDX-License-Identifier: Apache-2.0
#include <gkd/backend/reference.hpp>
#include <gkd/io/safetensors_matrix.hpp>

#include "io/temporary.hpp"
#include "support/catch.hpp"
#include "support/far_backend.hpp"
#include "support/throws.hpp"

#include <cmath>
#include <limits>
#include <numeric>

using namespace gkd;

namespace {

const test_folder folder;

// writes x as the only tensor "x" of a new file and returns its bytes
template <class Backend, class T, class S>
std::string written(const Backend& backend, dtype type, matrix_view<T, S> x) {
  std::filesystem::remove(folder / "x.safetensors");
  output_file file(folder / "x.safetensors");
  std::vector<tensor_info> tensors = {{"x", type, {x.rows, x.cols}}};
  write_safetensors_header(file, tensors);
  write_matrix(file, "x", type, backend, matrix_view<const T, S>(x));
  file.commit();
  return folder.read("x.safetensors");
}

template <class T>
std::vector<T> counted(gkd::index n) {
  std::vector<T> x(n);
  std::iota(x.begin(), x.end(), T(-3));
  return x;
}

}  // namespace

TEMPLATE_TEST_CASE("A matrix comes back from every type that holds its numbers", "", float,
                   double) {
  const auto type = GENERATE(dtype::f16, dtype::bf16, dtype::f32, dtype::f64);
  std::vector<TestType> x = {0, TestType(-0.0), 1, -2.5, 0x1p-14f, 1.5}, y(6, 9);
  written(reference{}, type, matrix_view<TestType>(x.data(), 2, 3));
  const safetensors file(folder / "x.safetensors");
  CHECK(file.at("x").type == type);
  read_matrix(file, file.at("x"), reference{}, matrix_view<TestType>(y.data(), 3, 2));
  CHECK(y == x);
  CHECK(std::signbit(y[1]));
}

TEST_CASE("A file of 16-bit numbers is written again bit for bit") {
  const auto type = GENERATE(dtype::f16, dtype::bf16);
  std::vector<std::uint16_t> bits;
  for (std::uint32_t b = 0; b < 65536; ++b) {
    const auto half = static_cast<std::uint16_t>(b);
    if (std::isfinite(type == dtype::f16 ? float_from_f16(half) : float_from_bf16(half)))
      bits.push_back(half);
  }
  output_file file(folder / "bits.safetensors");
  write_safetensors(file, {{"x", type, {1, bits.size()}, std::as_bytes(std::span(bits))}});
  file.commit();
  const safetensors stored(folder / "bits.safetensors");
  std::vector<float> numbers(bits.size());
  const matrix_view<float> x(numbers.data(), 1, numbers.size());
  read_matrix(stored, stored.at("x"), reference{}, x);
  CHECK(written(reference{}, type, x) == folder.read("bits.safetensors"));
  std::filesystem::remove(folder / "bits.safetensors");
}

TEST_CASE("A matrix of several stretches, rows apart, on memory that the host cannot reach") {
  const gkd::index rows = 3, cols = 70'000;
  auto numbers = counted<float>(rows * (cols + 5));
  const matrix_view<float> apart(numbers.data(), rows, cols, cols + 5);
  const std::string near = written(reference{}, dtype::f32, apart);

  const far_backend far;
  auto memory = far.allocate<float>(rows * (cols + 5));
  const matrix_view<float, far_space> x(memory.view().data, rows, cols, cols + 5);
  const safetensors file(folder / "x.safetensors");
  read_matrix(file, file.at("x"), far, x);
  CHECK(written(far, dtype::f32, x) == near);

  std::vector<float> whole(rows * cols);
  const safetensors again(folder / "x.safetensors");
  read_matrix(again, again.at("x"), reference{}, matrix_view<float>(whole.data(), rows, cols));
  for (gkd::index r = 0; r < rows; ++r)
    REQUIRE(std::equal(apart.row(r).data, apart.row(r).data + cols, whole.data() + r * cols));
}

TEST_CASE("What is not finite is neither written nor read") {
  std::vector<double> x(70'000, 1.0);
  const matrix_view<double> m(x.data(), 1, x.size());
  x[69'999] = 65520.0;  // rounds to 65536, which F16 has not
  CHECK_ERROR(written(reference{}, dtype::f16, m), errc::non_finite,
              "tensor \"x\", element 69999: 65520 is not finite as F16; what is not finite");
  written(reference{}, dtype::bf16, m);
  x[69'999] = 1e39;
  CHECK_ERROR(written(reference{}, dtype::f32, m), errc::non_finite, "1e+39 is not finite as F32");
  CHECK_ERROR(written(reference{}, dtype::bf16, m), errc::non_finite, "as BF16");
  written(reference{}, dtype::f64, m);
  {
    const safetensors file(folder / "x.safetensors");  // 1e39 is no float
    std::vector<float> y(x.size());
    CHECK_ERROR(
        read_matrix(file, file.at("x"), reference{}, matrix_view<float>(y.data(), 1, y.size())),
        errc::non_finite, "x.safetensors: tensor \"x\", element 69999: inf, want finite");
  }
  x[3] = std::numeric_limits<double>::quiet_NaN();
  CHECK_ERROR(written(reference{}, dtype::f64, m), errc::non_finite, "element 3: nan");
  CHECK_ERROR(written(reference{}, dtype::i32, m), errc::bad_argument,
              "tensor \"x\" as I32, want F32, F64, F16 or BF16");
  CHECK_FALSE(std::filesystem::exists(folder / "x.safetensors"));
}
