// SPDX-License-Identifier: Apache-2.0
// The loader against the documented text of a pretrained model, word for word.
#include <gkd/model/llama2c.hpp>

#include <gkd/backend/reference.hpp>
#include <gkd/text/sentencepiece_bpe.hpp>

#include "support/catch.hpp"
#include "support/data_dir.hpp"

#include <algorithm>  // max_element
#include <fstream>    // ifstream
#include <sstream>    // ostringstream

using namespace gkd;

namespace {

/// What stories260K.md shows after "-t 0.0": greedy text of 256 tokens.
std::string documented_text(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  const std::string all = text.str();
  const auto command = all.find("-t 0.0");
  const auto from = all.find('\n', command) + 1;
  return all.substr(from, all.find("\n```", from) - from);
}

token best(vector_view<const float> scores) {
  const auto s = scores.span();
  return static_cast<token>(std::max_element(s.begin(), s.end()) - s.begin());
}

}  // namespace

TEST_CASE("from_llama2c: stories260K tells its story, with a cache and without") {
  const auto data = data_dir();
  if (!data) GKD_SKIP("no data folder (GKD_DATA_DIR)");
  const auto folder = *data / "weights-stories260K";
  const auto checkpoint = read_llama2c((folder / "stories260K.bin").string());
  transformer model = from_llama2c(checkpoint, reference{}, {.gradients = false});
  CHECK(model.config().parameter_count() == 260032);
  auto [pieces, scores] =
      read_llama2c_vocabulary((folder / "tok512.bin").string(), model.vocab_size());
  const sentencepiece_bpe tokenizer(std::move(pieces), std::move(scores));
  const std::string want = documented_text(folder / "stories260K.md");
  REQUIRE(want.starts_with("Once upon a time, there was a little girl named Lily."));

  std::vector<token> story{tokenizer.bos()};
  token_batch start;
  start.add_prompt(story);
  story.push_back(best(model.prefill(start).row(0)));
  const gkd::index slot[] = {0};
  while (story.size() <= 256) {
    const token next[] = {story.back()};
    story.push_back(best(model.decode(slot, next).row(0)));
  }
  CHECK(tokenizer.decode(story) == want);

  // every token of it is the best after those before it
  token_batch whole;
  whole.add(make_sequence(std::span(story).first(1), std::span(story).subspan(1)));
  const auto z = model.logits(whole);
  REQUIRE(z.rows == 256);
  for (gkd::index n = 0; n < z.rows; ++n) CHECK(best(z.row(n)) == story[n + 1]);
}

TEST_CASE("from_llama2c: every weight finds its place, head of its own or not") {
  llama2c_checkpoint c;
  for (bool tied : {true, false}) {
    c.config = {.dim = 4, .hidden_dim = 3, .n_layers = 2, .n_heads = 2, .n_kv_heads = 1,
                .vocab_size = 5, .seq_len = 6, .tied_embedding = tied};
    float next = 0.0f;
    const auto fill = [&](llama2c_tensor& t, gkd::index size) {
      t.values.clear();
      while (t.values.size() < size) t.values.push_back(next++);
    };
    fill(c.embedding, 20);
    for (auto* t : {&c.rms_att, &c.rms_ffn}) fill(*t, 8);
    for (auto* t : {&c.wq, &c.wo}) fill(*t, 32);
    for (auto* t : {&c.wk, &c.wv}) fill(*t, 16);
    for (auto* t : {&c.w1, &c.w2, &c.w3}) fill(*t, 24);
    fill(c.rms_final, 4);
    fill(c.head, tied ? 0 : 20);
    auto model = from_llama2c<double>(c, reference{});
    CHECK(model.config().tied_embeddings == tied);
    CHECK(model.config().rope_pairs == rope_pairs::neighbours);
    gkd::index seen = 0;
    model.parameters([&](std::string_view name, auto value, auto) {
      const auto first_is = [&](const llama2c_tensor& t, gkd::index offset) {
        INFO(name);
        CHECK(value.data[0] == double(t.values[offset]));
        ++seen;
      };
      if (name == "embedding.weight") first_is(c.embedding, 0);
      if (name == "layers.1.attention_norm.weight") first_is(c.rms_att, 4);
      if (name == "layers.1.attention.q.weight") first_is(c.wq, 16);
      if (name == "layers.1.attention.k.weight") first_is(c.wk, 8);
      if (name == "layers.1.attention.v.weight") first_is(c.wv, 8);
      if (name == "layers.1.attention.output.weight") first_is(c.wo, 16);
      if (name == "layers.1.mlp_norm.weight") first_is(c.rms_ffn, 4);
      if (name == "layers.1.mlp.gate.weight") first_is(c.w1, 12);
      if (name == "layers.1.mlp.down.weight") first_is(c.w2, 12);
      if (name == "layers.1.mlp.up.weight") first_is(c.w3, 12);
      if (name == "norm.weight") first_is(c.rms_final, 0);
      if (name == "head.weight") first_is(c.head, 0);
    });
    CHECK(seen == (tied ? 11u : 12u));
  }
}
