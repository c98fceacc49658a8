// SPDX-License-Identifier: Apache-2.0
#include <gkd/model/lora.hpp>
#include <gkd/model/mlp.hpp>
#include <gkd/optim/model_fingerprint.hpp>

#include <set>

#include "support/catch.hpp"
#include "support/far_backend.hpp"
#include "train/runs.hpp"

using namespace gkd;

namespace {

template <class Model>
std::string of(Model& model) {
  return detail::fingerprint_of_values(backend_of(model),
                                       [&](const auto& f) { for_each_value(model, f); });
}
std::string of_words(const std::vector<std::uint64_t>& words) {
  detail::bits_hash hash;
  for (const std::uint64_t w : words) hash.add(w);
  return hash.text();
}

struct named_teacher {
  identity_fields identity() const { return identity_fields("service").add("model", "big"); }
};
struct silent_teacher {};

}  // namespace

TEST_CASE("A fingerprint tells any one bit, and is that of the numbers wherever they are") {
  auto model = toy::random_bigram(5), same = toy::random_bigram(5);
  const std::string mark = of(model);
  CHECK(mark.size() == 16);
  CHECK(of(same) == mark);
  std::set<std::string> all{mark};
  for (gkd::index i = 0; i < 25; ++i) {
    auto other = toy::random_bigram(5);
    float& x = other.table().data[i];
    x = -x;  // the highest bit, which products alone do not spread
    CHECK(all.insert(of(other)).second);
    float& next = other.table().data[(i + 2) % 25];
    next = -next;
    CHECK(all.insert(of(other)).second);
  }
  auto wide = toy::random_bigram<double>(5);
  CHECK(of(wide) != mark);

  transformer<reference> here(runs::tiny_shape(), {}, 3);
  transformer<far_backend> there(runs::tiny_shape(), far_backend{}, 3);
  CHECK(of(here) == of(there));
  auto frozen = here.frozen();
  CHECK(of(frozen) == of(here));
}

TEST_CASE("Bytes are told from others by their number, too, and words by their order") {
  const auto of_bytes = [](std::string_view text) {
    detail::bits_hash hash;
    hash.add(text.data(), text.size());
    return hash.text();
  };
  CHECK(of_bytes("abcdefgh") == of_bytes("abcdefgh"));
  CHECK(of_bytes("abcdefghi") != of_bytes("abcdefgh"));
  CHECK(of_bytes({"a\0", 2}) != of_bytes("a"));
  CHECK(of_words({1, 2}) != of_words({2, 1}));
  CHECK(of_words({0}) != of_words({0, 0}));
}

TEST_CASE("A fingerprint is of the numbers, not of how they lie") {
  constexpr gkd::index rows = 3, cols = 25'001, stride = cols + 2;  // more than one stretch
  std::vector<float> close(rows * cols), apart(rows * stride, -1.0f);
  for (gkd::index r = 0; r < rows; ++r)
    for (gkd::index c = 0; c < cols; ++c)
      close[r * cols + c] = apart[r * stride + c] = float(r * cols + c);
  const auto marked = [&](matrix_view<float> numbers) {
    return detail::fingerprint_of_values(reference{}, [&](const auto& show) {
      show(parameter_view<float, host_space>{"w", 2, numbers, {}});
    });
  };
  const std::string mark = marked({close.data(), rows, cols});
  CHECK(marked({apart.data(), rows, cols, stride}) == mark);
  apart[stride] += 1.0f;
  CHECK(marked({apart.data(), rows, cols, stride}) != mark);
}

TEST_CASE("Bytes that come in pieces give what they give at once") {
  const std::string text = "seventeen letters";
  const auto cut_at = [&](std::initializer_list<gkd::index> places) {
    detail::bits_hash hash;
    gkd::index from = 0;
    for (const gkd::index to : places) hash.append(text.data() + from, to - from), from = to;
    hash.append(text.data() + from, text.size() - from);
    hash.end_bytes();
    return hash.text();
  };
  CHECK(cut_at({3, 4, 16}) == cut_at({}));
  CHECK(cut_at({8}) == cut_at({9}));
}

