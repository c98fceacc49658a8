// SPDX-License-Identifier: Apache-2.0
// The weights of a transformer: every tensor's name, shape and first values.
//
//   embedding.weight                         (V, D)
//   position_embedding.weight                (T, D)      if learned
//   layers.0.attention_norm.weight           (D)         .bias too for LayerNorm, here and below
//   layers.0.attention.{q,k,v,output}.weight (out, in)   .bias where the configuration has them
//   layers.0.attention_post_norm.weight      (D)         with post norms
//   layers.0.mlp_norm.weight                 (D)
//   layers.0.mlp.{gate,up,down}.weight       (out, in)   gate only if the MLP is gated
//   layers.0.mlp_post_norm.weight            (D)         with post norms
//   norm.weight                              (D)         head.weight (V, D) unless tied
//
// q, k and v are rows of one matrix, and so are gate and up: one product computes them.
// Start: embeddings N(0, 1/D), linear N(0, (0.5)^2 / fan-in), what is added to the residual stream
// (attention output, MLP down) divided by sqrt(2L) besides; gains 1, biases 0.
#pragma once

#include <gkd/model/linear.hpp>
#include <gkd/model/transformer_config.hpp>

#include <string>  // string
#include <vector>  // vector

namespace gkd::inline v0 {

template <class Backend, class T>
struct transformer_layer {
  norm_layer<Backend, T> attention_norm, attention_post_norm;
  linear<Backend, T> qkv;     // ((H + 2K) d, D)
  linear<Backend, T> output;  // (D, H d)
  norm_layer<Backend, T> mlp_norm, mlp_post_norm;
  linear<Backend, T> up;    // (F, D), or gate above up (2F, D)
  linear<Backend, T> down;  // (D, F)
  bool windowed = false;    // attends to the newest tokens only
};

template <class Backend, class T>
class transformer_weights {
 public:
  using space = typename Backend::space;
  using matrix = matrix_view<T, space>;

  /// Zero weights for a resolved configuration.
  transformer_weights(const transformer_config& config, const Backend& backend, bool gradients)
      : block_(backend, config.parameter_count(), gradients) {
    const double spread = 1.0 / math::sqrt(double(config.width));
    embedding = block_.add("embedding.weight", config.vocab_size, config.width, {0.0, spread});
    if (config.positions == position_kind::learned)
      positions = block_.add("position_embedding.weight", config.max_positions, config.width,
                             {0.0, spread});
    layers.resize(config.layers);
    for (index l = 0; l < config.layers; ++l) add_layer(config, l);
    norm = make_norm(config, "norm");
    if (config.tied_embeddings)
      head.weight = embedding;
    else
      head = make_linear("head", config.vocab_size, config.width, false);
    GKD_ASSERT(block_.used() == block_.size());
  }

  parameter<matrix> embedding;  // (V, D)
  parameter<matrix> positions;  // (T, D), or empty
  std::vector<transformer_layer<Backend, T>> layers;
  norm_layer<Backend, T> norm;
  linear<Backend, T> head;  // (V, D)

  /// Whether a layer has adapters, which learn even if the weights do not.
  bool adapted() const {
    for (const auto& layer : layers)
      for (const auto* l : {&layer.qkv, &layer.output, &layer.up, &layer.down})
        if (!l->adapters.empty()) return true;
    return false;
  }

  parameter_block<Backend, T>& block() { return block_; }
  const parameter_block<Backend, T>& block() const { return block_; }

 private:
  void add_layer(const transformer_config& c, index l) {
    const std::string at = concat("layers.", l, ".");
    const index q = c.heads * c.head_dim, kv = c.kv_heads * c.head_dim;
    const double residual = 1.0 / math::sqrt(2.0 * double(c.layers));
    auto& layer = layers[l];
    layer.windowed = has_window(c, l);
    layer.attention_norm = make_norm(c, at + "attention_norm");
    layer.qkv =
        make_fused(c.width, c.qkv_bias,
                   {{at + "attention.q", q}, {at + "attention.k", kv}, {at + "attention.v", kv}});
    layer.output = make_linear(at + "attention.output", c.width, q, c.output_bias, residual);
    if (c.post_norms) layer.attention_post_norm = make_norm(c, at + "attention_post_norm");
    layer.mlp_norm = make_norm(c, at + "mlp_norm");
    if (c.mlp == mlp_kind::gelu)
      layer.up = make_linear(at + "mlp.up", c.mlp_width, c.width, c.mlp_bias);
    else
      layer.up = make_fused(c.width, c.mlp_bias,
                            {{at + "mlp.gate", c.mlp_width}, {at + "mlp.up", c.mlp_width}});
    layer.down = make_linear(at + "mlp.down", c.width, c.mlp_width, c.mlp_bias, residual);
    if (c.post_norms) layer.mlp_post_norm = make_norm(c, at + "mlp_post_norm");
  }

  norm_layer<Backend, T> make_norm(const transformer_config& c, const std::string& name) {
    norm_layer<Backend, T> made;
    made.kind = c.norm;
    made.options = {.eps = c.norm_eps, .gain_offset = c.norm_gain_offset};
    made.gain = block_.add(name + ".weight", c.width, {.mean = 1.0 - c.norm_gain_offset});
    if (c.norm == norm_kind::layer) made.bias = block_.add(name + ".bias", c.width, {});
    return made;
  }

  linear<Backend, T> make_linear(const std::string& name, index out, index in, bool bias,
                                 double factor = 1.0) {
    const initial how{0.0, factor * 0.5 / math::sqrt(double(in))};
    linear<Backend, T> made;
    made.weight = block_.add(name + ".weight", out, in, how);
    if (bias) made.bias = block_.add(name + ".bias", out, {});
    return made;
  }

  // a tensor that is some rows of a fused weight
  struct part {
    std::string name;
    index rows;
  };
  linear<Backend, T> make_fused(index in, bool bias, const std::vector<part>& parts) {
    index out = 0;
    for (const part& p : parts) out += p.rows;
    linear<Backend, T> made;
    made.weight = block_.take(out, in);
    index first = 0;
    for (const part& p : parts) {
      block_.name_rows(p.name + ".weight", made.weight, first, p.rows,
                       {0.0, 0.5 / math::sqrt(double(in))});
      first += p.rows;
    }
    if (!bias) return made;
    made.bias = block_.take(out);
    first = 0;
    for (const part& p : parts) {
      block_.name_elements(p.name + ".bias", made.bias, first, p.rows, {});
      first += p.rows;
    }
    return made;
  }

  parameter_block<Backend, T> block_;
};

}  // namespace gkd::inline v0
