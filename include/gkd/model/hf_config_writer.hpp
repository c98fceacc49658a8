// SPDX-License-Identifier: Apache-2.0
// transformer_config to a Hugging Face config.json that transformers 4 and 5 read: the form of
// version 4, with rope_theta, rope_scaling and torch_dtype.
//
//   nlohmann::json json = hf_config_to_json(model.config(), dtype::bf16, tokens);
//
// The family follows from the fields: Qwen2 has biases of q, k and v alone, and may have a window.
#pragma once

#include <gkd/model/hf_config.hpp>

#include <string>       // string
#include <string_view>  // string_view

namespace gkd::inline v0 {

namespace detail {

/// Throws bad_argument for the first field that no family has so.
inline void check_hf_fields(const transformer_config& c) {
  const auto want = [](bool good, std::string_view name, std::string_view wanted) {
    if (!good)
      fail(errc::bad_argument, "transformer_config: ", name, ", want ", wanted,
           ", as the models of Hugging Face that are known here have: ",
           known_hf_names(&hf_family_facts::architecture));
  };
  want(c.norm == norm_kind::rms, "norm = layer", "rms");
  want(c.norm_gain_offset == 0.0, "norm_gain_offset", "0");
  want(!c.post_norms, "post_norms = true", "false");
  want(c.positions == position_kind::rope, "positions = learned", "rope");
  want(c.rope_pairs == rope_pairs::halves, "rope_pairs = neighbours", "halves");
  want(c.mlp == mlp_kind::swiglu, "mlp", "swiglu");
  want(c.attention_scale == 1.0 / math::sqrt(double(c.head_dim)), "attention_scale",
       "1 / sqrt(head_dim)");
  want(c.attention_softcap == 0.0 && c.logit_softcap == 0.0, "a soft cap", "none");
  want(c.embedding_scale == 1.0, "embedding_scale", "1");
}

inline nlohmann::json hf_rope_scaling(const transformer_config& c) {
  switch (c.rope_scaling) {
    case rope_scaling_kind::none: break;
    case rope_scaling_kind::linear: return {{"rope_type", "linear"}, {"factor", c.rope_factor}};
    case rope_scaling_kind::llama3:
      return {{"rope_type", "llama3"},
              {"factor", c.rope_factor},
              {"low_freq_factor", c.rope_low_frequency},
              {"high_freq_factor", c.rope_high_frequency},
              {"original_max_position_embeddings", c.rope_original_positions}};
  }
  return nullptr;
}

inline void hf_windows_into(nlohmann::json& out, const transformer_config& c) {
  out["use_sliding_window"] = c.window != 0;
  out["max_window_layers"] = c.window == 0 ? c.layers : c.window_first;
  out["sliding_window"] = nullptr;
  if (c.window == 0) return;
  out["sliding_window"] = c.window;
  out["layer_types"] = nlohmann::json::array();
  for (index l = 0; l < c.layers; ++l)
    out["layer_types"].push_back(has_window(c, l) ? "sliding_attention" : "full_attention");
}

}  // namespace detail

/// The family that a configuration belongs to. Throws bad_argument, which names the field, for one
/// that belongs to none.
inline hf_family hf_family_of(const transformer_config& config) {
  const transformer_config c = config.resolved();
  detail::check_hf_fields(c);
  const bool qwen2 = c.qkv_bias && !c.output_bias && !c.mlp_bias;
  if (!qwen2 && (c.qkv_bias != c.output_bias || c.window != 0))
    fail(
        errc::bad_argument, "transformer_config: qkv_bias = ", c.qkv_bias,
        ", output_bias = ", c.output_bias, ", mlp_bias = ", c.mlp_bias, ", window = ", c.window,
        ", want qkv_bias alone (Qwen2ForCausalLM), or qkv_bias and output_bias alike and no window "
        "(LlamaForCausalLM)");
  return qwen2 ? hf_family::qwen2 : hf_family::llama;
}

/// The config.json of a model whose weights are stored as `type`. Throws bad_argument for a
/// configuration that belongs to no family.
inline nlohmann::json hf_config_to_json(const transformer_config& config, dtype type,
                                        const hf_tokens& tokens = {}) {
  const transformer_config c = config.resolved();
  const hf_family family = hf_family_of(c);
  const hf_family_facts& facts = facts_of(family);
  nlohmann::json out = {{"architectures", {facts.architecture}},
                        {"model_type", facts.model_type},
                        {"vocab_size", c.vocab_size},
                        {"hidden_size", c.width},
                        {"intermediate_size", c.mlp_width},
                        {"num_hidden_layers", c.layers},
                        {"num_attention_heads", c.heads},
                        {"num_key_value_heads", c.kv_heads},
                        {"max_position_embeddings", c.max_positions},
                        {"hidden_act", "silu"},
                        {"rms_norm_eps", c.norm_eps},
                        {"rope_theta", c.rope_theta},
                        {"rope_scaling", detail::hf_rope_scaling(c)},
                        {"tie_word_embeddings", c.tied_embeddings}};
  if (family == hf_family::llama || c.head_dim * c.heads != c.width) out["head_dim"] = c.head_dim;
  if (family == hf_family::llama) {
    out["attention_bias"] = c.qkv_bias;
    out["mlp_bias"] = c.mlp_bias;
  } else {
    detail::hf_windows_into(out, c);
  }
  for (const detail::torch_dtype& t : detail::torch_dtypes)
    if (t.type == type) out["torch_dtype"] = t.name;
  // where there is none: of a silent file transformers takes the class's, Llama's 1 and 2
  for (const char* name : hf_token_names) out[name] = nullptr;
  hf_tokens_into(out, tokens);
  return out;
}

}  // namespace gkd::inline v0
