// SPDX-License-Identifier: Apache-2.0
// The weights of a Hugging Face folder: which there are, what they are called here and there, and
// whether a folder has them.
//
//   model.embed_tokens.weight                             embedding.weight             (V, D)
//   model.layers.0.input_layernorm.weight                 layers.0.attention_norm      (D)
//   model.layers.0.self_attn.{q,k,v}_proj.weight, .bias   layers.0.attention.{q,k,v}   (out, in)
//   model.layers.0.self_attn.o_proj.weight, .bias         layers.0.attention.output    (D, H d)
//   model.layers.0.post_attention_layernorm.weight        layers.0.mlp_norm            (D)
//   model.layers.0.mlp.{gate,up,down}_proj.weight, .bias  layers.0.mlp.{gate,up,down}  (out, in)
//   model.norm.weight                                     norm.weight                  (D)
//   lm_head.weight                                        head.weight, unless tied     (V, D)
#pragma once

#include <gkd/io/safetensors_index.hpp>
#include <gkd/model/transformer_config.hpp>

#include <algorithm>    // equal
#include <array>        // array
#include <map>          // map
#include <string>       // string
#include <string_view>  // string_view
#include <vector>       // vector

namespace gkd::inline v0 {

/// A weight of a transformer and its name in a Hugging Face folder.
struct hf_weight {
  std::string name;       ///< there
  std::string parameter;  ///< here
  std::vector<index> shape;
};

/// All weights of a Llama or Qwen2, in the order of the layers.
inline std::vector<hf_weight> hf_weights(const transformer_config& config) {
  const transformer_config c = config.resolved();
  const index q = c.heads * c.head_dim, kv = c.kv_heads * c.head_dim;
  std::vector<hf_weight> out;
  const auto vector = [&](std::string name, std::string parameter, index size) {
    out.push_back({std::move(name), std::move(parameter), {size}});
  };
  const auto linear = [&](const std::string& name, const std::string& parameter, index rows,
                          index cols, bool bias) {
    out.push_back({name + ".weight", parameter + ".weight", {rows, cols}});
    if (bias) vector(name + ".bias", parameter + ".bias", rows);
  };
  linear("model.embed_tokens", "embedding", c.vocab_size, c.width, false);
  for (index l = 0; l < c.layers; ++l) {
    const std::string there = concat("model.layers.", l, "."), here = concat("layers.", l, ".");
    const std::string attention = here + "attention", mlp = here + "mlp";
    vector(there + "input_layernorm.weight", attention + "_norm.weight", c.width);
    linear(there + "self_attn.q_proj", attention + ".q", q, c.width, c.qkv_bias);
    linear(there + "self_attn.k_proj", attention + ".k", kv, c.width, c.qkv_bias);
    linear(there + "self_attn.v_proj", attention + ".v", kv, c.width, c.qkv_bias);
    linear(there + "self_attn.o_proj", attention + ".output", c.width, q, c.output_bias);
    vector(there + "post_attention_layernorm.weight", mlp + "_norm.weight", c.width);
    linear(there + "mlp.gate_proj", mlp + ".gate", c.mlp_width, c.width, c.mlp_bias);
    linear(there + "mlp.up_proj", mlp + ".up", c.mlp_width, c.width, c.mlp_bias);
    linear(there + "mlp.down_proj", mlp + ".down", c.width, c.mlp_width, c.mlp_bias);
  }
  vector("model.norm.weight", "norm.weight", c.width);
  if (!c.tied_embeddings) linear("lm_head", "head", c.vocab_size, c.width, false);
  return out;
}

namespace detail {

/// Names for an error: all of them, or the first ten and how many more.
class name_list {
 public:
  void add(std::string_view name, const std::string& what = "") {
    if (++count_ <= 10) text_ += concat(count_ > 1 ? ", " : "", in_quotes(name, 128), what);
  }
  bool empty() const { return count_ == 0; }
  /// "2 missing: "a", "b"", after what was said before
  std::string after(const std::string& before, std::string_view what) const {
    if (empty()) return before;
    const std::string rest = count_ > 10 ? concat(" and ", count_ - 10, " more") : "";
    return concat(before, before.empty() ? "" : "; ", count_, what, text_, rest);
  }

 private:
  index count_ = 0;
  std::string text_;
};

/// Whether two tensors have the same type, shape and bytes.
inline bool equal_tensors(const located_tensor& a, const located_tensor& b) {
  if (a.info->type != b.info->type || a.info->shape != b.info->shape) return false;
  std::array<char, 1 << 14> of_a, of_b;
  const index size = a.info->end - a.info->begin;
  for (index at = 0; at < size; at += of_a.size()) {
    const index n = std::min(of_a.size(), size - at);
    a.file->read_bytes(*a.info, at, std::span(of_a).first(n));
    b.file->read_bytes(*b.info, at, std::span(of_b).first(n));
    if (!std::equal(of_a.begin(), of_a.begin() + static_cast<std::ptrdiff_t>(n), of_b.begin()))
      return false;
  }
  return true;
}

}  // namespace detail

/// Throws shape_mismatch, which names up to ten weights of each kind, where the folder misses some,
/// has others, or has them in another shape; bad_format for weights that are no floating-point
/// numbers, and for a head that is not the embedding where config.json says that it is. Copies of
/// what follows from the configuration are let pass: rotary frequencies, the head of a tied model.
inline void check_hf_weights(const safetensors_folder& folder, const transformer_config& config) {
  std::map<std::string_view, const hf_weight*> wanted;
  const std::vector<hf_weight> weights = hf_weights(config);
  detail::name_list missing, unexpected, misshapen, integers;
  for (const hf_weight& w : weights) {
    wanted.emplace(w.name, &w);
    const tensor_info* t = folder.find(w.name).info;
    if (!t)
      missing.add(w.name);
    else if (t->shape != w.shape)
      misshapen.add(w.name, concat(" is ", shape_text(t->shape), ", want ", shape_text(w.shape)));
    else if (!is_floating_point(t->type))
      integers.add(w.name, concat(" is ", facts_of(t->type).name));
  }
  const located_tensor head = folder.find("lm_head.weight");
  const bool spare_head = config.tied_embeddings && head.info;
  for (const auto& [name, t] : folder.tensors())
    if (!wanted.count(name) && !name.ends_with(".rotary_emb.inv_freq") &&
        !(spare_head && name == "lm_head.weight"))
      unexpected.add(name);
  std::string what = missing.after("", " missing: ");
  what = misshapen.after(what, " of another shape: ");
  what = unexpected.after(what, " unexpected: ");
  if (!what.empty()) fail(errc::shape_mismatch, folder.path(), ": weights ", what);
  if (!integers.empty())
    fail(errc::bad_format, folder.path(), ": weights ", integers.after("", " of other types: "),
         ", want F32, F64, F16 or BF16");
  if (spare_head && !detail::equal_tensors(head, folder.find("model.embed_tokens.weight")))
    fail(errc::bad_format, folder.path(),
         ": \"lm_head.weight\" is not \"model.embed_tokens.weight\", which config.json says with "
         "\"tie_word_embeddings\"");
}

}  // namespace gkd::inline v0
