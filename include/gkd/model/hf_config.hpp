// SPDX-License-Identifier: Apache-2.0
// A Hugging Face config.json, as transformers 4 and 5 write it, to transformer_config:
//
//   version 4   rope_theta, rope_scaling: null or {rope_type (or type), factor, ...}, torch_dtype
//   version 5   rope_parameters: {rope_theta, rope_type, factor, ...}, dtype
//
// Every field is checked: what is wrong is bad_format naming it, its value and the range. What
// would make another model of it is refused; what is left out of account is listed in `notes`.
// Where the file is silent, the class in transformers says what holds. Of token ids there are none
// then, as when transformers generates, though its class has 1 and 2 for Llama.
#pragma once

#include <gkd/io/safetensors_types.hpp>
#include <gkd/model/hf_sampling.hpp>
#include <gkd/model/hf_tokens.hpp>
#include <gkd/model/transformer_config.hpp>

#include <algorithm>    // find, binary_search
#include <array>        // array
#include <string>       // string
#include <string_view>  // string_view
#include <vector>       // vector

namespace gkd::inline v0 {

/// Families of transformers whose folders are read and written.
enum class hf_family { llama, qwen2 };

/// What a family is called in transformers, and what its class takes a silent file to mean.
struct hf_family_facts {
  hf_family family;
  std::string_view architecture;
  std::string_view model_type;
  index kv_heads;  ///< 0: as many as heads
  index max_positions;
};
inline constexpr std::array<hf_family_facts, 2> hf_families{
    {{hf_family::llama, "LlamaForCausalLM", "llama", 0, 2048},
     {hf_family::qwen2, "Qwen2ForCausalLM", "qwen2", 32, 32768}}};
constexpr const hf_family_facts& facts_of(hf_family f) {
  return hf_families[static_cast<index>(f)];
}

struct hf_config {
  hf_family family = hf_family::llama;
  transformer_config model;        ///< every derived size filled in
  dtype type = dtype::f32;         ///< of the weights, as the file says
  hf_tokens tokens;                ///< generation_config.json may have others
  hf_sampling sampling;            ///< of generation_config.json
  std::vector<std::string> notes;  ///< what is left out of account, a sentence each
};

namespace detail {

/// The names of number types in torch.
struct torch_dtype {
  dtype type;
  std::string_view name;
};
inline constexpr std::array<torch_dtype, 4> torch_dtypes{{{dtype::f32, "float32"},
                                                          {dtype::f16, "float16"},
                                                          {dtype::bf16, "bfloat16"},
                                                          {dtype::f64, "float64"}}};

/// "LlamaForCausalLM, Qwen2ForCausalLM"
inline std::string known_hf_names(std::string_view hf_family_facts::* name) {
  std::string out;
  for (const hf_family_facts& f : hf_families) out += concat(out.empty() ? "" : ", ", f.*name);
  return out;
}

inline hf_family family_of(hf_fields& f) {
  const auto named = [&](const std::string& text, std::string_view member,
                         std::string_view hf_family_facts::* name) {
    for (const hf_family_facts& facts : hf_families)
      if (text == facts.*name) return facts.family;
    f.refuse(in_quotes(member), " is ", in_quotes(text), ", want one of ", known_hf_names(name));
  };
  const std::string type = f.text("model_type");
  const auto* classes = f.find("architectures");
  if (!classes && type.empty() && !f.find("model_type"))
    f.refuse("has no \"model_type\" and no \"architectures\", want as \"model_type\" one of ",
             known_hf_names(&hf_family_facts::model_type));
  if (!classes) return named(type, "model_type", &hf_family_facts::model_type);
  if (!classes->is_array() || classes->size() != 1 || !classes->front().is_string())
    f.refuse_value("architectures", *classes, "a list of one name");
  const hf_family family = named(classes->front().get_ref<const std::string&>(), "architectures",
                                 &hf_family_facts::architecture);
  if (!type.empty() && type != facts_of(family).model_type)
    f.refuse("\"model_type\" is ", in_quotes(type), ", want ",
             in_quotes(facts_of(family).model_type), " for ", facts_of(family).architecture);
  return family;
}

/// Refuses members that make another model than transformer_config can be.
inline void refuse_other_models(hf_fields& f) {
  for (const char* name : {"quantization_config", "compression_config"})
    if (f.find(name)) f.refuse(in_quotes(name), ": quantised weights, want F32, F64, F16 or BF16");
  for (const char* name : {"is_encoder_decoder", "add_cross_attention", "rope_interleaved"})
    if (f.flag(name, false)) f.refuse(in_quotes(name), " is true, want false");
  if (f.find("per_layer_config")) f.refuse("\"per_layer_config\": want layers of one shape");
  f.number("partial_rotary_factor", 1.0, [](double x) { return x == 1.0; }, "1");
  if (const std::string act = f.text("hidden_act"); !act.empty() && act != "silu")
    f.refuse("\"hidden_act\" is ", in_quotes(act), ", want \"silu\"");
}

/// Behind a value that no member gives: which the file does not hold.
inline std::string by_default(hf_fields& f, const std::string& name, std::string_view why = "") {
  return f.find(name) ? "" : concat(" by default", why);
}

inline void read_sizes(hf_fields& f, const hf_family_facts& facts, transformer_config& c) {
  constexpr index most = index{1} << 24;
  c.vocab_size = f.size("vocab_size", 1, most);
  c.width = f.size("hidden_size", 1, most);
  c.mlp_width = f.size("intermediate_size", 1, most);
  c.layers = f.size("num_hidden_layers", 1, 4096);
  c.heads = f.size("num_attention_heads", 1, 4096);
  const bool null = f.has("num_key_value_heads") || facts.kv_heads == 0;
  c.kv_heads = f.size("num_key_value_heads", 1, 4096, null ? c.heads : facts.kv_heads);
  if (c.heads % c.kv_heads != 0)
    f.refuse("\"num_key_value_heads\" is ", c.kv_heads, by_default(f, "num_key_value_heads"),
             ", want a divisor of num_attention_heads = ", c.heads);
  if (!f.find("head_dim") && c.width % c.heads != 0)
    f.refuse("\"num_attention_heads\" is ", c.heads, ", want a divisor of hidden_size = ", c.width,
             ", or head_dim given");
  c.head_dim = f.size("head_dim", 1, 4096, c.width / c.heads);
  if (c.head_dim > 4096 || c.head_dim % 2 != 0)
    f.refuse("\"head_dim\" is ", c.head_dim,
             by_default(f, "head_dim", ": hidden_size / num_attention_heads"),
             ", want an even number from 2 to 4096");
  c.max_positions = f.size("max_position_embeddings", 1, most, facts.max_positions);
  c.norm_eps = f.number(
      "rms_norm_eps", 1e-6, [](double x) { return x > 0.0 && x < 1.0; },
      "a number above 0 and below 1");
}

/// The rope of the object `name`, which is rope_scaling or rope_parameters.
inline void read_rope_of(hf_fields& f, const std::string& name, hf_config& out) {
  transformer_config& c = out.model;
  hf_fields r = f.object(name);
  const std::string type = r.text("rope_type"), old_type = r.text("type");
  if (!type.empty() && !old_type.empty() && type != old_type)
    r.refuse("\"rope_type\" is ", in_quotes(type), " and \"type\" is ", in_quotes(old_type),
             ", want the same");
  std::string kind = type.empty() ? old_type : type;
  if (kind.empty() && (r.empty() || name == "rope_parameters")) kind = "default";
  if (kind != "default" && kind != "linear" && kind != "llama3")
    r.refuse("\"rope_type\" is ", in_quotes(kind), ", want one of default, linear, llama3");
  if (kind != "default")
    c.rope_factor = r.number("factor", {}, [](double x) { return x >= 1.0; }, "a number from 1 on");
  if (kind == "linear") c.rope_scaling = rope_scaling_kind::linear;
  if (kind == "llama3") {
    c.rope_scaling = rope_scaling_kind::llama3;
    c.rope_low_frequency = r.positive("low_freq_factor");
    c.rope_high_frequency = r.number(
        "high_freq_factor", {}, [&](double x) { return x > c.rope_low_frequency; },
        "a number above low_freq_factor");
    c.rope_original_positions =
        r.size("original_max_position_embeddings", 1, index{1} << 24, c.max_positions);
  }
  r.number("partial_rotary_factor", 1.0, [](double x) { return x == 1.0; }, "1");
  c.rope_theta = r.positive("rope_theta", c.rope_theta);
  r.for_the_rest([&](const std::string& member, const nlohmann::json& value) {
    if (value.is_structured()) r.refuse_value(member, value, "a number or a text");
    out.notes.push_back(
        concat(in_quotes(name), ": ", in_quotes(member), " is left out of account"));
  });
}

inline void read_rope(hf_fields& f, hf_config& out) {
  const double theta = f.positive("rope_theta", 10000.0);
  const bool says_theta = f.find("rope_theta");
  const auto read = [&](const char* name) {
    hf_config with = out;
    with.model.rope_theta = theta;
    read_rope_of(f, name, with);
    if (says_theta && with.model.rope_theta != theta)
      f.refuse("\"rope_theta\" is ", theta, ", that of ", in_quotes(name), " ",
               with.model.rope_theta, ", want the same");
    return with;
  };
  const bool version_4 = f.find("rope_scaling"), version_5 = f.find("rope_parameters");
  if (version_4 && version_5 && read("rope_scaling").model != read("rope_parameters").model)
    f.refuse("\"rope_scaling\" and \"rope_parameters\" say different things");
  out.model.rope_theta = theta;
  if (version_4 || version_5) out = read(version_5 ? "rope_parameters" : "rope_scaling");
}

/// The layers of Qwen2 that have a window: those that layer_types says, else those from
/// max_window_layers on.
inline std::vector<index> windowed_layers(hf_fields& f, index layers, bool on) {
  const index first = f.size("max_window_layers", 0, index{1} << 24, 28);
  std::vector<index> out;
  const auto* types = f.find("layer_types");
  if (!types) {
    for (index l = first; on && l < layers; ++l) out.push_back(l);
    return out;
  }
  if (!types->is_array() || types->size() != layers)
    f.refuse_value("layer_types", *types, "a list of ", layers, " kinds, one for each layer");
  for (index l = 0; l < layers; ++l) {
    const nlohmann::json& type = (*types)[l];
    if (type == "sliding_attention")
      out.push_back(l);
    else if (type != "full_attention")
      f.refuse_value(concat("layer_types, layer ", l), type, "full_attention or sliding_attention");
  }
  return out;
}

inline void read_windows(hf_fields& f, transformer_config& c) {
  const bool flag = f.flag("use_sliding_window", false);
  const index window = f.size("sliding_window", 1, index{1} << 24, 4096);
  const bool on = flag && (f.find("sliding_window") || !f.has("sliding_window"));
  const std::vector<index> layers = windowed_layers(f, c.layers, on);
  if (layers.empty()) return;
  if (!on) f.refuse("\"layer_types\" has sliding_attention, but no \"sliding_window\" is in use");
  c.window = window;
  c.window_first = layers[0];
  c.window_period = layers.size() > 1 ? layers[1] - layers[0] : c.layers - layers[0];
  for (index l = 0; l < c.layers; ++l)
    if (has_window(c, l) != std::binary_search(layers.begin(), layers.end(), l))
      f.refuse("\"layer_types\": want windows at equal distances up to the last layers");
}

inline dtype read_dtype(hf_fields& f) {
  const std::string now = f.text("dtype"), before = f.text("torch_dtype");
  if (!now.empty() && !before.empty() && now != before)
    f.refuse("\"dtype\" is ", in_quotes(now), " and \"torch_dtype\" is ", in_quotes(before),
             ", want the same");
  const std::string name = now.empty() ? before : now;
  for (const torch_dtype& t : torch_dtypes)
    if (name == t.name || (name.empty() && t.type == dtype::f32)) return t.type;
  f.refuse(in_quotes(now.empty() ? "torch_dtype" : "dtype"), " is ", in_quotes(name),
           ", want one of float32, float16, bfloat16, float64");
}

/// Members that say nothing about the model, and that hf_config_to_json hands on.
inline constexpr std::array hf_carried_over{"initializer_range", "use_cache", "pretraining_tp",
                                            "attention_dropout"};
/// Members that say nothing about the model; nor do those that begin with _, transformers' own.
inline constexpr std::array hf_of_no_account{"transformers_version",
                                             "output_attentions",
                                             "output_hidden_states",
                                             "return_dict",
                                             "use_return_dict",
                                             "torchscript",
                                             "chunk_size_feed_forward",
                                             "id2label",
                                             "label2id",
                                             "problem_type",
                                             "num_labels",
                                             "is_llama_config",
                                             "transformers.js_config",
                                             "unk_token_id"};

inline void note_the_rest(hf_fields& f, std::vector<std::string>& notes) {
  if (f.find("auto_map"))
    notes.push_back("\"auto_map\" is left out of account: no program of a folder is ever run");
  const auto any = [](double) { return true; };
  if (f.number("attention_dropout", 0.0, any, "a number") != 0.0)
    notes.push_back("\"attention_dropout\" is left out of account: there is no dropout");
  f.for_the_rest([&](const std::string& name, const nlohmann::json&) {
    const auto in = [&](const auto& list) {
      return std::find(list.begin(), list.end(), std::string_view(name)) != list.end();
    };
    if (!in(hf_carried_over) && !in(hf_of_no_account) && !name.starts_with('_'))
      notes.push_back(in_quotes(name) + " is not known and left out of account");
  });
}

}  // namespace detail

/// What a config.json says; `where` begins every message. Throws bad_format; vocabulary_mismatch
/// for a token id that is none.
inline hf_config hf_config_from_json(const nlohmann::json& json, std::string_view where) {
  hf_fields f(json, std::string(where));
  hf_config out;
  out.family = detail::family_of(f);
  const hf_family_facts& facts = facts_of(out.family);
  transformer_config& c = out.model;
  detail::refuse_other_models(f);
  detail::read_sizes(f, facts, c);
  c.mlp = mlp_kind::swiglu;
  c.tied_embeddings = f.flag("tie_word_embeddings", false);
  if (out.family == hf_family::qwen2) {
    c.qkv_bias = true;
    detail::read_windows(f, c);
  } else {
    c.qkv_bias = c.output_bias = f.flag("attention_bias", false);
    c.mlp_bias = f.flag("mlp_bias", false);
  }
  detail::read_rope(f, out);
  out.type = detail::read_dtype(f);
  out.tokens = hf_tokens_from(f, c.vocab_size);
  detail::note_the_rest(f, out.notes);
  c = c.resolved();
  return out;
}

}  // namespace gkd::inline v0
