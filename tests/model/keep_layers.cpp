// SPDX-License-Identifier: Apache-2.0
#include <gkd/model/keep_layers.hpp>

#include "model/gradient.hpp"
#include "model/transformer_cases.hpp"
#include "support/catch.hpp"

#include <map>  // map

using namespace gkd;
using Catch::Matchers::ContainsSubstring;

namespace {

using model = transformer<reference, double>;

std::map<std::string, std::vector<double>> values(model& m) {
  std::map<std::string, std::vector<double>> out;
  m.parameters([&](std::string_view name, auto value, auto) {
    const auto x = gradient::elements(value);
    out[std::string(name)].assign(x.begin(), x.end());
  });
  return out;
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

TEST_CASE("keep_layers: layer i of the student is the layer named, and all else is the teacher's") {
  for (auto [name, config] : cases::every_kind()) {
    INFO(name);
    config.layers = 5;
    model teacher{config, reference{}, 1, {.gradients = false}};
    cases::scramble(teacher);
    model student = keep_layers(teacher, {0, 3, 2});
    CHECK(student.config().layers == 3);
    auto theirs = values(teacher);
    for (const auto& [ours, value] : values(student)) {
      std::string from = ours;
      if (ours.starts_with("layers.1.")) from[7] = '3';
      INFO(ours);
      REQUIRE(theirs.count(from) == 1);
      CHECK(value == theirs[from]);
    }
    const token_batch batch = cases::ragged_batch();
    student.backward(batch, student.logits(batch));  // it learns
  }
}

TEST_CASE("keep_layers: all layers in order are the whole model") {
  model teacher{cases::every_kind()[1].config, reference{}, 1};
  model same = keep_layers(teacher, {0, 1});
  CHECK(values(same) == values(teacher));
}

TEST_CASE("keep_layers: layers that are not there are refused") {
  const model plain{cases::every_kind()[0].config, reference{}, 1};
  CHECK(refusal([&] { keep_layers(plain, {0, 2}); }) ==
        "bad_argument: gkd: keep_layers: layer 2 of a model with 2 layers, want 0 to 1");
  CHECK_THAT(refusal([&] { keep_layers(plain, {}); }), ContainsSubstring("want one at least"));
  const model windows{cases::every_kind()[4].config, reference{}, 1};
  CHECK(refusal([&] { keep_layers(windows, {1}); }) ==
        "bad_argument: gkd: keep_layers: layer 1 would become layer 0, but only one of the two "
        "attends within a window");
}
