// SPDX-License-Identifier: Apache-2.0
// The generalized Jensen-Shannon divergence between teacher p and student q:
//
//   D_beta(p, q) = beta KL(p || m) + (1 - beta) KL(q || m),   m = beta p + (1 - beta) q
//
// With d = log p - log q it is computed from
//   L = ln(q/m) = -log1p(beta (e^d - 1)),   M = ln(p/m) = d + L,
//   dD/dz_k = (1 - beta) q_k (L_k - sum_v q_v L_v),
// and in the gradient L is taken relative to the row's reference token r, which removes the
// cancellation when one token holds nearly all mass:
//   L_v - L_r = -log1p(w (e^{d_v - d_r} - 1)),   w = beta e^{d_r} / (1 - beta + beta e^{d_r}).
// Source: Agarwal et al. 2024 (arXiv 2306.13649), eq. 1. D_beta tends to 0 at both ends, where
// D_beta / beta -> KL(p || q) and D_beta / (1 - beta) -> KL(q || p): the ends themselves are the
// types forward_kl and reverse_kl, and any_divergence::from_beta switches to them.
#pragma once

#include <gkd/core/error.hpp>
#include <gkd/divergence/term.hpp>
#include <gkd/divergence/wide_math.hpp>

namespace gkd::inline v0 {

/// How the generalized JSD is scaled.
enum class scaling {
  paper,       ///< as in the paper and in TRL: tends to 0 as beta tends to 0 or 1
  continuous,  ///< divided by beta (1 - beta): tends to forward and reverse KL at the ends
};

namespace detail {

/// One row of the JSD at `beta`.
class jsd_row {
 public:
  GKD_FN jsd_row(double beta, double scale, row_reference r)
      : beta_(beta), alpha_(1.0 - beta), scale_(scale), m_over_q_(alpha_, beta_, r) {}
  template <class T>
  GKD_FN term<T> operator()(const column<T>& c) const {
    // D_beta(p, q) = D_(1-beta)(q, p): the smaller weight goes to the side that d + L cancels on
    const T value = beta_ <= 0.5 ? formula(T(beta_), T(alpha_), c.p, c.q, c.d)
                                 : formula(T(alpha_), T(beta_), c.q, c.p, -c.d);
    // L_v - L_r
    const T l_rel = -m_over_q_.log(c);
    return {T(scale_) * math::max(T(0), value), T(scale_ * alpha_) * math::weigh(c.q, l_rel)};
  }

 private:
  // beta p M + (1 - beta) q L
  template <class T>
  GKD_FN static T formula(T beta, T alpha, T p, T q, T d) {
    const T l = -log_mixture(alpha, beta, d);
    const T m = d > T(1) ? -log_mixture(beta, alpha, -d) : d + l;  // d + L cancels for large d
    return math::weigh(beta * p, m) + math::weigh(alpha * q, l);
  }
  double beta_, alpha_, scale_;
  mixture_change m_over_q_;
};

/// The same for the vectorised kernel. With x = e^d - 1 and h(x) = (1 + x) log(1 + x) - x,
///   f / q = beta h(x) - h(beta x)
///         = beta (1-beta) x^2 (1/2 - (1 + beta) x/6 + (1 + beta + beta^2) x^2/12 - ...),
/// which is what f is taken from where |d| < 0.2.
class wide_jsd_row {
 public:
  wide_jsd_row(double beta, double scale, row_reference r)
      : beta_(scale * beta), alpha_(scale * (1.0 - beta)), near_(beta * alpha_) {
    const mixture_change m_over_q(1.0 - beta, beta, r);
    w_ref_ = m_over_q.w_ref();
    least_ = math::min(1.0 - beta, m_over_q.a());
    l_ref_ = -log_mixture(1.0 - beta, beta, r.d);
    double power_sum = 0.0, sign = 1.0;
    for (int k = 0; k < 12; ++k, sign = -sign) {
      power_sum = power_sum * beta + 1.0;  // 1 + beta + ... + beta^k
      series_[k] = sign * power_sum / ((k + 1) * (k + 2));
    }
  }
  /// Of the value, d + L loses 1e-16 / (1 - beta); of L_v - L_r, log1p loses 1e-16 / a_ref where
  /// the teacher all but rules a token out.
  bool takes_row() const { return least_ >= wide::least_weight; }
  [[gnu::always_inline]] term<double> operator()(const wide_column& c) const {
    const double l_rel = -wide::log1p(w_ref_ * c.growth), l = l_ref_ + l_rel;
    const double far = beta_ * c.p * (c.d + l) + alpha_ * c.q * l, x = c.excess;
    const double near = near_ * c.q * x * x * wide::polynomial(series_, x);
    return {wide::not_negative(wide::select(wide::within(c.d, 0.2), near, far)),
            alpha_ * c.q * l_rel};
  }

