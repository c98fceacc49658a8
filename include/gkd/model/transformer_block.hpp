// SPDX-License-Identifier: Apache-2.0
// One block of a pre-norm transformer, forward and backward:
//
//   middle = x + output(attention(rope(qkv(norm(x)))))
//   y      = middle + down(act(up(norm(middle))))        with post norms: x + norm(output(...))
//
// Rows are tokens of all sequences end to end; attention keeps sequences apart. (P rows)
#pragma once

#include <gkd/model/kv_cache.hpp>
#include <gkd/model/transformer_weights.hpp>

#include <span>    // span
#include <vector>  // vector

namespace gkd::inline v0 {

/// What a block's forward pass leaves for its backward pass, in one piece of memory. A second one
/// holds the gradients of the same tensors.
template <class Backend, class T>
class block_activations {
 public:
  using matrix = matrix_view<T, typename Backend::space>;

  matrix attention_in;   // (P, D)          norm(x)
  matrix qkv;            // (P, (H+2K) d)   q and k turned
  matrix attended;       // (P, H d)
  matrix attention_out;  // (P, D)          before its post norm, if there is one
  matrix middle;         // (P, D)
  matrix mlp_in;         // (P, D)          norm(middle)
  matrix up;             // (P, F) or gate beside up (P, 2F)
  matrix active;         // (P, F)
  matrix mlp_out;        // (P, D)          before its post norm, if there is one

  void resize(const Backend& backend, const transformer_config& c, index rows) {
    const index branch = c.post_norms ? c.width : 0;
    const index up_width = c.mlp == mlp_kind::gelu ? c.mlp_width : 2 * c.mlp_width;
    struct piece {
      matrix* view;
      index cols;
    };
    const piece pieces[] = {
        {&attention_in, c.width},
        {&qkv, (c.heads + 2 * c.kv_heads) * c.head_dim},
        {&attended, c.heads * c.head_dim},
        {&attention_out, branch},
        {&middle, c.width},
        {&mlp_in, c.width},
        {&up, up_width},
        {&active, c.mlp_width},
        {&mlp_out, branch},
    };
    constexpr index line = 64 / sizeof(T);  // every tensor starts on a cache line
    index size = 0;
    for (const piece& p : pieces) size += (rows * p.cols + line - 1) / line * line;
    const auto memory = memory_.matrix(backend, 1, size);
    index at = 0;
    for (const piece& p : pieces) {
      *p.view = matrix(memory.data + at, rows, p.cols);
      at += (rows * p.cols + line - 1) / line * line;
    }
  }

 private:
  workspace<Backend, T> memory_;
};

/// Cosines and sines of the rotary embedding for all positions seen so far.
class rope_table {
 public:
  rope_table() = default;
  explicit rope_table(const transformer_config& c) : head_dim_(c.head_dim), pairs_(c.rope_pairs) {
    if (c.positions == position_kind::rope) frequencies_ = rope_frequencies(c);
  }
  /// Covers positions [0, count). Where memory ends, those that it covered before.
  void reserve(index count) {
    if (frequencies_.empty()) return;
    index p = turns_.size() / head_dim_;
    if (p >= count) return;
    turns_.resize(count * head_dim_);  // at once: half a row would shift all that follow
    for (double* turn = turns_.data() + p * head_dim_; p < count; ++p)
      for (double frequency : frequencies_) {
        *turn++ = math::cos(double(p) * frequency);
        *turn++ = math::sin(double(p) * frequency);
      }
  }
  rope_options options(index heads) const {
    return {heads, head_dim_, pairs_, frequencies_, turns_};
  }

 private:
  std::vector<double> frequencies_;  // (d / 2)
  std::vector<double> turns_;        // (T, d / 2, 2)
  index head_dim_ = 0;
  gkd::rope_pairs pairs_ = gkd::rope_pairs::halves;
};

/// Where a block's new keys and values are kept for later tokens.
template <class Backend, class T>
struct kv_target {
  matrix_view<T, typename Backend::space> memory;  // (S C, 2 K d), empty: nowhere
  std::span<const index> rows;                     // (P)
  bool attend = false;  ///< to what lies there, not to the new keys alone
};

/// One pass of a number of rows through blocks, and what all blocks share on it.
template <class Backend, class T>
struct block_pass {
  using space = typename Backend::space;
  using matrix = matrix_view<T, space>;
  using input = matrix_view<const T, space>;
  using layer_type = transformer_layer<Backend, T>;
  using activations = block_activations<Backend, T>;

  const Backend& backend;
  const transformer_config& config;
  std::span<const index> positions;   // (P)
  std::span<const key_range> ranges;  // (P)
  std::span<const key_range> window;  // (P), of layers with a window
  rope_options rope;                  // of the H + K heads of q and k
  layer_scratch<Backend, T>& scratch;

