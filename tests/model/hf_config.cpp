// SPDX-License-Identifier: Apache-2.0
#include <gkd/model/hf_config.hpp>

#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/limited_process.hpp"
#include "support/throws.hpp"

using namespace gkd;
using nlohmann::json;

namespace {

// SmolLM2-135M-Instruct's config.json on the Hub
const char* const smollm2 = R"({
  "architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0,
  "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu", "hidden_size": 576,
  "initializer_range": 0.041666666666666664, "intermediate_size": 1536, "is_llama_config": true,
  "max_position_embeddings": 8192, "mlp_bias": false, "model_type": "llama",
  "num_attention_heads": 9, "num_hidden_layers": 30, "num_key_value_heads": 3, "pad_token_id": 2,
  "pretraining_tp": 1, "rms_norm_eps": 1e-05, "rope_interleaved": false, "rope_scaling": null,
  "rope_theta": 100000, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
  "transformers.js_config": {"kv_cache_dtype": {"q4f16": "float16", "fp16": "float16"}},
  "transformers_version": "4.42.3", "use_cache": true, "vocab_size": 49152})";
// Qwen2.5-0.5B-Instruct's
const char* const qwen2 = R"({
  "architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 151643,
  "eos_token_id": 151645, "hidden_act": "silu", "hidden_size": 896, "initializer_range": 0.02,
  "intermediate_size": 4864, "max_position_embeddings": 32768, "max_window_layers": 21,
  "model_type": "qwen2", "num_attention_heads": 14, "num_hidden_layers": 24,
  "num_key_value_heads": 2, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0,
  "sliding_window": 32768, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
  "transformers_version": "4.43.1", "use_cache": true, "use_sliding_window": false,
  "vocab_size": 151936})";

hf_config read(const json& object) { return hf_config_from_json(object, "config.json"); }
hf_config read(const char* text) { return read(json::parse(text)); }
// a text with members set to others; "absent" takes them out
json with(const char* text, const json& changes) {
  json object = json::parse(text);
  for (const auto& [name, value] : changes.items())
    if (value == "absent")
      object.erase(name);
    else
      object[name] = value;
  return object;
}
// the model of the text so changed
transformer_config model(const char* text, const json& changes) {
  return read(with(text, changes)).model;
}
void refused(const char* text, const json& changes, const std::string& what,
             errc code = errc::bad_format) {
  INFO(changes.dump());
  CHECK_ERROR(read(with(text, changes)), code, "config.json: " + what);
}

}  // namespace

TEST_CASE("hf_config: SmolLM2, field by field") {
  const hf_config c = read(smollm2);
  CHECK(c.family == hf_family::llama);
  CHECK(c.model == transformer_config{.vocab_size = 49152,
                                      .width = 576,
                                      .layers = 30,
                                      .heads = 9,
                                      .kv_heads = 3,
                                      .head_dim = 64,
                                      .mlp_width = 1536,
                                      .max_positions = 8192,
                                      .norm_eps = 1e-5,
                                      .rope_theta = 100000.0,
                                      .mlp = mlp_kind::swiglu,
                                      .attention_scale = 0.125,
                                      .tied_embeddings = true});
  CHECK(c.model.parameter_count() == 134515008);
  CHECK(c.type == dtype::bf16);
  CHECK(c.tokens == hf_tokens{1, {2}, 2});
  CHECK(c.notes.empty());
}

TEST_CASE("hf_config: Qwen2.5, which has biases of q, k and v and a window that is off") {
  const hf_config c = read(qwen2);
  CHECK(c.family == hf_family::qwen2);
  CHECK(c.model.qkv_bias);
  CHECK_FALSE(c.model.output_bias);
  CHECK_FALSE(c.model.mlp_bias);
  CHECK(c.model.window == 0);
  CHECK(c.model.head_dim == 64);
  CHECK(c.model.rope_theta == 1e6);
  CHECK(c.model.tied_embeddings);
  CHECK(c.model.parameter_count() == 494032768);
  CHECK(c.tokens == hf_tokens{151643, {151645}, std::nullopt});
  CHECK(c.notes.empty());
}

