// SPDX-License-Identifier: Apache-2.0
// Every divergence of one row, value and gradient, in long double: the yardstick for the row
// kernels, good to 1e-16 of the value and of the largest gradient entry. It is written from the
// definitions (tests/oracle/gjsd_mpmath.py states them), includes nothing of gkd, and is itself
// held to 200-digit numbers by tests/divergence/oracle.cpp.
//
//   const std::vector<float> teacher = ..., student = ...;
//   const auto r = oracle::row_value_grad<float>(oracle::kind::generalized_jsd, 0.5L, teacher,
//                                                student, 1.0L);
//   r.value, r.dz[v]
//
// Notation: p teacher, q student, d = ln p - ln q, x = e^d - 1 = (p - q) / q,
// h(y) = (1 + y) ln(1 + y) - y >= 0, r the reference column. Assumes |logit / temperature| < 5000.
#pragma once

#include <cmath>      // expm1, log1p
#include <cstddef>    // size_t
#include <limits>     // digits, infinity
#include <span>       // span
#include <stdexcept>  // invalid_argument
#include <vector>     // vector

namespace oracle {

static_assert(std::numeric_limits<long double>::digits >= 64,
              "the oracle needs a wider long double");

using real = long double;
inline constexpr real infinite = std::numeric_limits<real>::infinity();

enum class kind {
  forward_kl,        ///< sum p ln(p/q)
  reverse_kl,        ///< sum q ln(q/p)
  generalized_jsd,   ///< b sum p ln(p/m) + (1-b) sum q ln(q/m), m = b p + (1-b) q; ends: the KLs
  continuous_jsd,    ///< the same divided by b (1-b)
  total_variation,   ///< 1/2 sum |p - q|
  jeffreys,          ///< the two KLs together
  skew_forward_kl,   ///< sum p ln(p/m), m = a p + (1-a) q
  skew_reverse_kl,   ///< sum q ln(q/m), m = (1-a) p + a q
  alpha_divergence,  ///< (sum p^a q^(1-a) - 1) / (a (a-1))
};

/// The divergence of one row, its gradient with respect to the student's logits, and the mass of
/// columns left out because a KL would be infinite there.
struct row_result {
  real value = 0;
  std::vector<real> dz;  // (V)
  real teacher_outside = 0;
  real student_outside = 0;
};

namespace detail {

/// h(y) = (1 + y) ln(1 + y) - y, relatively exact: near 0 by its series sum (-y)^k / (k (k-1)).
inline real h(real y) {
  if (y == -1) return 1;
  if (y > 0.25L || y < -0.25L) return (1 + y) * std::log1p(y) - y;
  real sum = 0, power = y * y;
  for (int k = 2; k < 40; ++k, power *= -y) sum += power / static_cast<real>(k * (k - 1));
  return sum;
}

/// y - ln(1 + y), relatively exact: near 0 by its series sum (-y)^k / k.
inline real log1p_gap(real y) {
  if (y > 0.25L || y < -0.25L) return y - std::log1p(y);
  real sum = 0, power = y * y;
  for (int k = 2; k < 40; ++k, power *= -y) sum += power / static_cast<real>(k);
  return sum;
}

/// a (e^d - 1) - (e^(a d) - 1), relatively exact: near 0 by its series sum (a - a^k) d^k / k!.
inline real alpha_gap(real a, real d) {
  if (d > 0.5L || d < -0.5L) return a * std::expm1(d) - std::expm1(a * d);
  real sum = 0, power = d, a_power = a;
  for (int k = 2; k < 25; ++k) {
    power *= d / static_cast<real>(k);
    a_power *= a;
    sum += (a - a_power) * power;
  }
  return sum;
}

/// Running sum with the rounding errors kept (Neumaier).
class total {
 public:
  void add(real x) {
    const real next = sum_ + x;
    lost_ += std::fabs(sum_) >= std::fabs(x) ? (sum_ - next) + x : (x - next) + sum_;
    sum_ = next;
  }
  real value() const { return sum_ + lost_; }

