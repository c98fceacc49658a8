// SPDX-License-Identifier: Apache-2.0
// Dual numbers a + b e with e * e = 0: evaluating f at x + 1 e gives f(x) + f'(x) e, the exact
// derivative by the rules of arithmetic. This is how a divergence written as a plain formula gets
// its gradient.
#pragma once

#include <gkd/core/math.hpp>

#include <type_traits>  // type_identity_t

namespace gkd::inline v0::math {

template <class T>
struct dual {
  T value{};  ///< f(x)
  T slope{};  ///< f'(x)

  constexpr dual() = default;
  GKD_FN constexpr dual(T v) : value(v) {}  // a constant: slope 0
  GKD_FN constexpr dual(T v, T s) : value(v), slope(s) {}

  GKD_FN friend dual operator-(dual a) { return {-a.value, -a.slope}; }
  GKD_FN friend dual operator+(dual a, dual b) { return {a.value + b.value, a.slope + b.slope}; }
  GKD_FN friend dual operator-(dual a, dual b) { return {a.value - b.value, a.slope - b.slope}; }
  // (ab)' = a' b + a b'; a zero slope contributes 0 even where the other factor is infinite
  GKD_FN friend dual operator*(dual a, dual b) {
    return {a.value * b.value, weigh(a.slope, b.value) + weigh(b.slope, a.value)};
  }
  // (a/b)' = (a' - (a/b) b') / b
  GKD_FN friend dual operator/(dual a, dual b) {
    const T q = a.value / b.value;
    return {q, (a.slope - weigh(b.slope, q)) / b.value};
  }
  GKD_FN dual& operator+=(dual b) { return *this = *this + b; }
  GKD_FN dual& operator-=(dual b) { return *this = *this - b; }
  GKD_FN dual& operator*=(dual b) { return *this = *this * b; }
  GKD_FN dual& operator/=(dual b) { return *this = *this / b; }
  GKD_FN friend bool operator<(dual a, dual b) { return a.value < b.value; }
  GKD_FN friend bool operator>(dual a, dual b) { return a.value > b.value; }
  GKD_FN friend bool operator<=(dual a, dual b) { return a.value <= b.value; }
  GKD_FN friend bool operator>=(dual a, dual b) { return a.value >= b.value; }
  GKD_FN friend bool operator==(dual a, dual b) { return a.value == b.value; }
};

// chain rule: f(a)' = f'(a) a', where a constant argument has derivative 0 even if f' is infinite
template <class T>
GKD_FN dual<T> chain(dual<T> a, T f, T df) {
  return {f, weigh(a.slope, df)};
}

template <class T>
GKD_FN dual<T> exp(dual<T> a) {
  const T e = exp(a.value);
  return chain(a, e, e);
}
template <class T>
GKD_FN dual<T> expm1(dual<T> a) {
  return chain(a, expm1(a.value), exp(a.value));
}
template <class T>
GKD_FN dual<T> log(dual<T> a) {
  return chain(a, log(a.value), T(1) / a.value);
}
template <class T>
GKD_FN dual<T> log1p(dual<T> a) {
  return chain(a, log1p(a.value), T(1) / (T(1) + a.value));
}
template <class T>
GKD_FN dual<T> sqrt(dual<T> a) {
  const T r = sqrt(a.value);
  return chain(a, r, T(1) / (T(2) * r));
}
template <class T>
GKD_FN dual<T> tanh(dual<T> a) {
  const T t = tanh(a.value);
  return chain(a, t, T(1) - t * t);
}
template <class T>
GKD_FN dual<T> sin(dual<T> a) {
  return chain(a, sin(a.value), cos(a.value));
}
template <class T>
GKD_FN dual<T> cos(dual<T> a) {
  return chain(a, cos(a.value), -sin(a.value));
}
/// a^b, of either or both; (a^b)' = b a^(b-1) a' + a^b log(a) b'.
template <class T>
GKD_FN dual<T> pow(dual<T> a, std::type_identity_t<dual<T>> b) {
  const T p = pow(a.value, b.value);
  return {p, weigh(a.slope, weigh(b.value, pow(a.value, b.value - T(1)))) +
                 weigh(b.slope, weigh(p, log(a.value)))};
}
template <class T>
GKD_FN dual<T> pow(std::type_identity_t<T> a, dual<T> b) {
  return pow(dual<T>(a), b);
}
/// a b + c; its value of one rounding.
template <class T>
GKD_FN dual<T> fma(dual<T> a, dual<T> b, dual<T> c) {
  return {fma(a.value, b.value, c.value), (a * b + c).slope};
}
/// |a|; the slope at 0 is 0, a subgradient.
template <class T>
GKD_FN dual<T> abs(dual<T> a) {
  const T sign = a.value > T(0) ? T(1) : a.value < T(0) ? T(-1) : T(0);
  return chain(a, abs(a.value), sign);
}
template <class T>
GKD_FN dual<T> weigh(dual<T> w, dual<T> x) {
  // (w x)' = w' x + w x', each product 0 where its first factor is 0
  return {weigh(w.value, x.value), weigh(w.slope, x.value) + weigh(w.value, x.slope)};
}

}  // namespace gkd::inline v0::math

namespace gkd::inline v0 {
using math::dual;
}