TEST_CASE("hf_config: versions 4 and 5 of transformers say the same of the same model") {
  for (const char* name : {"llama", "llama3", "llama_linear", "qwen2", "qwen2_window"}) {
    INFO(name);
    const std::string folder = golden::oracle_folder() + "hf/" + name;
    const hf_config five = read(read_json(folder + "/config.json"));
    const hf_config four = read(read_json(folder + "/config.4.json"));
    CHECK(five.model == four.model);
    CHECK(five.family == four.family);
    CHECK(five.type == four.type);
    CHECK(five.tokens == four.tokens);
    CHECK(five.notes.empty());
    CHECK(four.notes.empty());
  }
  const auto window =
      read(read_json(golden::oracle_folder() + "hf/qwen2_window/config.json")).model;
  CHECK(window.window == 3);
  CHECK(window.window_first == 1);
  CHECK(window.window_period == 1);
}

TEST_CASE("hf_config: what a silent file means is what the class of its family says") {
  const char* const none = "absent";
  const json silent = {{"tie_word_embeddings", none},
                       {"num_key_value_heads", none},
                       {"max_position_embeddings", none},
                       {"rms_norm_eps", none},
                       {"rope_theta", none},
                       {"hidden_act", none},
                       {"torch_dtype", none}};
  const hf_config llama = read(with(smollm2, silent));
  CHECK_FALSE(llama.model.tied_embeddings);
  CHECK(llama.model.kv_heads == 9);
  CHECK(llama.model.max_positions == 2048);
  CHECK(llama.model.norm_eps == 1e-6);
  CHECK(llama.model.rope_theta == 10000.0);
  CHECK(llama.type == dtype::f32);
  json more = silent;
  more["num_attention_heads"] = 32, more["head_dim"] = 28;
  const hf_config qwen = read(with(qwen2, more));
  CHECK_FALSE(qwen.model.tied_embeddings);
  CHECK(qwen.model.kv_heads == 32);  // a number in Qwen2's class
  CHECK(qwen.model.max_positions == 32768);
  more["num_key_value_heads"] = nullptr;
  more["num_attention_heads"] = 14, more["head_dim"] = nullptr;
  CHECK(read(with(qwen2, more)).model.kv_heads == 14);  // null: as many as heads
  more["num_key_value_heads"] = none;
  refused(qwen2, more,
          "\"num_key_value_heads\" is 32 by default, want a divisor of num_attention_heads = 14");

  CHECK(read(with(smollm2, {{"architectures", none}})).family == hf_family::llama);
  CHECK(read(with(qwen2, {{"model_type", none}})).family == hf_family::qwen2);
}

TEST_CASE("hf_config: biases and the size of heads") {
  CHECK(model(smollm2, {{"attention_bias", true}}).qkv_bias);
  CHECK(model(smollm2, {{"attention_bias", true}}).output_bias);
  CHECK_FALSE(model(smollm2, {{"attention_bias", true}}).mlp_bias);
  CHECK(model(smollm2, {{"mlp_bias", true}}).mlp_bias);
  CHECK(model(smollm2, {{"head_dim", 32}}).head_dim == 32);
  CHECK(model(smollm2, {{"head_dim", 32}, {"num_attention_heads", 12}}).heads == 12);
  CHECK(model(smollm2, {{"head_dim", nullptr}}).head_dim == 64);
}

TEST_CASE("hf_config: rope in the forms of both versions") {
  const json llama3 = {{"rope_type", "llama3"},
                       {"factor", 32.0},
                       {"low_freq_factor", 1.0},
                       {"high_freq_factor", 4.0},
                       {"original_max_position_embeddings", 8192}};
  json named = llama3;
  named["rope_theta"] = 500000.0;
  const auto four = model(smollm2, {{"rope_theta", 500000.0}, {"rope_scaling", llama3}});
  const auto five = model(
      smollm2, {{"rope_theta", "absent"}, {"rope_scaling", "absent"}, {"rope_parameters", named}});
  CHECK(four == five);
  CHECK(four.rope_scaling == rope_scaling_kind::llama3);
  CHECK(four.rope_theta == 500000.0);
  CHECK(four.rope_factor == 32.0);
  CHECK(four.rope_low_frequency == 1.0);
  CHECK(four.rope_high_frequency == 4.0);
  CHECK(four.rope_original_positions == 8192);
  CHECK(model(smollm2,
              {{"rope_theta", 500000}, {"rope_scaling", llama3}, {"rope_parameters", named}}) ==
        four);

  json short_one = llama3;
  short_one.erase("original_max_position_embeddings");
  CHECK(model(smollm2, {{"rope_scaling", short_one}}).rope_original_positions == 8192);

  // before 4.43 the kind was called "type"; some files have both
  const auto linear = model(smollm2, {{"rope_scaling", {{"type", "linear"}, {"factor", 2}}}});
  CHECK(linear.rope_scaling == rope_scaling_kind::linear);
  CHECK(linear.rope_factor == 2.0);
  CHECK(model(smollm2, {{"rope_scaling",
                         {{"type", "linear"}, {"rope_type", "linear"}, {"factor", 2}}}}) == linear);
  const auto plain = read(smollm2).model;
  CHECK(model(smollm2, {{"rope_scaling", json::object()}}) == plain);
  CHECK(model(smollm2, {{"rope_scaling", {{"rope_type", "default"}}}}) == plain);
  CHECK(model(smollm2, {{"rope_parameters", {{"rope_theta", 100000}}}}) == plain);
  CHECK(model(smollm2, {{"partial_rotary_factor", 1.0}}) == plain);
}

