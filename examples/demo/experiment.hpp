// SPDX-License-Identifier: Apache-2.0
// The demo's experiment: one teacher, and for each seed a student with a short supervised start
// from which nine ways to go on are compared on the same few dialogues.
#pragma once

#include <gkd/backend/eigen.hpp>
#include <gkd/data/chat_dataset.hpp>
#include <gkd/gkd.hpp>

#include <cmath>       // sqrt
#include <functional>  // function

#include "sorting.hpp"

namespace demo {

using model = gkd::transformer<gkd::eigen, float>;

/// What the command line may change.
struct settings {
  gkd::index dialogues = 256;  ///< fixed data; on-policy runs use their prompts and nothing else
  double slips = 0.15;         ///< share of the fixed dialogues with a wrong digit
  std::vector<std::uint64_t> seeds{1, 2, 3};
  gkd::index threads = 0;  ///< 0: one per core
  long teacher_steps = 1000;
  long warm_steps = 400;
  long steps = 500;  ///< of every compared run
  gkd::index test_prompts = 1250;
  gkd::index kl_prompts = 500;
  long curve_every = 125;  ///< steps between the points of the curves; 0: no curves

  /// One seed and fewer steps. The teacher keeps its own: a weak one is unsure of wrong prefixes,
  /// and then the student's own answers teach little.
  void shorten() {
    seeds = {1};
    steps = 300;
    curve_every = 75;
    test_prompts = 600;
    kl_prompts = 200;
  }
};

/// Decoder-only, pre-norm, rotary positions, tied head.
inline gkd::transformer_config shape(gkd::index width, gkd::index layers) {
  return {.vocab_size = character_tokenizer{}.vocab_size(),
          .width = width,
          .layers = layers,
          .heads = 4,
          .max_positions = 48,
          .rope_theta = 1000.0,
          .embedding_scale = std::sqrt(static_cast<double>(width))};
}
inline gkd::transformer_config teacher_shape() { return shape(64, 3); }
inline gkd::transformer_config student_shape() { return shape(32, 2); }

/// A copy of a model that only gives logits, on one thread: one for every job that runs by itself.
inline model frozen_copy(model& from) {
  model to(from.config(), gkd::eigen{}, gkd::zero_weights{}, {.gradients = false});
  gkd::copy_parameters(from, to);
  return to;
}

/// The ways to go on from the warm start.
struct method {
  std::string name;  ///< short, for tables
  std::string description;
  double lambda = 0.0;  ///< share of batches that the student writes
  double beta = 0.0;    ///< divergence; < 0: cross-entropy on the data
  bool teacher_data = false;
};

inline std::vector<method> methods() {
  return {{"sft", "supervised fine-tuning", 0, -1},
          {"seq_kd", "sequence-level KD: fine-tuning on the teacher's answers", 0, -1, true},
          {"fkl, fixed", "supervised KD, forward KL", 0, 0},
          {"jsd, fixed", "supervised KD, JSD(0.5)", 0, 0.5},
          {"rkl, fixed", "supervised KD, reverse KL", 0, 1},
          {"fkl, mixed", "half on-policy (lambda 0.5), forward KL", 0.5, 0},
          {"fkl, on-policy", "on-policy GKD (lambda 1), forward KL", 1, 0},
          {"jsd, on-policy", "on-policy GKD (lambda 1), JSD(0.5)", 1, 0.5},
          {"rkl, on-policy", "on-policy GKD (lambda 1), reverse KL", 1, 1}};
}

/// Sampling from a model: its own distribution, at most 32 tokens.
inline gkd::generation_options answers(bool greedy = false) {
  gkd::generation_options o{.max_new_tokens = 32, .stop_tokens = {character_tokenizer{}.eos()}};
  o.sampling.greedy = greedy;
  return o;
}

/// Fresh dialogues without slips about prompts that are not held out, without end: the teacher's
/// data. A data source of one's own is any type with such a `next`.
class fresh_dialogues {
 public:
  std::optional<gkd::token_batch> next(model&, const gkd::batch_request& request) {
    gkd::token_batch batch;
    for (gkd::index j = 0; j < request.size; ++j) {
      draws draw(
          gkd::random_stream(request.seed, gkd::purpose::data, gkd::sequence_id(request, j)));
      const std::string& digits = prompts_[draw.below(prompts_.size())];
      batch.add(gkd::encode_chat(dialogue(digits, draw, 0.0), character_tokenizer{}, sorting_format)
                    .full);
    }
    return batch;
  }

