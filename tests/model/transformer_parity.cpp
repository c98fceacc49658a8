// SPDX-License-Identifier: Apache-2.0
// The transformer against Hugging Face transformers: Llama, Qwen2, GPT-2 and Gemma 2 models in
// double precision: logits, gradients and greedy answers (tests/oracle/transformer_hf.golden).
#include <gkd/backend/reference.hpp>
#include <gkd/model/transformer.hpp>

#include "model/gradient.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/worst_of.hpp"

#include <algorithm>  // max_element
#include <cmath>      // sqrt
#include <map>        // map

using namespace gkd;

namespace {

using model = transformer<reference, double>;

transformer_config config_of(const golden::record& r) {
  const auto number = [&](const char* key, const char* gpt2_key = "") {
    return r.number<gkd::index>(r.has(key) ? key : gpt2_key);
  };
  const std::string family = r.word("family");
  transformer_config c{.vocab_size = number("vocab_size")};
  c.width = number("hidden_size", "n_embd");
  c.mlp_width = number("intermediate_size", "n_inner");
  c.layers = number("num_hidden_layers", "n_layer");
  c.heads = number("num_attention_heads", "n_head");
  c.max_positions = number("max_position_embeddings", "n_positions");
  c.tied_embeddings = number("tie_word_embeddings") != 0;
  c.norm_eps = r.number(r.has("rms_norm_eps") ? "rms_norm_eps" : "layer_norm_epsilon");
  if (family == "GPT2LMHeadModel") {
    c.norm = norm_kind::layer;
    c.positions = position_kind::learned;
    c.qkv_bias = c.output_bias = c.mlp_bias = true;
    return c;
  }
  c.kv_heads = number("num_key_value_heads");
  c.rope_theta = r.number("rope_theta");
  c.qkv_bias = r.has("qkv_bias");
  c.mlp = mlp_kind::swiglu;
  if (family == "Gemma2ForCausalLM") {
    c.mlp = mlp_kind::geglu;
    c.norm_gain_offset = 1.0;
    c.post_norms = true;
    c.embedding_scale = std::sqrt(double(c.width));
    c.head_dim = number("head_dim");
    c.attention_scale = 1.0 / std::sqrt(r.number("query_pre_attn_scalar"));
    c.attention_softcap = r.number("attn_logit_softcapping");
    c.logit_softcap = r.number("final_logit_softcapping");
    c.window = number("sliding_window");
    c.window_period = 2;
  }
  return c;
}

/// Our name of a parameter of theirs; GPT-2's fused c_attn is handled where it is read.
std::string our_name(std::string name, bool post_norms) {
  const auto replace = [&](const std::string& from, const std::string& to) {
    const auto at = name.find(from);
    if (at != std::string::npos) name.replace(at, from.size(), to);
  };
  for (const char* prefix : {"model.", "transformer."}) replace(prefix, "");
  replace("h.", "layers.");
  replace("embed_tokens", "embedding");
  replace("wte", "embedding");
  replace("wpe", "position_embedding");
  replace("lm_head", "head");
  replace("ln_f", "norm");
  replace("ln_1", "attention_norm");
  replace("ln_2", "mlp_norm");
  replace("input_layernorm", "attention_norm");
  replace("pre_feedforward_layernorm", "mlp_norm");
  replace("post_feedforward_layernorm", "mlp_post_norm");
  replace("post_attention_layernorm", post_norms ? "attention_post_norm" : "mlp_norm");
  replace("self_attn", "attention");
  replace("attn.c_proj", "attention.output");
  replace("mlp.c_fc", "mlp.up");
  replace("mlp.c_proj", "mlp.down");
  for (const char* part : {"q", "k", "v", "gate", "up", "down"})
    replace(std::string(part) + "_proj", part);
  replace("o_proj", "output");
  return name;
}

struct tensor {
  std::vector<double> values;
  gkd::index cols;
};

tensor transposed(const tensor& in) {
  tensor out{in.values, in.values.size() / in.cols};
  for (gkd::index i = 0; i < out.cols; ++i)
    for (gkd::index j = 0; j < in.cols; ++j)
      out.values[j * out.cols + i] = in.values[i * in.cols + j];
  return out;
}

/// Their tensors ("weight" or "gradient") by our names, in our layout: (out, in).
std::map<std::string, tensor> tensors(const golden::file& file, const std::string& kind,
                                      const std::string& model_name, bool post_norms) {
  std::map<std::string, tensor> out;
  for (const golden::record& r : file.all(kind)) {
    if (r.name() != model_name) continue;
    const std::string theirs = r.word("name");
    tensor t{r.list<double>("value"), r.shape("value").back()};
    const bool conv1d = theirs.find(".c_") != std::string::npos && r.shape("value").size() == 2;
    if (conv1d) t = transposed(t);
    const auto fused = theirs.find("attn.c_attn");
    if (fused == std::string::npos) {
      out[our_name(theirs, post_norms)] = std::move(t);
      continue;
    }
    const auto third = static_cast<std::ptrdiff_t>(t.values.size() / 3);
    for (int part = 0; part < 3; ++part) {  // q, k and v above one another
      const auto from = t.values.begin() + part * third;
      out[our_name(theirs.substr(0, fused), post_norms) + "attention." + "qkv"[part] +
          theirs.substr(fused + 11)] = {{from, from + third}, t.cols};
    }
  }
  return out;
}

/// A batch with a row at every position of every sequence; a token after each end makes the last.
token_batch every_position(const std::vector<golden::record>& sequences) {
  token_batch batch;
  for (const golden::record& r : sequences) {
    sequence s{r.list<token>("tokens"), {}};
    s.tokens.push_back(0);
    s.weights.assign(s.tokens.size(), 1.0f);
    batch.add(s);
  }
  return batch;
}

std::vector<golden::record> of_model(const golden::file& file, const std::string& kind,
                                     const std::string& name) {
  std::vector<golden::record> out;
  for (const golden::record& r : file.all(kind))
    if (r.name() == name) out.push_back(r);
  REQUIRE(!out.empty());
  return out;
}

token best(vector_view<const double> scores) {
  const auto s = scores.span();
  return static_cast<token>(std::max_element(s.begin(), s.end()) - s.begin());
}

}  // namespace

