// SPDX-License-Identifier: Apache-2.0
// Transformers of every kind, small enough to differentiate by hand, and batches for them.
#pragma once

#include <gkd/backend/reference.hpp>
#include <gkd/model/transformer.hpp>

#include <string>  // string
#include <vector>  // vector

namespace cases {

using gkd::index;
using gkd::transformer_config;

struct named_config {
  std::string name;
  transformer_config config;
};

/// Between them, these take every branch that a configuration can choose. The large epsilon keeps
/// norms smooth, so that finite differences are exact enough.
inline std::vector<named_config> every_kind() {
  const transformer_config plain{.vocab_size = 7, .width = 6, .layers = 2, .heads = 3,
                                 .mlp_width = 5, .max_positions = 9,
                                 .norm_eps = 0.3};
  std::vector<named_config> out{{"plain", plain}};
  const auto add = [&](std::string name, auto change) {
    out.push_back({std::move(name), plain});
    change(out.back().config);
  };
  add("Llama: grouped-query attention, swiglu, head of its own", [](transformer_config& c) {
    c.heads = 4;
    c.kv_heads = 2;
    c.head_dim = 4;
    c.rope_theta = 100.0;
    c.mlp = gkd::mlp_kind::swiglu;
    c.tied_embeddings = false;
  });
  add("Qwen2: q, k and v with biases, one kv head", [](transformer_config& c) {
    c.kv_heads = 1;
    c.head_dim = 2;
    c.qkv_bias = true;
    c.mlp = gkd::mlp_kind::swiglu;
    c.rope_pairs = gkd::rope_pairs::neighbours;
  });
  add("GPT-2: layer norm, learned positions, biases everywhere", [](transformer_config& c) {
    c.norm = gkd::norm_kind::layer;
    c.positions = gkd::position_kind::learned;
    c.head_dim = 3;
    c.qkv_bias = c.output_bias = c.mlp_bias = true;
  });
  add("Gemma 2: geglu, post norms, both soft caps, a window", [](transformer_config& c) {
    c.norm_gain_offset = 1.0;
    c.post_norms = true;
    c.mlp = gkd::mlp_kind::geglu;
    c.attention_softcap = 1.5;
    c.logit_softcap = 2.0;
    c.attention_scale = 0.4;
    c.embedding_scale = 1.7;
    c.window = 2;
    c.window_period = 2;
  });
  add("layer norm with post norms, gated with biases", [](transformer_config& c) {
    c.norm = gkd::norm_kind::layer;
    c.post_norms = true;
    c.mlp = gkd::mlp_kind::geglu;
    c.mlp_bias = true;
    c.logit_softcap = 3.0;
    c.tied_embeddings = false;
  });
  return out;
}

/// Three ragged sequences: a prompt with a completion, one token, and one that counts in part.
inline gkd::token_batch ragged_batch() {
  gkd::token_batch batch;
  batch.add({{1, 2, 3, 4, 5}, {0, 0, 1, 1, 1}});
  batch.add({{6}, {1}});
  batch.add({{2, 2, 0, 6}, {0, 1, 0.5f, 0}});
  return batch;
}

/// Every parameter replaced by a random number, so that no gradient is small for want of size.
template <class Model>
void scramble(Model& model, double size = 0.5) {
  index id = 0;
  model.parameters([&](std::string_view, auto value, auto) {
    const gkd::random_stream stream(7, gkd::purpose::user, id++);
    using T = std::remove_cvref_t<decltype(value.data[0])>;
    index count;
    if constexpr (requires { value.rows; }) count = value.size();
    else count = value.size;
    for (index i = 0; i < count; ++i)
      value.data[i] = static_cast<T>(size * stream.normal(i));
  });
}

}  // namespace cases
