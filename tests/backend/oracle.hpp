// SPDX-License-Identifier: Apache-2.0
// What backend operations compute, once more from their definitions, in long double and without any
// header of gkd's backends but for option types. Gradients are numeric derivatives of the forward
// formulas (sixth-order central differences, good to some 1e-14).
#pragma once

#include <gkd/backend/loop/activation.hpp>
#include <gkd/backend/loop/attention.hpp>
#include <gkd/backend/loop/norm.hpp>

#include "backend/table.hpp"

#include <cmath>  // exp, tanh, sqrt

namespace backend_test::oracle {

/// op(A) op(B), element (i, j).
inline real product(const table& a, const table& b, bool ta, bool tb, index i, index j) {
  real sum = 0;
  for (index k = 0; k < (ta ? a.rows : a.cols); ++k)
    sum += (ta ? a(k, i) : a(i, k)) * (tb ? b(j, k) : b(k, j));
  return sum;
}

inline real activation(gkd::activation kind, real x) {
  if (kind == gkd::activation::silu) return x / (1 + std::exp(-x));
  const real inner =
      std::sqrt(2 / 3.14159265358979323846264338327950288L) * (x + 0.044715L * x * x * x);
  return x / 2 * (1 + std::tanh(inner));
}

/// rms_norm of a row, as y = x / rms(x) * (offset + gain).
inline table rms_norm(const table& x, const table& gain, gkd::norm_options o) {
  table out(x.rows, x.cols);
  for (index i = 0; i < x.rows; ++i) {
    real squares = 0;
    for (index j = 0; j < x.cols; ++j) squares += x(i, j) * x(i, j);
    const real rms = std::sqrt(squares / static_cast<real>(x.cols) + static_cast<real>(o.eps));
    for (index j = 0; j < x.cols; ++j)
      out(i, j) = x(i, j) / rms * (static_cast<real>(o.gain_offset) + gain(0, j));
  }
  return out;
}

inline table layer_norm(const table& x, const table& gain, const table& bias, gkd::norm_options o) {
  table out(x.rows, x.cols);
  const real n = static_cast<real>(x.cols);
  for (index i = 0; i < x.rows; ++i) {
    real mean = 0, variance = 0;
    for (index j = 0; j < x.cols; ++j) mean += x(i, j) / n;
    for (index j = 0; j < x.cols; ++j) variance += (x(i, j) - mean) * (x(i, j) - mean) / n;
    for (index j = 0; j < x.cols; ++j)
      out(i, j) = (x(i, j) - mean) / std::sqrt(variance + static_cast<real>(o.eps)) *
                      (static_cast<real>(o.gain_offset) + gain(0, j)) +
                  bias(0, j);
  }
  return out;
}

inline table attention(const table& q, const table& k, const table& v,
                       const std::vector<gkd::key_range>& ranges, const gkd::attention_options& o) {
  table out(q.rows, q.cols);
  for (index i = 0; i < q.rows; ++i)
    for (index h = 0; h < o.heads; ++h) {
      const index kv = h * o.kv_heads / o.heads;
      std::vector<real> weight;
      real top = -std::numeric_limits<real>::infinity(), sum = 0;
      for (index j = ranges[i].first; j < ranges[i].first + ranges[i].count; ++j) {
        real s = 0;
        for (index x = 0; x < o.head_dim; ++x)
          s += q(i, h * o.head_dim + x) * k(j, kv * o.head_dim + x);
        s *= static_cast<real>(o.scale);
        const real cap = static_cast<real>(o.softcap);
        weight.push_back(cap > 0 ? cap * std::tanh(s / cap) : s);
        top = std::max(top, weight.back());
      }
      for (real& w : weight) sum += w = std::exp(w - top);
      for (index j = 0; j < weight.size(); ++j)
        for (index x = 0; x < o.head_dim; ++x)
          out(i, h * o.head_dim + x) +=
              weight[j] / sum * v(ranges[i].first + j, kv * o.head_dim + x);
    }
  return out;
}

inline table rope(table x, const std::vector<index>& positions, const gkd::rope_options& o,
                  bool back) {
  for (index n = 0; n < x.rows; ++n)
    for (index h = 0; h < o.heads; ++h)
      for (index i = 0; i < o.head_dim / 2; ++i) {
        const bool halves = o.pairs == gkd::rope_pairs::halves;
        real& a = x(n, h * o.head_dim + (halves ? i : 2 * i));
        real& b = x(n, h * o.head_dim + (halves ? i + o.head_dim / 2 : 2 * i + 1));
        const real angle =
            static_cast<real>(double(positions[n]) * o.frequencies[i]) * (back ? -1 : 1);
        const real turned = a * std::cos(angle) - b * std::sin(angle);
        b = a * std::sin(angle) + b * std::cos(angle);
        a = turned;
      }
  return x;
}

/// d/dx of sum(weights * f()) for every element of x, which f reads.
template <class F>
table gradient(table& x, const table& weights, const F& f, real step = 1 / 512.0L) {
  const auto value = [&](real& at, real where) {
    at = where;
    const table y = f();
    real sum = 0;
    for (index i = 0; i < y.at.size(); ++i) sum += y.at[i] * weights.at[i];
    return sum;
  };
  table out(x.rows, x.cols);
  for (index i = 0; i < x.at.size(); ++i) {
    real& at = x.at[i];
    const real here = at, h = step;
    const auto slope = [&](int n) {
      return (value(at, here + static_cast<real>(n) * h) -
              value(at, here - static_cast<real>(n) * h)) /
             h;
    };
    out.at[i] = (45 * slope(1) - 9 * slope(2) + slope(3)) / 60;
    at = here;
  }
  return out;
}

}  // namespace backend_test::oracle
