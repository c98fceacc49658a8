// SPDX-License-Identifier: Apache-2.0
// Processes whose settings differ: all hear of it before the first step.
#include <gkd/data/fixed.hpp>
#include <gkd/divergence/kl.hpp>
#include <gkd/optim/adamw.hpp>
#include <gkd/optim/sgd.hpp>
#include <gkd/train/evaluation.hpp>
#include <gkd/train/same_settings.hpp>
#include <gkd/train/trainer.hpp>

#include <functional>

#include "support/catch.hpp"
#include "support/throws.hpp"
#include "train/runs.hpp"
#include "train/threads.hpp"

using namespace gkd;
using threads::on_threads;
using threads::thread_communicator;

TEST_CASE("A process that is to make more steps than the others does not wait for them for ever") {
  std::vector<std::string> said(2), stepped(2);
  on_threads(2, [&](thread_communicator c) {
    const auto data = toy::ragged_dataset(c.rank() == 0 ? 24 : 8, 5);  // a shard that is shorter
    auto teacher = toy::random_bigram(5);
    tabular<float> student(5);
    trainer t{student,
              teacher,
              forward_kl{},
              fixed{data},
              sgd{},
              training_options{.per_device_train_batch_size = 2, .num_train_epochs = 1},
              c};
    try {
      t.training_step();
    } catch (const error& e) {
      stepped[c.rank()] = e.what();
    }
    try {
      t.train();
    } catch (const error& e) {
      said[c.rank()] = concat(name_of(e.code()), " ", e.what());
    }
  });
  const std::string want = "; want the same options and as much data in all";
  const std::string of = " of 2 is to make ";
  for (const std::string& text : stepped)
    CHECK_THAT(text, Catch::Contains("steps in all, process"));
  CHECK(said[0] == "bad_argument gkd: process 0" + of + "6 steps in all, process 1 2" + want);
  CHECK(said[1] == "bad_argument gkd: process 1" + of + "2 steps in all, process 0 6" + want);
}

namespace {
// what two processes say that train with these options
std::vector<std::string> said_of(const std::function<training_options(gkd::index rank)>& options,
                                 double momentum = 0.0) {
  std::vector<std::string> said(2);
  const auto data = toy::ragged_dataset(24, 5);
  on_threads(2, [&](thread_communicator c) {
    auto teacher = toy::random_bigram(5);
    tabular<float> student(5);
    trainer t{student, teacher, forward_kl{}, fixed{data}, sgd{c.rank() == 1 ? momentum : 0.0},
              options(c.rank()), c};
    try {
      t.train();
    } catch (const error& e) {
      said[c.rank()] = concat(name_of(e.code()), " ", e.what());
    }
  });
  return said;
}
}  // namespace

TEST_CASE("Processes with other settings do not drift apart: all say what theirs are") {
  const std::string begin = "bad_argument gkd: process 0 of 2 has ";
  const std::string end = "; process 1 has something else there, want the same in all";
  const training_options same{.max_steps = 4};
  CHECK(said_of([&](gkd::index) { return same; }) == std::vector<std::string>(2));

  const auto other = [&](auto member, auto value) {
    return said_of([&](gkd::index rank) {
      training_options o = same;
      if (rank == 1) o.*member = value;
      return o;
    })[0];
  };
  CHECK(other(&training_options::learning_rate, 0.5) ==
        begin + "learning_rate 5e-05, lr_scheduler_type linear, warmup_steps 0, warmup_ratio 0, "
                "min_lr_ratio 0" + end);
  CHECK_THAT(other(&training_options::lr_schedule, [](long) { return 0.5; }),
             Catch::Contains("has learning_rate 5e-05, "));
  CHECK_THAT(other(&training_options::loss_temperature, 1.0 + 1e-12),
             Catch::Contains("loss_temperature 1, "));
  CHECK_THAT(other(&training_options::eval_delay, 2.0), Catch::Contains("eval_delay 0, "));
  CHECK(other(&training_options::seed, 43u) ==
        begin + "per_device_train_batch_size 8, gradient_accumulation_steps 1, seed 42, data_seed "
                "that of seed" + end);
  CHECK(other(&training_options::max_grad_norm, 0.0) ==
        begin + "loss_normaliser token_mean, loss_temperature 1, vocab_size 0, max_grad_norm 1" +
            end);
  CHECK(other(&training_options::save_steps, 2) ==
        begin + "eval_strategy no, eval_steps 500, eval_delay 0, eval_on_start false, "
                "save_strategy steps, save_steps 500" + end);
}

