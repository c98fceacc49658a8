// SPDX-License-Identifier: Apache-2.0
// The transformer of a karpathy/llama2.c checkpoint.
//
//   const auto checkpoint = gkd::read_llama2c("stories260K.bin");
//   gkd::transformer teacher = gkd::from_llama2c(checkpoint, backend, {.gradients = false});
#pragma once

#include <gkd/io/llama2c.hpp>
#include <gkd/model/transformer.hpp>

#include <functional>  // less
#include <map>         // map
#include <span>        // span
#include <string>      // string
#include <vector>      // vector

namespace gkd::inline v0 {

/// A Llama whose rotary embedding turns neighbours.
inline transformer_config config_of(const llama2c_config& c) {
  return {.vocab_size = c.vocab_size,
          .width = c.dim,
          .layers = c.n_layers,
          .heads = c.n_heads,
          .kv_heads = c.n_kv_heads,
          .mlp_width = c.hidden_dim,
          .max_positions = c.seq_len,
          .rope_pairs = rope_pairs::neighbours,
          .mlp = mlp_kind::swiglu,
          .tied_embeddings = c.tied_embedding};
}

namespace detail {

/// The checkpoint's numbers by the transformer's names.
inline std::map<std::string, std::span<const float>, std::less<>> weights_by_name(
    const llama2c_checkpoint& c) {
  std::map<std::string, std::span<const float>, std::less<>> out;
  out["embedding.weight"] = c.embedding.values;
  out["norm.weight"] = c.rms_final.values;
  out["head.weight"] = c.head.values;
  struct part {
    const char* name;
    const llama2c_tensor* tensor;
  };
  for (const auto& [name, tensor] : {part{"attention_norm", &c.rms_att}, {"attention.q", &c.wq},
                                     {"attention.k", &c.wk}, {"attention.v", &c.wv},
                                     {"attention.output", &c.wo}, {"mlp_norm", &c.rms_ffn},
                                     {"mlp.gate", &c.w1}, {"mlp.down", &c.w2}, {"mlp.up", &c.w3}}) {
    const index size = tensor->values.size() / c.config.n_layers;
    for (index l = 0; l < c.config.n_layers; ++l)
      out[concat("layers.", l, ".", name, ".weight")] =
          std::span(tensor->values).subspan(l * size, size);
  }
  return out;
}

}  // namespace detail

/// The model of a checkpoint that read_llama2c gave.
template <class T = float, class Backend>
transformer<Backend, T> from_llama2c(const llama2c_checkpoint& checkpoint, const Backend& backend,
                                     const transformer_options& options = {}) {
  transformer<Backend, T> model(config_of(checkpoint.config), backend, zero_weights{}, options);
  const auto weights = detail::weights_by_name(checkpoint);
  std::vector<T> numbers;
  model.parameters([&](std::string_view name, auto value, auto) {
    const auto found = weights.find(name);
    GKD_ASSERT(found != weights.end());
    numbers.assign(found->second.begin(), found->second.end());
    const vector_view<const T> from(numbers.data(), numbers.size());
    if constexpr (requires { value.rows; })
      backend.copy(from, value.flat());
    else
      backend.copy(from, value);
    backend.synchronize();  // before `numbers` changes
  });
  return model;
}

}  // namespace gkd::inline v0
