// SPDX-License-Identifier: Apache-2.0
#include <gkd/backend/reference.hpp>
#include <gkd/train/model_config.hpp>

#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;

namespace {

transformer_config unusual() {
  transformer_config c;
  c.vocab_size = 101, c.width = 24, c.layers = 3, c.heads = 6, c.kv_heads = 2, c.head_dim = 8;
  c.mlp_width = 40, c.max_positions = 77, c.norm = norm_kind::layer, c.norm_eps = 1.0 / 3.0;
  c.norm_gain_offset = 1.0, c.post_norms = true, c.positions = position_kind::learned;
  c.rope_theta = 12345.678, c.rope_pairs = rope_pairs::neighbours, c.mlp = mlp_kind::geglu;
  c.qkv_bias = true, c.output_bias = true, c.mlp_bias = true, c.attention_scale = 0.1;
  c.rope_scaling = rope_scaling_kind::llama3, c.rope_factor = 32.0, c.rope_low_frequency = 1.5;
  c.rope_high_frequency = 4.5, c.rope_original_positions = 512;
  c.attention_softcap = 50.0, c.window = 9, c.window_first = 1, c.window_period = 2;
  c.logit_softcap = 30.0;
  c.tied_embeddings = false, c.embedding_scale = 4.8989794855663558;
  return c;
}

/// A configuration of one's own.
struct bigram_config {
  static constexpr const char* name = "bigram";
  gkd::index vocab_size = 3;
  float scale = 0.1f;
  bool sparse = false;
  void fields(auto&& visit) { visit_all(*this, visit); }
  void fields(auto&& visit) const { visit_all(*this, visit); }
  static void visit_all(auto& self, auto&& visit) {
    visit("vocab_size", self.vocab_size), visit("scale", self.scale), visit("sparse", self.sparse);
  }
};

}  // namespace

TEST_CASE("A configuration comes back from JSON as it was, every field of it") {
  const transformer_config c = unusual();
  const auto text = config_to_json(c).dump();
  CHECK(config_from_json<transformer_config>(nlohmann::json::parse(text), "here") == c);
  CHECK(text.find(R"("gkd_config":"transformer")") != text.npos);
  CHECK(text.find(R"("mlp":"geglu")") != text.npos);
  CHECK(text.find(R"("rope_pairs":"neighbours")") != text.npos);
  CHECK(text.find(R"("norm_eps":0.3333333333333333,)") != text.npos);

  const mlp_config m{
      .vocab_size = 9, .order = 2, .width = 3, .hidden = 4, .hidden_activation = activation::silu};
  const auto r = config_from_json<mlp_config>(config_to_json(m), "here");
  CHECK(r.vocab_size == 9);
  CHECK(r.order == 2);
  CHECK(r.width == 3);
  CHECK(r.hidden == 4);
  CHECK(r.hidden_activation == activation::silu);
}

TEST_CASE("A configuration of one's own lists its fields") {
  const auto json = config_to_json(bigram_config{.vocab_size = 8, .scale = 0.3f, .sparse = true});
  CHECK(json.at("gkd_config") == "bigram");
  const auto r = config_from_json<bigram_config>(json, "here");
  CHECK(r.vocab_size == 8);
  CHECK(r.scale == 0.3f);
  CHECK(r.sparse);
}

TEST_CASE("A configuration that is not one is refused, field by field") {
  const auto refused = [](const auto& change, const std::string& text) {
    auto json = config_to_json(unusual());
    change(json);
    CHECK_ERROR(config_from_json<transformer_config>(json, "config.json"), errc::bad_format, text);
  };
  refused([](auto& j) { j.erase("width"); }, "config.json: has no \"width\"");
  refused([](auto& j) { j["width"] = 24.0; }, "config.json: \"width\" is 24.0, want an integer");
  refused([](auto& j) { j["width"] = -1; }, "\"width\" is -1, want an integer from 0");
  refused([](auto& j) { j["norm"] = "batch"; }, "\"norm\" is \"batch\", want one of rms, layer");
  refused([](auto& j) { j["mlp_bias"] = 1; }, "\"mlp_bias\" is 1, want true or false");
  refused([](auto& j) { j["depth"] = 3; }, "34 members, want the 33 of a transformer");
  refused([](auto& j) { j["gkd_config"] = "mlp"; }, "describes \"mlp\", want \"transformer\"");
  refused([](auto& j) { j = nlohmann::json::array(); }, "of type array, want an object");
}

TEST_CASE("Adapters say what they are beside the model below") {
  const transformer_config shape{.vocab_size = 7, .width = 8, .layers = 1, .heads = 2};
  const lora student{transformer<reference>(shape, {}, 1),
                     {.rank = 2, .alpha = 3.0, .targets = {"q"}}};
  const auto json = detail::config_of(student);
  CHECK(json.at("lora").dump() == R"({"alpha":3.0,"rank":2,"targets":["q"]})");
  CHECK(config_from_json<transformer_config>(json, "here") == student.config());
  CHECK(detail::config_of(42).is_null());
}

TEST_CASE("A difference names each member with both values, made safe to print") {
  const nlohmann::json a = {{"x", 1}, {"y", "same"}, {"z", "\x1b[2J"}},
                       b = {{"x", 2}, {"y", "same"}};
  CHECK(detail::difference(a, b, "b") == "x is 1, 2 in b; z is \"\\x1b[2J\", absent in b");
  CHECK(detail::difference(a, a, "a").empty());
  CHECK(detail::difference(nullptr, a, "a").find("x is absent, 1 in a") == 0);
}
