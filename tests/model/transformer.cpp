// SPDX-License-Identifier: Apache-2.0
#include <gkd/model/transformer.hpp>

#include "model/allocations.hpp"
#include "model/gradient.hpp"
#include "model/transformer_cases.hpp"
#include "support/catch.hpp"

#include <cmath>  // sqrt, NAN
#include <new>    // bad_alloc

using namespace gkd;
using Catch::Matchers::ContainsSubstring;
using cases::every_kind;

namespace {

using model = transformer<reference, double>;

template <class F>
std::string refusal(F&& f) {
  try {
    f();
  } catch (const error& e) {
    return std::string(name_of(e.code())) + ": " + e.what();
  }
  return "accepted";
}

/// The reference, whose attention keeps its scores in a vector of its own: that does not count.
struct counting : reference {
  void attention(matrix_view<const double> q, matrix_view<const double> k,
                 matrix_view<const double> v, std::span<const key_range> ranges,
                 const attention_options& o, matrix_view<double> out) const {
    const long before = allocations();
    loop::attention<double>(q, k, v, ranges, o, out);
    allocations() = before;
  }
  void attention_backward(matrix_view<const double> q, matrix_view<const double> k,
                          matrix_view<const double> v, std::span<const key_range> ranges,
                          const attention_options& o, matrix_view<const double> dout,
                          matrix_view<double> dq, matrix_view<double> dk,
                          matrix_view<double> dv) const {
    const long before = allocations();
    loop::attention_backward<double>(q, k, v, ranges, o, dout, dq, dk, dv);
    allocations() = before;
  }
};

std::vector<double> gradients_of(model& m) {
  std::vector<double> all;
  m.parameters([&](std::string_view, auto, auto g) {
    for (double x : gradient::elements(g)) all.push_back(x);
  });
  return all;
}

}  // namespace

TEST_CASE("transformer: a model whose blocks add nothing, by hand") {
  // embedding = identity, blocks zero: x = 3 e_t, logits = norm(x) = sqrt(2) e_t up to epsilon
  transformer_config c{.vocab_size = 2, .width = 2, .layers = 1, .heads = 1, .mlp_width = 2};
  c.embedding_scale = 3.0;
  model m{c, reference{}, zero_weights{}};
  m.parameters([](std::string_view name, auto value, auto) {
    if (name == "embedding.weight") value.data[0] = value.data[3] = 1.0;
    if (name == "norm.weight") value.data[0] = value.data[1] = 1.0;
  });
  token_batch batch;
  batch.add({{1, 0, 1}, {0, 1, 1}});
  const auto z = m.logits(batch);
  REQUIRE(z.rows == 2);
  REQUIRE(z.cols == 2);
  CHECK(z(0, 0) == 0.0);
  CHECK(z(0, 1) == Approx(std::sqrt(2.0)).epsilon(1e-5));
  CHECK(z(1, 0) == Approx(std::sqrt(2.0)).epsilon(1e-5));
  CHECK(z(1, 1) == 0.0);
}

TEST_CASE("transformer_config: parameters are counted, derived sizes filled in") {
  const transformer_config teacher{.vocab_size = 15, .width = 64, .layers = 3, .heads = 4};
  CHECK(teacher.parameter_count() == 148864);
  CHECK(teacher.resolved().kv_heads == 4);
  CHECK(teacher.resolved().head_dim == 16);
  CHECK(teacher.resolved().mlp_width == 256);
  CHECK(teacher.resolved().attention_scale == 0.25);
  // Llama 2 7B and GPT-2, as their authors count
  const transformer_config llama{.vocab_size = 32000, .width = 4096, .layers = 32, .heads = 32,
                                 .mlp_width = 11008, .mlp = mlp_kind::swiglu,
                                 .tied_embeddings = false};
  CHECK(llama.parameter_count() == 6738415616);
  const transformer_config gpt2{.vocab_size = 50257, .width = 768, .layers = 12, .heads = 12,
                                .max_positions = 1024, .norm = norm_kind::layer,
                                .positions = position_kind::learned, .qkv_bias = true,
                                .output_bias = true, .mlp_bias = true};
  CHECK(gpt2.parameter_count() == 124439808);
}