TEST_CASE("hf_config: rope that is not known or not consistent is refused") {
  for (const char* kind :
       {"dynamic", "yarn", "longrope", "su", "proportional", "Linear", "mrope"}) {
    const std::string text = concat("\"rope_scaling\": \"rope_type\" is ", in_quotes(kind),
                                    ", want one of default, linear, llama3");
    refused(smollm2, {{"rope_scaling", {{"type", kind}, {"factor", 2.0}}}}, text);
    refused(smollm2, {{"rope_scaling", {{"rope_type", kind}, {"factor", 2.0}}}}, text);
  }
  const auto scaling = [](const json& value, const std::string& what) {
    refused(smollm2, {{"rope_scaling", value}}, what);
  };
  scaling({{"factor", 2.0}}, "\"rope_scaling\": \"rope_type\" is \"\"");
  scaling("linear", "\"rope_scaling\" is \"linear\", want an object");
  scaling({{"type", "linear"}}, "\"rope_scaling\": has no \"factor\"");
  for (const json& factor : {json(0.5), json(0), json(-2.0), json("2"), json(true)})
    scaling({{"type", "linear"}, {"factor", factor}},
            "\"rope_scaling\": \"factor\" is " + (factor.is_string() ? "\"2\"" : factor.dump()) +
                ", want a number from 1 on");
  scaling({{"type", "linear"}, {"rope_type", "llama3"}, {"factor", 2}},
          "\"rope_scaling\": \"rope_type\" is \"llama3\" and \"type\" is \"linear\"");
  const auto llama3 = [](const json& change) {
    json value = {{"rope_type", "llama3"},
                  {"factor", 8},
                  {"low_freq_factor", 1},
                  {"high_freq_factor", 4},
                  {"original_max_position_embeddings", 8192}};
    value.update(change);
    return value;
  };
  scaling(llama3({{"low_freq_factor", 0}}), "\"rope_scaling\": \"low_freq_factor\" is 0");
  scaling(llama3({{"high_freq_factor", 1}}),
          "\"rope_scaling\": \"high_freq_factor\" is 1, want a number above low_freq_factor");
  scaling(llama3({{"original_max_position_embeddings", 0}}),
          "\"rope_scaling\": \"original_max_position_embeddings\" is 0, want an integer from 1 to");
  scaling(llama3({{"partial_rotary_factor", 0.5}}),
          "\"rope_scaling\": \"partial_rotary_factor\" is 0.5, want 1");

  refused(smollm2, {{"partial_rotary_factor", 0.5}}, "\"partial_rotary_factor\" is 0.5, want 1");
  refused(smollm2, {{"rope_parameters", {{"rope_theta", 10000.0}}}},
          "\"rope_theta\" is 100000, that of \"rope_parameters\" 10000, want the same");
  refused(smollm2,
          {{"rope_scaling", {{"type", "linear"}, {"factor", 2}}},
           {"rope_parameters", {{"rope_type", "linear"}, {"factor", 4}}}},
          "\"rope_scaling\" and \"rope_parameters\" say different things");
  refused(smollm2, {{"rope_parameters", {{"full_attention", {{"rope_theta", 1e4}}}}}},
          "\"rope_parameters\": \"full_attention\" is an object, want a number or a text");
  const hf_config noted =
      read(with(smollm2, {{"rope_scaling", {{"type", "linear"}, {"factor", 2}, {"old", 1}}}}));
  CHECK(noted.notes ==
        std::vector<std::string>{"\"rope_scaling\": \"old\" is left out of account"});
}

