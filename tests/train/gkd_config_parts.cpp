// SPDX-License-Identifier: Apache-2.0
#include <gkd/data/fixed.hpp>
#include <gkd/train/gkd_config_parts.hpp>
#include <gkd/train/trainer.hpp>

#include <limits>

#include "support/catch.hpp"
#include "support/throws.hpp"
#include "support/toy.hpp"

using namespace gkd;

namespace {

/// A configuration that a run can be made of.
gkd_config whole() {
  gkd_config c;
  c.model_name_or_path = "student";
  c.dataset_name = "chats.jsonl";
  return c;
}

/// A student's table after three steps.
template <class Optimizer>
std::vector<float> trained(const Optimizer& optimizer) {
  const auto data = toy::ragged_dataset(12, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  trainer t{student,     teacher,   generalized_jsd{0.5},
            fixed{data}, optimizer, training_options{.max_steps = 3, .learning_rate = 0.1}};
  t.train();
  const auto table = student.table();
  return {table.data, table.data + table.size()};
}

}  // namespace

TEST_CASE("Steps: as they are, as shares of the run, eval_steps from logging_steps") {
  gkd_config c = whole();
  c.training.per_device_train_batch_size = 4;
  c.training.gradient_accumulation_steps = 2;
  c.training.num_train_epochs = 3.0;
  c.logging_steps = {5};
  c.save_steps = {0.1};
  c.warmup_steps = {0.25};
  training_options o = options_of(c, 100);  // 8 chats a step: 37.5 steps
  CHECK(o.logging_steps == 5);
  CHECK(o.eval_steps == 5);
  CHECK(o.save_steps == 4);
  CHECK(o.warmup_steps == 10);
  CHECK(o.warmup_ratio == 0.0);
  CHECK_FALSE(o.lr_schedule);
  c.eval_steps = step_count{0.5};
  c.warmup_steps = {};
  c.training.warmup_ratio = 0.1;
  c.training.max_steps = 200;
  o = options_of(c, 100);
  CHECK(o.eval_steps == 100);
  CHECK(o.save_steps == 20);
  CHECK(o.warmup_steps == 20);
  CHECK_NOTHROW(validate(o));
  CHECK(step_count{1e-9}.of(10) == 1);
}

TEST_CASE("A warmup_ratio of 1 is the whole run, not one step") {
  gkd_config c = whole();
  c.training.max_steps = 40;
  c.training.warmup_ratio = 1.0;
  CHECK(options_of(c, 10).warmup_steps == 40);
  c.training.warmup_ratio = 0.5;
  CHECK(options_of(c, 10).warmup_steps == 20);
  c.warmup_steps = {1};
  CHECK(options_of(c, 10).warmup_steps == 1);
}

TEST_CASE("Numbers of steps that no integer holds are errors, wherever they come from") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double steps : {1e300, -1.0, nan, 0x1p53 + 2.0}) {
    CHECK_ERROR(step_count{steps}.of(10), errc::bad_argument, "a number of steps is");
    gkd_config c = whole();
    c.warmup_steps = {steps};
    CHECK_ERROR(options_of(c, 10), errc::bad_argument, "a number of steps is");
  }
  CHECK(step_count{0x1p53}.of(10) == 9007199254740992);
  const long most = std::numeric_limits<long>::max();
  CHECK(step_count{std::nextafter(1.0, 0.0)}.of(most) > most / 2);  // below it, and no overflow
}

TEST_CASE("save_strategy: best means the best model and no checkpoints") {
  gkd_config c = whole();
  c.training.eval_strategy = interval::steps;
  for (const auto& [moment, when] : {std::pair{save_moment::no, interval::no},
                                     {save_moment::steps, interval::steps},
                                     {save_moment::epoch, interval::epoch},
                                     {save_moment::best, interval::no}}) {
    c.save_strategy = moment;
    CHECK(options_of(c, 10).save_strategy == when);
  }
}

