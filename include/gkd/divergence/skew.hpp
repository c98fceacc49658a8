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

namespace gkd::inline v0 {

namespace detail {

inline void check_skew(const char* what, const char* limit, double alpha) {
  if (!(alpha > 0.0 && alpha < 1.0))
    fail(errc::bad_argument, what, ": alpha is ", alpha, ", want 0 < alpha < 1; alpha = 0 is ",
         limit);
}

/// The weights of a mixture a + w e^d as it stands at the reference token, where it is 1 in total.
class mixture_at {
 public:
  GKD_FN mixture_at(double a, double w, double d_ref)
      : total_(a + w * math::exp(d_ref)), a_(a / total_), w_(w * math::exp(d_ref) / total_) {}
  GKD_FN double total() const { return total_; }
  GKD_FN double a() const { return a_; }
  GKD_FN double w() const { return w_; }

 private:
  double total_, a_, w_;
};

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
    GKD_FN row(double alpha, double d_ref)
        : alpha_(alpha), beta_(1.0 - alpha), at_(alpha, 1.0 - alpha, -d_ref) {}
    // M = log(p/m) = -log(a + (1-a) e^-d):
    //   f = p M - (1-a) (p - q),   df/dlog q = (1-a) q (1 - p/m)
    // and with p_r/m_r at the reference token, E = e^-(d - d_r) - 1 and mixture weights (a', w'):
    //   p/m - p_r/m_r = -(p_r/m_r) w' E / (1 + w' E)
    template <class T>
    GKD_FN term<T> operator()(const column<T>& c) const {
      const T m = -detail::log_mixture(T(alpha_), T(beta_), -c.d);
      const T value = math::weigh(c.p, m) - T(beta_) * detail::difference(c);
      const T p_over_m_ref = T(1.0 / at_.total());
      return {math::max(T(0), value), T(beta_) * p_over_m_ref * math::weigh(c.q, pull(c.d_rel))};
    }

   private:
    // w' E / (1 + w' E), multiplied out by e^d where e^-d could overflow
    template <class T>
    GKD_FN T pull(T d) const {
      const T a = T(at_.a()), w = T(at_.w());
      if (d < T(0)) return -w * math::expm1(d) / (w + a * math::exp(d));
      return w * math::expm1(-d) / (a + w * math::exp(-d));
    }
    double alpha_, beta_;
    detail::mixture_at at_;
  };
  GKD_FN row on_row(double d_ref) const { return {alpha_, d_ref}; }

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
    GKD_FN row(double alpha, double d_ref)
        : alpha_(alpha), beta_(1.0 - alpha), at_(alpha, 1.0 - alpha, d_ref) {}
    // L = log(q/m) = -log(a + (1-a) e^d):
    //   f = q L + (1-a) (p - q),   df/dlog q = q (L + a (1 - q/m))
    // and with y = w' (e^(d - d_r) - 1), where (a', w') are the mixture weights at the reference,
    //   L - a q/m = -log(1 + y) + a' y / (1 + y) + a constant
    template <class T>
    GKD_FN term<T> operator()(const column<T>& c) const {
      const T log_ratio = -detail::log_mixture(T(alpha_), T(beta_), c.d);
      const T value = math::weigh(c.q, log_ratio) + T(beta_) * detail::difference(c);
      return {math::max(T(0), value), -math::weigh(c.q, pull(c.d_rel))};
    }

   private:
    // log(1 + y) - a' u with u = y / (1 + y): both terms are nearly y when a' is nearly 1, so where u
    // is small it is (-log(1 - u) - u) + w' u, with the bracket as u^2/2 + u^3/3 + ...
    template <class T>
    GKD_FN T pull(T d) const {
      const T a = T(at_.a()), w = T(at_.w());
      // u multiplied out by e^-d where e^d could overflow
      const T u = d > T(0) ? -w * math::expm1(-d) / (w + a * math::exp(-d))
                           : w * math::expm1(d) / (a + w * math::exp(d));
      if (math::abs(u) > T(0.25)) return detail::log_mixture(a, w, d) - a * u;
      T series = T(0);
      for (int k = 28; k >= 2; --k) series = series * u + T(1) / T(k);
      return u * u * series + w * u;
    }
    double alpha_, beta_;
    detail::mixture_at at_;
  };
  GKD_FN row on_row(double d_ref) const { return {alpha_, d_ref}; }

 private:
  double alpha_;
};

}  // namespace gkd::inline v0