TEST_CASE("hf_config: windows of Qwen2") {
  const json on = {{"use_sliding_window", true}, {"sliding_window", 4096}};
  const auto windows = [&](json changes) {
    changes.update(on);
    const transformer_config c = model(qwen2, changes);
    std::string text = concat(c.window, ": ");
    for (gkd::index l = 0; l < c.layers; ++l) text += has_window(c, l) ? 'w' : '-';
    return text;
  };
  CHECK(windows({{"num_hidden_layers", 6}, {"max_window_layers", 4}}) == "4096: ----ww");
  CHECK(windows({{"num_hidden_layers", 6}, {"max_window_layers", 0}}) == "4096: wwwwww");
  CHECK(windows({{"num_hidden_layers", 6}, {"max_window_layers", 6}}) == "0: ------");
  CHECK(windows({{"num_hidden_layers", 6}, {"max_window_layers", "absent"}}) == "0: ------");
  const std::string s = "sliding_attention", f = "full_attention";
  const auto types = [&](const json& list) {
    return windows({{"num_hidden_layers", list.size()}, {"layer_types", list}});
  };
  CHECK(types({f, s, s}) == "4096: -ww");
  CHECK(types({s, f, s, f}) == "4096: w-w-");
  CHECK(types({f, f, f, s}) == "4096: ---w");
  CHECK(types({s, f, f, f}) == "4096: w---");
  CHECK(types({f, f}) == "0: --");

  CHECK(model(qwen2,
              {{"use_sliding_window", true}, {"sliding_window", nullptr}, {"max_window_layers", 0}})
            .window == 0);
  CHECK(
      model(qwen2,
            {{"use_sliding_window", true}, {"sliding_window", "absent"}, {"max_window_layers", 0}})
          .window == 4096);
  const auto refuse = [&](json changes, const std::string& what) {
    changes.update(on);
    changes["num_hidden_layers"] = 4;
    refused(qwen2, changes, what);
  };
  refuse({{"layer_types", {s, s, f, f}}}, "\"layer_types\": want windows at equal distances");
  refuse({{"layer_types", {s, s, f, s}}}, "\"layer_types\": want windows at equal distances");
  refuse({{"layer_types", {s, f}}},
         "\"layer_types\" is [\"sliding_attention\",\"full_attention\"], want a list of 4 kinds");
  refuse({{"layer_types", s}}, "\"layer_types\" is \"sliding_attention\", want a list of 4");
  refuse({{"layer_types", {f, f, f, "chunked_attention"}}},
         "\"layer_types, layer 3\" is \"chunked_attention\", want full_attention or "
         "sliding_attention");
  refuse({{"layer_types", {f, f, f, 1}}}, "\"layer_types, layer 3\" is 1, want");
  refused(qwen2, {{"num_hidden_layers", 2}, {"layer_types", {f, s}}},
          "\"layer_types\" has sliding_attention, but no \"sliding_window\" is in use");
  for (const json& bad : {json(0), json(-1), json(1.5), json("3"), json(16777217)})
    refused(qwen2, {{"sliding_window", bad}}, "\"sliding_window\" is ");
  refused(qwen2, {{"max_window_layers", -1}}, "\"max_window_layers\" is -1");
  refused(qwen2, {{"use_sliding_window", "false"}},
          "\"use_sliding_window\" is \"false\", want true or false");
}

TEST_CASE("hf_config: an unknown architecture is refused with those that are known") {
  for (const char* name : {"MistralForCausalLM", "LlamaModel", "LlamaForSequenceClassification",
                           "Qwen2MoeForCausalLM", "GPT2LMHeadModel", "llama", ""})
    refused(smollm2, {{"architectures", {name}}},
            concat("\"architectures\" is ", in_quotes(name),
                   ", want one of LlamaForCausalLM, Qwen2ForCausalLM"));
  refused(smollm2, {{"architectures", "absent"}, {"model_type", "mistral"}},
          "\"model_type\" is \"mistral\", want one of llama, qwen2");
  refused(smollm2, {{"architectures", "absent"}, {"model_type", "absent"}},
          "has no \"model_type\" and no \"architectures\", want as \"model_type\" one of llama, "
          "qwen2");  // it was said to be ""
  refused(smollm2, {{"architectures", "absent"}, {"model_type", ""}},
          "\"model_type\" is \"\", want one of llama, qwen2");
  refused(smollm2, {{"model_type", "qwen2"}},
          "\"model_type\" is \"qwen2\", want \"llama\" for LlamaForCausalLM");
  for (const json& bad : {json::array(), json("LlamaForCausalLM"), json({1}), json(1),
                          json({"LlamaForCausalLM", "Qwen2ForCausalLM"})})
    refused(smollm2, {{"architectures", bad}}, "\"architectures\" is ");
  refused(smollm2, {{"architectures", {"A", "B"}}},
          "\"architectures\" is [\"A\",\"B\"], want a list of one name");
  refused(smollm2, {{"architectures", std::vector<std::string>(40, "A")}},
          "\"architectures\" is a list of 40 values, want a list of one name");
  refused(smollm2, {{"model_type", 1}}, "\"model_type\" is 1, want a text");
  CHECK_ERROR(read(json::array()), errc::bad_format, "config.json: of type array, want");
}

