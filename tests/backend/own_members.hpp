// SPDX-License-Identifier: Apache-2.0
// Whether an operation finds a backend's own member. One whose signature is off would be passed
// over in silence, for the plain loop.
#pragma once

#include <gkd/backend/ops.hpp>

namespace backend_test {

/// The members of backend/host_backend, called as backend/ops calls them.
template <class B, class T>
concept has_own_members =
    requires(const B& b, gkd::matrix_view<const T> x, gkd::matrix_view<T> y,
             gkd::vector_view<const T> v, gkd::vector_view<T> w, gkd::activation kind,
             gkd::norm_options norm, std::span<const gkd::key_range> ranges,
             const gkd::attention_options& o, const gkd::adamw_step& step) {
      b.activate(kind, x, y);
      b.activate_backward(kind, x, x, y);
      b.gated(kind, x, x, y);
      b.gated_backward(kind, x, x, x, y, y);
      b.softcap(T(1), y);
      b.attention(x, x, x, ranges, o, y);
      b.attention_backward(x, x, x, ranges, o, x, y, y, y);
      b.rms_norm(x, v, norm, y);
      b.rms_norm_backward(x, v, norm, x, y, w);
      b.add_bias_backward(x, w);
      b.sum_of_squares(x);
      b.sum_of_squares(y);
      b.adamw(step, v, w, w, w);
    };

}  // namespace backend_test