TEST_CASE("A teacher is known by what it says, or by its numbers, or not at all") {
  named_teacher named;
  silent_teacher silent;
  auto table = toy::random_bigram(5);
  CHECK(detail::teacher_mark(named)() == named.identity());
  CHECK(detail::teacher_mark(silent)() == identity_fields("unnamed"));
  CHECK(detail::teacher_mark(table)() == identity_fields("unnamed").add("fingerprint", of(table)));
}

TEST_CASE("A teacher of adapters is told from one on another base") {
  const auto mark_on = [](std::uint64_t seed) {
    lora teacher(transformer<reference>(runs::tiny_shape(), {}, seed), {.rank = 2});
    return detail::teacher_mark(teacher)();
  };
  CHECK(mark_on(3) == mark_on(3));
  CHECK(mark_on(3) != mark_on(4));
}

TEST_CASE("A teacher with the same weights and another configuration was the same teacher") {
  const auto mark_with = [](const auto& change) {
    transformer_config config = runs::tiny_shape();
    change(config);
    transformer<reference> teacher(config, {}, 3, {.gradients = false});
    return detail::teacher_mark(teacher)();
  };
  const identity_fields mark = mark_with([](auto&) {});
  CHECK(mark_with([](auto&) {}) == mark);
  CHECK(mark_with([](auto& c) { c.rope_theta = 500000.0; }) != mark);
  CHECK(mark_with([](auto& c) { c.norm_eps = 1e-6; }) != mark);
  CHECK(mark_with([](auto& c) { c.window = 2; }) != mark);
  CHECK(mark_with([](auto& c) {
          c.rope_scaling = rope_scaling_kind::linear;
          c.rope_factor = 2.0;
        }) != mark);
  CHECK(mark_with([](auto& c) { c.head_dim = 4; }) == mark);  // what 0 means

  const auto adapted = [](double theta, double alpha) {
    transformer_config config = runs::tiny_shape();
    config.rope_theta = theta;
    lora teacher(transformer<reference>(config, {}, 3), {.rank = 2, .alpha = alpha});
    return detail::teacher_mark(teacher)();
  };
  CHECK(adapted(10000.0, 16.0) == adapted(10000.0, 16.0));
  CHECK(adapted(10000.0, 16.0) != adapted(500000.0, 16.0));
  CHECK(adapted(10000.0, 16.0) != adapted(10000.0, 32.0));

  const auto activated = [](activation how) {
    mlp teacher{{.vocab_size = 5, .hidden_activation = how}, reference{}, 3};
    return detail::teacher_mark(teacher)();
  };
  CHECK(activated(activation::silu) != activated(activation::gelu_tanh));
}

TEST_CASE("A teacher of one's own says what its configuration is") {
  struct scaled : decltype(toy::random_bigram(5)) {
    double scale;
    identity_fields config_identity() const {
      return identity_fields("scaled").add("scale", scale);
    }
  };
  scaled teacher{toy::random_bigram(5), 2.0};
  CHECK(detail::teacher_mark(teacher)() == identity_fields("unnamed")
                                               .add("fingerprint", of(teacher))
                                               .add("config", teacher.config_identity()));
}

TEST_CASE("Of a student only what does not learn is in the mark") {
  const transformer<reference> learning(runs::tiny_shape(), {}, 3);
  auto base = learning.frozen();
  lora student(base, {.rank = 2});
  const identity_fields wanted = identity_fields("unnamed").add("frozen", of(base));
  CHECK(detail::student_identity(student) == wanted);
  for_each_parameter(student, [](const auto& p) { p.value.row(0).data[0] += 1.0f; });
  CHECK(detail::student_identity(student) == wanted);
  CHECK(detail::student_identity(base) == identity_fields("unnamed"));
}