TEST_CASE("transformer: logits, gradients and greedy answers of Hugging Face transformers") {
  const golden::file file = golden::oracle("transformer_hf.golden");
  for (const golden::record& r : file.all("model")) {
    const std::string name = r.name();
    INFO(name);
    const transformer_config config = config_of(r);
    model m{config, reference{}, zero_weights{}};
    auto weights = tensors(file, "weight", name, config.post_norms);
    m.parameters([&](std::string_view ours, auto value, auto) {
      INFO(ours);
      const auto x = gradient::elements(value);
      REQUIRE(weights.count(std::string(ours)) == 1);
      const tensor& t = weights[std::string(ours)];
      REQUIRE(t.values.size() == x.size());
      std::copy(t.values.begin(), t.values.end(), x.begin());
      weights.erase(std::string(ours));
    });
    CHECK(weights.empty());  // nothing of theirs is left out

    const auto sequences = of_model(file, "sequence", name);
    const token_batch batch = every_position(sequences);
    const auto z = m.logits(batch);
    std::vector<double> want, weight;
    for (const golden::record& s : sequences) {
      for (double x : s.list<double>("logits")) want.push_back(x);
      for (double x : s.list<double>("weight")) weight.push_back(x);
    }
    REQUIRE(want.size() == z.size());
    double loss = 0.0;
    for (gkd::index i = 0; i < want.size(); ++i) {
      CHECK(std::abs(z.flat()[i] - want[i]) <= 1e-12 * (1.0 + std::abs(want[i])));
      loss += weight[i] * z.flat()[i];
    }
    CHECK(loss == Approx(r.number("loss")).epsilon(1e-12));

    m.backward(batch, matrix_view<const double>(weight.data(), z.rows, z.cols));
    auto gradients = tensors(file, "gradient", name, config.post_norms);
    m.parameters([&](std::string_view ours, auto, auto g) {
      INFO(ours);
      const tensor& t = gradients[std::string(ours)];
      const auto got = gradient::elements(g);
      REQUIRE(t.values.size() == got.size());
      double largest = 0.0;
      for (double x : t.values) largest = worst_of(largest, std::abs(x));
      for (gkd::index i = 0; i < got.size(); ++i)
        REQUIRE(std::abs(got[i] - t.values[i]) <= 1e-11 * (largest + 1e-3));
    });

    const token eos = r.number<token>("eos");
    for (const golden::record& g : of_model(file, "greedy", name)) {
      token_batch prompt;
      prompt.add_prompt(g.list<token>("prompt"));
      std::vector<token> answer{best(m.prefill(prompt).row(0))};
      const gkd::index slot[] = {0};
      while (answer.back() != eos && answer.size() < 8) {
        const token next[] = {answer.back()};
        answer.push_back(best(m.decode(slot, next).row(0)));
      }
      CHECK(answer == g.list<token>("answer"));
    }
  }
}