 private:
  std::vector<std::string> prompts_ = prompts(false);
};

/// The fixed data of a seed: distinct prompts that are not held out, one dialogue each.
inline gkd::chat_dataset fixed_dialogues(const settings& s, std::uint64_t seed) {
  const std::vector<std::string> all = prompts(false);
  const gkd::shuffled_order order(all.size(), seed, 0);
  std::vector<gkd::conversation> chats;
  for (gkd::index i = 0; i < s.dialogues; ++i)
    chats.push_back(
        dialogue(all[order[i]], draws(gkd::random_stream(seed, gkd::purpose::data, i)), s.slips));
  return gkd::chat_dataset(chats, character_tokenizer{}, sorting_format);
}

/// `count` of the 1,250 held-out prompts, in a fixed order, with one right answer each.
inline gkd::chat_dataset held_out_dialogues(gkd::index count) {
  const std::vector<std::string> all = prompts(true);
  const gkd::shuffled_order order(all.size(), 7, 0);
  std::vector<gkd::conversation> chats;
  for (gkd::index i = 0; i < std::min(count, all.size()); ++i)
    chats.push_back(
        dialogue(all[order[i]], draws(gkd::random_stream(7, gkd::purpose::data, i)), 0.0));
  return gkd::chat_dataset(chats, character_tokenizer{}, sorting_format);
}

/// Called after every step: stops the run by returning false.
using on_step = std::function<bool(const gkd::step_event&)>;

struct step_callback {
  const demo::on_step& f;
  bool on_step(const gkd::step_event& e) { return f(e); }
};

/// AdamW with beta2 0.98, linear warm-up, cosine to a floor.
struct schedule {
  long steps;
  gkd::index batch;
  double peak;
  long warmup;
  double floor;
};

template <class Teacher, class Loss, class Source>
gkd::train_result train(model& student, Teacher&& teacher, Loss loss, Source&& source,
                        schedule plan, std::uint64_t seed, const on_step& after_step) {
  gkd::trainer trainer{
      student,
      teacher,
      loss,
      source,
      gkd::adamw{.beta2 = 0.98},
      gkd::training_options{.per_device_train_batch_size = plan.batch,
                            .seed = seed,
                            .max_steps = plan.steps,
                            .learning_rate = plan.peak,
                            .lr_scheduler_type = gkd::decay_shape::cosine,
                            .warmup_steps = plan.warmup,
                            .min_lr_ratio = plan.floor,
                            .loss_normaliser = gkd::target_loss<Loss>
                                                   ? gkd::normaliser::token_mean
                                                   : gkd::normaliser::sequence_mean},
      step_callback{after_step}};
  return trainer.train();
}

inline gkd::train_result train_teacher(model& teacher, const settings& s, const on_step& f) {
  return train(teacher, gkd::no_teacher{}, gkd::cross_entropy{}, fresh_dialogues{},
               {s.teacher_steps, 64, 3e-3, 50, 0.02}, 21, f);
}

inline gkd::train_result warm_start(model& student, const gkd::chat_dataset& data,
                                    const settings& s, std::uint64_t seed, const on_step& f) {
  return train(student, gkd::no_teacher{}, gkd::cross_entropy{}, gkd::fixed{data},
               {s.warm_steps, 32, 3e-3, 20, 0.3}, seed, f);
}

/// Goes on from the warm start by one of the methods.
inline gkd::train_result distil(model& student, model& teacher, const gkd::chat_dataset& data,
                                const method& how, const settings& s, std::uint64_t seed,
                                const on_step& f) {
  const schedule plan{s.steps, 32, 5e-3, 20, 0.1};
  const std::uint64_t key = seed + 1000;  // not the warm start's order of the data
  if (how.teacher_data)
    return train(student, gkd::no_teacher{}, gkd::cross_entropy{},
                 gkd::teacher_generated{teacher, data, answers()}, plan, key, f);
  if (how.beta < 0)
    return train(student, gkd::no_teacher{}, gkd::cross_entropy{}, gkd::fixed{data}, plan, key, f);
  return train(student, teacher, gkd::any_divergence::from_beta(how.beta),
               gkd::mixture{gkd::on_policy{data, answers()}, gkd::fixed{data}, how.lambda}, plan,
               key, f);
}

}  // namespace demo
