// SPDX-License-Identifier: Apache-2.0
// What the concepts take for what. What they refuse, and with which sentence: tests/compile_fail.
#include <gkd/backend/reference.hpp>
#include <gkd/concepts.hpp>

#include "support/catch.hpp"
#include "support/far_backend.hpp"

namespace {

// divergences of whole rows, whose row has no address to take
struct template_row {
  template <class T>
  T row(const T*, const T*, T*, gkd::index) const {
    return T(0);
  }
};
struct overloaded_row {
  double row(const double*, const double*, double*, gkd::index) const { return 0.0; }
  float row(const float*, const float*, float*, gkd::index) const { return 0.0f; }
};
struct final_row final {
  auto row(const auto*, const auto*, auto*, gkd::index) const { return 0.0; }
};

// divergences by a formula, which use the name for something else
struct formula {
  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
    return log_p - log_q;
  }
};
struct formula_with_type_row : formula {
  struct row {};
};
struct formula_with_helpers : formula {
  int row(int) const { return 0; }
  template <class T>
  T row(T x, T) const {
    return x;
  }
};

template <class D>
bool taken() {
  gkd::check_loss_function<D>();  // a refusal would not compile
  return gkd::loss_function<D>;
}

}  // namespace

TEST_CASE("a row divergence may have a row that is a template or overloaded") {
  CHECK(taken<template_row>());
  CHECK(taken<overloaded_row>());
  CHECK(taken<final_row>());
  CHECK(gkd::row_divergence<template_row>);
  CHECK_FALSE(gkd::divergence<template_row>);
}

TEST_CASE("a formula beside something called row is a formula") {
  CHECK(taken<formula>());
  CHECK(taken<formula_with_type_row>());
  CHECK(taken<formula_with_helpers>());
  CHECK_FALSE(gkd::row_divergence<formula_with_helpers>);
}

TEST_CASE("a backend is one for the number types that its members take") {
  struct float_product : gkd::reference {
    void gemm(gkd::transpose a, gkd::transpose b, float alpha, gkd::matrix_view<const float> x,
              gkd::matrix_view<const float> y, float beta, gkd::matrix_view<float> z) const {
      gkd::reference::gemm(a, b, alpha, x, y, beta, z);
    }
  };
  struct no_space {};
  CHECK(gkd::backend<gkd::reference>);
  CHECK(gkd::backend<gkd::reference, double>);
  CHECK(gkd::backend<float_product>);
  CHECK_FALSE(gkd::backend<float_product, double>);
  CHECK_FALSE(gkd::backend<gkd::reference, int>);
  CHECK_FALSE(gkd::backend<gkd::reference, long double>);
  CHECK(gkd::backend<far_backend>);  // memory that the host cannot follow
  CHECK_FALSE(gkd::backend<no_space>);
  gkd::check_backend<gkd::reference, double>();
  gkd::check_backend<far_backend>();
}
