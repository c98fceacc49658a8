// SPDX-License-Identifier: Apache-2.0
#include <gkd/model/transformer.hpp>

#include "model/gradient.hpp"
#include "model/transformer_cases.hpp"
#include "support/catch.hpp"

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

std::vector<double> gradients_of(model& m) {
  std::vector<double> all;
  m.parameters([&](std::string_view, auto, auto g) {
    for (double x : gradient::elements(g)) all.push_back(x);
  });
  return all;
}

}  // namespace

TEST_CASE("transformer: every gradient equals finite differences") {
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

TEST_CASE("transformer: the batch does not change a sequence, to the last bit") {
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
