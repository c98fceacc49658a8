// SPDX-License-Identifier: Apache-2.0
// How well a model foresees given tokens: with the weights w of the targets,
//
//   cross_entropy = sum_n w_n (-log q(t_n)) / sum_n w_n   nats per token
//   perplexity    = exp(cross_entropy)
#pragma once

#include <gkd/concepts.hpp>
#include <gkd/eval/row_values.hpp>

namespace gkd::inline v0 {

/// The mean over all targets. Infinite where the model rules one out (logit -inf).
struct perplexity_result {
  double cross_entropy = 0.0;  ///< nats per token
  double tokens = 0.0;         ///< sum of the weights
  index sequences = 0;

  double perplexity() const { return math::exp(cross_entropy); }
  double bits_per_token() const { return cross_entropy / math::log(2.0); }
};

/// Measures the targets of the sequences: the tokens with a weight. Streaming: as much memory as
/// one batch needs. The result does not depend on batch_size, as far as the model's logits do not.
///
/// Throws bad_argument, vocabulary_mismatch for a label outside the vocabulary, empty_data where
/// there is no target, non_finite naming sequence and position.
template <class Model>
perplexity_result measure_perplexity(Model& model, std::span<const sequence> sequences,
                                     const measure_options& options = {}) {
  check_teacher<Model>();
  if constexpr (teacher<Model>) {
    const index columns = model.vocab_size();
    detail::check_measure(options, columns);
    const auto backend = backend_of(model);
    const row_options rows{options.vocab_size == 0 ? columns : options.vocab_size,
                           options.temperature};
    detail::weighted_mean mean;
    index measured = 0;
    const auto measure = [&](const token_batch& batch, index first) {
      detail::row_values values(batch, first, rows);
      const matrix_view<const scalar_of<Model>, space_of<Model>> logits =
          detail::logits_from(model, batch, first);
      values.add_to(mean, values.cross_entropy(backend, logits, "model"));
      measured += logits.rows;
    };
    detail::for_each_batch(sequences, options.batch_size, measure);
    detail::check_measured(measured, sequences.size());
    return {mean.value(), mean.weight(), sequences.size()};
  } else {
    return {};
  }
}

}  // namespace gkd::inline v0
