// SPDX-License-Identifier: Apache-2.0
// What a model and a loss still allocate once they are warm, backend by backend: what
// backend/workspace.hpp and model/transformer.hpp say.
#include <gkd/backend/parallel_host.hpp>
#include <gkd/divergence/kl.hpp>
#include <gkd/loss/batch_loss.hpp>
#include <gkd/model/transformer.hpp>

#include "model/allocations.hpp"
#include "model/transformer_cases.hpp"
#include "support/catch.hpp"

using namespace gkd;

namespace {

/// Allocations of one call of each, after another of the same.
struct counts {
  long logits = 0, backward = 0, prefill = 0, decode = 0;
};

template <class Backend>
counts warm(const transformer_config& config, const Backend& backend,
            const transformer_options& options = {}) {
  transformer<Backend, float> m{config, backend, 1, options};
  token_batch prompts;
  prompts.add_prompt(std::vector<token>{1, 2, 3});
  prompts.add_prompt(std::vector<token>{4});
  const token_batch batch = cases::ragged_batch();
  const gkd::index slots[] = {0, 1};
  const token next[] = {5, 6};
  counts c;
  for (int turn = 0; turn < 2; ++turn) {
    const auto counted = [&](auto&& f) {
      const long before = allocations();
      f();
      return allocations() - before;
    };
    c.logits = counted([&] { m.logits(batch); });
    const auto z = m.logits(batch);
    c.backward = counted([&] { m.backward(batch, z); });
    c.prefill = counted([&] { m.prefill(prompts); });
    c.decode = counted([&] { m.decode(slots, next); });
  }
  return c;
}

/// Allocations of a warm batch_loss on V columns.
template <class Backend>
long of_loss(gkd::index rows, gkd::index vocab, const Backend& backend) {
  struct constant {
    std::vector<float> z;
    gkd::index vocab;
    gkd::index vocab_size() const { return vocab; }
    matrix_view<const float> logits(const token_batch& batch) {
      return {z.data(), batch.rows().size(), vocab};
    }
  };
  constant teacher{std::vector<float>(rows * vocab, 0.5f), vocab};
  std::vector<float> student(rows * vocab);
  sequence s{std::vector<token>(rows + 1, 0), std::vector<float>(rows + 1, 1.0f)};
  s.weights[0] = 0.0f;
  const token_batch batch(std::span(&s, 1));
  row_losses kept;
  long taken = 0;
  for (int turn = 0; turn < 2; ++turn) {
    const long before = allocations();
    batch_loss(forward_kl{}, teacher, matrix_view(student.data(), rows, vocab), batch,
               {double(rows), 1.0}, {.rows = {vocab}}, true, backend, kept);
    taken = allocations() - before;
  }
  return taken;
}

}  // namespace

TEST_CASE("a warm transformer: nothing on parallel_host, once per attention on reference") {
  for (const auto& [name, config] : cases::every_kind()) {
    INFO(name);
    const long layers = static_cast<long>(config.layers);
    for (const gkd::index threads : {gkd::index{1}, gkd::index{3}}) {
      const counts c = warm(config, parallel_host{.threads = threads});
      CHECK(c.logits + c.backward + c.prefill + c.decode == 0);
    }
    const counts r = warm(config, reference{});
    CHECK(r.logits == layers);
    CHECK(r.backward == layers);
    CHECK(r.prefill == layers);
    CHECK(r.decode == layers);
    CHECK(warm(config, reference{}, {.recompute = true}).backward == 2 * layers);
  }
}

TEST_CASE("a warm loss: scratch for one row per chunk of rows, on reference for all of them") {
  CHECK(of_loss(256, 50, reference{}) == 1);
  CHECK(of_loss(256, 8000, reference{}) == 1);
  // chunks of 2^18 / (64 V) rows and one more
  CHECK(of_loss(256, 50, parallel_host{.threads = 2}) == 4);
  CHECK(of_loss(256, 8000, parallel_host{.threads = 2}) == 256);
}
