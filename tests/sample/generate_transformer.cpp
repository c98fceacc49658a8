// SPDX-License-Identifier: Apache-2.0
// Generation from a transformer: with its cache, and by running every prefix again.
#include <gkd/model/transformer.hpp>
#include <gkd/sample/generate.hpp>

#include "support/catch.hpp"

namespace {

using model_type = gkd::transformer<gkd::reference>;

// hides prefill and decode
struct without_cache {
  model_type& model;
  gkd::index vocab_size() const { return model.vocab_size(); }
  gkd::index max_positions() const { return model.config().max_positions; }
  gkd::matrix_view<float> logits(const gkd::token_batch& batch) { return model.logits(batch); }
};
static_assert(gkd::cached_model<model_type> && !gkd::cached_model<without_cache>);

}  // namespace

TEST_CASE("generate: a transformer gives the same tokens with its cache and without") {
  gkd::transformer_config config;
  config.vocab_size = 19;
  config.width = 16;
  config.layers = 2;
  config.heads = 4;
  config.kv_heads = 2;
  config.mlp_width = 32;
  config.max_positions = 64;
  model_type model(config, gkd::reference{}, 7);
  model.parameters([](std::string_view, auto value, auto) {  // sharper than at the start
    if constexpr (requires { value.rows; }) gkd::ops::scale(gkd::reference{}, 4.0f, value);
  });
  const std::vector<std::vector<gkd::token>> prompts{{1, 2, 3}, {4}, {5, 6, 7, 8, 9, 10}, {0, 18}};
  for (const gkd::sampler& sampling : {gkd::sampler{}, gkd::sampler{.greedy = true}}) {
    const gkd::generation_options options{
        .sampling = sampling, .max_new_tokens = 20, .stop_tokens = {11, 12}, .seed = 3};
    without_cache again{model};
    const auto once = gkd::generate(model, prompts, options);
    const auto rerun = gkd::generate(again, prompts, options);
    for (gkd::index b = 0; b < prompts.size(); ++b) CHECK(once[b].tokens == rerun[b].tokens);
  }
}
