// SPDX-License-Identifier: Apache-2.0
// Logits where the sampler, which runs on the host, can read them.
#pragma once

#include <gkd/core/tensor.hpp>

#include <vector>  // vector

namespace gkd::inline v0::detail {

/// Rows of logits that the host may read: as they are, or copied.
template <class T, memory_space S>
class host_rows {
 public:
  template <class Backend>
  matrix_view<const T> read(const Backend& backend, matrix_view<const T, S> logits) {
    if constexpr (S::host_accessible) {
      backend.synchronize();
      return {logits.data, logits.rows, logits.cols, logits.stride};
    } else {
      copy_.resize(logits.size());
      copy_out(backend, logits, copy_.data());
      backend.synchronize();
      return {copy_.data(), logits.rows, logits.cols};
    }
  }

 private:
  std::vector<T> copy_;  // (A, V)
};

}  // namespace gkd::inline v0::detail
