// SPDX-License-Identifier: Apache-2.0
// The two skewed Kullback-Leibler divergences: the other side is mixed into the reference, which
// keeps the log-ratio, and with it the gradient, bounded:
//
//   skew_forward_kl  KL(p || m),  m = a p + (1 - a) q      a -> 0 is forward_kl
//   skew_reverse_kl  KL(q || m),  m = (1 - a) p + a q      a -> 0 is reverse_kl
//
// Source: Ko et al. 2024, "DistiLLM: Towards Streamlined Distillation for Large Language Models"
// (arXiv 2402.03898), eq. 4 and 5, where a = 0.1 works best.
#pragma once

#include <gkd/core/error.hpp>
#include <gkd/divergence/term.hpp>
#include <gkd/divergence/wide_math.hpp>

namespace gkd::inline v0 {

namespace detail {

inline void check_skew(const char* what, const char* limit, double alpha) {
  if (!(alpha > 0.0 && alpha < 1.0))
    fail(errc::bad_argument, what, ": alpha is ", alpha, ", want 0 < alpha < 1; alpha = 0 is ",
         limit);
}

/// p log(p/m) - p + m for m = a p + b q: p (x - log(1 + x)) with x = b (q/p - 1). Where x is small
/// the bracket is x^2/2 - x^3/3 + ..., which its terms would lose: with s = x / (2 + x) it is
///   s (x - 2 s^2 (1/3 + s^2/5 + s^4/7 + ...))
template <class T>
GKD_FN T skew_term(T a, T b, const column<T>& c) {
  const column<T> inverse{c.q, c.p, -c.d, -c.d_rel};
  const T x = b * (math::abs(c.d) < T(1) ? math::expm1(-c.d) : ratio(inverse) - T(1));
  if (!(math::abs(x) < T(0.25)))
    return math::weigh(c.p, -log_mixture(a, b, -c.d)) - b * difference(c);
  const T s = x / (T(2) + x), z = s * s;
  T series = T(0);
  for (int k = 21; k >= 3; k -= 2) series = series * z + T(1) / T(k);
  return c.p * (s * (x - T(2) * z * series));
}

}  // namespace detail

/// KL(teacher || mixture of both).
class skew_forward_kl {
 public:
  static constexpr bool finite_at_zero_p = true;
  static constexpr bool finite_at_zero_q = true;

  /// Throws bad_argument unless 0 < alpha < 1.
  explicit skew_forward_kl(double alpha = 0.1) : alpha_(alpha) {
    detail::check_skew("skew_forward_kl", "forward_kl", alpha);
  }
  GKD_FN double alpha() const { return alpha_; }

  // f = p log(p/m) - p + m: the last two sum to 0 over a row and make every term >= 0
  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
    using namespace math;
    const T p = exp(log_p), m = T(alpha_) * p + T(1.0 - alpha_) * exp(log_q);
    return weigh(p, log_p - log(m)) - p + m;
  }

  class row {
   public:
    GKD_FN row(double alpha, row_reference r)
        : alpha_(alpha), beta_(1.0 - alpha), e_ref_(r.ratio) {}
    // M = log(p/m) = -log(a + (1-a) e^-d):
    //   f = p M - (1-a) (p - q),   df/dlog q = (1-a) q (1 - p/m),   p/m = e^d / (a e^d + 1-a)
    //   p/m - p_r/m_r = (1-a) (e^d - e^d_r) / ((a e^d + 1-a) (a e^d_r + 1-a))
    template <class T>
    GKD_FN term<T> operator()(const column<T>& c) const {
      const T b = T(beta_);
      const T value = detail::skew_term(T(alpha_), b, c);
      const T p_over_m = b * change(c) / (T(alpha_ * e_ref_) + b);
      return {math::max(T(0), value), -b * math::weigh(c.q, p_over_m)};
    }

   private:
    // (e^d - e^d_r) / (a e^d + 1-a), divided by e^d where that could overflow
    template <class T>
    GKD_FN T change(const column<T>& c) const {
      const T a = T(alpha_), b = T(beta_), e_ref = T(e_ref_);
      if (c.d > T(0)) return -math::expm1(-c.d_rel) / (a + b * math::exp(-c.d));
      const T e = detail::ratio(c);
      const T gap = math::abs(c.d_rel) < T(1) ? e_ref * math::expm1(c.d_rel) : e - e_ref;
      return gap / (a * e + b);
    }
    double alpha_, beta_, e_ref_;
  };
  GKD_FN row on_row(row_reference r) const { return {alpha_, r}; }

