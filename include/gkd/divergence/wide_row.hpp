// SPDX-License-Identifier: Apache-2.0
// The row kernel for float logits as plain loops over blocks of columns, which the compiler turns
// into vector instructions. It computes in double like the exact form, with polynomials for exp and
// log1p, and differs from it by about 1e-14 of the largest gradient entry. A row that it cannot
// take (-inf, NaN, logits whose two spans add up to more than 600 temperatures, two sides that lie
// far apart, a parameter of the divergence too close to its end) is left to the exact form.
//
//   1  largest and smallest logit of both sides        one pass over the logits
//   2  e = e^((x - max) / temperature), its sum        into scratch
//   3  f, g and their sums                             over scratch
//   4  dz = (g - q sum g) / temperature                from scratch, so that it may replace z
//
// A built-in takes part by `on_wide_row(reference)`, a functor of a wide_column without branches.
// Where it is not exact for every parameter and reference it says so: `bool takes_row() const`.
#pragma once

#include <gkd/divergence/row_types.hpp>
#include <gkd/divergence/softmax.hpp>
#include <gkd/divergence/term.hpp>
#include <gkd/divergence/wide_math.hpp>
#include <gkd/divergence/widest.hpp>

namespace gkd::inline v0::detail {

template <class D>
concept has_wide_row = requires(const D& d, row_reference r) { d.on_wide_row(r)(wide_column{}); };

namespace wide {

// Loops of this many steps, known to the compiler, are vectorised from -O2 on.
inline constexpr index block = 64;

/// The numbers of one block of columns.
template <class T>
struct numbers {
  alignas(64) T x[block];

  /// x[0, n), then `beyond`.
  [[gnu::always_inline]] void load(const T* from, index n, T beyond) {
    if (n == block) {
      for (index i = 0; i < block; ++i) x[i] = from[i];
    } else {
      for (index i = 0; i < block; ++i) x[i] = i < n ? from[i] : beyond;
    }
  }
  [[gnu::always_inline]] void store(T* to, index n) const {
    if (n == block) {
      for (index i = 0; i < block; ++i) to[i] = x[i];
    } else {
      for (index i = 0; i < n; ++i) to[i] = x[i];
    }
  }
  /// The sum of x[0, n), in pairs; the numbers are used up.
  [[gnu::always_inline]] T sum(index n) {
    for (index i = n; i < block; ++i) x[i] = T(0);
    for (index i = 0; i < 32; ++i) x[i] += x[i + 32];
    for (index i = 0; i < 16; ++i) x[i] += x[i + 16];
    for (index i = 0; i < 8; ++i) x[i] += x[i + 8];
    for (index i = 0; i < 4; ++i) x[i] += x[i + 4];
    return (x[0] + x[2]) + (x[1] + x[3]);
  }
};

/// One side of the row.
struct side {
  const float* x;  // (V)
  double* e;       // (V)
  index vocab;
  float max = 0.0f, min = 0.0f;
  index argmax = 0;
  double rest = 0.0;  ///< sum of e without the largest

  double span() const { return static_cast<double>(max) - static_cast<double>(min); }
};

/// Largest and smallest logit; argmax = vocab if a NaN came first.
struct find_range {
  side& s;
  [[gnu::always_inline]] void operator()() const {
    const float first = s.x[0];
    numbers<float> high, low, x;
    for (index i = 0; i < block; ++i) high.x[i] = low.x[i] = first;
    for (index v = 0; v < s.vocab; v += block) {
      x.load(s.x + v, math::min(block, s.vocab - v), first);
      for (index i = 0; i < block; ++i) {
        high.x[i] = x.x[i] > high.x[i] ? x.x[i] : high.x[i];
        low.x[i] = x.x[i] < low.x[i] ? x.x[i] : low.x[i];
      }
    }
    s.max = first;
    s.min = first;
    for (index i = 0; i < block; ++i) {
      s.max = math::max(s.max, high.x[i]);
      s.min = math::min(s.min, low.x[i]);
    }
    index v = 0;
    for (int found = 0; v + block <= s.vocab; v += block) {
      for (index i = 0; i < block; ++i) found |= s.x[v + i] == s.max;
      if (found) break;
    }
    while (v < s.vocab && s.x[v] != s.max) ++v;
    s.argmax = v;
  }
};

/// e of every column, and the sum without the largest.
struct exponentials {
  side& s;
  double inv_temperature;
  [[gnu::always_inline]] void operator()() const {
    const double max = s.max;
    double rest = 0.0;
    for (index v = 0; v < s.vocab; v += block) {
      const index n = math::min(block, s.vocab - v);
      numbers<float> x;
      numbers<double> e;
      x.load(s.x + v, n, s.max);
      for (index i = 0; i < block; ++i)
        e.x[i] = wide::exp((static_cast<double>(x.x[i]) - max) * inv_temperature);
      e.store(s.e + v, n);
      if (s.argmax - v < n) e.x[s.argmax - v] = 0.0;
      rest += e.sum(n);
    }
    s.rest = rest;
  }
};

/// What is the same for all columns of a row.
struct constants {
  double inv_temperature;
  double between_max;   ///< max t - max s
  double between_sums;  ///< log sum t - log sum s
  double reference;     ///< t - s at the reference
  double inv_ratio;     ///< q / p there
  double p, q;          ///< 1 / the sums of e

