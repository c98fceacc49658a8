// SPDX-License-Identifier: Apache-2.0
// What the demo measures of a model: answers to held-out prompts and distances to the teacher.
#pragma once

#include "experiment.hpp"

namespace demo {

/// A prompt and what a model made of it.
struct sample_text {
  std::string prompt, answer;
};

/// Answers and distances of one model.
struct scores {
  gkd::match_result sampled, greedy;                    ///< right or wrong, prompt by prompt
  double forward_reference = 0, reverse_reference = 0;  ///< KL to the teacher, nats per token
  double forward_own = 0, reverse_own = 0;              ///< the same on the model's own answers
  double mean_length = 0;                               ///< tokens of a sampled answer
  double eos_rate = 0;                                  ///< share that end with the end token
  std::vector<sample_text> texts;                       ///< the first sampled answers
};

inline std::string digits_of(const gkd::chat_dataset& data, gkd::index i) {
  return character_tokenizer{}.decode(data.prompt(i)).substr(1, 4);
}

inline gkd::match_result correct_answers(const gkd::chat_dataset& data,
                                         std::span<const gkd::sequence> answered) {
  return gkd::match_if(answered, [&](gkd::index i, std::span<const gkd::token> completion) {
    return correct(digits_of(data, i), character_tokenizer{}.decode(completion));
  });
}

/// Answers to the first `count` prompts of the data.
inline std::vector<gkd::sequence> answer(model& m, const gkd::chat_dataset& data, gkd::index count,
                                         std::uint64_t seed, bool greedy) {
  std::vector<std::span<const gkd::token>> prompts;
  for (gkd::index i = 0; i < count; ++i) prompts.push_back(data.prompt(i));
  gkd::generation_options o = answers(greedy);
  o.seed = seed;
  o.batch_size = 64;
  return gkd::generate(m, prompts, o);
}

/// Share of right answers when sampling, on the first `count` prompts: a point of a curve.
inline double quick_accuracy(model& m, const gkd::chat_dataset& data, gkd::index count) {
  return correct_answers(data, answer(m, data, count, 3, false)).rate();
}

/// Everything, as the tables show it.
inline scores measure(model& m, model& teacher, const gkd::chat_dataset& data, const settings& s,
                      std::uint64_t seed) {
  const auto sampled = answer(m, data, data.size(), seed, false);
  scores out;
  out.sampled = correct_answers(data, sampled);
  out.greedy = correct_answers(data, answer(m, data, data.size(), seed, true));
  const auto lengths = gkd::measure_generations(sampled, answers());
  out.mean_length = lengths.mean_length();
  out.eos_rate = lengths.eos_rate();

  const gkd::index count = std::min(s.kl_prompts, data.size());
  std::vector<gkd::sequence> reference;
  for (gkd::index i = 0; i < count; ++i) reference.push_back(data.full(i));
  const auto own = std::span(sampled).first(count);
  const auto distance = [&](auto divergence, std::span<const gkd::sequence> to) {
    return gkd::mean_divergence(divergence, m, teacher, to, {.batch_size = 64});
  };
  out.forward_reference = distance(gkd::forward_kl{}, reference);
  out.reverse_reference = distance(gkd::reverse_kl{}, reference);
  out.forward_own = distance(gkd::forward_kl{}, own);
  out.reverse_own = distance(gkd::reverse_kl{}, own);
  for (gkd::index i = 0; i < std::min<gkd::index>(6, data.size()); ++i)
    out.texts.push_back(
        {digits_of(data, i), character_tokenizer{}.decode(gkd::completion_of(sampled[i]))});
  return out;
}

}  // namespace demo
