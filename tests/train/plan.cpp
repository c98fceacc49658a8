// SPDX-License-Identifier: Apache-2.0
#include <gkd/data/fixed.hpp>
#include <gkd/data/mixture.hpp>
#include <gkd/data/replay.hpp>
#include <gkd/divergence/cross_entropy.hpp>
#include <gkd/divergence/kl.hpp>
#include <gkd/optim/sgd.hpp>
#include <gkd/train/evaluation.hpp>
#include <gkd/train/plan.hpp>
#include <gkd/train/trainer.hpp>

#include "support/catch.hpp"
#include "support/throws.hpp"
#include "support/toy.hpp"

using namespace gkd;

namespace {
struct endless {  // does not know its size
  std::optional<token_batch> next(auto&, const batch_request& request) {
    return token_batch(std::vector(request.size, sequence{{0, 1}, {0, 1}}));
  }
};
struct counted : endless {
  gkd::index examples;
  explicit counted(gkd::index n) : examples(n) {}
  gkd::index size() const { return examples; }
};
}  // namespace

TEST_CASE("Epochs of a source without a size were never over: they are refused") {
  // 10 steps of 2 sequences, 4 of them an epoch: it ends after step 2, 4 ...
  const training_options options{.per_device_train_batch_size = 2, .max_steps = 10};
  const training_plan plan = plan_training(options, counted(4), 1);
  CHECK_FALSE(plan.due(1, interval::epoch, 1));
  CHECK(plan.due(2, interval::epoch, 1));
  const training_options saves{.save_strategy = interval::steps, .save_steps = 3};
  CHECK_FALSE(plan.saves_after(2, saves));
  CHECK(plan.saves_after(3, saves));
  CHECK(plan.saves_after(2, saves, /*stopped=*/true));
  CHECK_FALSE(plan.saves_after(10, {.save_strategy = interval::no}, /*stopped=*/true));
  CHECK_NOTHROW(plan_training(options, endless{}, 1));

  for (const auto& [name, option] :
       std::vector<std::pair<std::string, interval training_options::*>>{
           {"logging_strategy", &training_options::logging_strategy},
           {"eval_strategy", &training_options::eval_strategy},
           {"save_strategy", &training_options::save_strategy}}) {
    training_options by_epoch = options;
    by_epoch.*option = interval::epoch;
    CHECK_NOTHROW(plan_training(by_epoch, counted(4), 1));
    const std::string text = "training_options." + name +
                             " is epoch, want steps or no: the data "
                             "source does not know its size";
    CHECK_ERROR(plan_training(by_epoch, endless{}, 1), errc::bad_argument, text);
    CHECK_ERROR(plan_training(by_epoch, counted(0), 1), errc::empty_data, "has no examples");
  }
}

TEST_CASE("A trainer refuses what is to happen after epochs that cannot be counted") {
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  const training_options options{.max_steps = 100, .eval_strategy = interval::epoch};
  CHECK_ERROR(
      (trainer{student, teacher, forward_kl{}, endless{}, sgd{}, options, evaluate_on{data}}),
      errc::bad_argument, "eval_strategy is epoch");
  CHECK_NOTHROW(trainer{student, teacher, forward_kl{}, mixture{endless{}, fixed{data}, 0.5}, sgd{},
                        options, evaluate_on{data}});
}

TEST_CASE("One object as student and teacher taught itself nothing, in silence") {
  const auto data = toy::ragged_dataset(8, 5);
  tabular<float> model(5), other(5);
  const training_options options{.max_steps = 3};
  const std::string text = "student and teacher are one object";
  CHECK_ERROR((trainer{model, model, forward_kl{}, fixed{data}, sgd{}, options}),
              errc::bad_argument, text);
  CHECK_ERROR((trainer{model, model, cross_entropy{}, fixed{data}, sgd{}, options}),
              errc::bad_argument, "trainer{student, loss, source, ...} without a teacher");
  CHECK_NOTHROW(trainer{model, other, forward_kl{}, fixed{data}, sgd{}, options});
  CHECK_NOTHROW(trainer{model, forward_kl{}, fixed{data}, sgd{}, options});

  struct wrapped {  // has the address of what it begins with, and is another model
    tabular<float> inside{5};
  } outer;
  CHECK_NOTHROW(check_two_models(outer, outer.inside));
  CHECK_NOTHROW(check_two_models(model, other));
  CHECK_ERROR(check_two_models(model, static_cast<const tabular<float>&>(model)),
              errc::bad_argument, text);
}

TEST_CASE("What several processes cannot do") {
  using with_state = replay<endless>;
  CHECK_NOTHROW(check_processes<endless, with_state>(1, true));
  CHECK_NOTHROW(check_processes<tabular<float>, with_state>(2, false));
  CHECK_NOTHROW(check_processes<tabular<float>, endless>(2, true));
  CHECK_ERROR((check_processes<tabular<float>, with_state>(2, true)), errc::bad_argument,
              "each of 2 processes its own");
  CHECK_ERROR((check_processes<endless, endless>(3, false)), errc::bad_argument,
              "the gradients of 3 processes cannot be added up");
}
