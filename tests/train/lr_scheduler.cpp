// SPDX-License-Identifier: Apache-2.0
#include <gkd/train/gkd_config_parts.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/throws.hpp"

using namespace gkd;

TEST_CASE("A rise over two steps and a fall over four, by hand") {
  const lr_scheduler s{
      .kind = lr_scheduler_kind::linear, .peak = 8.0, .total_steps = 6, .warmup_steps = 2};
  const double wanted[] = {0.0, 4.0, 8.0, 6.0, 4.0, 2.0};
  for (long step = 0; step < 6; ++step) CHECK(s(step) == wanted[step]);
}

TEST_CASE("Every scheduler gives the learning rates that transformers' get_scheduler gives") {
  const golden::file file = golden::oracle("gkd_config.golden");
  gkd::index compared = 0;
  for (const golden::record& r : file.all("scheduler")) {
    INFO(r.name() << " " << r.word("kwargs") << " warmup " << r.word("warmup"));
    const long steps = r.number<long>("steps");
    gkd_config c;
    detail::assign(c.lr_scheduler_type, {"test", r.name(), {}}, {});
    c.lr_scheduler_kwargs = nlohmann::json::parse(r.word("kwargs"));
    c.training.learning_rate = r.number("peak");
    c.training.max_steps = steps;
    c.warmup_steps = {r.number("warmup")};
    const auto wanted = r.list<double>("rates");
    const lr_scheduler s = scheduler_of(c, steps);
    // as the trainer takes it, by a shape of its own or by a function
    const training_options o = options_of(c, 1);
    const learning_rate_schedule shape{o.lr_scheduler_type, o.learning_rate, steps, o.warmup_steps};
    for (long step = 0; step < steps; ++step) {
      const double want = wanted[static_cast<gkd::index>(step)];
      CHECK(s(step) == Approx(want).epsilon(1e-13).margin(1e-18));
      CHECK((o.lr_schedule ? o.lr_schedule(step) : shape(step)) ==
            Approx(want).epsilon(1e-13).margin(1e-18));
      ++compared;
    }
  }
  CHECK(compared == 2 * 20 * 24);
}

TEST_CASE("Settings without a meaning are refused") {
  CHECK_ERROR((lr_scheduler{lr_scheduler_kind::polynomial, 1e-8, 10}.check()), errc::bad_argument,
              "lr_end is 1e-07, want less than the learning rate, 1e-08");
  CHECK_ERROR((lr_scheduler{lr_scheduler_kind::warmup_stable_decay, 1.0, 10}.check()),
              errc::bad_argument, "num_decay_steps is 0, want at least 1");
  CHECK_ERROR((lr_scheduler{.min_lr_rate = 2.0}.check()), errc::bad_argument,
              "the lowest learning rate is 2 times the highest");
}

TEST_CASE("A learning rate that is not finite is refused, at whatever step it is first met") {
  using enum lr_scheduler_kind;
  const auto refused = [](const lr_scheduler& s, const char* text) {
    INFO(text);
    CHECK_ERROR(s.check(), errc::bad_argument, text);
  };
  const double infinity = std::numeric_limits<double>::infinity();
  refused({linear, infinity, 10}, "the learning rate of step 0 is inf, want a finite number");
  refused({linear, std::nan(""), 10}, "the learning rate of step 0 is ");
  refused({.kind = cosine, .peak = 1.0, .total_steps = 10, .warmup_steps = 4, .num_cycles = 1e308},
          "the learning rate of step 4 is ");
  refused({.kind = polynomial, .peak = 1.0, .total_steps = 10, .power = -1e308},
          "the learning rate of step 9 is inf");
  refused({.kind = warmup_stable_decay,
           .peak = 1.0,
           .total_steps = 10,
           .num_cycles = 1e308,
           .decay_steps = 3},
          "the learning rate of step 7 is ");
  refused({.kind = cosine_warmup_with_min_lr,
           .peak = 1.0,
           .total_steps = 10,
           .warmup_steps = 4,
           .warmup_lr_rate = infinity},
          "the learning rate of step 0 is ");
  refused({.peak = 1.0, .total_steps = 10, .warmup_steps = -1}, "warmup_steps is -1, want 0 to");
  // as many cycles as a double can tell apart are as good as any
  CHECK_NOTHROW(
      lr_scheduler{.kind = cosine, .peak = 1.0, .total_steps = 10, .num_cycles = 1e15}.check());
  // nor do the longest runs overflow in the check
  const long most = std::numeric_limits<long>::max();
  CHECK_NOTHROW(lr_scheduler{.kind = cosine, .peak = 1.0, .total_steps = most}.check());
  CHECK_NOTHROW(
      lr_scheduler{.kind = warmup_stable_decay, .peak = 1.0, .total_steps = most, .decay_steps = 9}
          .check());
}

TEST_CASE("Each setting of a scheduler is in its identity, under the name of the kind") {
  const lr_scheduler plain{.kind = lr_scheduler_kind::warmup_stable_decay, .peak = 1.0};
  const auto differs = [&](auto change) {
    lr_scheduler other = plain;
    change(other);
    return !(other.identity() == plain.identity());
  };
  CHECK_FALSE(differs([](auto&) {}));
  CHECK(differs([](auto& s) { s.peak = 2.0; }));
  CHECK(differs([](auto& s) { s.total_steps = 8; }));
  CHECK(differs([](auto& s) { s.warmup_steps = 1; }));
  CHECK(differs([](auto& s) { s.num_cycles = 1.0; }));
  CHECK(differs([](auto& s) { s.power = 2.0; }));
  CHECK(differs([](auto& s) { s.lr_end = 0.0; }));
  CHECK(differs([](auto& s) { s.min_lr_rate = 0.5; }));
  CHECK(differs([](auto& s) { s.warmup_lr_rate = 0.0; }));
  CHECK(differs([](auto& s) { s.timescale = 1; }));
  CHECK(differs([](auto& s) { s.decay_steps = 1; }));
  CHECK(differs([](auto& s) { s.stable_steps = 0; }));
  CHECK(differs([](auto& s) { s.warmup_curve = lr_curve::cosine; }));
  CHECK(differs([](auto& s) { s.decay_curve = lr_curve::linear; }));
  for (const auto& [name, kind] : values_of(lr_scheduler_kind{})) {
    const lr_scheduler named{.kind = kind};
    CHECK(std::get<std::string>(named.identity().fields()[0].second) == name);
  }
  for (const auto& [name, curve] : values_of(lr_curve{}))
    CHECK(detail::lr_curve_names[static_cast<gkd::index>(curve)] == std::string_view(name));
}