TEST_CASE("Schedules: the trainer's own by their names, others as a function") {
  gkd_config c = whole();
  c.training.max_steps = 100;
  c.training.learning_rate = 1.0;
  c.warmup_steps = {10};
  CHECK(options_of(c, 10).lr_scheduler_type == decay_shape::linear);
  c.lr_scheduler_type = lr_scheduler_kind::constant;  // has no warm-up
  CHECK(options_of(c, 10).lr_scheduler_type == decay_shape::constant);
  CHECK(options_of(c, 10).warmup_steps == 0);
  c.lr_scheduler_type = lr_scheduler_kind::constant_with_warmup;
  CHECK(options_of(c, 10).warmup_steps == 10);
  c.lr_scheduler_type = lr_scheduler_kind::cosine_with_min_lr;
  c.lr_scheduler_kwargs = {{"min_lr", 0.5}};
  const auto rate = options_of(c, 10).lr_schedule;
  REQUIRE(rate);
  CHECK(rate(5) == 0.5);
  CHECK(rate(10) == 1.0);
  CHECK(rate(100) == Approx(0.5));
}

TEST_CASE("Settings of a scheduler that it does not have, or cannot have") {
  const auto refused = [](lr_scheduler_kind kind, nlohmann::json kwargs, const char* text) {
    gkd_config c = whole();
    c.training.max_steps = 10;
    c.lr_scheduler_type = kind;
    c.lr_scheduler_kwargs = std::move(kwargs);
    CHECK_ERROR(options_of(c, 10), errc::bad_argument, text);
  };
  using enum lr_scheduler_kind;
  refused(linear, {{"power", 2}},
          "lr_scheduler_kwargs: \"power\" is no setting of linear, want none");
  refused(polynomial, {{"powre", 2}}, "is no setting of polynomial, want lr_end, power");
  refused(polynomial, {{"power", "two"}},
          "lr_scheduler_kwargs: \"power\" is \"two\", want a number of at least 0");
  refused(cosine_with_min_lr, nlohmann::json::object(), "wants one of \"min_lr\" and");
  refused(cosine_with_min_lr, {{"min_lr", 0.1}, {"min_lr_rate", 0.1}}, "wants one of \"min_lr\"");
  refused(cosine_with_min_lr, {{"min_lr", 1.0}},
          "lr_scheduler_kwargs: \"min_lr\" is 1, want at most the learning rate, 5e-05");
  for (auto kind : {cosine, cosine_with_min_lr, cosine_warmup_with_min_lr, warmup_stable_decay}) {
    nlohmann::json kwargs = {{"num_cycles", 1e308}};
    if (kind == warmup_stable_decay) kwargs["num_decay_steps"] = 3;
    if (kind == cosine_with_min_lr || kind == cosine_warmup_with_min_lr) kwargs["min_lr"] = 0.0;
    refused(kind, kwargs, "want a finite number: the highest is 5e-05, num_cycles 1e+308");
  }
  refused(warmup_stable_decay,
          {{"num_decay_steps", 9223372036854775807}, {"num_stable_steps", 9223372036854775807}},
          "num_decay_steps is 9223372036854775807, want 0 to 2^53");
  refused(warmup_stable_decay, nlohmann::json::object(),
          "lr_scheduler_kwargs: this scheduler wants \"num_decay_steps\", an integer of at least "
          "1");
  refused(warmup_stable_decay, {{"num_decay_steps", 2}, {"decay_type", "sudden"}},
          "\"decay_type\" is \"sudden\", want linear, cosine or 1-sqrt");
}

