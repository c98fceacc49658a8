// SPDX-License-Identifier: Apache-2.0
// Seconds since it was made, by the steady clock. Times are reported, never computed with.
#pragma once

#include <gkd/core/config.hpp>

#include <chrono>  // steady_clock

namespace gkd::inline v0 {

class stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace gkd::inline v0
