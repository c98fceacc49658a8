// SPDX-License-Identifier: Apache-2.0
#include <gkd/backend/reference.hpp>
#include <gkd/model/hf_weights.hpp>
#include <gkd/model/transformer.hpp>

#include "io/temporary.hpp"
#include "support/catch.hpp"
#include "support/throws.hpp"

#include <cstring>

using namespace gkd;

namespace {

transformer_config tiny() {
  return {.vocab_size = 5,
          .width = 4,
          .layers = 1,
          .heads = 2,
          .kv_heads = 1,
          .mlp_width = 3,
          .mlp = mlp_kind::swiglu,
          .tied_embeddings = false};
}

// A folder with one weights file, whose tensors hold 0, 1, 2 ...
struct folder_of {
  test_folder folder;
  explicit folder_of(const std::vector<tensor_info>& tensors) {
    std::vector<std::vector<float>> numbers;
    for (const tensor_info& t : tensors) {
      gkd::index size = 1;
      for (gkd::index n : t.shape) size *= n;
      numbers.emplace_back(size);
      for (gkd::index i = 0; i < size; ++i) numbers.back()[i] = float(i);
    }
    std::vector<tensor_source> sources;
    for (const tensor_info& t : tensors)
      sources.push_back(
          {t.name, t.type, t.shape, std::as_bytes(std::span(numbers[sources.size()]))});
    output_file file(folder / "model.safetensors");
    write_safetensors(file, sources);
    file.commit();
  }
  safetensors_folder open() const { return safetensors_folder(model_folder(folder.path())); }
};

std::vector<tensor_info> tensors_of(const transformer_config& c) {
  std::vector<tensor_info> out;
  for (const hf_weight& w : hf_weights(c)) out.push_back({w.name, dtype::f32, w.shape});
  return out;
}
tensor_info& named(std::vector<tensor_info>& tensors, const std::string& name) {
  for (tensor_info& t : tensors)
    if (t.name == name) return t;
  throw std::logic_error(name);
}

}  // namespace

TEST_CASE("hf_weights: names and shapes by hand") {
  std::string text;
  for (const hf_weight& w : hf_weights(tiny()))
    text += concat(w.name, " = ", w.parameter, " ", shape_text(w.shape), "\n");
  CHECK(text == R"(model.embed_tokens.weight = embedding.weight (5, 4)
model.layers.0.input_layernorm.weight = layers.0.attention_norm.weight (4)
model.layers.0.self_attn.q_proj.weight = layers.0.attention.q.weight (4, 4)
model.layers.0.self_attn.k_proj.weight = layers.0.attention.k.weight (2, 4)
model.layers.0.self_attn.v_proj.weight = layers.0.attention.v.weight (2, 4)
model.layers.0.self_attn.o_proj.weight = layers.0.attention.output.weight (4, 4)
model.layers.0.post_attention_layernorm.weight = layers.0.mlp_norm.weight (4)
model.layers.0.mlp.gate_proj.weight = layers.0.mlp.gate.weight (3, 4)
model.layers.0.mlp.up_proj.weight = layers.0.mlp.up.weight (3, 4)
model.layers.0.mlp.down_proj.weight = layers.0.mlp.down.weight (4, 3)
model.norm.weight = norm.weight (4)
lm_head.weight = head.weight (5, 4)
)");
}

TEST_CASE("hf_weights: exactly the parameters of the transformer, in name and shape") {
  for (const bool tied : {false, true})
    for (const bool qkv : {false, true})
      for (const bool others : {false, true}) {
        transformer_config c = tiny();
        c.layers = 2, c.head_dim = 6, c.tied_embeddings = tied;
        c.qkv_bias = qkv, c.output_bias = c.mlp_bias = others;
        std::map<std::string, std::vector<gkd::index>> wanted;
        gkd::index count = 0;
        for (const hf_weight& w : hf_weights(c)) wanted[w.parameter] = w.shape;
        transformer<reference> model(c, {}, zero_weights{});
        model.parameters([&](std::string_view name, auto value, auto) {
          INFO(name);
          const auto found = wanted.find(std::string(name));
          REQUIRE(found != wanted.end());
          if constexpr (requires { value.rows; })
            CHECK(found->second == std::vector<gkd::index>{value.rows, value.cols});
          else
            CHECK(found->second == std::vector<gkd::index>{value.size});
          ++count;
        });
        CHECK(count == wanted.size());
      }
}