TEST_CASE("S63: sizes out of their range, each with field, value and range") {
  struct range {
    const char* name;
    std::string most;
  };
  for (const auto& [name, most] : {range{"vocab_size", "16777216"},
                                   {"hidden_size", "16777216"},
                                   {"intermediate_size", "16777216"},
                                   {"num_hidden_layers", "4096"},
                                   {"num_attention_heads", "4096"},
                                   {"num_key_value_heads", "4096"},
                                   {"head_dim", "4096"},
                                   {"max_position_embeddings", "16777216"}}) {
    const std::string wanted = ", want an integer from 1 to " + most;
    for (const json& bad : {json(0), json(-1), json(1e308), json(64.0), json(2147483648),
                            json(std::stoll(most) + 1), json(9223372036854775807), json(true)})
      refused(smollm2, {{name, bad}}, concat("\"", name, "\" is ", bad.dump(), wanted));
    refused(smollm2, {{name, "64"}}, concat("\"", name, "\" is \"64\"", wanted));
    refused(smollm2, {{name, {64}}}, concat("\"", name, "\" is [64]", wanted));
  }
  for (const char* name : {"vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers",
                           "num_attention_heads"}) {
    refused(smollm2, {{name, "absent"}}, concat("has no \"", name, "\""));
    refused(smollm2, {{name, nullptr}}, concat("has no \"", name, "\""));
  }
  refused(smollm2, {{"num_key_value_heads", 2}},
          "\"num_key_value_heads\" is 2, want a divisor of num_attention_heads = 9");
  refused(smollm2, {{"num_key_value_heads", 18}},
          "\"num_key_value_heads\" is 18, want a divisor of num_attention_heads = 9");
  refused(smollm2, {{"num_attention_heads", 10}, {"num_key_value_heads", 5}},
          "\"num_attention_heads\" is 10, want a divisor of hidden_size = 576, or head_dim given");
  refused(smollm2, {{"head_dim", 7}}, "\"head_dim\" is 7, want an even number from 2 to 4096");
  refused(smollm2,
          {{"num_attention_heads", 1}, {"num_key_value_heads", 1}, {"hidden_size", 1 << 20}},
          "\"head_dim\" is 1048576 by default: hidden_size / num_attention_heads, want an even "
          "number from 2 to 4096");
}

TEST_CASE("S63: numbers, flags and texts") {
  for (const json& bad : {json(0), json(0.0), json(1), json(-1e-5), json(1e308), json(true)})
    refused(smollm2, {{"rms_norm_eps", bad}},
            "\"rms_norm_eps\" is " + bad.dump() + ", want a number above 0 and below 1");
  refused(smollm2, {{"rms_norm_eps", "nan"}}, "\"rms_norm_eps\" is \"nan\", want a number above");
  for (const json& bad : {json(0), json(-10000.0), json(false)})
    refused(smollm2, {{"rope_theta", bad}},
            "\"rope_theta\" is " + bad.dump() + ", want a number above 0");
  for (const char* name : {"tie_word_embeddings", "attention_bias", "mlp_bias"})
    for (const json& bad : {json(0), json(1), json("true"), json::array()})
      refused(smollm2, {{name, bad}}, concat("\"", name, "\" is "));
  for (const char* act : {"gelu", "relu", "gelu_pytorch_tanh", "SiLU"})
    refused(smollm2, {{"hidden_act", act}},
            concat("\"hidden_act\" is \"", act, "\", want \"silu\""));
  refused(smollm2, {{"hidden_act", 1}}, "\"hidden_act\" is 1, want a text");
  refused(smollm2, {{"attention_dropout", "x"}}, "\"attention_dropout\" is \"x\", want a number");
}

