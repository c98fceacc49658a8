// SPDX-License-Identifier: Apache-2.0
// The fields of the models' configurations by name, for files and for what tells a model from one
// with the same weights: transformer_config's and, in model/mlp, mlp_config's.
#pragma once

#include <gkd/backend/loop/activation.hpp>
#include <gkd/core/identity.hpp>
#include <gkd/model/transformer_config.hpp>

#include <array>        // array
#include <string>       // string
#include <type_traits>  // is_enum_v, is_same_v
#include <utility>      // move

namespace gkd::inline v0::detail {

/// The names of an enumeration's values, in their order.
template <class E>
constexpr auto names_of() {
  if constexpr (std::is_same_v<E, norm_kind>)
    return std::array{"rms", "layer"};
  else if constexpr (std::is_same_v<E, position_kind>)
    return std::array{"rope", "learned"};
  else if constexpr (std::is_same_v<E, rope_scaling_kind>)
    return std::array{"none", "linear", "llama3"};
  else if constexpr (std::is_same_v<E, mlp_kind>)
    return std::array{"gelu", "swiglu", "geglu"};
  else if constexpr (std::is_same_v<E, rope_pairs>)
    return std::array{"halves", "neighbours"};
  else if constexpr (std::is_same_v<E, activation>)
    return std::array{"gelu_tanh", "silu"};
}

// The bindings name every field, so that a new one does not compile until it is listed here.
template <class Config, class Visit>
void fields_of_transformer(Config& config, const Visit& visit) {
  auto& [vocab_size, width, layers, heads, kv_heads, head_dim, mlp_width, max_positions, norm,
         norm_eps, norm_gain_offset, post_norms, positions, rope_theta, pairs, rope_scaling,
         rope_factor, rope_low_frequency, rope_high_frequency, rope_original_positions, mlp,
         qkv_bias, output_bias, mlp_bias, attention_scale, attention_softcap, window, window_first,
         window_period, logit_softcap, tied_embeddings, embedding_scale] = config;
  visit("vocab_size", vocab_size), visit("width", width), visit("layers", layers);
  visit("heads", heads), visit("kv_heads", kv_heads), visit("head_dim", head_dim);
  visit("mlp_width", mlp_width), visit("max_positions", max_positions);
  visit("norm", norm), visit("norm_eps", norm_eps);
  visit("norm_gain_offset", norm_gain_offset), visit("post_norms", post_norms);
  visit("positions", positions), visit("rope_theta", rope_theta), visit("rope_pairs", pairs);
  visit("rope_scaling", rope_scaling), visit("rope_factor", rope_factor);
  visit("rope_low_frequency", rope_low_frequency);
  visit("rope_high_frequency", rope_high_frequency);
  visit("rope_original_positions", rope_original_positions);
  visit("mlp", mlp), visit("qkv_bias", qkv_bias), visit("output_bias", output_bias);
  visit("mlp_bias", mlp_bias), visit("attention_scale", attention_scale);
  visit("attention_softcap", attention_softcap), visit("window", window);
  visit("window_first", window_first), visit("window_period", window_period),
      visit("logit_softcap", logit_softcap);
  visit("tied_embeddings", tied_embeddings), visit("embedding_scale", embedding_scale);
}

/// The identity that a configuration gives a model: its name, and the fields that visit_all(f)
/// shows with f(name, field).
template <class VisitAll>
identity_fields identity_of_fields(std::string name, const VisitAll& visit_all) {
  identity_fields out(std::move(name));
  visit_all([&]<class T>(const char* field_name, const T& field) {
    if constexpr (std::is_enum_v<T>)
      out.add(field_name, names_of<T>()[static_cast<index>(field)]);
    else
      out.add(field_name, field);
  });
  return out;
}

}  // namespace gkd::inline v0::detail
