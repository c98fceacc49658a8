// SPDX-License-Identifier: Apache-2.0
// Plain loops: rotary positions and attention. One definition of attention serves training,
// prefill and cached decoding: query i attends to the key rows named by its range.
//
//   s_ij = q_i k_j * scale,  capped: cap tanh(s / cap)
//   a_i = softmax_j(s_i),  out_i = sum_j a_ij v_j
//
// Query head h uses key and value head h / (heads / kv_heads) (grouped-query attention).
// q, out (N, H d)   k, v (P, K d)      Vaswani et al. 2017; Ainslie et al. 2023; Su et al. 2021
#pragma once

#include <gkd/core/math.hpp>
#include <gkd/core/tensor.hpp>

#include <span>    // span
#include <vector>  // vector

namespace gkd::inline v0 {

/// Shape and settings of an attention layer.
struct attention_options {
  index heads = 1;       ///< H
  index kv_heads = 1;    ///< K, divides H
  index head_dim = 1;    ///< d
  double scale = 1.0;    ///< usually 1 / sqrt(d)
  double softcap = 0.0;  ///< 0: none
};

/// The key rows [first, first + count) that a query attends to, count >= 1.
struct key_range {
  index first = 0;
  index count = 0;
};

/// Which components of a head a rotation pairs.
enum class rope_pairs {
  halves,      ///< (i, i + d/2): Hugging Face
  neighbours,  ///< (2i, 2i + 1): the original, llama2.c, GGUF
};

/// Rotary position embedding: pair i turns by position * frequencies[i].
struct rope_options {
  index heads = 1;
  index head_dim = 1;
  rope_pairs pairs = rope_pairs::halves;
  std::span<const double> frequencies;  ///< (d / 2), theta^(-2i/d) and its scaled forms
  /// (T, d / 2, 2): cosine and sine of position * frequency, so that nobody computes them again.
  /// Empty: they are computed from the frequencies.
  std::span<const double> turns = {};
};

namespace loop {

/// Cosine and sine of an angle.
struct rotation {
  double cosine, sine;
};

/// The rotation of pair i at a position.
inline rotation rope_rotation(const rope_options& o, index position, index i) {
  const index at = (position * (o.head_dim / 2) + i) * 2;
  if (!o.turns.empty()) return {o.turns[at], o.turns[at + 1]};
  const double angle = double(position) * o.frequencies[i];
  return {math::cos(angle), math::sin(angle)};
}

/// Rotates every head of row n by the angle of positions[n], or back (its gradient). x (N, H d)
template <class T>
void rope(matrix_view<T> x, std::span<const index> positions, const rope_options& o, bool back) {
  const index half = o.head_dim / 2;
  for (index n = 0; n < x.rows; ++n)
    for (index i = 0; i < half; ++i) {
      const rotation turn = rope_rotation(o, positions[n], i);
      const double c = turn.cosine, s = back ? -turn.sine : turn.sine;
      const index a = o.pairs == rope_pairs::halves ? i : 2 * i;
      const index b = o.pairs == rope_pairs::halves ? i + half : 2 * i + 1;
      for (index h = 0; h < o.heads; ++h) {
        T& left = x(n, h * o.head_dim + a);
        T& right = x(n, h * o.head_dim + b);
        const double l = double(left), r = double(right);
        left = static_cast<T>(l * c - r * s);
        right = static_cast<T>(l * s + r * c);
      }
    }
}

namespace detail {

/// Numbers for each key of one query, one block of memory for all queries of a call.
class key_scratch {
 public:
  /// `each` numbers for as many keys as a query sees at most.
  key_scratch(std::span<const key_range> ranges, index each) {
    for (const key_range& range : ranges) most_ = math::max(most_, range.count);
    numbers_.resize(each * most_);
  }
  std::span<double> operator()(index which, key_range range) {
    return {numbers_.data() + which * most_, range.count};
  }

