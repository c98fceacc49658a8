// SPDX-License-Identifier: Apache-2.0
// The shape of a decoder-only transformer. Its fields express the family: there is one transformer,
// and Llama, Qwen2, GPT-2 or Gemma 2 are values of this struct.
//
//            norm   positions  mlp     biases       tied   also
//   Llama    rms    rope       swiglu  none         both   grouped-query attention, scaled rope
//   Qwen2    rms    rope       swiglu  qkv          both   a window in the last layers
//   GPT-2    layer  learned    gelu    all          yes
//   Gemma 2  rms    rope       geglu   none         yes    gain offset 1, post norms, soft caps,
//                                                          a window in layers 0, 2, 4 ...
#pragma once

#include <gkd/core/error.hpp>
#include <gkd/core/math.hpp>

#include <gkd/backend/loop/attention.hpp>

#include <string_view>  // string_view
#include <vector>       // vector

namespace gkd::inline v0 {

enum class norm_kind { rms, layer };
enum class position_kind { rope, learned };
/// How rotary frequencies are changed for sequences longer than those of the first training.
enum class rope_scaling_kind {
  none,
  linear,  ///< every frequency divided by the factor (Chen et al. 2023)
  llama3,  ///< high frequencies kept, low ones divided, those between blended (Llama 3.1)
};
enum class mlp_kind {
  gelu,    ///< down(gelu(up(x)))
  swiglu,  ///< down(silu(gate(x)) * up(x))
  geglu,   ///< down(gelu(gate(x)) * up(x))
};

struct transformer_config {
  index vocab_size = 0;        ///< V
  index width = 64;            ///< D
  index layers = 2;            ///< L
  index heads = 4;             ///< H
  index kv_heads = 0;          ///< K, divides H; 0: H
  index head_dim = 0;          ///< d; 0: D / H
  index mlp_width = 0;         ///< F; 0: 4 D
  index max_positions = 2048;  ///< longest sequence

  norm_kind norm = norm_kind::rms;
  double norm_eps = 1e-5;
  double norm_gain_offset = 0.0;  ///< 1 where the weights store gain - 1 (Gemma)
  bool post_norms = false;        ///< a norm also after attention and MLP, before each is added

  position_kind positions = position_kind::rope;
  double rope_theta = 10000.0;
  gkd::rope_pairs rope_pairs = gkd::rope_pairs::halves;
  rope_scaling_kind rope_scaling = rope_scaling_kind::none;
  double rope_factor = 1.0;              ///< what frequencies are divided by
  double rope_low_frequency = 1.0;       ///< llama3: in turns within rope_original_positions; what
  double rope_high_frequency = 4.0;      ///<   is below is divided, what is above is kept
  index rope_original_positions = 8192;  ///< llama3: length of the first training's sequences

  mlp_kind mlp = mlp_kind::gelu;
  bool qkv_bias = false;
  bool output_bias = false;  ///< of the attention's output
  bool mlp_bias = false;

  double attention_scale = 0.0;    ///< of the scores; 0: 1 / sqrt(d)
  double attention_softcap = 0.0;  ///< 0: none
  index window = 0;            ///< newest tokens that a token attends to, itself among them; 0: all
  index window_first = 0;      ///< the window holds in layers window_first, window_first +
  index window_period = 1;     ///<   window_period, window_first + 2 window_period ...
  double logit_softcap = 0.0;  ///< 0: none
  bool tied_embeddings = true;   ///< the head is the embedding
  double embedding_scale = 1.0;  ///< of the embedding's output; sqrt(D) for Gemma

  /// Throws bad_argument for the first field that is out of its range.
  void validate() const;
  /// The same with every 0 that stands for "derived" replaced. Validates first.
  transformer_config resolved() const;
  /// How many numbers are learned.
  index parameter_count() const;

