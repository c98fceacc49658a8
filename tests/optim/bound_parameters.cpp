// SPDX-License-Identifier: Apache-2.0
#include <gkd/optim/adafactor.hpp>
#include <gkd/optim/adamw.hpp>
#include <gkd/optim/bound_parameters.hpp>
#include <gkd/optim/sgd.hpp>

#include "optim/list_student.hpp"
#include "support/catch.hpp"
#include "support/throws.hpp"

#include <array>  // array

using Catch::Matchers::ContainsSubstring;

namespace {
/// A student that shows pieces of its numbers, 4 long, as values and gradients.
struct aliased {
  float w[8] = {1, 2, 3, 4, 5, 6, 7, 8}, g[8] = {};
  std::vector<std::array<float*, 2>> shown;  // value and gradient, of 4 numbers
  gkd::index vocab_size() const { return 4; }
  gkd::matrix_view<float> logits(const gkd::token_batch&) { return {}; }
  void backward(const gkd::token_batch&, gkd::matrix_view<const float>) {}
  void parameters(auto&& visit) {
    for (gkd::index i = 0; i < shown.size(); ++i)
      visit(std::string(1, static_cast<char>('a' + i)), gkd::vector_view(shown[i][0], 4),
            gkd::vector_view(shown[i][1], 4));
  }
};
}  // namespace

TEST_CASE("An optimizer is bound to a student that shows some, each of them once") {
  const auto refuses = [](list_student<float>& s, std::string_view sentence) {
    const auto bind = [&](const auto& optimizer) {
      CHECK_THROWS_MATCHES(optimizer.bind(s), gkd::error,
                           Catch::Matchers::Predicate<gkd::error>([&](const gkd::error& e) {
                             return e.code() == gkd::errc::bad_argument &&
                                    e.text().starts_with(sentence);
                           }));
    };
    bind(gkd::sgd{});
    bind(gkd::adamw{});
    bind(gkd::adafactor{});
  };
  list_student<float> s;
  refuses(s, "the student shows no parameters, want one at least that learns");
  s.add("z", {1, 2}, {1, 1});
  s.add("b", {3}, {1});
  gkd::sgd{}.bind(s).step(0.5);
  CHECK(s.value(0) == std::vector<float>{0.5f, 1.5f});
  s.add("z", {1, 2}, {1, 1});
  refuses(s, "parameter \"z\" is shown twice, want each once and by a name of its own");
  list_student<float> nameless;
  nameless.add("", {1}, {1});
  refuses(nameless, "a parameter is shown without a name, want one of its own for each");
}

TEST_CASE("Values in the place of a gradient, or of one another, were set to 0 or updated twice") {
  aliased s;
  const auto refused = [&](std::vector<std::array<float*, 2>> shown, gkd::errc code,
                           const std::string& text) {
    s.shown = std::move(shown);
    CHECK_ERROR(gkd::adamw{}.bind(s), code, text);
    CHECK_ERROR(gkd::sgd{}.bind(s), code, text);
  };
  const std::string one = " are of one memory, want memory of its own for each value and gradient";
  const auto twice = gkd::errc::bad_argument;
  refused({{s.w, s.w}}, twice, "parameter \"a\" and the gradient of \"a\"" + one);
  refused({{s.w, s.g}, {s.w + 3, s.g + 4}}, twice, "parameter \"a\" and parameter \"b\"" + one);
  refused({{s.w, s.g}, {s.w + 4, s.g}}, twice,
          "the gradient of \"a\" and the gradient of \"b\"" + one);
  refused({{nullptr, s.g}}, gkd::errc::shape_mismatch,
          "parameter \"a\" or its gradient is (1, 4) at a null pointer, want a view of memory");
  s.shown = {{s.w, s.g}, {s.w + 4, s.g + 4}};
  CHECK_NOTHROW(gkd::adamw{}.bind(s));
}

TEST_CASE("A student that changed since it was bound is told before any step") {
  const auto refuses = [](const auto& optimizer, auto change, const std::string& text) {
    list_student<float> s;
    s.add("a", {1, 2}, {1, 1});
    s.add("b", {3}, {1});
    auto state = optimizer.bind(s);
    change(s);
    CHECK_THROWS_WITH(state.step(0.5), ContainsSubstring(text));
    CHECK(s.value(0) == std::vector<float>{1, 2});
    CHECK(state.steps() == 0);
    state.visit_state([](const std::string&, auto view) {
      for (gkd::index i = 0; i < view.size; ++i) CHECK(view[i] == 0.0f);
    });
  };
  const auto all = [&](const auto& optimizer) {
    refuses(
        optimizer, [](auto& s) { s.remove_last(); },
        "parameter \"b\" was there when the optimizer was bound and is gone");
    refuses(
        optimizer, [](auto& s) { s.add("c", {1}, {1}); },
        "parameter \"c\" (1, 1) was not there when the optimizer was bound");
    refuses(
        optimizer,
        [](auto& s) {
          s.remove_last();
          s.add("b", {3, 4}, {1, 1});
        },
        "parameter \"b\" (1, 2) was not there");
  };
  all(gkd::sgd{.momentum = 0.9});
  all(gkd::adamw{});
  all(gkd::adafactor{});
}