  /// Everything of the block that its backward pass reads.
  void forward(const layer_type& layer, input x, activations& a,
               const kv_target<Backend, T>& cache = {}) const {
    layer.attention_norm.apply(backend, x, a.attention_in);
    layer.qkv.apply(backend, a.attention_in, T(0), a.qkv, scratch);
    if (config.positions == position_kind::rope)
      ops::rope(backend, turned(a.qkv), positions, rope, false);
    attend(a, ranges_of(layer), cache);
    add_branch(layer.output, layer.attention_post_norm, a.attended, a.attention_out, x, a.middle);
    layer.mlp_norm.apply(backend, a.middle, a.mlp_in);
    layer.up.apply(backend, a.mlp_in, T(0), a.up, scratch);
    if (config.mlp == mlp_kind::gelu)
      ops::activate(backend, activation_kind(), a.up, a.active);
    else
      ops::gated(backend, activation_kind(), left(a.up), right(a.up), a.active);
    if (config.post_norms) layer.down.apply(backend, a.active, T(0), a.mlp_out, scratch);
  }
  /// The block's output, after forward(); y may be x.
  void output(const layer_type& layer, const activations& a, matrix y) const {
    if (!config.post_norms) return add_branch(layer.down, {}, a.active, {}, a.middle, y);
    layer.mlp_post_norm.apply(backend, a.mlp_out, y);
    ops::add(backend, T(1), a.middle, y);
  }

  /// dx holds the gradient of the block's output and then that of its input x; `g` is scratch.
  void backward(const layer_type& layer, input x, const activations& a, activations& g,
                matrix dx) const {
    const matrix unused = scratch.unused.matrix(backend, 2, config.width);
    input dbranch = branch_gradient(layer.mlp_post_norm, a.mlp_out, dx, g.mlp_out);
    layer.down.backward(backend, a.active, dbranch, g.active, scratch);
    if (config.mlp == mlp_kind::gelu)
      ops::activate_backward(backend, activation_kind(), a.up, g.active, g.up);
    else
      ops::gated_backward(backend, activation_kind(), left(a.up), right(a.up), g.active,
                          left(g.up), right(g.up));
    layer.up.backward(backend, a.mlp_in, g.up, g.mlp_in, scratch);
    layer.mlp_norm.backward(backend, a.middle, g.mlp_in, dx, unused);

    dbranch = branch_gradient(layer.attention_post_norm, a.attention_out, dx, g.attention_out);
    layer.output.backward(backend, a.attended, dbranch, g.attended, scratch);
    ops::fill(backend, g.qkv, T(0));
    ops::attention_backward(backend, q(a.qkv), k(a.qkv), v(a.qkv), ranges_of(layer), attention(),
                            g.attended, q(g.qkv), k(g.qkv), v(g.qkv));
    if (config.positions == position_kind::rope)
      ops::rope(backend, turned(g.qkv), positions, rope, true);
    layer.qkv.backward(backend, a.attention_in, g.qkv, g.attention_in, scratch);
    layer.attention_norm.backward(backend, x, g.attention_in, dx, unused);
  }

 private:
  index q_width() const { return config.heads * config.head_dim; }
  index kv_width() const { return config.kv_heads * config.head_dim; }
  matrix q(matrix qkv) const { return qkv.columns(0, q_width()); }
  matrix k(matrix qkv) const { return qkv.columns(q_width(), kv_width()); }
  matrix v(matrix qkv) const { return qkv.columns(q_width() + kv_width(), kv_width()); }
  matrix turned(matrix qkv) const { return qkv.columns(0, q_width() + kv_width()); }  // q and k
  static matrix left(matrix x) { return x.columns(0, x.cols / 2); }                   // gate
  static matrix right(matrix x) { return x.columns(x.cols / 2, x.cols / 2); }         // up

  activation activation_kind() const {
    return config.mlp == mlp_kind::swiglu ? activation::silu : activation::gelu_tanh;
  }
  attention_options attention() const {
    return {config.heads, config.kv_heads, config.head_dim, config.attention_scale,
            config.attention_softcap};
  }

  std::span<const key_range> ranges_of(const layer_type& layer) const {
    return layer.windowed ? window : ranges;
  }
  void attend(const activations& a, std::span<const key_range> keys,
              const kv_target<Backend, T>& cache) const {
    if (!cache.memory.empty())
      ops::scatter_rows(backend, a.qkv.columns(q_width(), 2 * kv_width()), cache.rows,
                        cache.memory);
    if (cache.attend)
      ops::attention(backend, q(a.qkv), cache.memory.columns(0, kv_width()),
                     cache.memory.columns(kv_width(), kv_width()), keys, attention(), a.attended);
    else
      ops::attention(backend, q(a.qkv), k(a.qkv), v(a.qkv), keys, attention(), a.attended);
  }

  // y = x + branch(in), or x + norm(branch(in)) with what the norm reads left in `out`
  void add_branch(const linear<Backend, T>& branch, const norm_layer<Backend, T>& norm, input in,
                  matrix out, input x, matrix y) const {
    if (!config.post_norms) {
      backend.copy(x.flat(), y.flat());
      branch.apply(backend, in, T(1), y, scratch);
    } else {
      branch.apply(backend, in, T(0), out, scratch);
      norm.apply(backend, out, y);
      ops::add(backend, T(1), x, y);
    }
  }
  // the gradient of a branch's linear layer, from that of the sum it was added to
  input branch_gradient(const norm_layer<Backend, T>& norm, input out, input dsum,
                        matrix dout) const {
    if (!config.post_norms) return dsum;
    ops::fill(backend, dout, T(0));
    norm.backward(backend, out, dsum, dout, scratch.unused.matrix(backend, 2, config.width));
    return dout;
  }
};

}  // namespace gkd::inline v0
