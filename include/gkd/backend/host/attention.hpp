// SPDX-License-Identifier: Apache-2.0
// Attention in blocks of keys with a running maximum and sum (Milakov and Gimelshein 2018; Dao et
// al. 2022): no memory but the stack for any number of keys. Each query is worked on alone, so that
// a decoded token gets the bits that it gets in a batch. Definition: backend/loop/attention.hpp.
//
// The vector library V has exp and tanh, and for rows of K or V:
//   dots(m, x, out)       out_j = m_j x        add_rows(m, w, out)     out += sum_j w_j m_j
//   add_outer(w, x, m)    m_j += w_j x
#pragma once

#include <gkd/backend/host/block.hpp>
#include <gkd/backend/loop/attention.hpp>

#include <algorithm>  // fill_n, max, min
#include <span>       // span

namespace gkd::inline v0::host {

/// The scores of one query and up to block_size keys, then their exponentials.
template <class T>
struct score_block {
  block<T> s;      // capped scores, then e^(s - max)
  block<T> slope;  // d capped score / d score, where it is asked for
};

/// s_j = q k_j scale, capped.   keys (n, d)
template <class V, class T>
void scores(matrix_view<const T> keys, const T* q, const attention_options& o, bool with_slope,
            score_block<T>& b) {
  V::dots(keys, q, b.s.at);
  const T scale = static_cast<T>(o.scale), cap = static_cast<T>(o.softcap);
  if (o.softcap <= 0.0) {
    for (index j = 0; j < keys.rows; ++j) b.s[j] *= scale;
    if (with_slope)
      for (index j = 0; j < block_size; ++j) b.slope[j] = T(1);
    return;
  }
  for (index j = 0; j < block_size; ++j) b.s[j] = b.s[j] * scale / cap;
  V::tanh(b.s.at, padded(keys.rows));
  for (index j = 0; j < block_size; ++j) {
    b.slope[j] = T(1) - b.s[j] * b.s[j];
    b.s[j] *= cap;
  }
}

/// Running maximum and sum of exponentials. `grow` takes a block in, turns its scores into
/// e^(s - max), and returns the factor for whatever was summed with the old maximum.
template <class V, class T>
struct running_softmax {
  T max = -math::infinity<T>();
  double sum = 0.0;

  T grow(block<T>& s, index n) {
    T largest = max;
    for (index j = 0; j < n; ++j) largest = math::max(largest, s[j]);
    const T factor = sum == 0.0 ? T(0) : math::exp(max - largest);
    max = largest;
    exponentials(s, n);
    sum = sum * double(factor) + sum_in_lanes(n, [&](index j) { return double(s[j]); });
    return factor;
  }
  void exponentials(block<T>& s, index n) const {
    for (index j = 0; j < n; ++j) s[j] -= max;
    for (index j = n; j < padded(n); ++j) s[j] = T(0);
    V::exp(s.at, padded(n));
  }
};

/// The columns of one head, and the rows of one block of keys.
template <class T>
matrix_view<T> head_rows(matrix_view<T> x, index head, index dim, index first, index n) {
  return x.columns(head * dim, dim).slice(first, n);
}

template <class V, class T>
void attention(matrix_view<const T> q, matrix_view<const T> k, matrix_view<const T> v,
               std::span<const key_range> ranges, const attention_options& o, matrix_view<T> out) {
  const index d = o.head_dim;
  score_block<T> b;
  for (index i = 0; i < q.rows; ++i)
    for (index h = 0; h < o.heads; ++h) {
      const index kv = h / (o.heads / o.kv_heads);
      T* const y = &out(i, h * d);
      running_softmax<V, T> softmax;
      std::fill_n(y, d, T(0));
      in_blocks(ranges[i].count, [&](index first, index n) {
        const index row = ranges[i].first + first;
        scores<V, T>(head_rows(k, kv, d, row, n), &q(i, h * d), o, false, b);
        const T factor = softmax.grow(b.s, n);
        if (first > 0)
          for (index x = 0; x < d; ++x) y[x] *= factor;
        V::add_rows(head_rows(v, kv, d, row, n), b.s.at, y);
      });
      const T norm = static_cast<T>(1.0 / softmax.sum);
      for (index x = 0; x < d; ++x) y[x] *= norm;
    }
}

/// Queries [first, first + count).
struct query_part {
  index first, count;
};

/// Part p of `parts` of the queries, of about as many each, cut where no key row is read on both
/// sides: between sequences. All are in the first part where their ranges do not ascend.
inline query_part part_of_queries(std::span<const key_range> ranges, index p, index parts) {
  const index n = ranges.size(), wanted_first = p * n / parts, wanted_end = (p + 1) * n / parts;
  index first = n, end = n, read = 0;  // key rows below `read` are
  for (index i = 0; i < n; ++i) {
    if (i > 0 && ranges[i].first < ranges[i - 1].first) return {0, p == 0 ? n : 0};
    if (ranges[i].first >= read) {
      if (i >= wanted_first) first = std::min(first, i);
      if (i >= wanted_end) end = std::min(end, i);
    }
    read = std::max(read, ranges[i].first + ranges[i].count);
  }
  return {first, end - first};
}

/// The gradients of one query and head; `row` holds what the loop over queries hands in.
template <class V, class T>
struct attention_gradient {
  matrix_view<const T> k, v;  // (P, d) of one kv head
  matrix_view<T> dk, dv;      // (P, d)
  const attention_options& o;

