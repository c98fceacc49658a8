// SPDX-License-Identifier: Apache-2.0
// How long a sequence a model takes: its optional member  index max_positions() const.
#pragma once

#include <gkd/concepts.hpp>

#include <limits>  // numeric_limits

namespace gkd::inline v0::detail {

template <class M>
concept has_max_positions = requires(const M& m) {
  { m.max_positions() } -> std::convertible_to<index>;
};

/// Tokens that one sequence of the model may have; without the member as many as can be counted.
template <class M>
index context_of(const M& model) {
  if constexpr (has_max_positions<M>)
    return model.max_positions();
  else
    return std::numeric_limits<index>::max();
}

}  // namespace gkd::inline v0::detail
