// SPDX-License-Identifier: Apache-2.0
// On-policy distillation of a pretrained model: what ./run demo --real does, in small.
#include <gkd/backend/eigen.hpp>
#include <gkd/data/chat_dataset.hpp>
#include <gkd/data/on_policy.hpp>
#include <gkd/eval/divergence_metrics.hpp>
#include <gkd/model/keep_layers.hpp>
#include <gkd/model/llama2c.hpp>
#include <gkd/optim/adamw.hpp>
#include <gkd/train/trainer.hpp>

#include "support/catch.hpp"
#include "support/data_dir.hpp"

using namespace gkd;

namespace {

using model = transformer<eigen, float>;

/// The first 8 tokens of stories that the teacher writes.
chat_dataset beginnings(model& teacher, gkd::index count) {
  const std::vector<std::vector<token>> bos(count, {1});
  std::vector<chat_example> out;
  for (sequence& s : generate(teacher, bos, {.max_new_tokens = 8})) {
    const gkd::index length = s.tokens.size();
    out.push_back({std::move(s), length});
  }
  return chat_dataset(std::move(out));
}

/// Distances to the teacher on completions that the student writes now.
divergence_metrics on_own_text(model& student, model& teacher, const chat_dataset& data,
                               const generation_options& how) {
  std::vector<std::span<const token>> prompts;
  for (gkd::index i = 0; i < data.size(); ++i) prompts.push_back(data.prompt(i));
  return measure_divergences(student, teacher, generate(student, prompts, how));
}

}  // namespace

TEST_CASE("Twenty on-policy steps bring three layers of stories260K closer to the whole") {
  const auto data = data_dir();
  if (!data) GKD_SKIP("no data folder (GKD_DATA_DIR)");
  const auto checkpoint = read_llama2c((*data / "weights-stories260K/stories260K.bin").string());
  model teacher = from_llama2c(checkpoint, eigen{}, {.gradients = false});
  model student = keep_layers(teacher, {0, 2, 4});
  const chat_dataset prompts = beginnings(teacher, 16);
  const generation_options how{.max_new_tokens = 24, .stop_tokens = {1}};

  const auto before = on_own_text(student, teacher, prompts, how);
  trainer t{student,
            teacher,
            forward_kl{},
            on_policy{prompts, how},
            adamw{},
            training_options{.per_device_train_batch_size = 4,
                             .max_steps = 20,
                             .learning_rate = 5e-3,
                             .lr_scheduler_type = decay_shape::constant}};
  t.train();
  const auto after = on_own_text(student, teacher, prompts, how);

  INFO("forward KL " << before.forward_kl << " -> " << after.forward_kl << ", reverse KL "
                     << before.reverse_kl << " -> " << after.reverse_kl
                     << ", perplexity under the teacher " << before.teacher_perplexity() << " -> "
                     << after.teacher_perplexity());
  CHECK(after.forward_kl < 0.7 * before.forward_kl);
  CHECK(after.reverse_kl < 0.8 * before.reverse_kl);
  CHECK(after.teacher_perplexity() < 0.9 * before.teacher_perplexity());
}
