// SPDX-License-Identifier: Apache-2.0
// The worse of two errors, where NaN is the worst: std::max and fmax would drop it.
#pragma once

/// The larger one; NaN if either is NaN.
template <class T>
T worst_of(T a, T b) {
  return a != a || a > b ? a : b;
}
