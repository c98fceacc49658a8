// SPDX-License-Identifier: Apache-2.0
#include <gkd/train/loss_identity.hpp>

#include "support/catch.hpp"

using namespace gkd;
using detail::loss_identity;

namespace {
struct own_formula {
  double power;
  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
    return T(power) * (log_p - log_q);
  }
};
struct own_named : own_formula {
  identity_fields identity() const { return identity_fields("own").add("power", power); }
};
}  // namespace

TEST_CASE("A built-in loss is known by its name and its parameter, however it was chosen") {
  const auto jsd = identity_fields("generalized_jsd").add("beta", 0.5).add("scale", 1.0);
  CHECK(loss_identity(generalized_jsd{0.5}) == jsd);
  CHECK(loss_identity(generalized_jsd_at<1, 2>{}) == jsd);
  CHECK(loss_identity(any_divergence::from_beta(0.5)) == jsd);
  CHECK(loss_identity(generalized_jsd{0.25}) != jsd);
  CHECK(loss_identity(generalized_jsd{0.5, scaling::continuous}) != jsd);
  CHECK(loss_identity(forward_kl{}) == identity_fields("forward_kl"));
  CHECK(loss_identity(any_divergence::from_beta(1.0)) == identity_fields("reverse_kl"));
  CHECK(loss_identity(skew_forward_kl{0.2}) ==
        identity_fields("skew_forward_kl").add("alpha", 0.2));
  CHECK(loss_identity(cross_entropy{}) == identity_fields("cross_entropy"));
}

TEST_CASE("A loss of one's own is known by its identity(), or not at all") {
  CHECK(loss_identity(own_formula{2.0}) == identity_fields("unnamed"));
  CHECK(loss_identity(own_formula{2.0}) == loss_identity(own_formula{3.0}));
  CHECK(loss_identity(own_named{{2.0}}) == identity_fields("own").add("power", 2.0));
}
