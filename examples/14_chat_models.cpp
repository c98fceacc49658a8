// SPDX-License-Identifier: Apache-2.0
// Distils a chat model into another one: two Hugging Face folders and chats in, a folder out.
#include <gkd/backend/eigen.hpp>
#include <gkd/data/chat_dataset.hpp>
#include <gkd/data/chat_jsonl.hpp>
#include <gkd/gkd.hpp>
#include <gkd/model/hf_load.hpp>
#include <gkd/model/hf_save.hpp>
#include <gkd/text/tokenizer_config.hpp>
#include <gkd/text/tokenizer_json.hpp>

#include <cstdio>      // printf, puts
#include <exception>   // exception
#include <filesystem>  // exists

int main(int words, char** argv) try {
  if (words != 6 || std::filesystem::exists(argv[5]))  // no model is lost
    return std::puts("wanted: STUDENT TEACHER TRAIN.jsonl EVAL.jsonl OUT, not there yet"), 2;
  const std::string from = argv[1];
  const gkd::bpe_tokenizer tokenizer = gkd::read_tokenizer(from);
  gkd::check_same_tokenizer(tokenizer, from, argv[2]);  // a token is the same text to both
  gkd::transformer student = gkd::load_hf_model(from, gkd::eigen{});
  gkd::transformer teacher = gkd::load_hf_model(argv[2], gkd::eigen{}, {.gradients = false});
  const auto format = gkd::recognise_chat_format(gkd::read_tokenizer_config(from));
  auto read = [&](auto x) { return gkd::chat_dataset{gkd::read_chats(x), tokenizer, format}; };
  const gkd::chat_dataset chats = read(argv[3]), held_out = read(argv[4]);
  gkd::generation_options answers{.max_new_tokens = 64, .stop_tokens = {tokenizer.eos()}};
  gkd::mixture data{gkd::on_policy{chats, answers}, gkd::fixed{chats}, /*lambda*/ 0.5};
  gkd::training_options options{.max_steps = 160, .learning_rate = 1e-4};
  gkd::trainer trainer{student,      teacher, gkd::generalized_jsd{0.5}, data,
                       gkd::adamw{}, options, gkd::evaluate_on{held_out}};
  const gkd::metrics before = trainer.evaluate();
  trainer.train();
  const gkd::metrics after = trainer.evaluate();
  gkd::save_hf_model(student, argv[5], from);  // a folder that transformers loads
  for (gkd::index i = 0; i < 3; ++i)
    std::printf("%-18s%.2f -> %.2f\n", after[i].first.c_str(), before[i].second, after[i].second);
} catch (const std::exception& e) {
  return std::puts(e.what()), 1;
}