TEST_CASE("hf_weights: missing, unexpected and misshapen weights are named, all at once") {
  CHECK_NOTHROW(check_hf_weights(folder_of(tensors_of(tiny())).open(), tiny()));
  auto tensors = tensors_of(tiny());
  named(tensors, "model.norm.weight").name = "model.norm.bias";
  named(tensors, "lm_head.weight").shape = {4, 5};
  CHECK_ERROR(check_hf_weights(folder_of(tensors).open(), tiny()), errc::shape_mismatch,
              "weights 1 missing: \"model.norm.weight\"; 1 of another shape: \"lm_head.weight\" is "
              "(4, 5), want (5, 4); 1 unexpected: \"model.norm.bias\"");
  transformer_config biased = tiny();
  biased.qkv_bias = true;
  CHECK_ERROR(check_hf_weights(folder_of(tensors_of(tiny())).open(), biased), errc::shape_mismatch,
              "weights 3 missing: \"model.layers.0.self_attn.q_proj.bias\", ");
  CHECK_ERROR(check_hf_weights(folder_of(tensors_of(biased)).open(), tiny()), errc::shape_mismatch,
              "weights 3 unexpected: \"model.layers.0.self_attn.k_proj.bias\", ");
  tensors = tensors_of(tiny());
  named(tensors, "model.norm.weight").shape = {1, 4};
  CHECK_ERROR(check_hf_weights(folder_of(tensors).open(), tiny()), errc::shape_mismatch,
              "\"model.norm.weight\" is (1, 4), want (4)");
}

TEST_CASE("hf_weights: ten names of a kind, and how many more") {
  transformer_config deep = tiny();
  deep.layers = 3;
  try {
    check_hf_weights(folder_of(tensors_of(tiny())).open(), deep);
    FAIL("accepted");
  } catch (const error& e) {
    const std::string text = e.what();
    CHECK(e.code() == errc::shape_mismatch);
    CHECK(text.find("weights 18 missing: \"model.layers.1.input_layernorm.weight\"") != text.npos);
    CHECK(text.find("\"model.layers.2.input_layernorm.weight\" and 8 more") != text.npos);
    CHECK(text.find("layers.2.self_attn") == text.npos);
  }
  // names are printed with safe characters, and are not the whole message
  auto tensors = tensors_of(tiny());
  tensors.push_back({"\x1b]52;" + std::string(100'000, 'n'), dtype::f32, {1}});
  try {
    check_hf_weights(folder_of(tensors).open(), tiny());
    FAIL("accepted");
  } catch (const error& e) {
    CHECK(std::strlen(e.what()) < 600);
    CHECK(std::string(e.what()).find("1 unexpected: \"\\x1b]52;nnn") != std::string::npos);
  }
}

TEST_CASE(
    "hf_weights: a file that is all there by its sizes, and is another model, takes no memory") {
  transformer_config huge = tiny();
  huge.width = 1 << 24, huge.heads = 4096, huge.head_dim = 4096, huge.kv_heads = 4096;
  huge.vocab_size = huge.mlp_width = 1 << 24, huge.layers = 4096;
  CHECK_ERROR(check_hf_weights(folder_of(tensors_of(tiny())).open(), huge), errc::shape_mismatch,
              "(5, 4), want (16777216, 16777216)");
}

TEST_CASE("hf_weights: weights that are no floating-point numbers are refused") {
  auto tensors = tensors_of(tiny());
  named(tensors, "model.norm.weight").type = dtype::i32;
  CHECK_ERROR(check_hf_weights(folder_of(tensors).open(), tiny()), errc::bad_format,
              "\"model.norm.weight\" is I32, want F32, F64, F16 or BF16");
}

TEST_CASE("hf_weights: what follows from the configuration may be there as well") {
  auto tensors = tensors_of(tiny());
  tensors.push_back({"model.layers.0.self_attn.rotary_emb.inv_freq", dtype::f32, {1}});
  CHECK_NOTHROW(check_hf_weights(folder_of(tensors).open(), tiny()));
  // the head of a tied model, if it is the embedding
  transformer_config tied = tiny();
  tied.tied_embeddings = true;
  CHECK_NOTHROW(check_hf_weights(folder_of(tensors_of(tiny())).open(), tied));
  named(tensors, "lm_head.weight").shape = {4, 5};  // the same numbers otherwise
  CHECK_ERROR(check_hf_weights(folder_of(tensors).open(), tied), errc::bad_format,
              "\"lm_head.weight\" is not \"model.embed_tokens.weight\"");
  const folder_of whole(tensors_of(tiny()));
  std::string bytes = whole.folder.read("model.safetensors");
  bytes[bytes.find("}}") + 16] ^= 1;  // one bit of lm_head, which is first
  whole.folder.write("model.safetensors", bytes);
  CHECK_ERROR(check_hf_weights(whole.open(), tied), errc::bad_format, "\"tie_word_embeddings\"");
  CHECK_NOTHROW(check_hf_weights(whole.open(), tiny()));
}
