// SPDX-License-Identifier: Apache-2.0
#include <gkd/model/lora.hpp>

#include "model/gradient.hpp"
#include "model/transformer_cases.hpp"
#include "support/catch.hpp"

#include <cmath>  // sqrt

using namespace gkd;
using Catch::Matchers::ContainsSubstring;

namespace {

using base_model = transformer<reference, double>;
using model = lora<reference, double>;
static_assert(student<model> && trainable<model> && cached_model<model>);

template <class M>
std::vector<double> all_logits(M& m, const token_batch& batch) {
  const auto z = m.logits(batch);
  return {z.data, z.data + z.size()};
}
const std::vector<std::string> everything{"q", "k", "v", "output", "up", "down"};

template <class F>
std::string refusal(F&& f) {
  try {
    f();
  } catch (const error& e) {
    return std::string(name_of(e.code())) + ": " + e.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("lora: by hand, the change of a weight is alpha / r B A") {
  // q of one layer gets (3 / 1) * [2 0]^T * [5 0]: element (0, 0) of its weight grows by 30
  transformer_config c{.vocab_size = 3, .width = 2, .layers = 1, .heads = 1, .mlp_width = 2};
  const base_model base{c, reference{}, 1};
  model m{base, {.rank = 1, .alpha = 3.0, .targets = {"q"}}};
  m.parameters([](std::string_view name, auto value, auto) {
    value.data[0] = name.ends_with("lora_a.weight") ? 5.0 : 2.0;
    value.data[1] = 0.0;
  });
  double before = 0.0, after = 0.0;
  const auto first_of_q = [](double& out) {
    return [&](std::string_view name, auto value, auto) {
      if (name == "layers.0.attention.q.weight") out = value.data[0];
    };
  };
  base_model copy = base, merged = m.merge();
  copy.parameters(first_of_q(before));
  merged.parameters(first_of_q(after));
  CHECK(after == Approx(before + 30.0).epsilon(1e-15));
}

TEST_CASE("lora: changes nothing at first, and visits the adapters alone") {
  transformer base{cases::every_kind()[1].config, reference{}, 1};
  lora m{base, {.rank = 2, .targets = {"q", "gate"}}};
  static_assert(std::is_same_v<decltype(m), lora<reference, float>>);
  const token_batch batch = cases::ragged_batch();
  const auto want = base.logits(batch);
  const auto got = m.logits(batch);
  for (gkd::index i = 0; i < want.size(); ++i) CHECK(got.flat()[i] == want.flat()[i]);
  std::string names;
  m.parameters([&](std::string_view name, auto value, auto gradient) {
    if (name.starts_with("layers.1")) return;
    if constexpr (requires { value.rows; }) {
      names += concat(name, " (", value.rows, ", ", value.cols, ")\n");
      CHECK(gradient.size() == value.size());
      float largest = 0.0f;
      for (float x : value.flat().span()) largest = worst_of(largest, std::abs(x));
      CHECK((largest > 0.0f) == name.ends_with("lora_a.weight"));
      CHECK(largest <= 1.0f / std::sqrt(6.0f));  // uniform within 1 / sqrt(in)
    } else {
      FAIL("an adapter is a matrix");
    }
  });
  CHECK(names ==
        "layers.0.attention.q.lora_a.weight (2, 6)\n"
        "layers.0.attention.q.lora_b.weight (16, 2)\n"
        "layers.0.mlp.gate.lora_a.weight (2, 6)\n"
        "layers.0.mlp.gate.lora_b.weight (5, 2)\n");
}

TEST_CASE("lora: every gradient equals finite differences") {
  for (const auto& [name, config] : cases::every_kind()) {
    INFO(name);
    for (bool recompute : {false, true}) {
      base_model base{config, reference{}, 1, {.recompute = recompute}};
      cases::scramble(base);
      std::vector<std::string> targets = everything;
      if (config.mlp != mlp_kind::gelu) targets.push_back("gate");
      model m{base, {.rank = 2, .alpha = 3.0, .targets = targets}};
      cases::scramble(m, 0.4);
      CHECK(gradient::check(m, cases::ragged_batch(), 1e-8) > 200);
    }
  }
}

TEST_CASE("lora: merged weights give the same logits, cached decoding sees the adapters") {
  for (const auto& [name, config] : cases::every_kind()) {
    INFO(name);
    model m{base_model{config, reference{}, 1, {.gradients = false}},
            {.rank = 3, .alpha = 2.0, .targets = everything}};
    cases::scramble(m, 0.4);
    const token_batch batch = cases::ragged_batch();
    const std::vector<double> want = all_logits(m, batch);
    base_model merged = m.merge();
    const std::vector<double> got = all_logits(merged, batch);
    for (gkd::index i = 0; i < want.size(); ++i)
      CHECK(got[i] == Approx(want[i]).epsilon(1e-11).margin(1e-11));
    merged.backward(batch, merged.logits(batch));  // it learns as a whole

    token_batch prompt, whole;
    prompt.add_prompt(std::vector<token>{1, 2, 3});
    whole.add_prompt(std::vector<token>{1, 2, 3, 4});
    m.prefill(prompt);
    const gkd::index slot[] = {0};
    const token next[] = {4};
    const auto z = m.decode(slot, next);
    const std::vector<double> cached(z.data, z.data + z.size());
    CHECK(cached == all_logits(m, whole));
  }
}

TEST_CASE("lora: a copy has adapters of its own, and the model it was made from is not touched") {
  base_model base{cases::every_kind()[0].config, reference{}, 1};
  const token_batch batch = cases::ragged_batch();
  const std::vector<double> untouched = all_logits(base, batch);
  model m{base, {.rank = 2}};
  cases::scramble(m);
  const std::vector<double> changed = all_logits(m, batch);
  CHECK(changed != untouched);
  CHECK(all_logits(base, batch) == untouched);
  model copy = m;
  CHECK(all_logits(copy, batch) == changed);
  cases::scramble(copy, 0.2);
  CHECK(all_logits(copy, batch) != changed);
  CHECK(all_logits(m, batch) == changed);
  model moved = std::move(copy);
  moved = m;
  CHECK(all_logits(moved, batch) == changed);
}

TEST_CASE("lora: options that do not fit are refused") {
  const base_model base{cases::every_kind()[0].config, reference{}, 1};
  const auto says = [&](lora_options o) { return refusal([&] { model(base, o); }); };
  CHECK(says({}) == "bad_argument: gkd: lora_options: rank = 8, want 1 to the model's width 6");
  CHECK_THAT(says({.rank = 0}), ContainsSubstring("rank = 0"));
  CHECK_THAT(says({.rank = 2, .alpha = 0.0}), ContainsSubstring("alpha = 0"));
  CHECK_THAT(says({.rank = 2, .targets = {}}), ContainsSubstring("targets is empty"));
  CHECK(says({.rank = 2, .targets = {"q", "gate"}}) ==
        "bad_argument: gkd: lora_options: targets has \"gate\", want some of this model's q, k, v, "
        "output, up, down");
}
