// SPDX-License-Identifier: Apache-2.0
// Plain loops: looking rows up in a table by token id or position.
#pragma once

#include <gkd/core/tensor.hpp>

#include <span>  // span

namespace gkd::inline v0::loop {

/// out(p) = scale * table(ids[p]).   table (V, D), out (P, D)
template <class T, class Id>
void embed(matrix_view<const T> table, std::span<const Id> ids, T scale, matrix_view<T> out) {
  for (index p = 0; p < ids.size(); ++p)
    for (index j = 0; j < out.cols; ++j)
      out(p, j) = scale * table(static_cast<index>(ids[p]), j);
}

/// dtable(ids[p]) += scale * dout(p).
template <class T, class Id>
void embed_backward(matrix_view<const T> dout, std::span<const Id> ids, T scale,
                    matrix_view<T> dtable) {
  for (index p = 0; p < ids.size(); ++p)
    for (index j = 0; j < dout.cols; ++j)
      dtable(static_cast<index>(ids[p]), j) += scale * dout(p, j);
}

}  // namespace gkd::inline v0::loop
