// SPDX-License-Identifier: Apache-2.0
#include <gkd/model/hf_config_writer.hpp>

#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/throws.hpp"

using namespace gkd;
using nlohmann::json;

namespace {

transformer_config llama() {
  return {
      .vocab_size = 32, .width = 16, .heads = 4, .mlp = mlp_kind::swiglu, .tied_embeddings = false};
}
transformer_config qwen2() {
  transformer_config c = llama();
  c.qkv_bias = true;
  return c;
}
void comes_back(const transformer_config& c) {
  const json written = hf_config_to_json(c, dtype::f16, {1, {2, 3}, 0});
  INFO(written.dump(1));
  const hf_config read = hf_config_from_json(written, "config.json");
  CHECK(read.model == c.resolved());
  CHECK(read.type == dtype::f16);
  CHECK(read.tokens == hf_tokens{1, {2, 3}, 0});
  CHECK(read.notes.empty());
}

}  // namespace

TEST_CASE("hf_config_to_json: a Llama, in the words of version 4") {
  CHECK(hf_config_to_json(llama(), dtype::bf16) ==
        json::parse(R"({"architectures": ["LlamaForCausalLM"], "attention_bias": false,
                        "head_dim": 4, "hidden_act": "silu", "hidden_size": 16,
                        "intermediate_size": 64, "max_position_embeddings": 2048,
                        "mlp_bias": false, "model_type": "llama", "num_attention_heads": 4,
                        "num_hidden_layers": 2, "num_key_value_heads": 4, "rms_norm_eps": 1e-05,
                        "rope_scaling": null, "rope_theta": 10000.0,
                        "tie_word_embeddings": false, "torch_dtype": "bfloat16",
                        "vocab_size": 32, "bos_token_id": null, "eos_token_id": null,
                        "pad_token_id": null})"));
}

TEST_CASE("hf_config_to_json: a token that there is not was one to transformers, Llama's 1 or 2") {
  for (const hf_tokens& tokens :
       {hf_tokens{}, hf_tokens{{}, {7}, {}}, hf_tokens{7, {}, 3}, hf_tokens{1, {2, 3}, 0}})
    for (const transformer_config& c : {llama(), qwen2()}) {
      const json written = hf_config_to_json(c, dtype::f32, tokens);
      for (const char* name : {"bos_token_id", "eos_token_id", "pad_token_id"})
        CHECK(written.contains(name));
      CHECK(written["bos_token_id"].is_null() == !tokens.bos);
      CHECK(written["eos_token_id"].is_null() == tokens.eos.empty());
      CHECK(hf_config_from_json(written, "config.json").tokens == tokens);
    }
}

TEST_CASE("hf_config_to_json: what is written is read as it was") {
  comes_back(llama());
  comes_back(qwen2());
  transformer_config c = llama();
  c.kv_heads = 2, c.head_dim = 6, c.mlp_width = 24, c.layers = 3, c.max_positions = 77;
  c.norm_eps = 1.0 / 3.0, c.rope_theta = 12345.678, c.tied_embeddings = true;
  comes_back(c);
  c.qkv_bias = c.output_bias = c.mlp_bias = true;
  comes_back(c);
  c.mlp_bias = false;
  c.rope_scaling = rope_scaling_kind::linear, c.rope_factor = 2.5;
  comes_back(c);
  c.rope_scaling = rope_scaling_kind::llama3;
  c.rope_low_frequency = 1.5, c.rope_high_frequency = 4.5, c.rope_original_positions = 64;
  comes_back(c);
  c = qwen2();
  c.layers = 6, c.head_dim = 6;
  for (const auto& [first, period] : {std::pair{0, 1}, {4, 1}, {0, 2}, {1, 2}, {5, 1}}) {
    c.window = 7, c.window_first = gkd::index(first), c.window_period = gkd::index(period);
    comes_back(c);
  }
}

TEST_CASE("hf_config_to_json: the configurations that transformers wrote come back") {
  for (const char* name : {"llama", "llama3", "llama_linear", "qwen2", "qwen2_window"}) {
    INFO(name);
    const std::string folder = golden::oracle_folder() + "hf/" + name;
    const hf_config read = hf_config_from_json(read_json(folder + "/config.4.json"), name);
    CHECK(hf_family_of(read.model) == read.family);
    json written = hf_config_to_json(read.model, read.type, read.tokens);
    json theirs = read_json(folder + "/config.4.json");
    written["dtype"] = written["torch_dtype"];  // before 4.56
    written.erase("torch_dtype");
    for (const char* other : {"transformers_version", "attention_dropout", "initializer_range",
                              "pretraining_tp", "use_cache"})
      theirs.erase(other);
    if (read.model.window == 0) {  // what a window would be that is off
      for (json* j : {&written, &theirs}) j->erase("layer_types"), j->erase("max_window_layers");
    }
    CHECK(written == theirs);
  }
}

TEST_CASE("hf_config_to_json: a transformer of no known family is refused by field") {
  const auto refused = [](const auto& change, const std::string& text) {
    transformer_config c = llama();
    change(c);
    CHECK_ERROR(hf_config_to_json(c, dtype::f32), errc::bad_argument,
                "transformer_config: " + text);
    CHECK_ERROR(hf_family_of(c), errc::bad_argument, text);
  };
  refused([](auto& c) { c.norm = norm_kind::layer; },
          "norm = layer, want rms, as the models of Hugging Face that are known here have: "
          "LlamaForCausalLM, Qwen2ForCausalLM");
  refused([](auto& c) { c.norm_gain_offset = 1.0; }, "norm_gain_offset, want 0");
  refused([](auto& c) { c.post_norms = true; }, "post_norms = true, want false");
  refused([](auto& c) { c.positions = position_kind::learned; }, "positions = learned, want rope");
  refused([](auto& c) { c.rope_pairs = rope_pairs::neighbours; }, "rope_pairs = neighbours, want");
  refused([](auto& c) { c.mlp = mlp_kind::gelu; }, "mlp, want swiglu");
  refused([](auto& c) { c.attention_scale = 0.4; }, "attention_scale, want 1 / sqrt(head_dim)");
  refused([](auto& c) { c.attention_softcap = 50.0; }, "a soft cap, want none");
  refused([](auto& c) { c.logit_softcap = 30.0; }, "a soft cap, want none");
  refused([](auto& c) { c.embedding_scale = 4.0; }, "embedding_scale, want 1");
  refused(
      [](auto& c) { c.output_bias = true; },
      "qkv_bias = false, output_bias = true, mlp_bias = false, window = 0, want qkv_bias alone");
  refused([](auto& c) { c.qkv_bias = c.mlp_bias = true; }, "qkv_bias = true, output_bias = false");
  refused(
      [](auto& c) { c.window = 4; },
      "qkv_bias = false, output_bias = false, mlp_bias = false, window = 4, want qkv_bias alone "
      "(Qwen2ForCausalLM), or qkv_bias and output_bias alike and no window (LlamaForCausalLM)");
  refused([](auto& c) { c.vocab_size = 0; }, "vocab_size = 0");
}
