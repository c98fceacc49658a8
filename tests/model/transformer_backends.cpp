// SPDX-License-Identifier: Apache-2.0
// One transformer on several backends: what the reference computes, up to rounding, and the same
// bits for every number of threads.
#include <gkd/backend/eigen.hpp>
#include <gkd/model/transformer.hpp>

#include "model/gradient.hpp"
#include "model/transformer_cases.hpp"
#include "support/catch.hpp"
#include "support/worst_of.hpp"

#include <cmath>  // abs

using namespace gkd;

namespace {

template <class T>
struct result {
  std::vector<T> logits, cached, gradients;
  friend bool operator==(const result&, const result&) = default;
};

/// Sequences of up to 60 tokens, so that products and attention have blocks to divide.
token_batch long_batch(gkd::index vocab) {
  token_batch batch;
  gkd::index n = 0;
  const random_stream numbers(1, purpose::user);
  for (gkd::index length : {60u, 3u, 41u, 17u}) {
    sequence s;
    for (gkd::index i = 0; i < length; ++i) {
      s.tokens.push_back(static_cast<token>(numbers.below(n++, vocab)));
      s.weights.push_back(i % 5 == 0 ? 0.0f : 1.0f);
    }
    batch.add(s);
  }
  return batch;
}

template <class T, class Backend>
result<T> run(transformer_config config, const Backend& backend) {
  config.max_positions = 64;
  config.width = 24;
  config.heads = 4;
  config.kv_heads = config.kv_heads == 0 ? 0 : config.kv_heads == 1 ? 1 : 2;
  config.head_dim = 6;
  config.mlp_width = 40;
  transformer<Backend, T> m{config, backend, 3};
  const token_batch batch = long_batch(config.vocab_size);
  result<T> out;
  const auto add = [](std::vector<T>& to, auto x) {
    const auto all = [&] {
      if constexpr (requires { x.rows; }) return x.flat();
      else return x;
    }();
    to.insert(to.end(), all.data, all.data + all.size);
  };
  const auto z = m.logits(batch);
  add(out.logits, z);
  m.backward(batch, z);
  m.parameters([&](std::string_view, auto, auto g) { add(out.gradients, g); });
  token_batch prompts;
  prompts.add_prompt(batch.tokens(0).first(31));
  prompts.add_prompt(batch.tokens(1));
  add(out.cached, m.prefill(prompts));
  const gkd::index slots[] = {1, 0};
  const token next[] = {5, 6};
  for (int i = 0; i < 9; ++i) add(out.cached, m.decode(slots, next));
  return out;
}

template <class T>
double distance(const std::vector<T>& a, const std::vector<T>& b) {
  REQUIRE(a.size() == b.size());
  double largest = 0.0, off = 0.0;
  for (gkd::index i = 0; i < a.size(); ++i) {
    largest = worst_of(largest, double(std::abs(a[i])));
    off = worst_of(off, std::abs(double(a[i]) - double(b[i])));
  }
  return off / largest;
}

}  // namespace

TEMPLATE_TEST_CASE("transformer: Eigen computes what the reference computes [N23]", "", float,
                   double) {
  const double tolerance = std::is_same_v<TestType, float> ? 2e-5 : 1e-13;
  for (const auto& [name, config] : cases::every_kind()) {
    INFO(name);
    const auto want = run<TestType>(config, reference{});
    const auto got = run<TestType>(config, eigen{});
    CHECK(distance(want.logits, got.logits) <= tolerance);
    CHECK(distance(want.cached, got.cached) <= tolerance);
    CHECK(distance(want.gradients, got.gradients) <= tolerance);
    for (gkd::index threads : {2u, 3u, 8u})
      CHECK((run<TestType>(config, eigen{.threads = threads}) == got));
  }
}