  // with x = e^d - 1 and y = (1-a) (e^-d - 1) = -(1-a) x q/p:
  //   m/q = 1 + a x,  f = p (y - log(1 + y)) = q ((1 + x) (d - log(1 + a x)) - (1-a) x)
  // The second form is for y near -1 only: elsewhere its terms cancel as a goes to 1.
  struct wide_row {
    double a, b, scale_ref;  // (1-a) (p_r/q_r) / (m_r/q_r)
    bool takes_row() const { return b >= detail::wide::least_weight; }
    [[gnu::always_inline]] term<double> operator()(const wide_column& c) const {
      using namespace detail::wide;
      const double x = c.excess, m_over_q = 1.0 + a * x, y = -b * x * (c.q / c.p);
      const bool near = y > -0.25;
      const log1p_parts log = parts_of_log1p(select(near, y, a * x));
      const double far = c.q * ((1.0 + x) * (c.d - log.sum()) - b * x);
      const double value = select(near, c.p * log.gap(y), far);
      return {not_negative(value), -b * c.q * scale_ref * c.growth / m_over_q};
    }
  };
  wide_row on_wide_row(row_reference r) const {
    const double b = 1.0 - alpha_;
    return {alpha_, b, b * r.ratio / (b + alpha_ * r.ratio)};
  }

 private:
  double alpha_;
};

/// KL(student || mixture of both).
class skew_reverse_kl {
 public:
  static constexpr bool finite_at_zero_p = true;
  static constexpr bool finite_at_zero_q = true;

  /// Throws bad_argument unless 0 < alpha < 1.
  explicit skew_reverse_kl(double alpha = 0.1) : alpha_(alpha) {
    detail::check_skew("skew_reverse_kl", "reverse_kl", alpha);
  }
  GKD_FN double alpha() const { return alpha_; }

  // f = q log(q/m) - q + m
  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
    using namespace math;
    const T q = exp(log_q), m = T(1.0 - alpha_) * exp(log_p) + T(alpha_) * q;
    return weigh(q, log_q - log(m)) - q + m;
  }

  class row {
   public:
    GKD_FN row(double alpha, row_reference r)
        : alpha_(alpha), beta_(1.0 - alpha), m_over_q_(alpha_, beta_, r) {}
    // L = log(q/m) = -log(a + (1-a) e^d):
    //   f = q L + (1-a) (p - q),   df/dlog q = q (L + a (1 - q/m))
    template <class T>
    GKD_FN term<T> operator()(const column<T>& c) const {
      const T value =
          detail::skew_term(T(alpha_), T(beta_), column<T>{c.q, c.p, -c.d, -c.d_rel});
      return {math::max(T(0), value), -math::weigh(c.q, change(c))};
    }

   private:
    // a q/m - L relative to the reference token: with 1 + y = (m/q) / (m_r/q_r), u = y / (1 + y)
    // and a' = a q_r/m_r it is log(1 + y) - a' u. Both terms are nearly y when a' is nearly 1, so
    // where u is small it is (-log(1 - u) - u) + (1 - a') u, the bracket being u^2/2 + u^3/3 + ...
    template <class T>
    GKD_FN T change(const column<T>& c) const {
      const T a = T(m_over_q_.a()), y = m_over_q_.relative(c);
      const T u = math::is_finite(y) ? y / m_over_q_.factor(c, y) : T(1);
      if (math::abs(u) > T(0.25)) return m_over_q_.log(c) - a * u;
      T series = T(0);
      for (int k = 28; k >= 2; --k) series = series * u + T(1) / T(k);
      return u * u * series + T(m_over_q_.w_ref()) * u;
    }
    double alpha_, beta_;
    detail::mixture_change m_over_q_;
  };
  GKD_FN row on_row(row_reference r) const { return {alpha_, r}; }

  // with x = e^d - 1:  m/q = 1 + (1-a) x,  f = q ((1-a) x - log(1 + (1-a) x));  df/dlog q as above
  struct wide_row {
    double b, a_ref, w_ref;
    // a itself would come out of 1 - b as noise: b = 1 where a is lost
    bool takes_row() const {
      using detail::wide::least_weight;
      return 1.0 - b >= least_weight && a_ref >= least_weight;
    }
    [[gnu::always_inline]] term<double> operator()(const wide_column& c) const {
      using namespace detail::wide;
      constexpr double series[] = {1.0 / 2, 1.0 / 3, 1.0 / 4, 1.0 / 5, 1.0 / 6,
                                   1.0 / 7, 1.0 / 8, 1.0 / 9, 1.0 / 10};
      const double y = w_ref * c.growth, u = y / (1.0 + y), far = log1p(y) - a_ref * u;
      const double near = u * u * polynomial(series, u) + w_ref * u;
      const double bx = b * c.excess, value = c.q * parts_of_log1p(bx).gap(bx);
      return {not_negative(value), -c.q * select(within(u, 0.1), near, far)};
    }
  };
  wide_row on_wide_row(row_reference r) const {
    const double b = 1.0 - alpha_;
    const detail::mixture_change m_over_q(alpha_, b, r);
    return {b, m_over_q.a(), m_over_q.w_ref()};
  }

 private:
  double alpha_;
};

}  // namespace gkd::inline v0
