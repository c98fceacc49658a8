// SPDX-License-Identifier: Apache-2.0
#include <gkd/model/mlp.hpp>

#include <gkd/backend/reference.hpp>

#include "model/allocations.hpp"
#include "model/gradient.hpp"
#include "support/catch.hpp"

#include <cmath>  // exp, tanh
#include <new>    // bad_alloc

using namespace gkd;
using Catch::Matchers::ContainsSubstring;

namespace {

using model = mlp<reference, double>;
static_assert(student<model> && trainable<model>);

token_batch some_batch() {
  token_batch batch;
  batch.add({{1, 2, 3, 4, 0}, {0, 0, 1, 1, 1}});
  batch.add({{4, 4}, {0, 2}});
  return batch;
}

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

TEST_CASE("mlp: nobody spells a template argument") {
  mlp m{{.vocab_size = 27, .order = 3}, reference{}, 42};
  static_assert(std::is_same_v<decltype(m), mlp<reference, float>>);
  CHECK(m.config().parameter_count() == 28 * 16 + 64 * 49 + 27 * 65);
}

TEST_CASE("mlp: one hidden unit, by hand") {
  model m{{.vocab_size = 2, .order = 2, .width = 1, .hidden = 1,
           .hidden_activation = activation::silu}, reference{}, 1};
  m.parameters([](std::string_view name, auto value, auto) {
    const auto set = [&](std::initializer_list<double> numbers) {
      std::copy(numbers.begin(), numbers.end(), value.data);
    };
    if (name == "embedding.weight") set({10, 20, 0.5});  // token 0, token 1, before the beginning
    if (name == "hidden.weight") set({2, 0.1});          // older, newer
    if (name == "hidden.bias") set({-1});
    if (name == "output.weight") set({3, -4});
    if (name == "output.bias") set({0.25, 0.5});
  });
  token_batch batch;
  batch.add({{1, 0, 0}, {0, 1, 1}});
  const auto z = m.logits(batch);
  const auto silu = [](double x) { return x / (1 + std::exp(-x)); };
  const double first = silu(2 * 0.5 + 0.1 * 20 - 1);  // after 1: nothing before it
  const double second = silu(2 * 20 + 0.1 * 10 - 1);  // after 1 0
  CHECK(z(0, 0) == Approx(3 * first + 0.25));
  CHECK(z(0, 1) == Approx(-4 * first + 0.5));
  CHECK(z(1, 0) == Approx(3 * second + 0.25));
  CHECK(z(1, 1) == Approx(-4 * second + 0.5));
}

TEST_CASE("mlp: every gradient equals finite differences") {
  for (activation kind : {activation::gelu_tanh, activation::silu})
    for (gkd::index order : {1u, 2u, 4u}) {
      const mlp_config config{.vocab_size = 5, .order = order, .width = 3, .hidden = 4,
                              .hidden_activation = kind};
      model m{config, reference{}, 3};
      CHECK(gradient::check(m, some_batch(), 1e-8) == config.parameter_count());
    }
}

TEST_CASE("mlp: a copy has weights of its own, and nothing is allocated once it is warm") {
  model m{{.vocab_size = 5}, reference{}, 3};
  model copy = m;
  const token_batch batch = some_batch();
  const auto z = m.logits(batch);
  const std::vector<double> want(z.data, z.data + z.size());
  const auto again = copy.logits(batch);
  CHECK(std::vector<double>(again.data, again.data + again.size()) == want);
  copy.parameters([](std::string_view, auto value, auto) { value.data[0] += 1.0; });
  const auto still = m.logits(batch);
  CHECK(std::vector<double>(still.data, still.data + still.size()) == want);
  m.backward(batch, still);
  const long before = allocations();
  const auto same = m.logits(batch);
  m.backward(batch, same);
  CHECK(allocations() == before);
}

TEST_CASE("mlp: one that was moved from says so, and so does a gradient that lies nowhere") {
  model m{{.vocab_size = 5}, reference{}, 3};
  const token_batch batch = some_batch();
  const gkd::index rows = m.logits(batch).rows;
  CHECK(refusal([&] { m.backward(batch, matrix_view<const double>(nullptr, rows, 5)); }) ==
        concat("shape_mismatch: gkd: dlogits of backward are (", rows,
               ", 5) at a null pointer, want a view of memory that holds them"));
  const model other = std::move(m);
  CHECK(refusal([&] { m.logits(batch); }) ==
        "bad_argument: gkd: this mlp was moved from, want one that has its weights");
  const std::vector<double> dz(rows * 5);
  CHECK_THAT(refusal([&] { m.backward(batch, matrix_view(dz.data(), rows, 5)); }),
             ContainsSubstring("bad_argument"));
  m = other;
  CHECK(m.logits(batch).rows == rows);
}

TEST_CASE("mlp: what does not fit is refused") {
  CHECK(refusal([] { model({.vocab_size = 0}, reference{}, 1); }) ==
        "bad_argument: gkd: mlp_config: vocab_size = 0, want 1 to 16777216");
  CHECK_THAT(refusal([] { model({.vocab_size = 5, .order = 0}, reference{}, 1); }),
             ContainsSubstring("order = 0"));
  CHECK_THAT(refusal([] { model({.vocab_size = 5, .width = 0}, reference{}, 1); }),
             ContainsSubstring("width = 0"));
  CHECK_THAT(refusal([] { model({.vocab_size = 5, .hidden = 0}, reference{}, 1); }),
             ContainsSubstring("hidden = 0"));
  model m{{.vocab_size = 4}, reference{}, 1};
  const token_batch batch = some_batch();  // has token 4
  CHECK_THAT(refusal([&] { m.logits(batch); }), ContainsSubstring("vocabulary_mismatch"));
  model five{{.vocab_size = 5}, reference{}, 1};
  const std::vector<double> dz(20);
  const auto backward = [&](gkd::index rows) {
    return refusal([&] { five.backward(batch, matrix_view<const double>(dz.data(), rows, 5)); });
  };
  CHECK(backward(4) ==
        "bad_argument: gkd: backward: the last call was not logits() of the same batch");
  five.logits(batch);
  CHECK(backward(4) == "accepted");
  CHECK(backward(3) == "shape_mismatch: gkd: backward: dlogits is (3, 5), want (4, 5)");
}

TEST_CASE("mlp: after a logits() that found no memory, backward is refused") {
  const token_batch batch = some_batch();
  const std::vector<double> dz(20, 1.0);
  long failed = 0;
  for (bool through = false; !through;) {
    model m{{.vocab_size = 5}, reference{}, 3};
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
    CHECK(refusal([&] { m.backward(batch, matrix_view<const double>(dz.data(), 4, 5)); }) ==
          "bad_argument: gkd: backward: the last call was not logits() of the same batch");
    m.parameters([](std::string_view, auto, auto g) {
      for (double x : gradient::elements(g)) REQUIRE(x == 0.0);
    });
  }
  CHECK(failed > 3);  // windows, activations, logits
}