TEST_CASE("transformer_config: every field out of range is refused by name") {
  const auto says = [](auto change) {
    transformer_config c{.vocab_size = 7, .width = 6, .heads = 3};
    change(c);
    return refusal([&] { model(c, reference{}, 1); });
  };
  using config = transformer_config;
  CHECK(says([](config&) {}) == "accepted");
  CHECK(says([](config& c) { c.vocab_size = 0; }) ==
        "bad_argument: gkd: transformer_config: vocab_size = 0, want 1 to 16777216");
  CHECK_THAT(says([](config& c) { c.width = 0; }), ContainsSubstring("width = 0"));
  CHECK_THAT(says([](config& c) { c.layers = 5000; }), ContainsSubstring("layers = 5000"));
  CHECK_THAT(says([](config& c) { c.heads = 0; }), ContainsSubstring("heads = 0"));
  CHECK_THAT(says([](config& c) { c.heads = 4; }),
             ContainsSubstring("heads = 4, want a divisor of width = 6"));
  CHECK_THAT(says([](config& c) { c.kv_heads = 2; }),
             ContainsSubstring("kv_heads = 2, want a divisor of heads = 3"));
  CHECK_THAT(says([](config& c) { c.kv_heads = 4; }), ContainsSubstring("kv_heads = 4"));
  CHECK_THAT(says([](config& c) { c.head_dim = 3; }),
             ContainsSubstring("head_dim = 3, want an even number"));
  CHECK_THAT(says([](config& c) { c.mlp_width = 1 << 25; }), ContainsSubstring("mlp_width"));
  CHECK_THAT(says([](config& c) { c.max_positions = 0; }), ContainsSubstring("max_positions"));
  CHECK_THAT(says([](config& c) { c.window = 1 << 25; }), ContainsSubstring("window"));
  CHECK_THAT(says([](config& c) { c.window_period = 0; }), ContainsSubstring("window_period = 0"));
  CHECK_THAT(says([](config& c) { c.norm_eps = 0.0; }), ContainsSubstring("norm_eps = 0"));
  CHECK_THAT(says([](config& c) { c.norm_gain_offset = -1.0; }), ContainsSubstring("gain_offset"));
  CHECK_THAT(says([](config& c) { c.rope_theta = HUGE_VAL; }), ContainsSubstring("rope_theta"));
  CHECK_THAT(says([](config& c) { c.attention_scale = -1.0; }),
             ContainsSubstring("attention_scale = -1"));
  CHECK_THAT(says([](config& c) { c.attention_softcap = NAN; }),
             ContainsSubstring("attention_softcap = nan"));
  CHECK_THAT(says([](config& c) { c.logit_softcap = -2.0; }), ContainsSubstring("logit_softcap"));
  CHECK_THAT(says([](config& c) { c.embedding_scale = 0.0; }),
             ContainsSubstring("embedding_scale = 0"));
}

