// SPDX-License-Identifier: Apache-2.0
// Generation from a transformer and from a LoRA of one: with its cache, and by running every prefix
// again.
#include <gkd/model/lora.hpp>
#include <gkd/model/transformer.hpp>
#include <gkd/sample/generate.hpp>

#include "support/catch.hpp"

namespace {

// hides prefill and decode
template <class Model>
struct without_cache {
  Model& model;
  gkd::index vocab_size() const { return model.vocab_size(); }
  gkd::index max_positions() const { return model.config().max_positions; }
  gkd::matrix_view<float> logits(const gkd::token_batch& batch) { return model.logits(batch); }
};

gkd::transformer_config shape(gkd::index max_positions) {
  gkd::transformer_config config;
  config.vocab_size = 19;
  config.width = 16;
  config.layers = 2;
  config.heads = 4;
  config.kv_heads = 2;
  config.mlp_width = 32;
  config.max_positions = max_positions;
  return config;
}

// sharper than at the start; of a LoRA, B is not zero any more
void sharpen(auto& model) {
  model.parameters([](std::string_view name, auto value, auto) {
    if constexpr (requires { value.rows; }) {
      if (name.find("lora_b") != name.npos) gkd::ops::fill(gkd::reference{}, value, 0.125f);
      gkd::ops::scale(gkd::reference{}, 4.0f, value);
    }
  });
}

/// Whether the cache changes no token; how many of the sequences end with the context.
template <class Model>
gkd::index check_cache(Model& model) {
  static_assert(gkd::cached_model<Model> && !gkd::cached_model<without_cache<Model>>);
  gkd::index full = 0;
  const std::vector<std::vector<gkd::token>> prompts{{1, 2, 3}, {4}, {5, 6, 7, 8, 9, 10}, {0, 18}};
  for (const gkd::sampler& sampling : {gkd::sampler{}, gkd::sampler{.greedy = true}}) {
    const gkd::generation_options options{
        .sampling = sampling, .max_new_tokens = 20, .stop_tokens = {11, 12}, .seed = 3};
    without_cache<Model> again{model};
    const auto once = gkd::generate(model, prompts, options);
    const auto rerun = gkd::generate(again, prompts, options);
    for (gkd::index b = 0; b < prompts.size(); ++b) {
      CHECK(once[b].tokens == rerun[b].tokens);
      full += finish_of(once[b], options, b) == gkd::finish_reason::context;
    }
  }
  return full;
}

}  // namespace

TEST_CASE("generate: a transformer gives the same tokens with its cache and without") {
  gkd::transformer model(shape(64), gkd::reference{}, 7);
  sharpen(model);
  CHECK(check_cache(model) == 0);
}

TEST_CASE("generate: sequences end where the context of a transformer or of a LoRA does") {
  gkd::transformer model(shape(14), gkd::reference{}, 7);
  sharpen(model);
  const gkd::index full = check_cache(model);
  CHECK(full > 0);
  gkd::lora same{model, {.rank = 2}};  // nothing changed yet
  CHECK(same.max_positions() == 14);
  CHECK(check_cache(same) == full);
  gkd::lora adapted{model, {.rank = 2}};
  sharpen(adapted);
  CHECK(check_cache(adapted) > 0);
}
