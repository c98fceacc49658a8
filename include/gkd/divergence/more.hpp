// SPDX-License-Identifier: Apache-2.0
// Further separable divergences between teacher p and student q:
//
//   total_variation   1/2 sum |p - q|                        in [0, 1], a metric
//   jeffreys          KL(p || q) + KL(q || p)                symmetric, unbounded
//   alpha_divergence  (sum p^a q^(1-a) - 1) / (a (a - 1))    a -> 1: forward_kl, a -> 0: reverse_kl
//
// Sources: total variation as a distillation loss, Wen et al. 2023, "f-Divergence Minimization for
// Sequence-Level Knowledge Distillation"; alpha, Amari 1985, in the scaling of Minka 2005,
// "Divergence measures and message passing"; a = 1/2 is 4 times the squared Hellinger distance.
#pragma once

#include <gkd/core/error.hpp>
#include <gkd/divergence/term.hpp>
#include <gkd/divergence/wide_math.hpp>

namespace gkd::inline v0 {

/// 1/2 sum |p - q|. Where p = q the derivative jumps; the slope there is 0, a subgradient.
struct total_variation {
  static constexpr bool finite_at_zero_p = true;
  static constexpr bool finite_at_zero_q = true;

  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
    using namespace math;
    return T(0.5) * abs(exp(log_p) - exp(log_q));
  }

  class row {
   public:
    GKD_FN explicit row(row_reference r) : sign_ref_(sign(r.d)) {}
    // df/dlog q = -1/2 sign(p - q) q, here relative to the reference token
    template <class T>
    GKD_FN term<T> operator()(const column<T>& c) const {
      const T half = T(0.5);
      return {half * math::abs(detail::difference(c)), half * (T(sign_ref_) - sign(c.d)) * c.q};
    }

   private:
    template <class T>
    GKD_FN static T sign(T d) {
      return d > T(0) ? T(1) : d < T(0) ? T(-1) : T(0);
    }
    double sign_ref_;
  };
  GKD_FN row on_row(row_reference r) const { return row(r); }

  struct wide_row {
    double sign_ref;
    [[gnu::always_inline]] term<double> operator()(const wide_column& c) const {
      using namespace detail::wide;
      const double gap = c.q * c.excess;
      const double sign = select(c.d > 0.0, 1.0, select(c.d < 0.0, -1.0, 0.0));
      return {0.5 * select(gap < 0.0, -gap, gap), 0.5 * (sign_ref - sign) * c.q};
    }
  };
  wide_row on_wide_row(row_reference r) const { return {r.d > 0 ? 1.0 : r.d < 0 ? -1.0 : 0.0}; }
};

/// KL(p || q) + KL(q || p) = sum (p - q) (log p - log q). Infinite where either side gives 0: such
/// columns are left out and the mass on them is reported.
struct jeffreys {
  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
    using namespace math;
    return (exp(log_p) - exp(log_q)) * (log_p - log_q);
  }

  struct row {
    // f = (p - q) d,  df/dlog q = -q d - (p - q)
    template <class T>
    GKD_FN term<T> operator()(const column<T>& c) const {
      const T excess = detail::difference(c);
      return {math::weigh(excess, c.d), -math::weigh(c.q, c.d_rel) - excess};
    }
  };
  GKD_FN row on_row(row_reference) const { return {}; }

  struct wide_row {
    [[gnu::always_inline]] term<double> operator()(const wide_column& c) const {
      return {c.q * c.excess * c.d, -c.q * (c.d_rel + c.excess)};
    }
  };
  wide_row on_wide_row(row_reference) const { return {}; }
};

/// The alpha-divergence, 0 < alpha < 1.
class alpha_divergence {
 public:
  static constexpr bool finite_at_zero_p = true;
  static constexpr bool finite_at_zero_q = true;

  /// Throws bad_argument unless 0 < alpha < 1.
  explicit alpha_divergence(double alpha = 0.5) : alpha_(alpha) {
    if (!(alpha > 0.0 && alpha < 1.0))
      fail(errc::bad_argument, "alpha_divergence: alpha is ", alpha,
           ", want 0 < alpha < 1; alpha = 0 is reverse_kl, alpha = 1 is forward_kl");
  }
  GKD_FN double alpha() const { return alpha_; }

  // f = (a p + (1-a) q - p^a q^(1-a)) / (a (1-a)), >= 0 by the inequality of weighted means; over a
  // row the first two sum to 1
  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
    using namespace math;
    const T a = T(alpha_), b = T(1.0 - alpha_);
    return (a * exp(log_p) + b * exp(log_q) - exp(a * log_p + b * log_q)) / (a * b);
  }

  class row {
   public:
    GKD_FN row(double alpha, row_reference r)
        : a_(alpha), b_(1.0 - alpha), e_ref_(math::exp(alpha * r.d)) {}
    template <class T>
    GKD_FN term<T> operator()(const column<T>& c) const {
      const T a = T(a_), b = T(b_);
      // f = q (a (e^d - 1) - (e^(a d) - 1)) / (a b), and the same with the sides exchanged: which
      // one cancels less depends on a, which one overflows on d
      const bool from_q = a_ <= 0.5 ? c.d < T(60) : c.d < T(-60);
      const T gap = from_q ? c.q * (a * math::expm1(c.d) - math::expm1(a * c.d))
                           : c.p * (b * math::expm1(-c.d) - math::expm1(-b * c.d));
      return {math::max(T(0), gap / (a * b)), -pull(c) / a};
    }

   private:
    // df/dlog q = -q (e^(a d) - 1) / a, relative to the reference token:
    //   q e^(a d_r) (e^(a (d - d_r)) - 1)  or, where nothing cancels,  p e^-(b d) - q e^(a d_r)
    template <class T>
    GKD_FN T pull(const column<T>& c) const {
      const T a = T(a_), e_ref = T(e_ref_);
      if (math::abs(a * c.d_rel) < T(1)) return c.q * e_ref * math::expm1(a * c.d_rel);
      const T e = c.d < T(0) ? c.q * math::exp(a * c.d) : c.p * math::exp(-T(b_) * c.d);
      return e - c.q * e_ref;
    }
    double a_, b_, e_ref_;
  };
  GKD_FN row on_row(row_reference r) const { return {alpha_, r}; }

  struct wide_row {
    double a, b, e_ref, inv_e_ref;
    bool takes_row() const { return b >= detail::wide::least_weight; }
    [[gnu::always_inline]] term<double> operator()(const wide_column& c) const {
      using namespace detail::wide;
      const double e = exp(a * c.d);
      const double gap = a * c.excess - expm1(a * c.d, e);
      return {not_negative(c.q * gap / (a * b)),
              -c.q * e_ref * expm1(a * c.d_rel, e * inv_e_ref) / a};
    }
  };
  wide_row on_wide_row(row_reference r) const {
    const double e_ref = math::exp(alpha_ * r.d);
    return {alpha_, 1.0 - alpha_, e_ref, 1.0 / e_ref};
  }

 private:
  double alpha_;
};

}  // namespace gkd::inline v0
