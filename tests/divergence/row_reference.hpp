// SPDX-License-Identifier: Apache-2.0
// The oracle of one row: each divergence by its definition on probabilities, in long double, with
// the C++ library's functions and none of gkd's. With X_v = df/dq_v,
//
//   D = sum_v f(p_v, q_v)        dD/dz_k = q_k (X_k - sum_v q_v X_v) / temperature
//
// where X is taken relative to the token r that the student holds most likely.
#pragma once

#include <cmath>    // expl, expm1l, logl, log1pl
#include <cstddef>  // size_t
#include <string>   // string
#include <vector>   // vector

namespace reference {

using real = long double;
constexpr real infinity = HUGE_VALL;

struct point {
  real p, q, d;  // d = log p - log q
};

/// ln(a + w e^d) for a + w = 1
inline real log_mix(real a, real w, real d) {
  if (d > 1000) return d + std::log(w);
  const real x = w * std::expm1(d);
  return std::fabs(x) < 0.5L ? std::log1p(x) : std::log(a + w * std::exp(d));
}
inline real times(real w, real x) { return w == 0 ? 0 : w * x; }
/// p - q
inline real gap(const point& c) { return c.d < 0 ? c.q * std::expm1(c.d) : -c.p * std::expm1(-c.d); }

// Each divergence: f of a point, and X(d) - X(r) for a point whose d - r is `rel`, written as one
// expression because the two X may agree in every digit.

/// beta KL(p || m) + (1 - beta) KL(q || m); the ends are the two KLs.
struct jsd {
  real beta;
  bool zero_p() const { return beta < 1; }
  bool zero_q() const { return beta > 0; }
  real f(const point& c) const {
    if (beta == 0) return times(c.p, c.d) - gap(c);
    if (beta == 1) return gap(c) - times(c.q, c.d);
    // the constants -p + m and -q + m sum to 0 over the row
    const real from_p = times(c.p, -log_mix(beta, 1 - beta, -c.d)) - (1 - beta) * gap(c);
    const real from_q = times(c.q, -log_mix(1 - beta, beta, c.d)) + beta * gap(c);
    return beta * from_p + (1 - beta) * from_q;
  }
  // X = 1 - p/q, (1 - beta) ln(q/m), ln(q/p)
  real slope(real r, real rel) const {
    if (beta == 0) return -std::exp(r) * std::expm1(rel);
    if (beta == 1) return -rel;
    const real total = 1 - beta + beta * std::exp(r);
    return -(1 - beta) * log_mix((1 - beta) / total, beta * std::exp(r) / total, rel);
  }
};
struct total_variation {
  bool zero_p() const { return true; }
  bool zero_q() const { return true; }
  real f(const point& c) const { return std::fabs(gap(c)) / 2; }
  // X = 1/2 sign(q - p)
  real slope(real r, real rel) const { return (sign(r) - sign(r + rel)) / 2; }
  static real sign(real x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }
};
struct jeffreys {
  bool zero_p() const { return false; }
  bool zero_q() const { return false; }
  real f(const point& c) const { return gap(c) * c.d; }
  real slope(real r, real rel) const { return jsd{0}.slope(r, rel) + jsd{1}.slope(r, rel); }
};
struct skew_forward {
  real a;
  bool zero_p() const { return true; }
  bool zero_q() const { return true; }
  real f(const point& c) const {
    return times(c.p, -log_mix(a, 1 - a, -c.d)) - (1 - a) * gap(c);
  }
  // X = (1 - a) (1 - p/m), where p/m = 1 / (a + (1 - a) e^-d)
  real slope(real r, real rel) const {
    const real here = a + (1 - a) * std::exp(-r - rel), there = a + (1 - a) * std::exp(-r);
    if (!std::isfinite(here)) return (1 - a) / there;
    return (1 - a) * (1 - a) * std::exp(-r) * std::expm1(-rel) / (here * there);
  }
};
struct skew_reverse {
  real a;
  bool zero_p() const { return true; }
  bool zero_q() const { return true; }
  real f(const point& c) const {
    return times(c.q, -log_mix(a, 1 - a, c.d)) + (1 - a) * gap(c);
  }
  // X = ln(q/m) - a q/m, where m/q = a + (1 - a) e^d
  real slope(real r, real rel) const {
    const real total = a + (1 - a) * std::exp(r);
    const real w = (1 - a) * std::exp(r) / total;  // of the mixture at r
    if (rel > 1000) return -log_mix(a / total, w, rel) + a / total;
    const real y = w * std::expm1(rel);
    if (std::fabs(y) > 0.01L) return -log_mix(a / total, w, rel) + (a / total) * y / (1 + y);
    // -ln(1 + y) + (1 - w) y / (1 + y), whose first order terms cancel: with u = y / (1 + y)
    // ln(1 + y) = u + u^2/2 + u^3/3 + ...
    const real u = y / (1 + y);
    real tail = 0;
    for (int k = 16; k >= 2; --k) tail = tail * u + real(1) / k;
    return -(w * u + u * u * tail);
  }
};
struct alpha {
  real a;
  bool zero_p() const { return true; }
  bool zero_q() const { return true; }
  real f(const point& c) const {
    const real f = c.d < 0 ? c.q * (a * std::expm1(c.d) - std::expm1(a * c.d))
                           : c.p * ((1 - a) * std::expm1(-c.d) - std::expm1((a - 1) * c.d));
    return f / (a * (1 - a));
  }
  // X = (1 - (p/q)^a) / a
  real slope(real r, real rel) const { return -std::exp(a * r) * std::expm1(a * rel) / a; }
};

struct side {
  std::vector<real> probability, logarithm;
  std::size_t largest = 0;
  real log_sum = 0;  // of e^(x - max), as log1p of all but the largest
  real max = -infinity;
};

template <class T>
side softmax(const std::vector<T>& x, const std::vector<bool>& part, real temperature) {
  side s;
  for (std::size_t v = 0; v < x.size(); ++v)
    if (part[v] && x[v] > s.max) s.max = x[v], s.largest = v;
  real rest = 0;
  for (std::size_t v = 0; v < x.size(); ++v)
    if (part[v] && v != s.largest) rest += std::exp((x[v] - s.max) / temperature);
  s.log_sum = std::log1p(rest);
  for (std::size_t v = 0; v < x.size(); ++v) {
    s.logarithm.push_back(part[v] ? (x[v] - s.max) / temperature - s.log_sum : -infinity);
    s.probability.push_back(std::exp(s.logarithm.back()));
  }
  return s;
}

struct result {
  real value = 0;
  std::vector<real> dz;
  real largest = 0;    // of |dz|
  real absolute = 0;   // sum of |dz|
  real distance = 0;   // delta: q-weighted RMS of t - s - mean, over the temperature
};

/// D and dD/dz of a row, both sides restricted to the columns where D is finite and renormalised.
template <class F, class T>
result row(const F& f, const std::vector<T>& teacher, const std::vector<T>& student,
           real temperature = 1) {
  const std::size_t n = teacher.size();
  std::vector<bool> in_p(n), in_q(n);
  for (std::size_t v = 0; v < n; ++v) {
    in_p[v] = f.zero_q() || std::isfinite(student[v]);
    in_q[v] = f.zero_p() || std::isfinite(teacher[v]);
  }
  const side p = softmax(teacher, in_p, temperature), q = softmax(student, in_q, temperature);
  // log p - log q up to a constant: a difference of logits, which is exact where both nearly agree
  const auto ratio = [&](std::size_t v) {
    if (p.logarithm[v] == -infinity || q.logarithm[v] == -infinity)
      return p.logarithm[v] - q.logarithm[v];
    return ((real(teacher[v]) - real(student[v])) - (p.max - q.max)) / temperature;
  };
  const real constant = p.log_sum - q.log_sum;
  const real at = std::isfinite(ratio(q.largest)) ? ratio(q.largest) : 0;
  std::vector<real> x(n, 0), d(n, 0);
  result r;
  r.dz.assign(n, 0);
  real mean = 0, mean_d = 0;
  for (std::size_t v = 0; v < n; ++v) {
    if (p.logarithm[v] == -infinity && q.logarithm[v] == -infinity) continue;
    d[v] = ratio(v) - constant;
    r.value += f.f(point{p.probability[v], q.probability[v], d[v]});
    x[v] = q.probability[v] == 0 ? 0 : f.slope(at - constant, ratio(v) - at);
    mean += times(q.probability[v], x[v]);
    if (std::isfinite(d[v])) mean_d += times(q.probability[v], d[v]);
  }
  for (std::size_t v = 0; v < n; ++v) {
    r.dz[v] = times(q.probability[v], x[v] - mean) / temperature;
    r.largest = std::fmax(r.largest, std::fabs(r.dz[v]));
    r.absolute += std::fabs(r.dz[v]);
    if (std::isfinite(d[v])) r.distance += times(q.probability[v], (d[v] - mean_d) * (d[v] - mean_d));
  }
  r.distance = std::sqrt(r.distance);
  return r;
}

}  // namespace reference