TEST_CASE("A schedule of one's own is known by what it gives in every step that is left") {
  const auto with = [](long changed, double rate) {
    return [=](gkd::index rank) {
      training_options o{.max_steps = 5};
      o.lr_schedule = [=](long step) { return rank == 1 && step == changed ? rate : 0.25; };
      return o;
    };
  };
  CHECK(said_of(with(0, 0.25)) == std::vector<std::string>(2));
  for (long step = 0; step < 5; ++step) {
    const auto said = said_of(with(step, step == 1 ? 0.25 * (1 + 1e-15) : 0.5));
    CHECK_THAT(said[0], Catch::Contains("bad_argument gkd: process 0 of 2 has lr_schedule, 0.25 at "
                                        "step 0, 0.25 at step 4, all of hash "));
    CHECK_THAT(said[1], Catch::Contains("process 1 of 2 has lr_schedule, "));
  }
}

TEST_CASE("A schedule is not asked for what lies behind the last step") {
  const std::vector<double> rates{0.5, 0.25, 0.125};
  std::vector<std::string> said(2);
  const auto data = toy::ragged_dataset(24, 5);
  on_threads(2, [&](thread_communicator c) {
    auto teacher = toy::random_bigram(5);
    tabular<float> student(5);
    training_options o{.max_steps = 3};
    o.lr_schedule = [&](long step) { return rates.at(static_cast<std::size_t>(step)); };
    trainer t{student, teacher, forward_kl{}, fixed{data}, sgd{}, o, c};
    try {
      t.train();
      t.train();  // which has nothing left to do
    } catch (const std::exception& e) {
      said[c.rank()] = e.what();
    }
  });
  CHECK(said == std::vector<std::string>(2));
}

TEST_CASE("Ends of epochs that lie elsewhere are told, though all make as many steps") {
  for (const bool saves : {false, true}) {
    std::vector<std::string> said(2);
    on_threads(2, [&](thread_communicator c) {
      const auto data = toy::ragged_dataset(c.rank() == 0 ? 8 : 9, 5);
      auto teacher = toy::random_bigram(5);
      tabular<float> student(5);
      training_options o{.per_device_train_batch_size = 2, .max_steps = 6};
      (saves ? o.save_strategy : o.eval_strategy) = interval::epoch;
      trainer t{student, teacher, forward_kl{}, fixed{data}, sgd{}, o, c, evaluate_on{data}};
      try {
        t.train();
      } catch (const error& e) {
        said[c.rank()] = e.what();
      }
    });
    CHECK_THAT(said[0], Catch::Contains("epochs of 8 examples; process 1 has something else"));
    CHECK_THAT(said[1], Catch::Contains("epochs of 9 examples; process 0 has something else"));
  }
}

TEST_CASE("Optimizers with other settings are told, too") {
  CHECK_THAT(said_of([](gkd::index) { return training_options{.max_steps = 4}; }, 0.5)[1],
             Catch::Contains("process 1 of 2 has the optimizer name sgd") &&
                 Catch::Contains("momentum 0.5"));
}

TEST_CASE("Losses with other settings are told, too") {
  std::vector<std::string> said(2);
  const auto data = toy::ragged_dataset(24, 5);
  on_threads(2, [&](thread_communicator c) {
    auto teacher = toy::random_bigram(5);
    tabular<float> student(5);
    trainer t{student, teacher, generalized_jsd{c.rank() == 0 ? 0.5 : 0.25}, fixed{data}, sgd{},
              training_options{.max_steps = 4}, c};
    try {
      t.train();
    } catch (const error& e) {
      said[c.rank()] = e.what();
    }
  });
  CHECK(said[0] ==
        "gkd: process 0 of 2 has the loss name generalized_jsd, beta 0.5, scale 1; process 1 has "
        "something else there, want the same in all");
  CHECK(said[1].find("beta 0.25") != std::string::npos);
}