TEST_CASE("hf_config: number types, of either version's name") {
  struct named {
    const char* name;
    dtype type;
  };
  for (const auto& [name, type] : {named{"float32", dtype::f32},
                                   {"float16", dtype::f16},
                                   {"bfloat16", dtype::bf16},
                                   {"float64", dtype::f64}}) {
    CHECK(read(with(smollm2, {{"torch_dtype", name}})).type == type);
    CHECK(read(with(smollm2, {{"torch_dtype", "absent"}, {"dtype", name}})).type == type);
    CHECK(read(with(smollm2, {{"torch_dtype", name}, {"dtype", name}})).type == type);
  }
  for (const char* name : {"int8", "float8_e4m3fn", "torch.float16", "auto", "half", "Float32"})
    refused(smollm2, {{"torch_dtype", name}},
            concat("\"torch_dtype\" is \"", name,
                   "\", want one of float32, float16, bfloat16, float64"));
  refused(smollm2, {{"dtype", "float32"}},
          "\"dtype\" is \"float32\" and \"torch_dtype\" is \"bfloat16\", want the same");
  refused(smollm2, {{"torch_dtype", 16}}, "\"torch_dtype\" is 16, want a text");
}

TEST_CASE("hf_config: what makes another model is refused, what is left out of account is noted") {
  refused(smollm2, {{"quantization_config", {{"quant_method", "gptq"}}}},
          "\"quantization_config\": quantised weights, want F32, F64, F16 or BF16");
  refused(smollm2, {{"compression_config", json::object()}}, "\"compression_config\"");
  refused(smollm2, {{"is_encoder_decoder", true}}, "\"is_encoder_decoder\" is true, want false");
  refused(smollm2, {{"add_cross_attention", true}}, "\"add_cross_attention\" is true");
  refused(smollm2, {{"rope_interleaved", true}}, "\"rope_interleaved\" is true, want false");
  refused(smollm2, {{"per_layer_config", {{"0", {{"head_dim", 4}}}}}},
          "\"per_layer_config\": want layers of one shape");

  const hf_config noted = read(with(smollm2, {{"auto_map", {{"AutoModel", "modeling_x.X"}}},
                                              {"attention_dropout", 0.1},
                                              {"\u001b[2J", 1},
                                              {"sliding_window", 4096},
                                              {"layer_types", nullptr},
                                              {"quantization_config", nullptr},
                                              {"is_encoder_decoder", false}}));
  CHECK(noted.notes ==
        std::vector<std::string>{
            "\"auto_map\" is left out of account: no program of a folder is ever run",
            "\"attention_dropout\" is left out of account: there is no dropout",
            "\"\\x1b[2J\" is not known and left out of account",
            "\"sliding_window\" is not known and left out of account"});
  CHECK(noted.model == read(smollm2).model);
  for (const char* own : {"_name_or_path", "_model_name_or_path", "_commit_hash",
                          "_attn_implementation_autoset"})
    CHECK(read(with(smollm2, {{own, "a/b"}})).notes.empty());
}

TEST_CASE("hf_config: token ids of the vocabulary") {
  refused(smollm2, {{"eos_token_id", 49152}},
          "\"eos_token_id\" is 49152, want 0 <= id < vocab_size = 49152",
          errc::vocabulary_mismatch);
  CHECK(read(with(smollm2, {{"eos_token_id", {2, 0}}})).tokens.eos == std::vector<token>{2, 0});
}

TEST_CASE("S102: an error shows at most 64 bytes of a text of the file") {
  const std::string x(1000, 'x');
  int refusals = 0;
  const json text = x, list = json::array({x, x}), members = json::object({{x, x}});
  for (const char* base : {smollm2, qwen2}) {
    const json object = json::parse(base);
    for (const auto& [name, value] : object.items())
      for (const json* bad : {&text, &list, &members}) {
        json changed = object;
        changed[name] = *bad;
        try {
          read(changed);
        } catch (const error& e) {
          INFO(e.what());
          CHECK(std::string(e.what()).find(std::string(65, 'x')) == std::string::npos);
          ++refusals;
        }
      }
  }
  CHECK(refusals > 40);
}

TEST_CASE("S103: hostile files in 512 MiB of address space") {
  CHECK_HOSTILE_CASES("S63*");
}