 private:
  index most_ = 0;
  std::vector<double> numbers_;
};

/// Attention weights of query row i and head h over its range, into `a`. With a cap, `slope` gets
/// the derivative of the capped score.
template <class T>
void attention_weights(matrix_view<const T> q, matrix_view<const T> k, index i, index h,
                       key_range range, const attention_options& o, std::span<double> a,
                       std::span<double> slope) {
  const index kv = h / (o.heads / o.kv_heads);
  double max = -math::infinity<double>();
  for (index j = 0; j < range.count; ++j) {
    double s = 0.0;
    for (index x = 0; x < o.head_dim; ++x)
      s += double(q(i, h * o.head_dim + x)) * double(k(range.first + j, kv * o.head_dim + x));
    s *= o.scale;
    slope[j] = 1.0;
    if (o.softcap > 0.0) {
      const double t = math::tanh(s / o.softcap);
      s = o.softcap * t;
      slope[j] = 1.0 - t * t;
    }
    a[j] = s;
    max = math::max(max, s);
  }
  double sum = 0.0;
  for (double& s : a) sum += s = math::exp(s - max);
  for (double& s : a) s /= sum;
}

}  // namespace detail

template <class T>
void attention(matrix_view<const T> q, matrix_view<const T> k, matrix_view<const T> v,
               std::span<const key_range> ranges, const attention_options& o, matrix_view<T> out) {
  detail::key_scratch scratch(ranges, 2);
  for (index i = 0; i < q.rows; ++i)
    for (index h = 0; h < o.heads; ++h) {
      const index kv = h / (o.heads / o.kv_heads);
      const auto a = scratch(0, ranges[i]), slope = scratch(1, ranges[i]);
      detail::attention_weights(q, k, i, h, ranges[i], o, a, slope);
      for (index x = 0; x < o.head_dim; ++x) {
        double sum = 0.0;
        for (index j = 0; j < a.size(); ++j)
          sum += a[j] * double(v(ranges[i].first + j, kv * o.head_dim + x));
        out(i, h * o.head_dim + x) = static_cast<T>(sum);
      }
    }
}

/// Adds to dq, dk and dv. The weights are computed again, so that nothing of size N x P is kept.
///   da_ij = dout_i v_j,  ds_ij = a_ij (da_ij - sum_j a_ij da_ij) * slope * scale
template <class T>
void attention_backward(matrix_view<const T> q, matrix_view<const T> k, matrix_view<const T> v,
                        std::span<const key_range> ranges, const attention_options& o,
                        matrix_view<const T> dout, matrix_view<T> dq, matrix_view<T> dk,
                        matrix_view<T> dv) {
  detail::key_scratch scratch(ranges, 3);
  for (index i = 0; i < q.rows; ++i)
    for (index h = 0; h < o.heads; ++h) {
      const auto a = scratch(0, ranges[i]), slope = scratch(1, ranges[i]);
      const auto da = scratch(2, ranges[i]);
      const index at_q = h * o.head_dim, at_k = h / (o.heads / o.kv_heads) * o.head_dim;
      detail::attention_weights(q, k, i, h, ranges[i], o, a, slope);
      double mean = 0.0;
      for (index j = 0; j < a.size(); ++j) {
        da[j] = 0.0;
        for (index x = 0; x < o.head_dim; ++x)
          da[j] += double(dout(i, at_q + x)) * double(v(ranges[i].first + j, at_k + x));
        mean += a[j] * da[j];
      }
      for (index j = 0; j < a.size(); ++j) {
        const index row = ranges[i].first + j;
        const double ds = a[j] * (da[j] - mean) * slope[j] * o.scale;
        for (index x = 0; x < o.head_dim; ++x) {
          dq(i, at_q + x) += static_cast<T>(ds * double(k(row, at_k + x)));
          dk(row, at_k + x) += static_cast<T>(ds * double(q(i, at_q + x)));
          dv(row, at_k + x) += static_cast<T>(a[j] * double(dout(i, at_q + x)));
        }
      }
    }
}

}  // namespace loop
}  // namespace gkd::inline v0
