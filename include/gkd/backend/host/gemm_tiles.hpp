// SPDX-License-Identifier: Apache-2.0
// How the CPU backends cut a product C (M, N) = A (M, K) B (K, N) into tiles of C. The cut depends
// on the shape alone, so that the result is the same for every number of threads.
#pragma once

#include <gkd/core/config.hpp>

#include <algorithm>  // min

namespace gkd::inline v0::host {

/// A part of C: `rows` rows from `row` on, `cols` columns from `col` on.
struct gemm_tile {
  index row, rows, col, cols;
};

/// Tiles of equal size (the last of a row or column may be smaller), numbered row by row. A tile
/// has some 4 million operations or more, so that waking a thread for it pays; large products get
/// at least 32 tiles, large enough for each factor to be packed only a few times.
class gemm_tiles {
 public:
  gemm_tiles(index m, index n, index k) : m_(m), n_(n), rows_(m), cols_(n) {
    while (2.0 * double(rows_) * double(cols_) * double(k) > worth_a_thread &&
           std::max(rows_, cols_) > (size() < enough ? smallest : largest)) {
      index& side = rows_ > cols_ ? rows_ : cols_;
      side = (side / 2 + step - 1) / step * step;
    }
  }
  index size() const { return across() * ((m_ + rows_ - 1) / rows_); }
  gemm_tile operator[](index t) const {
    const index row = t / across() * rows_, col = t % across() * cols_;
    return {row, std::min(rows_, m_ - row), col, std::min(cols_, n_ - col)};
  }

 private:
  static constexpr double worth_a_thread = 1 << 22;
  static constexpr index enough = 32;                   // tiles
  static constexpr index smallest = 64, largest = 512;  // longer side of a tile
  static constexpr index step = 48;                     // what kernels of GEMM like to be given

  index across() const { return (n_ + cols_ - 1) / cols_; }

  index m_, n_, rows_, cols_;
};

}  // namespace gkd::inline v0::host
