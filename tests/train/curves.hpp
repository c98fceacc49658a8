// SPDX-License-Identifier: Apache-2.0
// The loss curve and the final weights of one small transformer, trained on a backend.
#pragma once

#include <gkd/data/mixture.hpp>
#include <gkd/data/on_policy.hpp>
#include <gkd/divergence/jsd.hpp>
#include <gkd/model/transformer.hpp>
#include <gkd/optim/adamw.hpp>
#include <gkd/train/trainer.hpp>

#include <cmath>
#include <vector>

#include "support/catch.hpp"
#include "support/worst_of.hpp"

namespace curves {

template <class T>
struct curve {
  std::vector<double> losses;
  std::vector<T> weights;
  friend bool operator==(const curve&, const curve&) = default;
};

struct recorder {
  std::vector<double>& losses;
  void on_step(const gkd::step_event& e) { losses.push_back(e.loss); }
};

/// 32 sequences of 5 to 40 tokens.
struct dataset {
  std::vector<gkd::sequence> examples;
  dataset() {
    const gkd::random_stream draw(5, gkd::purpose::data);
    gkd::index n = 0;
    for (gkd::index i = 0; i < 32; ++i) {
      gkd::sequence s;
      for (gkd::index t = 0; t < 5 + (7 * i) % 36; ++t) {
        s.tokens.push_back(static_cast<gkd::token>(draw.below(n++, 32)));
        s.weights.push_back(t > 2 ? 1.0f : 0.0f);
      }
      examples.push_back(s);
    }
  }
  gkd::index size() const { return examples.size(); }
  std::span<const gkd::token> prompt(gkd::index i) const {
    return std::span(examples[i].tokens).first(3);
  }
  const gkd::sequence& full(gkd::index i) const { return examples[i]; }
};

/// Grouped-query attention, SwiGLU, AdamW with clipping; half of the batches are the student's own
/// where `lambda` says so.
template <class T, class Backend>
curve<T> train(const Backend& backend, long steps, gkd::index batch, double lambda = 0.0) {
  const gkd::transformer_config shape{.vocab_size = 32,
                                      .width = 32,
                                      .layers = 2,
                                      .heads = 4,
                                      .kv_heads = 2,
                                      .max_positions = 64,
                                      .mlp = gkd::mlp_kind::swiglu};
  gkd::transformer<Backend, T> student(shape, backend, 1);
  gkd::transformer<Backend, T> teacher(shape, backend, 2, {.gradients = false});
  const dataset data;
  curve<T> out;
  gkd::trainer t{
      student,
      teacher,
      gkd::generalized_jsd{0.5},
      gkd::mixture{gkd::on_policy{data, {.max_new_tokens = 12}}, gkd::fixed{data}, lambda},
      gkd::adamw{},
      gkd::training_options{
          .per_device_train_batch_size = batch, .max_steps = steps, .learning_rate = 3e-3},
      recorder{out.losses}};
  t.train();
  gkd::for_each_parameter(student, [&](const auto& p) {
    for (gkd::index r = 0; r < p.value.rows; ++r)
      out.weights.insert(out.weights.end(), p.value.row(r).data,
                         p.value.row(r).data + p.value.cols);
  });
  return out;
}

/// The worst relative difference of two curves.
template <class T>
double distance(const curve<T>& a, const curve<T>& b) {
  REQUIRE(a.losses.size() == b.losses.size());
  double worst = 0.0;
  for (gkd::index i = 0; i < a.losses.size(); ++i)
    worst = worst_of(worst, std::abs(a.losses[i] - b.losses[i]) / std::abs(b.losses[i]));
  return worst;
}

}  // namespace curves
