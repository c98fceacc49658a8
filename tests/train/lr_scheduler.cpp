// SPDX-License-Identifier: Apache-2.0
#include <gkd/train/gkd_config_parts.hpp>

#include <algorithm>

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