  friend bool operator==(const transformer_config&, const transformer_config&) = default;
};

namespace detail {

template <class Got, class... Wanted>
[[noreturn]] void refuse_field(std::string_view name, Got got, const Wanted&... wanted) {
  fail(errc::bad_argument, "transformer_config: ", name, " = ", got, ", want ", wanted...);
}

inline void check_sizes(const transformer_config& c) {
  const auto within = [](std::string_view name, index got, index least, index most) {
    if (got < least || got > most) refuse_field(name, got, least, " to ", most);
  };
  constexpr index most = index{1} << 24;  // products of three sizes and the layers fit 64 bits
  within("vocab_size", c.vocab_size, 1, most);
  within("width", c.width, 1, most);
  within("layers", c.layers, 1, 4096);
  within("heads", c.heads, 1, 1 << 12);
  within("kv_heads", c.kv_heads, 0, c.heads);
  within("head_dim", c.head_dim, 0, 1 << 12);
  within("mlp_width", c.mlp_width, 0, most);
  within("max_positions", c.max_positions, 1, most);
  within("window", c.window, 0, most);
  within("window_first", c.window_first, 0, 4096);
  within("window_period", c.window_period, 1, 4096);
  within("rope_original_positions", c.rope_original_positions, 1, most);
  if (c.kv_heads != 0 && c.heads % c.kv_heads != 0)
    refuse_field("kv_heads", c.kv_heads, "a divisor of heads = ", c.heads);
  if (c.head_dim == 0 && c.width % c.heads != 0)
    refuse_field("heads", c.heads, "a divisor of width = ", c.width, ", or head_dim given");
  const index head_dim = c.head_dim == 0 ? c.width / c.heads : c.head_dim;
  if (c.positions == position_kind::rope && head_dim % 2 != 0)
    refuse_field("head_dim", head_dim, "an even number: rotary positions turn pairs");
}

inline void check_numbers(const transformer_config& c) {
  const auto positive = [](std::string_view name, double got) {
    if (!(got > 0.0 && math::is_finite(got))) refuse_field(name, got, "a finite number > 0");
  };
  const auto not_negative = [](std::string_view name, double got) {
    if (!(got >= 0.0 && math::is_finite(got))) refuse_field(name, got, "a finite number >= 0");
  };
  positive("norm_eps", c.norm_eps);
  not_negative("norm_gain_offset", c.norm_gain_offset);
  positive("rope_theta", c.rope_theta);
  positive("rope_factor", c.rope_factor);
  positive("rope_low_frequency", c.rope_low_frequency);
  positive("rope_high_frequency", c.rope_high_frequency);
  if (c.rope_scaling == rope_scaling_kind::llama3 && c.rope_high_frequency <= c.rope_low_frequency)
    refuse_field("rope_high_frequency", c.rope_high_frequency,
                 "a number above rope_low_frequency = ", c.rope_low_frequency);
  not_negative("attention_scale", c.attention_scale);
  not_negative("attention_softcap", c.attention_softcap);
  not_negative("logit_softcap", c.logit_softcap);
  positive("embedding_scale", c.embedding_scale);
}

}  // namespace detail

inline void transformer_config::validate() const {
  detail::check_sizes(*this);
  detail::check_numbers(*this);
}

inline transformer_config transformer_config::resolved() const {
  validate();
  transformer_config c = *this;
  if (c.kv_heads == 0) c.kv_heads = c.heads;
  if (c.head_dim == 0) c.head_dim = c.width / c.heads;
  if (c.mlp_width == 0) c.mlp_width = 4 * c.width;
  if (c.attention_scale == 0.0) c.attention_scale = 1.0 / math::sqrt(double(c.head_dim));
  return c;
}

inline index transformer_config::parameter_count() const {
  const transformer_config c = resolved();
  const index norm_size = c.norm == norm_kind::layer ? 2 * c.width : c.width;
  const index qkv = (c.heads + 2 * c.kv_heads) * c.head_dim;
  const index up = c.mlp == mlp_kind::gelu ? c.mlp_width : 2 * c.mlp_width;
  const index attention = qkv * (c.width + (c.qkv_bias ? 1 : 0)) +
                          c.width * (c.heads * c.head_dim + (c.output_bias ? 1 : 0));
  const index feed_forward =
      up * (c.width + (c.mlp_bias ? 1 : 0)) + c.width * (c.mlp_width + (c.mlp_bias ? 1 : 0));
  const index layer = (c.post_norms ? 4 : 2) * norm_size + attention + feed_forward;
  const index tables = c.vocab_size * c.width * (c.tied_embeddings ? 1 : 2) +
                       (c.positions == position_kind::learned ? c.max_positions * c.width : 0);
  return tables + c.layers * layer + norm_size;
}

namespace detail {

/// A frequency as the configuration scales it. llama3, with t its turns within the original
/// positions: f where t > high, f / factor where t < low, between them their mean weighted by
/// (t - low) / (high - low).
inline double scaled_frequency(const transformer_config& c, double f) {
  if (c.rope_scaling == rope_scaling_kind::none) return f;
  if (c.rope_scaling == rope_scaling_kind::linear) return f / c.rope_factor;
  constexpr double full_turn = 6.283185307179586476925;  // 2 pi
  const double turns = double(c.rope_original_positions) * f / full_turn;
  const double low = c.rope_low_frequency, high = c.rope_high_frequency;
  const double kept = math::min(math::max((turns - low) / (high - low), 0.0), 1.0);
  return kept * f + (1.0 - kept) * f / c.rope_factor;
}

}  // namespace detail

/// Whether a layer attends to the newest tokens only.
inline bool has_window(const transformer_config& c, index layer) {
  return c.window != 0 && layer >= c.window_first &&
         (layer - c.window_first) % c.window_period == 0;
}

/// The angle per position of each rotated pair: theta^(-2i/d), scaled.   (d / 2)
inline std::vector<double> rope_frequencies(const transformer_config& config) {
  const transformer_config c = config.resolved();
  std::vector<double> frequencies(c.head_dim / 2);
  for (index i = 0; i < frequencies.size(); ++i) {
    const double f = math::pow(c.rope_theta, -2.0 * double(i) / double(c.head_dim));
    frequencies[i] = detail::scaled_frequency(c, f);
  }
  return frequencies;
}

}  // namespace gkd::inline v0