 private:
  real sum_ = 0, lost_ = 0;
};

/// softmax of both sides, and d and d - d_r, of columns that have mass on at least one side.
struct columns {
  std::vector<real> p, q;  // (V)
  std::vector<real> d;     // (V)  +-infinite where one side has no mass
  std::vector<real> rel;   // (V)  d - d_r
  real d_ref = 0;
};

inline real largest(const std::vector<real>& z) {
  real top = -infinite;
  for (real x : z) top = std::fmax(top, x);
  if (top == -infinite) throw std::invalid_argument("oracle: a side has no mass where D is finite");
  return top;
}

/// The column whose smaller probability is largest, or V if the supports are disjoint.
inline std::size_t reference_column(const std::vector<real>& t, const std::vector<real>& s) {
  const real t_max = largest(t), s_max = largest(s);
  real best = -infinite;
  std::size_t found = t.size();
  for (std::size_t v = 0; v < t.size(); ++v) {
    const real both = std::fmin(t[v] - t_max, s[v] - s_max);
    if (both > best) best = both, found = v;
  }
  return found;
}

inline std::vector<real> softmax(const std::vector<real>& z, real temperature) {
  const real top = largest(z);
  total sum;
  for (real x : z) sum.add(std::exp((x - top) / temperature));
  std::vector<real> out;
  for (real x : z) out.push_back(std::exp((x - top) / temperature) / sum.value());
  return out;
}

/// Disjoint supports: d is infinite everywhere, and the same in every column where q > 0.
inline columns disjoint_columns(const std::vector<real>& t, const std::vector<real>& s,
                                real temperature) {
  columns c{softmax(t, temperature), softmax(s, temperature), {}, {}, -infinite};
  for (std::size_t v = 0; v < t.size(); ++v) c.d.push_back(c.q[v] == 0 ? infinite : -infinite);
  c.rel.assign(t.size(), 0);
  return c;
}

/// With t' = (t - t_r) / temperature and s' likewise, A and B the sums of e^t' and e^s' over the
/// other columns:
///   q_v = e^s' / (1 + B),  p_v = e^t' / (1 + A),  d_v - d_r = t' - s',
///   d_r = ln((1 + B) / (1 + A)) = -log1p((A - B) / (1 + B)),
/// where A - B is summed as sum e^s' (e^(t' - s') - 1): nothing cancels when the sides nearly agree
/// or when column r holds nearly all mass.
inline columns make_columns(const std::vector<real>& t, const std::vector<real>& s,
                            real temperature) {
  const std::size_t r = reference_column(t, s);
  if (r == t.size()) return disjoint_columns(t, s, temperature);
  columns c;
  total a, b, a_minus_b;
  for (std::size_t v = 0; v < t.size(); ++v) {
    c.p.push_back(std::exp((t[v] - t[r]) / temperature));
    c.q.push_back(std::exp((s[v] - s[r]) / temperature));
    // differences of the two sides first: exact where they nearly agree
    const real rel = ((t[v] - s[v]) - (t[r] - s[r])) / temperature;
    c.rel.push_back(c.p[v] == 0 && c.q[v] == 0 ? 0 : rel);
    if (v == r) continue;
    a.add(c.p[v]);
    b.add(c.q[v]);
    const bool near = std::fabs(c.rel[v]) < 1;
    a_minus_b.add(near ? c.q[v] * std::expm1(c.rel[v]) : c.p[v] - c.q[v]);
  }
  const real x = a_minus_b.value() / (1 + b.value());
  c.d_ref = x > -0.5L ? -std::log1p(x) : std::log((1 + b.value()) / (1 + a.value()));
  for (std::size_t v = 0; v < t.size(); ++v) {
    c.p[v] /= 1 + a.value();
    c.q[v] /= 1 + b.value();
    c.d.push_back(c.d_ref + c.rel[v]);
  }
  return c;
}

/// ln(a + w e^d) for a + w = 1, relatively exact near d = 0.
inline real ln_mix(real a, real w, real d) {
  if (d == infinite) return infinite;
  const real x = w * std::expm1(d);
  return x > -0.5L ? std::log1p(x) : std::log(a + w * std::exp(d));
}

/// ln((a + w e^(d_r + rel)) / (a + w e^d_r)): the change of ln_mix from the reference column.
inline real ln_mix_change(real a, real w, real d_ref, real rel) {
  const real e = w * std::exp(d_ref), x = e / (a + e) * std::expm1(rel);
  return x > -0.5L ? std::log1p(x) : std::log((a + e * std::exp(rel)) / (a + e));
}

/// One column's share of the value, every one >= 0. Terms that sum to 0 over a row are added to it:
/// q - p to p ln(p/q), and so on.
inline real share(kind what, real a, real p, real q, real d) {
  const real x = std::expm1(d);
  switch (what) {
    case kind::forward_kl: return q * h(x);
    case kind::reverse_kl: return p * h(std::expm1(-d));
    case kind::jeffreys: return (d > 0 ? -p * std::expm1(-d) : q * x) * d;
    case kind::total_variation: return std::fabs(d > 0 ? p * std::expm1(-d) : q * x) / 2;
    case kind::alpha_divergence:
      return (d > 0 ? p * alpha_gap(1 - a, -d) : q * alpha_gap(a, d)) / (a * (1 - a));
    // p (y - ln(1 + y)) with y = (m - p) / p where that is small, else m h((p - m) / m)
    case kind::skew_forward_kl: {
      const real y = (1 - a) * std::expm1(-d);
      if (y > -0.25L && y < 0.25L) return p * log1p_gap(y);
      if (d > 1) return -p * ln_mix(a, 1 - a, -d) - (1 - a) * (p - q);
      const real m_by_q = x > -0.5L ? 1 + a * x : 1 - a + a * std::exp(d);
      return q * m_by_q * h((1 - a) * x / m_by_q);
    }
    case kind::skew_reverse_kl: {  // the same with q
      if (q == 0) return (1 - a) * p;
      if ((1 - a) * std::fabs(x) < 0.25L) return q * log1p_gap((1 - a) * x);
      if (d > 1) return -q * ln_mix(a, 1 - a, d) - (1 - a) * (q - p);
      const real m_by_q = x > -0.5L ? 1 + (1 - a) * x : a + (1 - a) * std::exp(d);
      return q * m_by_q * h(-(1 - a) * x / m_by_q);
    }
    default: break;  // generalized_jsd; D_b(p, q) = D_(1-b)(q, p)
  }
  if (a > 0.5L) return share(what, 1 - a, q, p, -d);
  if (q == 0) return -a * p * std::log(a);
  if (d < 1) return q * (a * h(x) - h(a * x));
  return -a * p * ln_mix(a, 1 - a, -d) - (1 - a) * q * ln_mix(1 - a, a, d);
}

/// dD/d ln q of one column, up to a multiple of q that is the same for the whole row.
inline real slope(kind what, real a, const columns& c, std::size_t v) {
  const real p = c.p[v], q = c.q[v], d = c.d[v], rel = c.rel[v], e_ref = std::exp(c.d_ref);
  if (q == 0) return 0;
  const real minus_excess = d > 0 ? p * std::expm1(-d) : -q * std::expm1(d);  // q - p
  switch (what) {
    case kind::forward_kl: return minus_excess;
    case kind::reverse_kl: return -q * rel;
    case kind::jeffreys: return minus_excess - q * rel;
    case kind::total_variation: {
      const auto sign = [](real y) { return y > 0 ? 1.0L : y < 0 ? -1.0L : 0.0L; };
      return q * (sign(c.d_ref) - sign(d)) / 2;
    }
    // -(p^a q^(1-a) - q e^(a d_r)) / a
    case kind::alpha_divergence: return -q * std::exp(a * c.d_ref) * std::expm1(a * rel) / a;
    case kind::skew_forward_kl: {  // -(1-a) q (p/m - p_r/m_r)
      const real w = 1 - a, m_ref = w + a * e_ref;
      // p/m - p_r/m_r = (1-a) e^d_r (e^rel - 1) / (m_r (1 - a + a e^d)), less e^d where it is large
      const real change = d > 1 ? w * e_ref * -std::expm1(-rel) / (m_ref * (w * std::exp(-d) + a)) *
                                      std::exp(rel - d)
                                : w * e_ref * std::expm1(rel) / (m_ref * (w + a * std::exp(d)));
      return -w * q * change;
    }
    case kind::skew_reverse_kl: {  // q (L - L_r - a (q/m - q_r/m_r)),  L = ln(q/m)
      const real w = 1 - a, m_ref = a + w * e_ref, m = a + w * std::exp(d);
      const real change = -w * e_ref * std::expm1(rel) / (m_ref * m);
      return q * (-ln_mix_change(a, w, c.d_ref, rel) - a * change);
    }
    default: return -(1 - a) * q * ln_mix_change(1 - a, a, c.d_ref, rel);  // (1-b) q (L - L_r)
  }
}

/// Columns where the other side has no mass become -inf; returns the mass they had.
inline real restrict_to(const std::vector<real>& other, std::vector<real>& z, real temperature) {
  const std::vector<real> before = softmax(z, temperature);
  total outside;
  for (std::size_t v = 0; v < z.size(); ++v) {
    if (other[v] != -infinite) continue;
    outside.add(before[v]);
    z[v] = -infinite;
  }
  return outside.value();
}

template <class T>
std::vector<real> widened(std::span<const T> logits) {
  std::vector<real> out;
  for (T z : logits) {
    if (z != z || z == std::numeric_limits<T>::infinity())
      throw std::invalid_argument("oracle: a logit is NaN or +inf");
    out.push_back(static_cast<real>(z));
  }
  return out;
}

/// dD/dz_k = (g_k - q_k sum g) / temperature. For the likeliest column, q_k near 1, it is written
/// g_k (1 - q_k) - q_k (the sum over the others), which does not cancel.
inline std::vector<real> through_softmax(const std::vector<real>& g, const std::vector<real>& q,
                                         real temperature) {
  std::size_t top = 0;
  for (std::size_t v = 1; v < q.size(); ++v)
    if (q[v] > q[top]) top = v;
  total g_others, q_others;
  for (std::size_t v = 0; v < q.size(); ++v) {
    if (v == top) continue;
    g_others.add(g[v]);
    q_others.add(q[v]);
  }
  const real sum = g[top] + g_others.value();
  std::vector<real> dz;
  for (std::size_t v = 0; v < q.size(); ++v) dz.push_back((g[v] - q[v] * sum) / temperature);
  dz[top] = (g[top] * q_others.value() - q[top] * g_others.value()) / temperature;
  return dz;
}

}  // namespace detail

/// The divergence `what` of one row with its parameter (b or a, else ignored). Throws
/// std::invalid_argument for rows without a finite logit, NaN, +inf, or where D is infinite.
template <class T>
row_result row_value_grad(kind what, real parameter, std::span<const T> teacher,
                          std::span<const T> student, real temperature) {
  using namespace detail;
  if (teacher.size() != student.size() || !(temperature > 0))
    throw std::invalid_argument("oracle: want rows of one length and a temperature above 0");
  const bool jsd = what == kind::generalized_jsd || what == kind::continuous_jsd;
  if (jsd && parameter == 0) what = kind::forward_kl;
  if (jsd && parameter == 1) what = kind::reverse_kl;
  const real scale = what == kind::continuous_jsd ? 1 / (parameter * (1 - parameter)) : 1;

  std::vector<real> t = widened(teacher), s = widened(student);
  row_result result;
  if (what == kind::forward_kl || what == kind::jeffreys)
    result.teacher_outside = restrict_to(s, t, temperature);
  if (what == kind::reverse_kl || what == kind::jeffreys)
    result.student_outside = restrict_to(t, s, temperature);

  const columns c = make_columns(t, s, temperature);
  total value;
  std::vector<real> g;
  for (std::size_t v = 0; v < t.size(); ++v) {
    const bool nothing = c.p[v] == 0 && c.q[v] == 0;
    if (!nothing) value.add(share(what, parameter, c.p[v], c.q[v], c.d[v]));
    g.push_back(nothing ? 0 : slope(what, parameter, c, v));
  }
  result.value = scale * value.value();
  result.dz = through_softmax(g, c.q, temperature);
  for (real& x : result.dz) x *= scale;
  return result;
}

}  // namespace oracle
