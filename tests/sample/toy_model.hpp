// SPDX-License-Identifier: Apache-2.0
// A model whose scores depend on every token so far, in order: the state h of a sequence is a hash,
// the scores after it are random numbers of that hash. `toy_model` runs prefixes again, the cached
// one keeps h for each slot.
#pragma once

#include <gkd/core/batch.hpp>
#include <gkd/core/random.hpp>
#include <gkd/core/tensor.hpp>

#include <vector>  // vector

class toy_model {
 public:
  explicit toy_model(gkd::index vocab_size, gkd::index columns = 0)
      : vocab_(vocab_size), columns_(columns == 0 ? vocab_size : columns) {}
  virtual ~toy_model() = default;

  gkd::index vocab_size() const { return columns_; }
  gkd::matrix_view<float> logits(const gkd::token_batch& batch) {
    std::vector<std::uint64_t> states;
    for (gkd::index n = 0; n < batch.rows().size(); ++n) states.push_back(state(batch.context(n)));
    ++calls;
    tokens_run += batch.tokens().size();
    return scores(states);
  }

  int calls = 0;
  gkd::index tokens_run = 0;

 protected:
  static std::uint64_t step(std::uint64_t h, gkd::token next) {
    return (h ^ static_cast<std::uint64_t>(next + 1)) * 0x9E3779B97F4A7C15u + (h >> 29);
  }
  static std::uint64_t state(std::span<const gkd::token> context) {
    std::uint64_t h = 1;
    for (gkd::token t : context) h = step(h, t);
    return h;
  }
  gkd::matrix_view<float> scores(std::span<const std::uint64_t> states) {
    scores_.assign(states.size() * columns_, 0.0f);
    for (gkd::index n = 0; n < states.size(); ++n)
      for (gkd::index v = 0; v < columns_; ++v)
        scores_[n * columns_ + v] =
            static_cast<float>(gkd::random_stream(states[n], gkd::purpose::user).normal(v));
    return {scores_.data(), states.size(), columns_};
  }

 private:
  gkd::index vocab_, columns_;
  std::vector<float> scores_;
};

class toy_cached_model : public toy_model {
 public:
  using toy_model::toy_model;

  gkd::matrix_view<float> prefill(const gkd::token_batch& prompts) {
    slots_.clear();
    for (gkd::index b = 0; b < prompts.size(); ++b) slots_.push_back(state(prompts.tokens(b)));
    tokens_run += prompts.tokens().size();
    ++calls;
    return scores(slots_);
  }
  gkd::matrix_view<float> decode(std::span<const gkd::index> slots,
                                 std::span<const gkd::token> next) {
    std::vector<std::uint64_t> states;
    for (gkd::index i = 0; i < slots.size(); ++i)
      states.push_back(slots_[slots[i]] = step(slots_[slots[i]], next[i]));
    tokens_run += next.size();
    ++calls;
    return scores(states);
  }

 private:
  std::vector<std::uint64_t> slots_;
};

/// The same with a limited context.
template <class Model>
class limited : public Model {
 public:
  limited(gkd::index vocab_size, gkd::index context) : Model(vocab_size), context_(context) {}
  gkd::index max_positions() const { return context_; }

 private:
  gkd::index context_;
};
