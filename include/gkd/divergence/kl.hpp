// SPDX-License-Identifier: Apache-2.0
// The two Kullback-Leibler divergences, the ends of the generalized JSD:
//
//   forward_kl  KL(p || q) = sum p (log p - log q)      mode covering; beta = 0
//   reverse_kl  KL(q || p) = sum q (log q - log p)      mode seeking;  beta = 1
//
// Source: Agarwal et al. 2024 (arXiv 2306.13649), section 3.
#pragma once

#include <gkd/divergence/term.hpp>
#include <gkd/divergence/wide_math.hpp>

namespace gkd::inline v0 {

/// KL(teacher || student). Where the student gives 0 the value would be infinite: such columns are
/// left out and the teacher's mass on them is reported.
struct forward_kl {
  static constexpr bool finite_at_zero_p = true;

  // f = p log(p/q) - p + q: the last two sum to 0 over a row and make every term >= 0
  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
    using namespace math;
    const T p = exp(log_p);
    return weigh(p, log_p - log_q) - p + exp(log_q);
  }

  struct row {
    // f = p d - (p - q),  df/dlog q = q - p
    template <class T>
    GKD_FN term<T> operator()(const column<T>& c) const {
      const T excess = detail::difference(c);
      return {math::max(T(0), math::weigh(c.p, c.d) - excess), -excess};
    }
  };
  GKD_FN row on_row(row_reference) const { return {}; }

  struct wide_row {
    [[gnu::always_inline]] term<double> operator()(const wide_column& c) const {
      const double excess = c.q * c.excess;
      return {detail::wide::not_negative(c.p * c.d - excess), -excess};
    }
  };
  wide_row on_wide_row(row_reference) const { return {}; }
};

/// KL(student || teacher). Where the teacher gives 0 the value would be infinite: such columns are
/// left out and the student's mass on them is reported.
struct reverse_kl {
  static constexpr bool finite_at_zero_q = true;

  // f = q log(q/p) - q + p
  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
    using namespace math;
    const T q = exp(log_q);
    return weigh(q, log_q - log_p) - q + exp(log_p);
  }

  struct row {
    // f = (p - q) - q d,  df/dlog q = -q d, here relative to the reference token
    template <class T>
    GKD_FN term<T> operator()(const column<T>& c) const {
      return {math::max(T(0), detail::difference(c) - math::weigh(c.q, c.d)),
              -math::weigh(c.q, c.d_rel)};
    }
  };
  GKD_FN row on_row(row_reference) const { return {}; }

  struct wide_row {
    [[gnu::always_inline]] term<double> operator()(const wide_column& c) const {
      return {detail::wide::not_negative(c.q * (c.excess - c.d)), -c.q * c.d_rel};
    }
  };
  wide_row on_wide_row(row_reference) const { return {}; }
};

}  // namespace gkd::inline v0