TEST_CASE("transformer: parameters have names and shapes, first values their spread") {
  transformer_config c{.vocab_size = 300, .width = 64, .layers = 2, .heads = 4, .kv_heads = 2};
  c.mlp = mlp_kind::swiglu;
  c.qkv_bias = true;
  c.tied_embeddings = false;
  transformer m{c, reference{}, 42};
  std::string names;
  m.parameters([&](std::string_view name, auto value, auto gradient) {
    if (name.starts_with("layers.1.")) return;
    names += concat(name, " ");
    double squares = 0.0;
    if constexpr (requires { value.rows; }) {
      names += concat("(", value.rows, ", ", value.cols, ")\n");
      CHECK(gradient.size() == value.size());
      for (float x : value.flat().span()) squares += double(x) * double(x);
      const double deviation = std::sqrt(squares / double(value.size()));
      const bool residual = name.ends_with("output.weight") || name.ends_with("down.weight");
      const double want = name.starts_with("embedding") ? 1.0 / 8.0
                          : 0.5 / std::sqrt(double(value.cols)) / (residual ? 2.0 : 1.0);
      INFO(name);
      CHECK(deviation == Approx(want).epsilon(0.05));
    } else {
      names += concat("(", value.size, ")\n");
      CHECK(gradient.size == value.size);
      for (float x : value.span()) CHECK(x == (name.ends_with("bias") ? 0.0f : 1.0f));
    }
  });
  CHECK(names ==
        "embedding.weight (300, 64)\n"
        "layers.0.attention_norm.weight (64)\n"
        "layers.0.attention.q.weight (64, 64)\n"
        "layers.0.attention.k.weight (32, 64)\n"
        "layers.0.attention.v.weight (32, 64)\n"
        "layers.0.attention.q.bias (64)\n"
        "layers.0.attention.k.bias (32)\n"
        "layers.0.attention.v.bias (32)\n"
        "layers.0.attention.output.weight (64, 64)\n"
        "layers.0.mlp_norm.weight (64)\n"
        "layers.0.mlp.gate.weight (256, 64)\n"
        "layers.0.mlp.up.weight (256, 64)\n"
        "layers.0.mlp.down.weight (64, 256)\n"
        "norm.weight (64)\n"
        "head.weight (300, 64)\n");
}

TEST_CASE("transformer: every gradient equals finite differences [N05]") {
  for (const auto& [name, config] : every_kind()) {
    INFO(name);
    for (bool recompute : {false, true}) {
      INFO("recompute " << recompute);
      model m{config, reference{}, 1, {.recompute = recompute}};
      cases::scramble(m);
      CHECK(gradient::check(m, cases::ragged_batch(), 1e-8) == config.parameter_count());
    }
  }
}

TEST_CASE("transformer: the batch does not change a sequence, to the last bit [N21]") {
  for (const auto& [name, config] : every_kind()) {
    INFO(name);
    model m{config, reference{}, 1};
    cases::scramble(m);
    const token_batch together = cases::ragged_batch();
    const auto z = m.logits(together);
    const std::vector<double> all(z.data, z.data + z.size());
    for (gkd::index n = 0; n < together.rows().size(); ++n) {
      token_batch alone;
      alone.add_prompt(together.context(n));
      const auto row = m.logits(alone);
      REQUIRE(row.rows == 1);
      for (gkd::index v = 0; v < row.cols; ++v) REQUIRE(row(0, v) == all[n * row.cols + v]);
    }
  }
}

TEST_CASE("transformer: recomputed activations give the same gradients, to the last bit") {
  for (const auto& [name, config] : every_kind()) {
    INFO(name);
    std::vector<double> gradients[2];
    for (bool recompute : {false, true}) {
      model m{config, reference{}, 5, {.recompute = recompute}};
      const token_batch batch = cases::ragged_batch();
      m.backward(batch, m.logits(batch));
      gradients[recompute] = gradients_of(m);
    }
    CHECK(gradients[0] == gradients[1]);
  }
}

TEST_CASE("transformer: a copy has weights of its own, a frozen one gives the same logits") {
  model m{every_kind()[1].config, reference{}, 1};
  model copy = m;
  model frozen = m.frozen();
  const token_batch batch = cases::ragged_batch();
  const auto z = m.logits(batch);
  const std::vector<double> want(z.data, z.data + z.size());
  const auto equal = [&](model& other) {
    const auto got = other.logits(batch);
    return std::vector<double>(got.data, got.data + got.size()) == want;
  };
  CHECK(equal(copy));
  CHECK(equal(frozen));
  cases::scramble(m);
  CHECK(equal(copy));
  CHECK(equal(frozen));
  CHECK_FALSE(equal(m));
  model moved = std::move(copy);
  CHECK(equal(moved));
  m = moved;
  CHECK(equal(m));
  CHECK(refusal([&] { frozen.backward(batch, frozen.logits(batch)); }) ==
        "bad_argument: gkd: backward: this transformer was made without gradients "
        "(transformer_options::gradients)");
  frozen.parameters([](std::string_view, auto, auto g) { CHECK_FALSE(bool(g.data)); });
}