  void add(const T* q, const T* dout, key_range range, T* dq) const {
    score_block<T> b;
    block<T> da;
    running_softmax<V, T> softmax;
    double mean = 0.0;  // sum_j e^(s_j - max) da_j, then sum_j a_j da_j
    in_blocks(range.count, [&](index first, index n) {
      scores<V, T>(k.slice(range.first + first, n), q, o, true, b);
      V::dots(v.slice(range.first + first, n), dout, da.at);
      const T factor = softmax.grow(b.s, n);
      mean = mean * double(factor) +
             sum_in_lanes(n, [&](index j) { return double(b.s[j]) * double(da[j]); });
    });
    mean /= softmax.sum;
    in_blocks(range.count, [&](index first, index n) {
      const index row = range.first + first;
      if (range.count > block_size) {  // else the only block is still there
        scores<V, T>(k.slice(row, n), q, o, true, b);
        V::dots(v.slice(row, n), dout, da.at);
        softmax.exponentials(b.s, n);
      }
      add_block(q, dout, row, n, static_cast<T>(1.0 / softmax.sum), static_cast<T>(mean), b, da,
                dq);
    });
  }

 private:
  // a = e^(s - max) / sum;  ds = a (da - mean) slope scale
  void add_block(const T* q, const T* dout, index row, index n, T norm, T mean, score_block<T>& b,
                 block<T>& da, T* dq) const {
    const T scale = static_cast<T>(o.scale);
    for (index j = 0; j < block_size; ++j) {
      b.s[j] *= norm;
      da[j] = b.s[j] * (da[j] - mean) * b.slope[j] * scale;
    }
    V::add_rows(k.slice(row, n), da.at, dq);
    V::add_outer(da.at, q, dk.slice(row, n));
    V::add_outer(b.s.at, dout, dv.slice(row, n));
  }
};

/// Adds to dq, dk and dv.
template <class V, class T>
void attention_backward(matrix_view<const T> q, matrix_view<const T> k, matrix_view<const T> v,
                        std::span<const key_range> ranges, const attention_options& o,
                        matrix_view<const T> dout, matrix_view<T> dq, matrix_view<T> dk,
                        matrix_view<T> dv) {
  const index d = o.head_dim, group = o.heads / o.kv_heads;
  for (index kv = 0; kv < o.kv_heads; ++kv) {
    const attention_gradient<V, T> gradient{k.columns(kv * d, d), v.columns(kv * d, d),
                                            dk.columns(kv * d, d), dv.columns(kv * d, d), o};
    for (index i = 0; i < q.rows; ++i)
      for (index h = kv * group; h < (kv + 1) * group; ++h)
        gradient.add(&q(i, h * d), &dout(i, h * d), ranges[i], &dq(i, h * d));
  }
}

}  // namespace gkd::inline v0::host
