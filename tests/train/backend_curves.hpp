// SPDX-License-Identifier: Apache-2.0
// The same transformer trained on several backends: the losses of its steps, compared.
#pragma once

#include <gkd/backend/reference.hpp>
#include <gkd/data/fixed.hpp>
#include <gkd/divergence/jsd.hpp>
#include <gkd/model/transformer.hpp>
#include <gkd/optim/adamw.hpp>
#include <gkd/train/trainer.hpp>

#include <cmath>   // fabs
#include <vector>  // vector

#include "support/catch.hpp"
#include "support/toy.hpp"
#include "support/worst_of.hpp"

namespace curves {

/// Losses and gradient norms of twelve steps with AdamW, large enough for products, attention, rows
/// of the loss and updates to be cut into chunks.
template <class T, class Backend>
std::vector<double> train(const Backend& backend) {
  const gkd::transformer_config config{.vocab_size = 300,
                                       .width = 48,
                                       .layers = 2,
                                       .heads = 4,
                                       .kv_heads = 2,
                                       .max_positions = 64,
                                       .mlp = gkd::mlp_kind::swiglu};
  gkd::transformer<Backend, T> student{config, backend, 1};
  gkd::transformer<Backend, T> teacher{config, backend, 2, {.gradients = false}};
  toy::dataset data;
  const gkd::random_stream draw(5, gkd::purpose::data);
  for (gkd::index i = 0; i < 24; ++i) {
    std::vector<gkd::token> tokens(4 + 2 * i % 33);
    for (gkd::index t = 0; t < tokens.size(); ++t)
      tokens[t] = static_cast<gkd::token>(draw.below(100 * i + t, config.vocab_size));
    data.examples.push_back(
        gkd::make_sequence(std::span(tokens).first(2), std::span(tokens).subspan(2)));
  }
  gkd::trainer t{student,
                 teacher,
                 gkd::generalized_jsd{0.5},
                 gkd::fixed{data},
                 gkd::adamw{},
                 gkd::training_options{
                     .per_device_train_batch_size = 4, .max_steps = 12, .learning_rate = 3e-3}};
  std::vector<double> curve;
  for (int step = 0; step < 12; ++step) {
    const gkd::step_event e = t.training_step();
    curve.push_back(e.loss);
    curve.push_back(e.gradient_norm);
  }
  return curve;
}

/// The curve of a backend is the reference's up to rounding, and the same bits on any number of
/// threads.
template <class T, class Backend>
void check(double tolerance) {
  const std::vector<double> want = train<T>(gkd::reference{});
  const std::vector<double> one = train<T>(Backend{.threads = 1});
  CHECK(want[22] < 0.97 * want[0]);  // it learns
  double worst = 0.0;
  for (std::size_t i = 0; i < want.size(); ++i)
    worst = worst_of(worst, std::fabs(one[i] - want[i]) / want[i]);
  INFO("worst relative difference from the reference: " << worst);
  CHECK(worst <= tolerance);
  for (gkd::index threads : {2u, 3u, 4u, 8u}) {
    INFO(threads << " threads");
    CHECK(train<T>(Backend{.threads = threads}) == one);
  }
}

}  // namespace curves
