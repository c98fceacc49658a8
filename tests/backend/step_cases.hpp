// SPDX-License-Identifier: Apache-2.0
// The rest of the table: losses row by row and updates of parameters. See op_cases.hpp.
#pragma once

#include <gkd/divergence/jsd.hpp>
#include <gkd/divergence/kl.hpp>

#include "backend/op_cases.hpp"
#include "support/long_double_oracle.hpp"

namespace backend_test {

template <class T, class D, class Check>
void divergence_case(const std::string& name, const D& divergence, ::oracle::kind kind, real beta,
                     shape s, const Check& check) {
  const auto [n, vocab] = s;
  std::vector<double> scales;
  for (index i = 0; i < n; ++i) scales.push_back(i % 3 == 2 ? 0.0 : 0.5 + double(i % 7));
  // both sides with padded columns, whose gradient is 0
  check(
      name,
      tables{numbers(n, vocab + 2, 1, 3), numbers(n, vocab + 1, 2, 3), undefined(n, vocab + 1)},
      [=](const auto& b, auto t) {
        std::vector<gkd::row_result> results(n);
        gkd::ops::divergence_rows(b, divergence, t[0], t[1], scales, {vocab, 1.5}, t[2],
                                  std::span(results));
        double sum = 0;
        for (const auto& r : results) sum += r.value;
        return sum;
      },
      [=](tables& t) {
        real sum = 0;
        for (index i = 0; i < n; ++i) {
          std::vector<real> p, q;
          for (index v = 0; v < vocab; ++v) p.push_back(t[0](i, v)), q.push_back(t[1](i, v));
          const auto row = ::oracle::row_value_grad<real>(kind, beta, p, q, 1.5L);
          for (index v = 0; v <= vocab; ++v) t[2](i, v) = 0;
          if (scales[i] == 0) continue;
          sum += row.value;
          for (index v = 0; v < vocab; ++v) t[2](i, v) = static_cast<real>(scales[i]) * row.dz[v];
        }
        return sum;
      },
      tolerance{16, 256});
}

template <class T, class Check>
void loss_cases(const std::vector<shape>& shapes, const Check& check) {
  for (const shape s : shapes) {
    divergence_case<T>("forward_kl", gkd::forward_kl{}, ::oracle::kind::forward_kl, 0, s, check);
    divergence_case<T>("generalized_jsd", gkd::generalized_jsd{0.25},
                       ::oracle::kind::generalized_jsd, 0.25L, s, check);
    const auto [n, vocab] = s;
    std::vector<gkd::token> targets;
    for (index i = 0; i < n; ++i) targets.push_back(static_cast<gkd::token>(i * 3 % vocab));
    const std::vector<double> scales(n, 0.75);
    check(
        "cross_entropy", tables{numbers(n, vocab, 1, 3), undefined(n, vocab)},
        [=](const auto& b, auto t) {
          std::vector<gkd::row_result> results(n);
          gkd::ops::cross_entropy_rows(b, targets, t[0], scales, {vocab, 1.0}, t[1],
                                       std::span(results));
          double sum = 0;
          for (const auto& r : results) sum += r.value;
          return sum;
        },
        [=](tables& t) {
          real sum = 0;
          for (index i = 0; i < n; ++i) {
            const index hit = static_cast<index>(targets[i]);
            const auto ratio = [&](index v) { return std::exp(t[0](i, v) - t[0](i, hit)); };
            real others = 0;  // sum of q_v / q_hit over the other columns
            for (index v = 0; v < vocab; ++v) others += v == hit ? 0 : ratio(v);
            sum += std::log1p(others);
            for (index v = 0; v < vocab; ++v)
              t[1](i, v) = 0.75L * (v == hit ? -others : ratio(v)) / (1 + others);
          }
          return sum;
        },
        tolerance{16, 256});
  }
}

/// Gradients of every size beside moments of unit size.
template <class T>
table gradients(index n) {
  table g = numbers(1, n, 3);
  const real odd[] = {0, 1e-20L, -1e-20L, 1e10L, std::numeric_limits<T>::denorm_min(), 1e-3L};
  for (index i = 0; i < n && i < std::size(odd); ++i) g.at[i] = odd[i];
  return g;
}

template <class T, class Check>
void update_cases(const std::vector<shape>& shapes, const Check& check) {
  for (const auto [n, d] : shapes) {
    const index size = n * d;
    for (const bool nesterov : {false, true}) {
      const gkd::sgd_step s{
          .learning_rate = 0.125, .momentum = 0.75, .weight_decay = 0.25, .nesterov = nesterov};
      check(
          "sgd", tables{numbers(1, size, 1), numbers(1, size, 2), numbers(1, size, 3)},
          [s](const auto& b, auto t) {
            gkd::ops::sgd(b, s, t[0].row(0), t[1].row(0), t[2].row(0));
          },
          [nesterov](tables& t) {
            for (index i = 0; i < t[0].at.size(); ++i) {
              const real g = t[0].at[i] + 0.25L * t[2].at[i];
              t[1].at[i] = 0.75L * t[1].at[i] + g;
              t[2].at[i] -= 0.125L * (nesterov ? g + 0.75L * t[1].at[i] : t[1].at[i]);
            }
          },
          tolerance{});
    }
    table v = numbers(1, size, 4);
    for (real& x : v.at) x *= x;
    const gkd::adamw_step a{.learning_rate = 0.125,
                            .beta1 = 0.875,
                            .beta2 = 0.9375,
                            .epsilon = 0x1p-20,
                            .weight_decay = 0.5,
                            .correction1 = 0.25,
                            .correction2 = 0.5};
    check(
        "adamw", tables{gradients<T>(size), numbers(1, size, 2), v, numbers(1, size, 5)},
        [a](const auto& b, auto t) {
          gkd::ops::adamw(b, a, t[0].row(0), t[1].row(0), t[2].row(0), t[3].row(0));
        },
        [](tables& t) {
          for (index i = 0; i < t[0].at.size(); ++i) {
            const real g = t[0].at[i];
            t[1].at[i] = 0.875L * t[1].at[i] + 0.125L * g;
            t[2].at[i] = 0.9375L * t[2].at[i] + 0.0625L * g * g;
            t[3].at[i] = t[3].at[i] * (1 - 0.125L * 0.5L) -
                         0.125L * (t[1].at[i] / 0.25L) / (std::sqrt(t[2].at[i] / 0.5L) + 0x1p-20L);
          }
        },
        tolerance{});
  }
}

/// Of a matrix, with all that Adafactor can be asked for (Shazeer and Stern 2018, algorithm 4).
template <class T, class Check>
void adafactor_cases(const std::vector<shape>& shapes, const Check& check) {
  const gkd::adafactor_step s{.learning_rate = 0.125,
                              .beta1 = 0.5,
                              .beta2 = 0.75,
                              .epsilon1 = 0x1p-20,
                              .epsilon2 = 0x1p-10,
                              .clip_threshold = 0.5,
                              .weight_decay = 0.25,
                              .scale_parameter = true};
  for (const auto [n, d] : shapes) {
    if (n == 0) continue;  // a mean over no rows
    table r = numbers(1, n, 4), c = numbers(1, d, 5);
    for (real& x : r.at) x = x * x + 0.5L;
    for (real& x : c.at) x = x * x + 0.5L;
    check(
        "adafactor", tables{numbers(n, d, 1), r, c, numbers(n, d, 2), numbers(n, d, 3)},
        [s](const auto& b, auto t) {
          gkd::ops::adafactor(b, s, t[0], t[1].row(0), t[2].row(0), t[3], t[4]);
        },
        [](tables& t) {
          table &g = t[0], &rows = t[1], &cols = t[2], &m = t[3], &x = t[4];
          const real n_rows = static_cast<real>(g.rows), n_cols = static_cast<real>(g.cols);
          for (real& y : rows.at) y *= 0.75L;
          for (real& y : cols.at) y *= 0.75L;
          for (index i = 0; i < g.rows; ++i)
            for (index j = 0; j < g.cols; ++j) {
              const real h = 0.25L * (g(i, j) * g(i, j) + 0x1p-20L);
              rows(0, i) += h / n_cols;
              cols(0, j) += h / n_rows;
            }
          real mean = 0, rms_u = 0, rms_x = 0;
          for (const real y : rows.at) mean += y / n_rows;
          const auto u = [&](index i, index j) {
            return g(i, j) / std::sqrt(rows(0, i) * cols(0, j) / mean);
          };
          for (index i = 0; i < g.rows; ++i)
            for (index j = 0; j < g.cols; ++j) {
              rms_u += u(i, j) * u(i, j) / (n_rows * n_cols);
              rms_x += x(i, j) * x(i, j) / (n_rows * n_cols);
            }
          const real rate = 0.125L * std::max(0x1p-10L, std::sqrt(rms_x));
          const real clip = std::max(real(1), std::sqrt(rms_u) / 0.5L);
          for (index i = 0; i < g.rows; ++i)
            for (index j = 0; j < g.cols; ++j) {
              m(i, j) = 0.5L * m(i, j) + 0.5L * rate * u(i, j) / clip;
              x(i, j) = x(i, j) * (1 - rate * 0.25L) - m(i, j);
            }
        },
        tolerance{64, 64});
  }
}

/// Operations that do little with a number, so that it takes many to fill a chunk.
template <class T, class Check>
void light_cases(const std::vector<shape>& shapes, const Check& check) {
  matrix_cases<T>(shapes, check);
  row_cases<T>(shapes, check);
  norm_cases<T>(shapes, check);
  rope_cases<T>(shapes, check);
  softcap_cases<T>(shapes, check);
  adafactor_cases<T>(shapes, check);
}

/// Every operation of backend/ops.
template <class T, class Check>
void every_case(const std::vector<shape>& shapes, bool large, const Check& check) {
  gemm_cases<T>(shapes, check);
  light_cases<T>(shapes, check);
  adversarial_norm_gradients<T>(check);
  adversarial_rows<T>(check);
  attention_cases<T>(large, check);
  activation_cases<T>(shapes, check);
  loss_cases<T>(shapes, check);
  update_cases<T>(shapes, check);
}

}  // namespace backend_test