TEST_CASE("transformer: batches that do not fit are refused") {
  model m{every_kind()[0].config, reference{}, 1};
  token_batch strange, far, good = cases::ragged_batch(), other;
  strange.add({{1, 7}, {0, 1}});
  far.add({{1, 2}, {0, 1}});
  far.add({{1, 2, 3, 4, 5, 6, 0, 1, 2, 3}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 1}});
  other.add({{1, 2, 3, 4, 5}, {0, 0, 1, 1, 1}});
  other.add({{6, 2, 2}, {1, 0, 1}});
  CHECK_THAT(refusal([&] { m.logits(strange); }),
             ContainsSubstring("vocabulary_mismatch: gkd: sequence 0, position 1: token id 7"));
  CHECK(refusal([&] { m.logits(far); }) ==
        "context_overflow: gkd: sequence 1 has 10 tokens, want at most the model's 9 "
        "(max_positions)");
  CHECK_THAT(refusal([&] { m.prefill(far); }), ContainsSubstring("context_overflow"));
  const std::vector<double> dz(6 * 7);
  const auto backward = [&](const token_batch& b, gkd::index rows) {
    return refusal([&] { m.backward(b, matrix_view<const double>(dz.data(), rows, 7)); });
  };
  const std::string stale =
      "bad_argument: gkd: backward: the last call was not logits() of the same batch, whose "
      "activations it needs";
  CHECK(backward(good, 5) == stale);  // none at all
  m.logits(good);
  CHECK(backward(other, 4) == stale);
  CHECK(backward(good, 5) == "accepted");
  CHECK(backward(good, 4) == "shape_mismatch: gkd: backward: dlogits is (4, 7), want (5, 7)");
  CHECK_THAT(refusal([&] { m.backward(good, matrix_view<const double>(nullptr, 5, 7)); }),
             ContainsSubstring("shape_mismatch: gkd: dlogits of backward are (5, 7) at a null"));
  token_batch prompt;
  prompt.add_prompt(std::vector<token>{1, 2});
  m.prefill(prompt);
  CHECK(backward(good, 5) == stale);  // prefill used the activations' memory
}

TEST_CASE("transformer: one that was moved from says so") {
  model m{every_kind()[0].config, reference{}, 1};
  token_batch prompt;
  prompt.add_prompt(std::vector<token>{1, 2});
  m.prefill(prompt);
  const model other = std::move(m);
  const std::string gone =
      "bad_argument: gkd: this transformer was moved from, want one that has its weights";
  CHECK(refusal([&] { m.logits(cases::ragged_batch()); }) == gone);
  CHECK(refusal([&] { m.prefill(prompt); }) == gone);
  const gkd::index slot = 0;
  const token next = 3;
  CHECK_THAT(refusal([&] { m.decode({&slot, 1}, {&next, 1}); }), ContainsSubstring("bad_argument"));
  m = other;
  CHECK(m.logits(cases::ragged_batch()).rows == 5);
}

TEST_CASE("transformer: after a logits() that found no memory, backward is refused") {
  token_batch small;
  small.add({{1, 2}, {0, 1}});
  const token_batch batch = cases::ragged_batch();
  for (const auto& [name, config] : every_kind()) {
    INFO(name);
    for (const bool recompute : {false, true}) {
      long failed = 0;
      for (bool through = false; !through;) {
        model m{config, reference{}, 1, {.recompute = recompute}};
        m.logits(small);  // what is large enough for it is no request
        fail_allocation(failed + 1);
        try {
          m.logits(batch);
          through = true;
        } catch (const std::bad_alloc&) {
          ++failed;
        }
        fail_allocation(0);
        if (through) break;
        const std::vector<double> dz(5 * 7, 1.0);
        INFO("request " << failed);
        REQUIRE_THAT(
            refusal([&] { m.backward(batch, matrix_view<const double>(dz.data(), 5, 7)); }),
            ContainsSubstring("bad_argument: gkd: backward: the last call was not logits()"));
        for (double g : gradients_of(m)) REQUIRE(g == 0.0);
      }
      CHECK(failed > 3);  // the logits themselves and what lies before them
    }
  }
}

