// SPDX-License-Identifier: Apache-2.0
// Matrices of long double in which the cases of backend operations state their inputs and what they
// want, and the two ways to lay one out in a backend's memory.
#pragma once

#include <gkd/core/tensor.hpp>

#include <algorithm>  // max
#include <cmath>      // isnan
#include <limits>     // quiet_NaN
#include <random>     // mt19937_64
#include <string>     // string
#include <utility>    // move
#include <vector>     // vector

namespace backend_test {

using gkd::index;
using real = long double;

/// (rows, cols) in long double.
struct table {
  index rows = 0, cols = 0;
  std::vector<real> at;

  table() = default;
  table(index r, index c, real value = 0) : rows(r), cols(c), at(r * c, value) {}
  real& operator()(index i, index j) { return at[i * cols + j]; }
  real operator()(index i, index j) const { return at[i * cols + j]; }
  friend bool operator==(const table&, const table&) = default;
};

/// Not yet written: an operation that reads it shows.
inline table undefined(index rows, index cols) {
  return {rows, cols, std::numeric_limits<real>::quiet_NaN()};
}

/// Bell-shaped numbers of about unit size, the same for the same seed everywhere.
inline table numbers(index rows, index cols, unsigned seed, real scale = 1) {
  std::mt19937_64 bits(seed * 1000003u + rows * 1009u + cols);
  table out(rows, cols);
  for (real& x : out.at) {
    real sum = -2;
    for (int i = 0; i < 4; ++i) sum += static_cast<real>(bits() >> 11) * 0x1p-53L;
    x = sum * 1.7L * scale;
  }
  return out;
}

/// Rows that have broken normalisers: zeros, tiny, huge, denormal, and mixtures of them. (6, cols)
template <class T>
table adversarial(index cols) {
  table out = numbers(6, cols, 77);
  const real scales[] = {0, 1e-20L, 1e20L, std::numeric_limits<T>::denorm_min() * 64, 1, 1};
  for (index i = 0; i < 6; ++i)
    for (index j = 0; j < cols; ++j) out(i, j) *= scales[i];
  for (index j = 0; j < cols; ++j) {
    out(4, j) *= j % 2 == 0 ? 1e20L : 1e-20L;
    if (j % 3 != 0) out(5, j) = 0;
  }
  return out;
}

/// What a T can hold of it.
template <class T>
table rounded(table x) {
  for (real& v : x.at) v = static_cast<real>(static_cast<T>(v));
  return x;
}

/// A table in the memory of a backend: alone, or as a column range of a wider matrix whose other
/// columns hold NaN, so that reading beyond the range shows in results and writing in `intact`.
template <class Backend, class T>
class placed {
 public:
  placed(const Backend& backend, const table& x, bool wide)
      : backend_(backend),
        rows_(x.rows),
        cols_(x.cols),
        left_(wide ? 2 : 0),
        stride_(x.cols + (wide ? 5 : 0)),
        memory_(backend.template allocate<T>(rows_ * stride_)) {
    std::vector<T> all(rows_ * stride_, std::numeric_limits<T>::quiet_NaN());
    for (index i = 0; i < rows_; ++i)
      for (index j = 0; j < cols_; ++j) all[i * stride_ + left_ + j] = static_cast<T>(x(i, j));
    backend_.copy(gkd::vector_view<const T>(all.data(), all.size()), memory_.view());
  }
  gkd::matrix_view<T, typename Backend::space> view() {
    return {memory_.view().data + left_, rows_, cols_, stride_};
  }
  std::vector<T> content() {
    const std::vector<T> all = everything();
    std::vector<T> out;
    for (index i = 0; i < rows_; ++i)
      for (index j = 0; j < cols_; ++j) out.push_back(all[i * stride_ + left_ + j]);
    return out;
  }
  /// Whether nothing was written beside the columns.
  bool intact() {
    const std::vector<T> all = everything();
    for (index i = 0; i < rows_; ++i)
      for (index j = 0; j < stride_; ++j)
        if ((j < left_ || j >= left_ + cols_) && !std::isnan(all[i * stride_ + j])) return false;
    return true;
  }

 private:
  std::vector<T> everything() {
    std::vector<T> all(rows_ * stride_);
    const gkd::vector_view<const T, typename Backend::space> from = memory_.view();
    backend_.copy(from, gkd::vector_view<T>(all.data(), all.size()));
    return all;
  }

  Backend backend_;
  index rows_, cols_, left_, stride_;
  gkd::buffer_of<Backend, T> memory_;
};

}  // namespace backend_test
