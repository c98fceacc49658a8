// SPDX-License-Identifier: Apache-2.0
#include <gkd/data/fixed.hpp>
#include <gkd/divergence/kl.hpp>
#include <gkd/train/any_optimizer.hpp>
#include <gkd/train/trainer.hpp>

#include "support/catch.hpp"
#include "support/throws.hpp"
#include "support/toy.hpp"

using namespace gkd;

namespace {

/// A student's table after a short run.
template <class Optimizer>
std::vector<float> trained(Optimizer optimizer) {
  const auto data = toy::ragged_dataset(12, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  trainer t{student,     teacher,   forward_kl{},
            fixed{data}, optimizer, training_options{.max_steps = 5, .learning_rate = 0.1}};
  t.train();
  const auto table = student.table();
  return {table.data, table.data + table.size()};
}

template <class Optimizer>
void check_same(Optimizer optimizer) {
  CHECK(trained(any_optimizer(optimizer)) == trained(optimizer));
  tabular<float> student(5);
  auto plain = optimizer.bind(student);
  auto any = any_optimizer(optimizer).bind(student);
  std::vector<std::string> names, any_names;
  plain.visit_state([&](std::string_view name, auto) { names.emplace_back(name); });
  any.visit_state([&](std::string_view name, auto) { any_names.emplace_back(name); });
  CHECK(names == any_names);
  any.set_steps(7);
  CHECK(any.steps() == 7);
}

}  // namespace

TEST_CASE("An optimizer chosen at run time does what it does by its own type, bit for bit") {
  check_same(adamw{.beta1 = 0.8, .weight_decay = 0.1});
  check_same(adafactor{.beta1 = 0.9});
  check_same(sgd{.momentum = 0.9, .nesterov = true});
}

TEST_CASE("Its settings are checked when it is bound") {
  tabular<float> student(5);
  CHECK_ERROR(any_optimizer(adamw{.beta1 = 2.0}).bind(student), errc::bad_argument,
              "adamw::beta1 is 2");
}

TEST_CASE("Its settings are checked without a student, too, for the numbers of one") {
  CHECK_NOTHROW(any_optimizer(adafactor{}).check<float>());
  CHECK_ERROR(any_optimizer(adamw{.beta1 = 2.0}).check<float>(), errc::bad_argument,
              "adamw::beta1 is 2");
  CHECK_ERROR(any_optimizer(sgd{.nesterov = true}).check<float>(), errc::bad_argument,
              "sgd::momentum is 0");
  const any_optimizer small = adafactor{.epsilon1 = 1e-50};
  CHECK_NOTHROW(small.check<double>());
  CHECK_ERROR(small.check<float>(), errc::bad_argument, "adafactor::epsilon1 is 1e-50");
}