TEST_CASE("transformer: a logits() whose tokens found no memory is of no batch at all") {
  const transformer_config config = every_kind()[0].config;
  token_batch one, batch;
  one.add({{1, 2}, {0, 1}});
  batch.add({{1, 2, 3, 4, 5, 6}, {1, 1, 1, 1, 1, 1}});  // its last token is the one too many
  const std::vector<double> dz(5 * 7, 1.0);
  long failed = 0;
  for (bool through = false; !through;) {
    model m{config, reference{}, 1};
    m.logits(one);
    fail_allocation(failed + 1);
    try {
      m.logits(batch);
      through = true;
    } catch (const std::bad_alloc&) {
      ++failed;
    }
    fail_allocation(0);
    if (through) break;
    INFO("request " << failed);
    REQUIRE_THAT(refusal([&] { m.backward(batch, matrix_view<const double>(dz.data(), 5, 7)); }),
                 ContainsSubstring("the last call was not logits()"));
  }
  CHECK(failed > 10);
}

TEST_CASE("transformer: rotations that found no memory are made whole by the next call") {
  const transformer_config config{.vocab_size = 7, .width = 24, .layers = 1, .heads = 1,
                                  .mlp_width = 5, .max_positions = 9};
  REQUIRE(config.resolved().head_dim == 24);  // no power of two: capacity ends within a row
  const token_batch batch = cases::ragged_batch();
  model untouched{config, reference{}, 1};
  const auto z = untouched.logits(batch);
  const std::vector<double> wanted(z.data, z.data + z.size());
  long failed = 0;
  for (bool through = false; !through; ++failed) {
    model m{config, reference{}, 1};
    fail_allocation(failed + 1);
    try {
      m.logits(batch);
      through = true;
    } catch (const std::bad_alloc&) {
    }
    fail_allocation(0);
    const auto again = m.logits(batch);
    INFO("request " << failed + 1);
    REQUIRE(std::vector<double>(again.data, again.data + again.size()) == wanted);
  }
  CHECK(failed > 10);
}

TEST_CASE("transformer: a batch without a row to learn from is no special case") {
  model m{every_kind()[4].config, reference{}, 1};
  token_batch none;
  none.add({{1, 2, 3}, {1, 0, 0}});
  const auto z = m.logits(none);
  CHECK(z.rows == 0);
  CHECK(z.cols == 7);
  m.backward(none, z);
  for (double g : gradients_of(m)) REQUIRE(g == 0.0);
  const token_batch empty;
  CHECK(m.logits(empty).rows == 0);
}

TEST_CASE("transformer: gradients add up over batches") {
  model m{every_kind()[3].config, reference{}, 1};
  cases::scramble(m, 0.3);
  const token_batch batch = cases::ragged_batch();
  m.backward(batch, m.logits(batch));
  const std::vector<double> once = gradients_of(m);
  m.backward(batch, m.logits(batch));
  const std::vector<double> twice = gradients_of(m);
  for (gkd::index i = 0; i < once.size(); ++i)
    REQUIRE(twice[i] == Approx(2.0 * once[i]).epsilon(1e-12).margin(1e-12));
}

TEST_CASE("transformer: nothing is allocated once it is warm") {
  for (const auto& [name, config] : every_kind()) {
    INFO(name);
    transformer<counting, double> m{config, counting{}, 1};
    token_batch prompts;
    prompts.add_prompt(std::vector<token>{1, 2, 3});
    prompts.add_prompt(std::vector<token>{4});
    const token_batch batch = cases::ragged_batch();
    const gkd::index slots[] = {0, 1};
    const token next[] = {5, 6};
    const auto step = [&] {
      const auto z = m.logits(batch);
      m.backward(batch, z);
      m.prefill(prompts);
      for (int i = 0; i < 5; ++i) m.decode(slots, next);
    };
    step();
    const long before = allocations();
    step();
    CHECK(allocations() == before);
  }
}