  constants(const side& teacher, const side& student, double temperature)
      : inv_temperature(1.0 / temperature),
        between_max(static_cast<double>(teacher.max) - static_cast<double>(student.max)),
        between_sums(math::log1p(teacher.rest) - math::log1p(student.rest)),
        p(1.0 / (1.0 + teacher.rest)),
        q(1.0 / (1.0 + student.rest)) {
    const index r = student.argmax;
    reference = static_cast<double>(teacher.x[r]) - static_cast<double>(student.x[r]);
    inv_ratio = (student.e[r] * q) / (teacher.e[r] * p);
  }
  double d_ref() const { return (reference - between_max) * inv_temperature - between_sums; }
};

/// f and g of every column: g replaces e of the teacher, q that of the student.
template <class Terms>
struct sum_terms {
  const Terms& terms;
  const constants& row;
  const side &teacher, &student;
  double &value, &sum_g;

  [[gnu::always_inline]] void operator()() const {
    const Terms f_and_g = terms;
    const constants k = row;
    double sum_value = 0.0, sum_grad = 0.0;
    for (index v = 0; v < teacher.vocab; v += block) {
      const index n = math::min(block, teacher.vocab - v);
      numbers<float> t, s;
      numbers<double> p, q, f, g;
      t.load(teacher.x + v, n, 0.0f);
      s.load(student.x + v, n, 0.0f);
      p.load(teacher.e + v, n, 1.0);
      q.load(student.e + v, n, 1.0);
      for (index i = 0; i < block; ++i) {
        const double t_minus_s = static_cast<double>(t.x[i]) - static_cast<double>(s.x[i]);
        wide_column c;
        c.p = p.x[i] * k.p;
        c.q = q.x[i] * k.q;
        c.d = (t_minus_s - k.between_max) * k.inv_temperature - k.between_sums;
        c.d_rel = (t_minus_s - k.reference) * k.inv_temperature;
        const double e = c.p / c.q;  // e^d
        c.excess = expm1(c.d, e);
        c.growth = expm1(c.d_rel, e * k.inv_ratio);
        const term<double> r = f_and_g(c);
        f.x[i] = r.value;
        g.x[i] = r.grad;
        q.x[i] = c.q;
      }
      g.store(teacher.e + v, n);
      q.store(student.e + v, n);
      sum_value += f.sum(n);
      sum_grad += g.sum(n);
    }
    value = sum_value;
    sum_g = sum_grad;
  }
};

/// dz = factor (g - q sum g); + 0 turns -0 into 0. `beyond` becomes NaN if an entry is no float.
struct write_gradient {
  const double *g, *q;  // (V)
  index vocab;
  double factor, sum_g;
  float* dz;  // (V)
  float& beyond;
  [[gnu::always_inline]] void operator()() const {
    numbers<float> lost = {};
    for (index v = 0; v < vocab; v += block) {
      const index n = math::min(block, vocab - v);
      numbers<double> gradient, weight;
      numbers<float> out;
      gradient.load(g + v, n, 0.0);
      weight.load(q + v, n, 0.0);
      for (index i = 0; i < block; ++i)
        out.x[i] = static_cast<float>(factor * (gradient.x[i] - weight.x[i] * sum_g)) + 0.0f;
      for (index i = 0; i < block; ++i) lost.x[i] += out.x[i] - out.x[i];
      out.store(dz + v, n);
    }
    beyond = lost.sum(block);
  }
};

/// Probability on the columns beyond the vocabulary; NaN if one of them is NaN or +inf.
inline double outside(const side& s, index cols, double temperature) {
  if (cols == s.vocab) return 0.0;
  double max = s.max;
  for (index v = s.vocab; v < cols; ++v) max = math::max(max, static_cast<double>(s.x[v]));
  double sum = 0.0;
  for (index v = s.vocab; v < cols; ++v) sum += shifted_exp(s.x[v], max, temperature);
  return sum / (sum + (1.0 + s.rest) * shifted_exp(s.max, max, temperature));
}

/// Step 1 of the sides; returns whether they are finite and no exponential of any difference of
/// their logits leaves the range of double: e^(log p - log q) spans both sides.
template <class... Side>
bool in_range(double temperature, Side&... sides) {
  (run_widest(find_range{sides}), ...);
  return ((sides.argmax < sides.vocab) && ...) && (sides.span() + ...) < 600.0 * temperature;
}

/// Whether both sides lie close enough for t - s in one double. It is rounded to 2^-53 of the
/// distance of the maxima: within 4096 temperatures that moves d by less than 1e-12, a float's last
/// digit next to differences of 1e-5, the smallest that values are promised for. Within 4096 spans
/// the same holds of rows that are all but flat, or made so by a high temperature; where both are
/// flat, t - s is one number, however it is rounded.
inline bool near(const side& teacher, const side& student, double temperature) {
  const double apart = static_cast<double>(teacher.max) - static_cast<double>(student.max);
  const double span = teacher.span() + student.span();
  return span == 0.0 || math::abs(apart) <= 4096.0 * math::min(temperature, span);
}

/// Step 2 of one side; returns whether there was no NaN.
inline bool normalise(side& s, double temperature) {
  run_widest(exponentials{s, 1.0 / temperature});
  return math::is_finite(s.rest);
}

}  // namespace wide

/// The normaliser of one row of float logits, as normalise; returns whether it could take the row.
inline bool wide_normalise(const float* x, index cols, index vocab, double temperature, double* e,
                           softmax_side& result) {
  wide::side s{x, e, vocab};
  if (!wide::in_range(temperature, s) || !wide::normalise(s, temperature)) return false;
  const double outside = wide::outside(s, cols, temperature);
  result = {s.max, s.argmax, s.rest, math::log1p(s.rest), outside, math::is_finite(outside)};
  return result.finite;
}

/// One row of float logits, as divergence_row; returns whether it could take the row.
template <class D>
bool wide_row(const D& divergence, const row_pair<float>& row, double temperature, double scale,
              float* dz, double* scratch, row_result& result) {
  wide::side teacher{row.teacher, scratch, row.vocab};
  wide::side student{row.student, scratch + row.vocab, row.vocab};
  if (!wide::in_range(temperature, teacher, student)) return false;
  if (!wide::near(teacher, student, temperature)) return false;
  if (!wide::normalise(teacher, temperature) || !wide::normalise(student, temperature))
    return false;
  result.teacher_outside = wide::outside(teacher, row.teacher_cols, temperature);
  result.student_outside = wide::outside(student, row.student_cols, temperature);
  if (!math::is_finite(result.teacher_outside + result.student_outside)) return false;

  const wide::constants k(teacher, student, temperature);
  const auto terms = divergence.on_wide_row(row_reference(k.d_ref()));
  if constexpr (requires { terms.takes_row(); })
    if (!terms.takes_row()) return false;
  double sum_g = 0.0;
  wide::run_widest(
      wide::sum_terms<decltype(terms)>{terms, k, teacher, student, result.value, sum_g});
  if (!math::is_finite(result.value + sum_g)) return false;
  if (dz == nullptr) return true;
  float beyond = 0.0f;
  wide::run_widest(wide::write_gradient{teacher.e, student.e, row.vocab, scale * k.inv_temperature,
                                        sum_g, dz, beyond});
  if (!math::is_finite(beyond)) result.status = row_status::not_finite;  // dz may have been z
  for (index v = row.vocab; v < row.student_cols; ++v) dz[v] = 0.0f;
  return true;
}

}  // namespace gkd::inline v0::detail
