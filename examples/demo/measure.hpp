// SPDX-License-Identifier: Apache-2.0
// What the demo measures of a model: answers to held-out prompts and distances to the teacher.
#pragma once

#include "experiment.hpp"

namespace demo {

/// Answers and distances of one model.
struct scores {
  std::vector<bool> sampled, greedy;  ///< right or wrong, prompt by prompt
  double forward_reference = 0, reverse_reference = 0;  ///< KL to the teacher, nats per token
  double forward_own = 0, reverse_own = 0;              ///< the same on the model's own answers
  double mean_length = 0;                               ///< tokens of a sampled answer
  double ends = 0;                                      ///< share that end with the end token
  std::vector<std::string> texts;                       ///< the first sampled answers
};

inline double share(const std::vector<bool>& right) {
  double sum = 0;
  for (bool r : right) sum += r ? 1 : 0;
  return right.empty() ? 0 : sum / static_cast<double>(right.size());
}

/// Which answers are right.
inline std::vector<bool> marks(const gkd::chat_dataset& data,
                               const std::vector<gkd::sequence>& answered) {
  const character_tokenizer text;
  std::vector<bool> right;
  for (gkd::index i = 0; i < answered.size(); ++i)
    right.push_back(correct(text.decode(data.prompt(i)).substr(1, 4),
                            text.decode(gkd::completion_of(answered[i]))));
  return right;
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

inline std::vector<gkd::sequence> references(const gkd::chat_dataset& data, gkd::index count) {
  std::vector<gkd::sequence> out;
  for (gkd::index i = 0; i < count; ++i) out.push_back(data.full(i));
  return out;
}

/// Mean over all tokens of a divergence between teacher and model on these sequences.
template <class Divergence>
double mean_divergence(const Divergence& d, model& m, model& teacher,
                       std::span<const gkd::sequence> sequences) {
  const gkd::token_batch all(sequences);
  const gkd::loss_count total = gkd::count(gkd::groups_of(all));
  const gkd::batch_loss_options options{gkd::normaliser::token_mean, {m.vocab_size(), 1.0}};
  gkd::row_losses rows;
  double sum = 0;
  for (gkd::index first = 0; first < sequences.size(); first += 64) {
    const gkd::token_batch batch(
        sequences.subspan(first, std::min<gkd::index>(64, sequences.size() - first)));
    sum += gkd::batch_loss(d, teacher, m.logits(batch), batch, total, options, false, m.backend(),
                           rows).value;
  }
  return sum;
}

/// Right answers when sampling, on the first `count` prompts: a point of a curve.
inline double quick_accuracy(model& m, const gkd::chat_dataset& data, gkd::index count) {
  return share(marks(data, answer(m, data, count, 3, false)));
}

/// Everything, as the tables show it.
inline scores measure(model& m, model& teacher, const gkd::chat_dataset& data, const settings& s,
                      std::uint64_t seed) {
  scores out;
  const auto sampled = answer(m, data, data.size(), seed, false);
  const auto greedy = answer(m, data, data.size(), seed, true);
  out.sampled = marks(data, sampled);
  out.greedy = marks(data, greedy);
  for (const gkd::sequence& answer : sampled) {
    const auto text = gkd::completion_of(answer);
    out.mean_length += static_cast<double>(text.size()) / static_cast<double>(sampled.size());
    out.ends += (text.back() == character_tokenizer{}.eos()) / static_cast<double>(sampled.size());
  }
  const gkd::index count = std::min(s.kl_prompts, data.size());
  const auto reference = references(data, count);
  const auto own = std::span(sampled).first(count);
  out.forward_reference = mean_divergence(gkd::forward_kl{}, m, teacher, reference);
  out.reverse_reference = mean_divergence(gkd::reverse_kl{}, m, teacher, reference);
  out.forward_own = mean_divergence(gkd::forward_kl{}, m, teacher, own);
  out.reverse_own = mean_divergence(gkd::reverse_kl{}, m, teacher, own);
  for (gkd::index i = 0; i < std::min<gkd::index>(12, data.size()); ++i)
    out.texts.push_back(character_tokenizer{}.decode(gkd::completion_of(sampled[i])));
  return out;
}

}  // namespace demo
