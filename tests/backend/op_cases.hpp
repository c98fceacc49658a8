// SPDX-License-Identifier: Apache-2.0
// The one table of cases for backend operations. Every backend runs all of it.
//
//   every_case<float>(small_shapes(), [](name, tensors, op, truth, within) { ... });
//
// A case has tensors, an operation that reads and writes some of them, and the same in long double.
// Both may return a number. `within` is the error allowed, in units of epsilon times the largest
// wanted entry of the tensor, or of each of its rows.
#pragma once

#include <gkd/backend/ops.hpp>

#include "backend/oracle.hpp"

#include <iterator>  // size

namespace backend_test {

using tables = std::vector<table>;

/// Errors allowed in float and double.
struct tolerance {
  double in_float = 16, in_double = 32;
  bool by_row = false;
};

/// For what is compared with numeric derivatives, which are good to 1e-12.
inline constexpr tolerance numeric{16, 4500};

struct shape {
  index rows, cols;
};
/// One row, one column, odd sizes, whole blocks, no row at all.
inline std::vector<shape> small_shapes() {
  return {{1, 1}, {1, 17}, {6, 1}, {7, 33}, {3, 128}, {0, 5}};
}
/// Large enough for several chunks: of most operations, and of the light ones.
inline std::vector<shape> large_shapes() { return {{401, 131}}; }
inline std::vector<shape> larger_shapes() { return {{1100, 300}}; }

/// n indices below bound, some of them twice.
inline std::vector<index> some_rows(index n, index bound) {
  std::vector<index> out;
  for (index i = 0; i < n; ++i) out.push_back((i * 5 + i / 3) % bound);
  return out;
}

template <class T, class Check>
void gemm_cases(const std::vector<shape>& shapes, const Check& check) {
  using gkd::transpose;
  for (const index k : {index{1}, index{5}, index{300}})
    for (const auto [m, n] : shapes)
      for (const bool ta : {false, true})
        for (const bool tb : {false, true})
          for (const auto& [alpha, beta] : {std::pair{1.0, 0.0}, {1.0, 1.0}, {-0.75, 0.5}}) {
            const table a = ta ? numbers(k, m, 1) : numbers(m, k, 1);
            const table b = tb ? numbers(n, k, 2) : numbers(k, n, 2);
            const double root = 8 * std::sqrt(double(k)) + 8;
            check(
                std::string("gemm ") + (ta ? "T" : "N") + (tb ? "T" : "N"),
                tables{a, b, beta == 0 ? undefined(m, n) : numbers(m, n, 3)},
                [=](const auto& backend, auto x) {
                  gkd::ops::gemm(backend, ta ? transpose::yes : transpose::no,
                                 tb ? transpose::yes : transpose::no, static_cast<T>(alpha), x[0],
                                 x[1], static_cast<T>(beta), x[2]);
                },
                [=](tables& x) {
                  for (index i = 0; i < m; ++i)
                    for (index j = 0; j < n; ++j)
                      x[2](i, j) =
                          static_cast<real>(alpha) * oracle::product(x[0], x[1], ta, tb, i, j) +
                          (beta == 0 ? 0 : static_cast<real>(beta) * x[2](i, j));
                },
                tolerance{root, root});
          }
  // an empty inner dimension leaves beta C
  check(
      "gemm of nothing", tables{table(4, 0), table(0, 3), numbers(4, 3, 3)},
      [](const auto& backend, auto x) {
        gkd::ops::gemm(backend, transpose::no, transpose::no, T(1), x[0], x[1], T(0.5), x[2]);
      },
      [](tables& x) {
        for (real& v : x[2].at) v *= 0.5L;
      },
      tolerance{});
}

template <class T, class Check>
void matrix_cases(const std::vector<shape>& shapes, const Check& check) {
  for (const auto [n, d] : shapes) {
    check(
        "fill", tables{undefined(n, d)},
        [](const auto& b, auto x) { gkd::ops::fill(b, x[0], T(2.5)); },
        [](tables& x) { x[0] = table(x[0].rows, x[0].cols, 2.5L); }, tolerance{});
    check(
        "add", tables{numbers(n, d, 1), numbers(n, d, 2)},
        [](const auto& b, auto x) { gkd::ops::add(b, T(-0.75), x[0], x[1]); },
        [](tables& x) {
          for (index i = 0; i < x[0].at.size(); ++i) x[1].at[i] -= 0.75L * x[0].at[i];
        },
        tolerance{});
    check(
        "scale", tables{numbers(n, d, 1)},
        [](const auto& b, auto x) { gkd::ops::scale(b, T(1.25), x[0]); },
        [](tables& x) {
          for (real& v : x[0].at) v *= 1.25L;
        },
        tolerance{});
    check(
        "add_bias", tables{numbers(1, d, 1), numbers(n, d, 2)},
        [](const auto& b, auto x) { gkd::ops::add_bias(b, x[0].row(0), x[1]); },
        [](tables& x) {
          for (index i = 0; i < x[1].rows; ++i)
            for (index j = 0; j < x[1].cols; ++j) x[1](i, j) += x[0](0, j);
        },
        tolerance{});
    check(
        "add_bias_backward", tables{numbers(n, d, 1), numbers(1, d, 2)},
        [](const auto& b, auto x) { gkd::ops::add_bias_backward(b, x[0], x[1].row(0)); },
        [](tables& x) {
          for (index i = 0; i < x[0].rows; ++i)
            for (index j = 0; j < x[0].cols; ++j) x[1](0, j) += x[0](i, j);
        },
        tolerance{});
    check(
        "sum_of_squares", tables{numbers(n, d, 1)},
        [](const auto& b, auto x) { return gkd::ops::sum_of_squares(b, x[0]); },
        [](tables& x) {
          real sum = 0;
          for (real v : x[0].at) sum += v * v;
          return sum;
        },
        tolerance{});
  }
}

template <class T, class Check>
void row_cases(const std::vector<shape>& shapes, const Check& check) {
  for (const auto [n, d] : shapes) {
    const index bound = 9;
    const std::vector<index> rows = some_rows(n, bound);
    const std::vector<gkd::token> ids(rows.begin(), rows.end());
    check(
        "gather_rows", tables{numbers(bound, d, 1), undefined(n, d)},
        [rows](const auto& b, auto x) { gkd::ops::gather_rows(b, x[0], rows, x[1]); },
        [rows](tables& x) {
          for (index i = 0; i < rows.size(); ++i)
            for (index j = 0; j < x[0].cols; ++j) x[1](i, j) = x[0](rows[i], j);
        },
        tolerance{});
    std::vector<index> other(n);
    for (index i = 0; i < n; ++i) other[i] = n - i;  // each once, row 0 never
    check(
        "scatter_rows", tables{numbers(n, d, 1), numbers(n + 1, d, 2)},
        [other](const auto& b, auto x) { gkd::ops::scatter_rows(b, x[0], other, x[1]); },
        [other](tables& x) {
          for (index i = 0; i < other.size(); ++i)
            for (index j = 0; j < x[0].cols; ++j) x[1](other[i], j) = x[0](i, j);
        },
        tolerance{});
    const double many = 8 * std::sqrt(double(n)) + 8;  // a row is added to n / 9 times
    check(
        "scatter_add_rows", tables{numbers(n, d, 1), numbers(bound, d, 2)},
        [rows](const auto& b, auto x) { gkd::ops::scatter_add_rows(b, x[0], rows, x[1]); },
        [rows](tables& x) {
          for (index i = 0; i < rows.size(); ++i)
            for (index j = 0; j < x[0].cols; ++j) x[1](rows[i], j) += x[0](i, j);
        },
        tolerance{many, many});
    check(
        "embed", tables{numbers(bound, d, 1), undefined(n, d)},
        [ids](const auto& b, auto x) {
          gkd::ops::embed(b, x[0], std::span<const gkd::token>(ids), T(1.5), x[1]);
        },
        [rows](tables& x) {
          for (index i = 0; i < rows.size(); ++i)
            for (index j = 0; j < x[0].cols; ++j) x[1](i, j) = 1.5L * x[0](rows[i], j);
        },
        tolerance{});
    check(
        "embed_backward", tables{numbers(n, d, 1), numbers(bound, d, 2)},
        [rows](const auto& b, auto x) {
          gkd::ops::embed_backward(b, x[0], std::span<const index>(rows), T(1.5), x[1]);
        },
        [rows](tables& x) {
          for (index i = 0; i < rows.size(); ++i)
            for (index j = 0; j < x[0].cols; ++j) x[1](rows[i], j) += 1.5L * x[0](i, j);
        },
        tolerance{many, many});
  }
}

template <class T, class Check>
void norm_forward_case(table x, gkd::norm_options o, const Check& check) {
  const index n = x.rows, d = x.cols;
  check(
      "rms_norm", tables{x, numbers(1, d, 5), undefined(n, d)},
      [o](const auto& b, auto t) { gkd::ops::rms_norm(b, t[0], t[1].row(0), o, t[2]); },
      [o](tables& t) { t[2] = oracle::rms_norm(t[0], t[1], o); }, tolerance{.by_row = true});
  check(
      "layer_norm", tables{x, numbers(1, d, 5), numbers(1, d, 6), undefined(n, d)},
      [o](const auto& b, auto t) {
        gkd::ops::layer_norm(b, t[0], t[1].row(0), t[2].row(0), o, t[3]);
      },
      [o](tables& t) { t[3] = oracle::layer_norm(t[0], t[1], t[2], o); },
      tolerance{.by_row = true});
}

template <class T, class Check>
void norm_cases(const std::vector<shape>& shapes, const Check& check) {
  const gkd::norm_options o{.eps = 0.25, .gain_offset = 1.0};
  for (const index d : {index{6}, index{70}}) norm_forward_case<T>(adversarial<T>(d), {}, check);
  for (const auto [n, d] : shapes) {
    norm_forward_case<T>(numbers(n, d, 1), o, check);
    check(
        "rms_norm_backward",
        tables{numbers(n, d, 1), numbers(1, d, 2), numbers(n, d, 3), numbers(n, d, 4),
               numbers(1, d, 5)},
        [o](const auto& b, auto t) {
          gkd::ops::rms_norm_backward(b, t[0], t[1].row(0), o, t[2], t[3], t[4].row(0));
        },
        [o](tables& t) {
          const auto f = [&] { return oracle::rms_norm(t[0], t[1], o); };
          const table dx = oracle::gradient(t[0], t[2], f), dgain = oracle::gradient(t[1], t[2], f);
          for (index i = 0; i < dx.at.size(); ++i) t[3].at[i] += dx.at[i];
          for (index i = 0; i < dgain.at.size(); ++i) t[4].at[i] += dgain.at[i];
        },
        numeric);
    check(
        "layer_norm_backward",
        tables{numbers(n, d, 1), numbers(1, d, 2), numbers(n, d, 3), numbers(n, d, 4),
               numbers(1, d, 5), numbers(1, d, 6)},
        [o](const auto& b, auto t) {
          gkd::ops::layer_norm_backward(b, t[0], t[1].row(0), o, t[2], t[3], t[4].row(0),
                                        t[5].row(0));
        },
        [o](tables& t) {
          table bias(1, t[0].cols);
          const auto f = [&] { return oracle::layer_norm(t[0], t[1], bias, o); };
          for (const auto& [of, to] : {std::pair{&t[0], &t[3]}, {&t[1], &t[4]}, {&bias, &t[5]}}) {
            const table slope = oracle::gradient(*of, t[2], f);
            for (index i = 0; i < slope.at.size(); ++i) to->at[i] += slope.at[i];
          }
        },
        numeric);
  }
}

/// Gradients of norms where numeric ones have no footing: dx_k = r (h_k - x_k r^2 mean(h x)).
template <class T, class Check>
void adversarial_norm_gradients(const Check& check) {
  const gkd::norm_options o{};
  check(
      "rms_norm_backward, adversarial",
      tables{adversarial<T>(21), numbers(1, 21, 2), numbers(6, 21, 3), table(6, 21), table(1, 21)},
      [o](const auto& b, auto t) {
        gkd::ops::rms_norm_backward(b, t[0], t[1].row(0), o, t[2], t[3], t[4].row(0));
      },
      [o](tables& t) {
        for (index i = 0; i < 6; ++i) {
          real squares = 0, hx = 0;
          for (index j = 0; j < 21; ++j) squares += t[0](i, j) * t[0](i, j) / 21;
          const real r = 1 / std::sqrt(squares + static_cast<real>(o.eps));
          for (index j = 0; j < 21; ++j) hx += t[2](i, j) * t[1](0, j) * (t[0](i, j) * r) / 21;
          for (index j = 0; j < 21; ++j) {
            t[3](i, j) = r * (t[2](i, j) * t[1](0, j) - t[0](i, j) * r * hx);
            t[4](0, j) += t[2](i, j) * t[0](i, j) * r;
          }
        }
      },
      tolerance{.by_row = true});
}

/// Softmax and rotations of rows that are zero, tiny, huge, denormal or all of it. Two queries see
/// a single key; the others see all six, where the score of a huge one takes all the weight.
template <class T, class Check>
void adversarial_rows(const Check& check) {
  const std::vector<gkd::key_range> ranges{{0, 6}, {0, 6}, {0, 6}, {0, 6}, {1, 1}, {3, 3}};
  const gkd::attention_options o{2, 1, 6, 0.375, 0.0};
  const auto op = [=](const auto& b, auto t) {
    gkd::ops::attention(b, t[0], t[1], t[2], ranges, o, t[3]);
  };
  const auto truth = [=](tables& t) { t[3] = oracle::attention(t[0], t[1], t[2], ranges, o); };
  check("attention, adversarial queries",
        tables{adversarial<T>(12), numbers(6, 6, 2), numbers(6, 6, 3), undefined(6, 12)}, op, truth,
        tolerance{64, 128});
  check("attention, adversarial keys",
        tables{numbers(6, 12, 1), adversarial<T>(6), numbers(6, 6, 3), undefined(6, 12)}, op, truth,
        tolerance{64, 128});
  static const std::vector<double> frequencies{1.0, 0.1, 0.01};
  const gkd::rope_options turn{.heads = 2, .head_dim = 6, .frequencies = frequencies};
  const std::vector<index> positions{0, 1, 2, 3, 50, 60};
  check(
      "rope, adversarial", tables{adversarial<T>(12)},
      [=](const auto& b, auto t) { gkd::ops::rope(b, t[0], positions, turn, false); },
      [=](tables& t) { t[0] = oracle::rope(t[0], positions, turn, false); },
      tolerance{.by_row = true});
}

/// The ranges of a batch: causal ones, one key alone, a window, and more keys than a block holds.
inline std::vector<gkd::key_range> some_ranges(index queries, index keys) {
  std::vector<gkd::key_range> out;
  for (index i = 0; i < queries; ++i) {
    const index first = i % 3 == 0 ? 0 : i % keys;
    out.push_back({first, std::min(keys - first, i % 5 == 0 ? keys : 1 + i)});
  }
  return out;
}

template <class T, class Check>
void attention_cases(bool large, const Check& check) {
  struct setting {
    index queries, keys, heads, kv_heads, dim;
    double softcap;
  };
  std::vector<setting> settings{{0, 3, 2, 1, 4, 0},   {1, 1, 1, 1, 1, 0},   {9, 7, 2, 2, 8, 0},
                                {9, 7, 4, 2, 3, 1.5}, {4, 150, 2, 1, 5, 0}, {3, 130, 3, 1, 16, 2}};
  if (large) settings = {{300, 200, 8, 4, 16, 2.0}};
  for (const auto [n, p, heads, kv_heads, d, cap] : settings) {
    const gkd::attention_options o{heads, kv_heads, d, 0.375, cap};
    const auto ranges = some_ranges(n, p);
    check(
        "attention",
        tables{numbers(n, heads * d, 1, 2), numbers(p, kv_heads * d, 2, 2),
               numbers(p, kv_heads * d, 3), undefined(n, heads * d)},
        [=](const auto& b, auto t) { gkd::ops::attention(b, t[0], t[1], t[2], ranges, o, t[3]); },
        [=](tables& t) { t[3] = oracle::attention(t[0], t[1], t[2], ranges, o); },
        tolerance{64, 128});
    check(
        "attention_backward",
        tables{numbers(n, heads * d, 1), numbers(p, kv_heads * d, 2), numbers(p, kv_heads * d, 3),
               numbers(n, heads * d, 4), numbers(n, heads * d, 5), numbers(p, kv_heads * d, 6),
               numbers(p, kv_heads * d, 7)},
        [=](const auto& b, auto t) {
          gkd::ops::attention_backward(b, t[0], t[1], t[2], ranges, o, t[3], t[4], t[5], t[6]);
        },
        [=](tables& t) {
          const auto f = [&] { return oracle::attention(t[0], t[1], t[2], ranges, o); };
          for (index i = 0; i < 3; ++i) {
            const table slope = oracle::gradient(t[i], t[3], f);
            for (index j = 0; j < slope.at.size(); ++j) t[4 + i].at[j] += slope.at[j];
          }
        },
        tolerance{128, 4500});
  }
}

template <class T, class Check>
void rope_cases(const std::vector<shape>& shapes, const Check& check) {
  static const std::vector<double> frequencies{1.0, 0.1, 0.01};
  static const std::vector<double> turns = [] {
    std::vector<double> out;
    for (int position = 0; position < 64; ++position)
      for (const double f : frequencies) {
        out.push_back(std::cos(double(position) * f));
        out.push_back(std::sin(double(position) * f));
      }
    return out;
  }();
  for (const auto [n, cols] : shapes)
    for (const auto pairs : {gkd::rope_pairs::halves, gkd::rope_pairs::neighbours})
      for (const bool back : {false, true})
        for (const bool with_table : {false, true}) {
          gkd::rope_options o{
              .heads = 2, .head_dim = 6, .pairs = pairs, .frequencies = frequencies};
          if (with_table) o.turns = turns;
          std::vector<index> positions;
          for (index i = 0; i < n; ++i) positions.push_back(i * 7 % 64);
          check(
              "rope", tables{numbers(n, 12, 1)},
              [=](const auto& b, auto t) { gkd::ops::rope(b, t[0], positions, o, back); },
              [=](tables& t) { t[0] = oracle::rope(t[0], positions, o, back); }, tolerance{});
        }
}

/// A number and its negative in each row: where activations have gone wrong is far out, where
/// exponentials overflow.   (9, 2)
template <class T>
table tails() {
  const real far[] = {
      0, 1e-20L, 9.5L, 40, 88.5L, 89, 1000, 1e20L, std::numeric_limits<T>::denorm_min()};
  table x(std::size(far), 2);
  for (index i = 0; i < x.rows; ++i) x(i, 0) = far[i], x(i, 1) = -far[i];
  return x;
}

template <class T, class Check>
void activation_case(gkd::activation kind, const table& x, tolerance value, tolerance slope_within,
                     const Check& check) {
  const index n = x.rows, d = x.cols;
  const auto f = [kind](real at) { return oracle::activation(kind, at); };
  const auto slope = [f](real where) {
    if (where > 200 || where < -200) return real(where > 0);
    table at(1, 1, where);
    return oracle::gradient(at, table(1, 1, 1), [&] { return table(1, 1, f(at.at[0])); }).at[0];
  };
  check(
      "activate", tables{x, undefined(n, d)},
      [=](const auto& b, auto t) { gkd::ops::activate(b, kind, t[0], t[1]); },
      [=](tables& t) {
        for (index i = 0; i < t[0].at.size(); ++i) t[1].at[i] = f(t[0].at[i]);
      },
      value);
  check(
      "activate_backward", tables{x, numbers(n, d, 2), undefined(n, d)},
      [=](const auto& b, auto t) { gkd::ops::activate_backward(b, kind, t[0], t[1], t[2]); },
      [=](tables& t) {
        for (index i = 0; i < t[0].at.size(); ++i) t[2].at[i] = t[1].at[i] * slope(t[0].at[i]);
      },
      slope_within);
  check(
      "gated", tables{x, numbers(n, d, 2), undefined(n, d)},
      [=](const auto& b, auto t) { gkd::ops::gated(b, kind, t[0], t[1], t[2]); },
      [=](tables& t) {
        for (index i = 0; i < t[0].at.size(); ++i) t[2].at[i] = f(t[0].at[i]) * t[1].at[i];
      },
      value);
  check(
      "gated_backward",
      tables{x, numbers(n, d, 2), numbers(n, d, 3), undefined(n, d), undefined(n, d)},
      [=](const auto& b, auto t) {
        gkd::ops::gated_backward(b, kind, t[0], t[1], t[2], t[3], t[4]);
      },
      [=](tables& t) {
        for (index i = 0; i < t[0].at.size(); ++i) {
          t[3].at[i] = t[2].at[i] * t[1].at[i] * slope(t[0].at[i]);
          t[4].at[i] = t[2].at[i] * f(t[0].at[i]);
        }
      },
      slope_within);
}

template <class T, class Check>
void activation_cases(const std::vector<shape>& shapes, const Check& check) {
  for (const auto kind : {gkd::activation::gelu_tanh, gkd::activation::silu}) {
    for (const auto [n, d] : shapes)
      activation_case<T>(kind, numbers(n, d, 1, 3), {}, numeric, check);
    tolerance by_row{16, 32, true}, slope = numeric;
    slope.by_row = true;
    activation_case<T>(kind, tails<T>(), by_row, slope, check);
  }
}

template <class T, class Check>
void softcap_cases(const std::vector<shape>& shapes, const Check& check) {
  for (const auto [n, d] : shapes) {
    table x = numbers(n, d, 1, 5);
    const real corners[] = {0, 1e-8L, -1e-8L, 1, -1, 1e4L, -1e4L};  // N27, and infinities below
    for (index i = 0; i < x.at.size() && i < std::size(corners); ++i) x.at[i] = corners[i];
    for (const double cap : {1.0, 30.0, 50.0}) {
      check(
          "softcap", tables{x},
          [=](const auto& b, auto t) { gkd::ops::softcap(b, static_cast<T>(cap), t[0]); },
          [=](tables& t) {
            const real c = static_cast<real>(cap);
            for (real& v : t[0].at) v = c * std::tanh(v / c);
          },
          tolerance{8, 8});
      table y = x;
      for (real& v : y.at) v = static_cast<real>(cap) * std::tanh(v / static_cast<real>(cap));
      check(
          "softcap_backward", tables{y, numbers(n, d, 2)},
          [=](const auto& b, auto t) {
            gkd::ops::softcap_backward(b, static_cast<T>(cap), t[0], t[1]);
          },
          [=](tables& t) {
            const real c = static_cast<real>(cap);
            for (index i = 0; i < t[0].at.size(); ++i)
              t[1].at[i] *= 1 - t[0].at[i] * t[0].at[i] / (c * c);
          },
          tolerance{});
    }
  }
}

}  // namespace backend_test
