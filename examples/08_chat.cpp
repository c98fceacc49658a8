// SPDX-License-Identifier: Apache-2.0
// Distils a chat model: example_08_chat TRAIN.jsonl EVAL.jsonl
#include <gkd/backend/eigen.hpp>
#include <gkd/data/chat_dataset.hpp>
#include <gkd/data/chat_jsonl.hpp>
#include <gkd/gkd.hpp>
#include <gkd/train/checkpoint.hpp>

#include <cstdio>  // printf, puts

int main(int words, char** files) try {
  if (words != 3) return std::puts("wanted: example_08_chat TRAIN.jsonl EVAL.jsonl"), 2;
  const gkd::byte_tokenizer tokenizer;
  const auto read = [&](const char* file) {
    return gkd::chat_dataset{gkd::read_chats(file), tokenizer, gkd::chatml};
  };
  const gkd::chat_dataset chats = read(files[1]), held_out = read(files[2]);

  // a teacher, here made from nothing; a student that starts with one of its three layers
  gkd::transformer_config shape{.vocab_size = tokenizer.vocab_size(), .width = 32, .layers = 3};
  gkd::training_options options{.output_dir = "distilled", .max_steps = 150, .learning_rate = 5e-3};
  gkd::transformer teacher{shape, gkd::eigen{}, /*seed*/ 1};
  gkd::trainer{teacher, gkd::cross_entropy{}, gkd::fixed{chats}, gkd::adamw{}, options}.train();
  gkd::transformer student = gkd::keep_layers(teacher, {0});

  gkd::generation_options answers{.max_new_tokens = 8, .stop_tokens = {tokenizer.eos()}};
  gkd::mixture data{gkd::on_policy{chats, answers}, gkd::fixed{chats}, /*lambda*/ 0.5};
  gkd::evaluate_on evaluation{held_out, {.generate = true, .generation = answers}};
  gkd::checkpoints kept{{.overwrite = true}};  // a second run begins anew; or trainer.resume()
  gkd::trainer trainer{student, teacher,    gkd::generalized_jsd{0.5}, data, gkd::adamw{},
                       options, evaluation, kept};
  const gkd::metrics before = trainer.evaluate();
  trainer.train();
  const gkd::metrics after = trainer.evaluate();
  trainer.save("distilled/student");
  for (gkd::index i = 0; i < after.size(); ++i)
    std::printf("%-24s %4.1f -> %.1f\n", after[i].first.c_str(), before[i].second, after[i].second);
} catch (const gkd::error& e) {
  return std::puts(e.what()), 1;
}
