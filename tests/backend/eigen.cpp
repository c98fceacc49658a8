// SPDX-License-Identifier: Apache-2.0
#include "backend/eigen_checked.hpp"

#include "backend/op_runner.hpp"
#include "backend/own_members.hpp"

using namespace backend_test;

TEMPLATE_TEST_CASE("eigen: operations against long double [N23 N28]", "", float, double) {
  agrees_with_long_double<gkd::eigen, TestType>();
}

TEMPLATE_TEST_CASE("eigen: same bits for 1, 2, 3, 4 and 8 threads", "", float, double) {
  same_bits_for_any_threads<gkd::eigen, TestType>();
}

static_assert(has_own_members<gkd::eigen, float> && has_own_members<gkd::eigen, double>);

TEST_CASE("eigen: a product of Eigen's own allocates, and the check sees it") {
  const Eigen::MatrixXf a = Eigen::MatrixXf::Random(8, 8);
  const no_eigen_malloc guard;
  CHECK_THROWS_AS(Eigen::MatrixXf(a * a), std::logic_error);
}

TEST_CASE("eigen: a step of a small model allocates nothing") {
  using rows_of = placed<gkd::eigen, float>;
  const gkd::eigen backend;
  rows_of rows(backend, numbers(450, 64, 1), false), wide(backend, numbers(450, 256, 2), false);
  rows_of weights(backend, numbers(64, 256, 3), true), vectors(backend, numbers(4, 64, 4), false);
  const auto x = rows.view();
  const auto y = wide.view();
  const auto w = weights.view();
  const auto v = vectors.view();
  const std::vector<gkd::key_range> ranges = some_ranges(450, 450);
  const gkd::attention_options o{4, 4, 16, 0.25, 0.0};
  using gkd::transpose;

  const auto step = [&] {
    const no_eigen_malloc guard;
    gkd::ops::gemm(backend, transpose::no, transpose::no, 1, x, w, 0, y);   // forward
    gkd::ops::gemm(backend, transpose::no, transpose::yes, 1, y, w, 1, x);  // backward
    gkd::ops::gemm(backend, transpose::yes, transpose::no, 1, x, y, 1, w);  // of the weights
    gkd::ops::activate(backend, gkd::activation::gelu_tanh, y, y);
    gkd::ops::gated_backward(backend, gkd::activation::silu, y, y, y, y, y);
    gkd::ops::softcap(backend, 30, y);
    gkd::ops::rms_norm(backend, x, v.row(0), {}, x);
    gkd::ops::rms_norm_backward(backend, x, v.row(0), {}, x, x, v.row(1));
    gkd::ops::attention(backend, x, x, x, ranges, o, x);
    gkd::ops::attention_backward(backend, x, x, x, ranges, o, x, x, x, x);
    gkd::ops::adamw(backend, {.learning_rate = 0.1}, v.row(0), v.row(1), v.row(2), v.row(3));
  };
  CHECK_NOTHROW(step());
}

TEST_CASE("eigen: products of some size take memory of Eigen's to pack tiles, small ones none") {
  using rows_of = placed<gkd::eigen, float>;
  const gkd::eigen backend;
  const auto product = [&](gkd::index size) {
    rows_of a(backend, table(size, size, 1), false), b(backend, table(size, size, 1), false),
        c(backend, table(size, size), false);
    const auto left = a.view(), right = b.view(), to = c.view();
    const no_eigen_malloc guard;
    gkd::ops::gemm(backend, gkd::transpose::no, gkd::transpose::yes, 1, left, right, 0, to);
  };
  CHECK_NOTHROW(product(128));
  CHECK_THROWS_AS(product(1024), std::logic_error);  // from 384 on where a core's cache is large
}