TEST_CASE("Optimizers by name, their settings as text") {
  gkd_config c = whole();
  c.optim = optimizer_kind::sgd;
  c.weight_decay = 0.25;
  c.optim_args = " momentum = 0.9, nesterov=true ";
  CHECK(trained(optimizer_of(c)) ==
        trained(sgd{.momentum = 0.9, .weight_decay = 0.25, .nesterov = true}));
  c.optim_args = "dampening=1";
  CHECK_ERROR(optimizer_of(c), errc::bad_argument,
              "optim_args: \"dampening\" is no setting of sgd, want momentum, nesterov");
  c.optim_args = "momentum=much";
  CHECK_ERROR(optimizer_of(c), errc::bad_argument,
              "optim_args: \"momentum\" is \"much\", want a number of at least 0 and below 1");
  c.optim_args = "momentum";
  CHECK_ERROR(optimizer_of(c), errc::bad_argument, "optim_args: \"momentum\", want name=value");
  c.optim_args = "momentum=0.9,momentum=0.1";
  CHECK_ERROR(optimizer_of(c), errc::bad_argument,
              "optim_args: \"momentum\" is given twice, want it once");
  c.optim_args = "nesterov=perhaps";
  CHECK_ERROR(optimizer_of(c), errc::bad_argument,
              "optim_args: \"nesterov\" is \"perhaps\", want true or false");
  for (const char* yes : {"1", "True", "yes"}) {
    c.optim_args = concat("momentum=0.9,nesterov=", yes);
    CHECK(trained(optimizer_of(c)) ==
          trained(sgd{.momentum = 0.9, .weight_decay = 0.25, .nesterov = true}));
  }
  c.optim_args = "momentum=0.9,nesterov=0";
  CHECK(trained(optimizer_of(c)) == trained(sgd{.momentum = 0.9, .weight_decay = 0.25}));
  c.optim = optimizer_kind::adafactor;
  c.optim_args = "clip_threshold=2,scale_parameter=true,decay_rate=-0.5,beta1=0.9";
  CHECK(trained(optimizer_of(c)) == trained(adafactor{.clip_threshold = 2.0,
                                                      .decay_rate = -0.5,
                                                      .beta1 = 0.9,
                                                      .weight_decay = 0.25,
                                                      .scale_parameter = true}));
  c.optim = optimizer_kind::adamw;
  CHECK_ERROR(optimizer_of(c), errc::bad_argument, "is no setting of adamw_torch, want none");
  c.optim_args = "";
  c.adam_beta1 = 0.5, c.adam_beta2 = 0.75, c.adam_epsilon = 1e-3;
  CHECK(trained(optimizer_of(c)) ==
        trained(adamw{.beta1 = 0.5, .beta2 = 0.75, .epsilon = 1e-3, .weight_decay = 0.25}));
}

TEST_CASE("Divergence and sampling") {
  gkd_config c = whole();
  CHECK(divergence_of(c).text() == "generalized_jsd(beta = 0.5)");
  c.beta = 0.0;
  CHECK(divergence_of(c).text() == "forward_kl");
  c.beta = 1.0;
  CHECK(divergence_of(c).text() == "reverse_kl");
  c.top_k = 5;
  c.max_new_tokens = 9;
  const generation_options how = generation_of(c);
  CHECK(how.sampling.temperature == 0.9);
  CHECK(how.sampling.top_k == 5);
  CHECK(how.max_new_tokens == 9);
}

TEST_CASE("The metric that decides which model is best, and which way") {
  gkd_config c = whole();
  CHECK(best_metric_of(c) == "eval_loss");
  CHECK_FALSE(greater_is_better(c));
  for (const char* name : {"eval_forward_kl", "own_reverse_kl", "perplexity", "jsd"}) {
    c.metric_for_best_model = name;
    CHECK_FALSE(greater_is_better(c));
  }
  for (const char* name : {"exact_match", "token_agreement", "eos_rate"}) {
    c.metric_for_best_model = name;
    CHECK(greater_is_better(c));
  }
  c.greater_is_better = false;
  CHECK_FALSE(greater_is_better(c));
}

TEST_CASE("What a run cannot do without, and what does not go together") {
  CHECK_NOTHROW(validate(whole()));
  const auto refused = [](auto&& change, const char* text) {
    gkd_config c = whole();
    change(c);
    CHECK_ERROR(validate(c), errc::bad_argument, text);
  };
  refused([](auto& c) { c.model_name_or_path = ""; }, "--model_name_or_path is missing");
  refused([](auto& c) { c.dataset_name = ""; }, "--dataset_name is missing");
  refused([](auto& c) { c.training.output_dir = ""; }, "--output_dir is empty");
  refused([](auto& c) { c.eval_dataset_name = "a", c.eval_fraction = 0.1; },
          "--eval_dataset_name and --eval_fraction are both given");
  refused([](auto& c) { c.chat_format = "chatml", c.chat_template_path = "a"; },
          "--chat_format and --chat_template_path are both given");
  refused([](auto& c) { c.prediction_loss_only = c.eval_generate = true; },
          "--prediction_loss_only and --eval_generate are both given, want one of them: eval_loss "
          "alone, or the student's own answers, too");
  refused([](auto& c) { c.load_best_model_at_end = true; }, "need evaluations: --eval_strategy");
  refused([](auto& c) { c.save_strategy = save_moment::best; }, "need evaluations");
}