 private:
  double beta_, alpha_;  // scale beta, scale (1 - beta)
  double near_;          // scale beta (1 - beta)
  double w_ref_, l_ref_;
  double least_;  // of the student's weights: 1 - beta, and in m_r/q_r
  double series_[12];
};

/// f = beta p log(p/m) + (1 - beta) q log(q/m), the definition.
template <class T>
GKD_FN T jsd_formula(double beta, double scale, T log_p, T log_q) {
  using namespace math;
  const T p = T(beta) * exp(log_p), q = T(1.0 - beta) * exp(log_q);
  const T log_m = log(p + q);
  return T(scale) * (weigh(p, log_p - log_m) + weigh(q, log_q - log_m));
}

}  // namespace detail

/// The generalized JSD with beta chosen at run time, 0 < beta < 1. At the ends the formula is 0 for
/// any two distributions and would teach nothing, so they are refused: TRL's beta = 0 and beta = 1
/// are other divergences, forward_kl and reverse_kl, which any_divergence::from_beta and
/// from_name("jsd", beta) give.
class generalized_jsd {
 public:
  static constexpr bool finite_at_zero_p = true;
  static constexpr bool finite_at_zero_q = true;

  /// Throws bad_argument unless 0 < beta < 1.
  explicit generalized_jsd(double beta, scaling scale = scaling::paper) : beta_(beta) {
    if (!(beta > 0.0 && beta < 1.0))
      fail(errc::bad_argument, "generalized_jsd: beta is ", beta,
           ", want 0 < beta < 1; beta = 0 is forward_kl, beta = 1 is reverse_kl, and "
           "any_divergence::from_beta takes them all");
    scale_ = scale == scaling::continuous ? 1.0 / (beta * (1.0 - beta)) : 1.0;
    if (!math::is_finite(scale_))
      fail(errc::bad_argument, "generalized_jsd: beta is ", beta,
           ", too close to 0 for scaling::continuous, which divides by it; want forward_kl");
  }
  GKD_FN double beta() const { return beta_; }
  GKD_FN double scale() const { return scale_; }

  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
    return detail::jsd_formula(beta_, scale_, log_p, log_q);
  }
  GKD_FN detail::jsd_row on_row(row_reference r) const { return {beta_, scale_, r}; }
  detail::wide_jsd_row on_wide_row(row_reference r) const { return {beta_, scale_, r}; }

 private:
  double beta_, scale_;
};

/// The generalized JSD at beta = Numerator / Denominator, fixed at compile time: an empty type.
template <int Numerator, int Denominator, scaling Scale = scaling::paper>
  requires(0 < Numerator && Numerator < Denominator)
struct generalized_jsd_at {
  static constexpr bool finite_at_zero_p = true;
  static constexpr bool finite_at_zero_q = true;
  GKD_FN static constexpr double beta() { return double(Numerator) / Denominator; }
  GKD_FN static constexpr double scale() {
    return Scale == scaling::continuous ? 1.0 / (beta() * (1.0 - beta())) : 1.0;
  }
  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
    return detail::jsd_formula(beta(), scale(), log_p, log_q);
  }
  GKD_FN detail::jsd_row on_row(row_reference r) const { return {beta(), scale(), r}; }
  detail::wide_jsd_row on_wide_row(row_reference r) const { return {beta(), scale(), r}; }
};

}  // namespace gkd::inline v0
