// SPDX-License-Identifier: Apache-2.0
// What a checkpoint knows of a loss: name and parameters of a built-in one, identity() of one's
// own.
#pragma once

#include <gkd/core/identity.hpp>
#include <gkd/divergence/any.hpp>
#include <gkd/divergence/cross_entropy.hpp>

#include <type_traits>  // is_convertible_v

namespace gkd::inline v0::detail {

inline identity_fields divergence_identity(const any_divergence& d) {
  identity_fields out{std::string(d.name())};
  if (const std::optional<double> parameter = d.parameter())
    out.add(d.name() == "generalized_jsd" ? "beta" : "alpha", *parameter);
  d.visit([&](const auto& chosen) {
    if constexpr (requires { chosen.scale(); }) out.add("scale", chosen.scale());
  });
  return out;
}

/// A divergence fixed at compile time is the one that is chosen at run time. A type of one's own
/// without identity() is "unnamed": its bytes may hold padding, and its formula is not in them.
template <class Loss>
identity_fields loss_identity(const Loss& loss) {
  if constexpr (has_identity<Loss>)
    return loss.identity();
  else if constexpr (std::is_same_v<Loss, cross_entropy>)
    return identity_fields("cross_entropy");
  else if constexpr (std::is_convertible_v<const Loss&, any_divergence>)
    return divergence_identity(loss);
  else
    return part_identity(loss);
}

}  // namespace gkd::inline v0::detail
