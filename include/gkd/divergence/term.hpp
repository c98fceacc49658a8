// SPDX-License-Identifier: Apache-2.0
// What a divergence is made of. A separable divergence is a sum over the vocabulary,
//
//   D(p, q) = sum_v f(log p_v, log q_v)        p teacher, q student
//
// and its policy is a small struct that writes f for any number type:
//
//   template <class T> GKD_FN T operator()(T log_p, T log_q) const;
//
// Its derivative comes from dual numbers. A built-in adds `on_row(reference)`, a functor of one
// column that gives value and gradient in a form that stays exact when student and teacher nearly
// agree; the reference is the student's most likely token. The row kernel (divergence/row) knows
// softmax, temperature and scale; a policy knows none of them.
#pragma once

#include <gkd/concepts.hpp>

namespace gkd::inline v0 {

/// One column of a row: f and g = df/dlog q. In dz_k = g_k - q_k sum_v g_v a multiple of q added to
/// g cancels, so g may be off by c q_v with any c that is constant over the row.
template <class T>
struct term {
  T value;
  T grad;
};

/// One column as the row kernel knows it.
template <class T>
struct column {
  T p;      ///< teacher probability
  T q;      ///< student probability
  T d;      ///< log p - log q; -inf where p = 0, +inf where q = 0
  T d_rel;  ///< d minus d of the reference token, of one rounding
};

/// One column as the vectorised row kernel knows it; p and q are above 0.
struct wide_column {
  double p, q, d, d_rel;  ///< as in column
  double excess;          ///< e^d - 1 = (p - q) / q
  double growth;          ///< e^(d_rel) - 1
};

/// Where the reference token of a row stands: the student's most likely one.
struct row_reference {
  double d;      ///< log p - log q, -inf where the teacher gives it 0
  double ratio;  ///< p / q = e^d
  GKD_FN row_reference(double log_ratio) : d(log_ratio), ratio(math::exp(log_ratio)) {}
  GKD_FN row_reference(double log_ratio, double p, double q) : d(log_ratio), ratio(p / q) {}
};

namespace detail {

/// p - q without cancellation: q (e^d - 1) where p < q, p (1 - e^-d) elsewhere.
template <class T>
GKD_FN T difference(const column<T>& c) {
  return c.d < T(0) ? c.q * math::expm1(c.d) : -c.p * math::expm1(-c.d);
}

/// e^d = p / q. Of a large |d| the exponential multiplies the rounding error; p and q have none of
/// it as long as they do not underflow.
template <class T>
GKD_FN T ratio(const column<T>& c) {
  return math::min(c.p, c.q) > T(1e-290) ? c.p / c.q : math::exp(c.d);
}

/// ln(a + w e^d) for weights a + w = 1, relatively exact near d = 0, for any d including +-inf.
template <class T>
GKD_FN T log_mixture(T a, T w, T d) {
  if (d > T(80)) return d + math::log(w + a * math::exp(-d));  // e^d would overflow
  const T x = w * math::expm1(d);
  // log1p(x) with x near -1 would lose what a and w e^d still know
  return x > T(-0.5) ? math::log1p(x) : math::log(a + w * math::exp(d));
}

/// m(d) = a + w e^d as it changes from the reference token to another column, without the
/// cancellation of m(d) - m(d_ref) where the two are close.
class mixture_change {
 public:
  GKD_FN mixture_change(double a, double w, row_reference r)
      : e_ref_(r.ratio), total_(a + w * e_ref_), a_(a / total_), w_(w / total_) {}
  /// m(d_ref)
  GKD_FN double total() const { return total_; }
  /// a / m(d_ref)
  GKD_FN double a() const { return a_; }
  /// w e^(d_ref) / m(d_ref)
  GKD_FN double w_ref() const { return w_ * e_ref_; }
  /// m(d) / m(d_ref) - 1
  template <class T>
  GKD_FN T relative(const column<T>& c) const {
    return T(w_) *
           (math::abs(c.d_rel) < T(1) ? T(e_ref_) * math::expm1(c.d_rel) : ratio(c) - T(e_ref_));
  }
  /// m(d) / m(d_ref), given that less 1: near -1 that has lost what a and w e^d still know
  template <class T>
  GKD_FN T factor(const column<T>& c, T relative) const {
    return relative > T(-0.5) ? T(1) + relative : T(a_) + T(w_) * ratio(c);
  }
  /// ln(m(d) / m(d_ref))
  template <class T>
  GKD_FN T log(const column<T>& c) const {
    if (c.d > T(80)) return c.d + math::log(T(w_) + T(a_) * math::exp(-c.d));
    const T y = relative(c);
    return y > T(-0.5) ? math::log1p(y) : math::log(factor(c, y));
  }

 private:
  double e_ref_, total_, a_, w_;
};

/// A column of any policy that has only f: dual numbers give g.
template <class D, class T>
GKD_FN term<T> differentiate(const D& divergence, T log_p, T log_q) {
  const auto f = divergence(math::dual<T>(log_p), math::dual<T>(log_q, T(1)));
  return {f.value, f.slope};
}

/// Whether f stays finite where the teacher gives 0 (p = 0 < q), and where the student does
/// (q = 0 < p). A policy says so with `static constexpr bool finite_at_zero_p = true` and
/// `finite_at_zero_q`; else such columns are left out on both sides and their mass is reported.
template <class D>
GKD_FN constexpr bool finite_at_zero_p() {
  if constexpr (requires { D::finite_at_zero_p; })
    return D::finite_at_zero_p;
  else
    return false;
}
template <class D>
GKD_FN constexpr bool finite_at_zero_q() {
  if constexpr (requires { D::finite_at_zero_q; })
    return D::finite_at_zero_q;
  else
    return false;
}

}  // namespace detail
}  // namespace gkd::inline v0
