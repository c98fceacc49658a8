// SPDX-License-Identifier: Apache-2.0
// The gradient of a model against finite differences, parameter by parameter.
#pragma once

#include <gkd/core/batch.hpp>
#include <gkd/core/random.hpp>
#include <gkd/core/tensor.hpp>

#include "support/catch.hpp"
#include "support/worst_of.hpp"

#include <cmath>   // abs
#include <string>  // string
#include <vector>  // vector

namespace gradient {

using gkd::index;

/// A loss with a gradient in every logit: sum_nv w_nv z_nv + z_nv^2 / 20.
struct test_loss {
  double weight(index i) const {
    return gkd::random_stream(3, gkd::purpose::user, 1).normal(i);
  }
  double value(gkd::matrix_view<const double> z) const {
    double sum = 0.0;
    for (index i = 0; i < z.size(); ++i)
      sum += weight(i) * z.flat()[i] + z.flat()[i] * z.flat()[i] / 20.0;
    return sum;
  }
  std::vector<double> gradient(gkd::matrix_view<const double> z) const {
    std::vector<double> out;
    for (index i = 0; i < z.size(); ++i) out.push_back(weight(i) + z.flat()[i] / 10.0);
    return out;
  }
};

/// All elements of a matrix or vector view.
template <class View>
std::span<double> elements(View v) {
  if constexpr (requires { v.rows; }) return v.flat().span();
  else return v.span();
}

/// Checks every number that `model` learns: |backward - difference| <= tolerance * the largest
/// entry of that parameter's gradient, which counts as 0.01 at least: some are exactly 0, such as
/// that of a bias of all keys. Returns how many there were.
template <class Model>
index check(Model& model, const gkd::token_batch& batch, double tolerance = 1e-8) {
  const test_loss loss;
  model.parameters([](std::string_view, auto, auto g) {
    for (double& x : elements(g)) x = 0.0;
  });
  const auto z = model.logits(batch);
  std::vector<double> dz = loss.gradient(z);
  std::copy(dz.begin(), dz.end(), z.data);  // the loss writes its gradient over the logits
  model.backward(batch, z);

  index count = 0;
  model.parameters([&](std::string_view name, auto value, auto g) {
    const std::string shown(name);
    const std::span<double> x = elements(value);
    std::vector<double> got(elements(g).begin(), elements(g).end());
    REQUIRE(got.size() == x.size());
    double largest = 0.01;
    for (double d : got) largest = worst_of(largest, std::abs(d));
    for (index i = 0; i < x.size(); ++i) {
      const double at = x[i], h = 1e-4;
      const auto loss_at = [&](double shift) {
        x[i] = at + shift;
        return loss.value(model.logits(batch));
      };
      // five points: the error is of order h^4
      const double difference =
          (8.0 * (loss_at(h) - loss_at(-h)) - (loss_at(2 * h) - loss_at(-2 * h))) / (12.0 * h);
      x[i] = at;
      INFO(shown << "[" << i << "]: " << got[i] << ", by differences " << difference
                 << ", largest " << largest);
      REQUIRE(std::abs(got[i] - difference) <= tolerance * largest);
      ++count;
    }
  });
  return count;
}

}  // namespace gradient
