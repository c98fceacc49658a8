// SPDX-License-Identifier: Apache-2.0
// No model follows a pointer of its backend's memory: each gives on closed pages what it gives on
// the host, to the last bit.
#include <gkd/model/keep_layers.hpp>
#include <gkd/model/lora.hpp>
#include <gkd/model/mlp.hpp>

#include "model/transformer_cases.hpp"
#include "support/catch.hpp"
#include "support/far_backend.hpp"

using namespace gkd;

namespace {

/// A view's numbers, wherever they are.
template <class Backend, class View>
std::vector<double> numbers(const Backend& backend, View x) {
  if constexpr (requires { x.rows; }) {
    return numbers(backend, x.flat());
  } else {
    std::vector<double> out(x.size);
    using space = typename Backend::space;
    backend.copy(vector_view<const double, space>(x), vector_view<double>(out.data(), out.size()));
    return out;
  }
}

/// Logits, gradients and, where there are any, scores from the cache.
template <class Model>
std::vector<std::vector<double>> everything(Model& m) {
  std::vector<std::vector<double>> out;
  const token_batch batch = cases::ragged_batch();
  const auto z = m.logits(batch);
  out.push_back(numbers(m.backend(), z));
  m.backward(batch, z);
  m.parameters([&](std::string_view, auto, auto g) { out.push_back(numbers(m.backend(), g)); });
  if constexpr (cached_model<Model>) {
    token_batch prompts;
    prompts.add_prompt(std::vector<token>{1, 2, 3});
    prompts.add_prompt(std::vector<token>{4});
    out.push_back(numbers(m.backend(), m.prefill(prompts)));
    const gkd::index slots[] = {1, 0};
    const token next[] = {5, 6};
    for (int i = 0; i < 4; ++i) out.push_back(numbers(m.backend(), m.decode(slots, next)));
  }
  return out;
}

}  // namespace

TEST_CASE("models: a transformer on memory that the host cannot follow") {
  for (const auto& [name, config] : cases::every_kind()) {
    INFO(name);
    transformer<reference, double> near{config, reference{}, 1};
    transformer<far_backend, double> far{config, far_backend{}, 1, {.recompute = true}};
    const auto want = everything(near);
    CHECK(everything(far) == want);
    auto copy = far;
    auto kept = keep_layers(copy, {0, 1});
    CHECK(everything(kept) == want);
  }
}

TEST_CASE("models: adapters and the n-gram MLP on memory that the host cannot follow") {
  const transformer_config config = cases::every_kind()[1].config;
  const lora_options options{.rank = 2, .targets = {"q", "down"}};
  lora near{transformer<reference, double>{config, reference{}, 1}, options};
  lora far{transformer<far_backend, double>{config, far_backend{}, 1}, options};
  CHECK(everything(far) == everything(near));
  auto near_merged = near.merge();
  auto far_merged = far.merge();
  CHECK(everything(far_merged) == everything(near_merged));

  mlp<reference, double> near_mlp{{.vocab_size = 7}, reference{}, 1};
  mlp<far_backend, double> far_mlp{{.vocab_size = 7}, far_backend{}, 1};
  CHECK(everything(far_mlp) == everything(near_mlp));
}
