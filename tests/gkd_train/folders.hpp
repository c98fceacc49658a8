// SPDX-License-Identifier: Apache-2.0
// Tiny chat models as Hugging Face folders, and chats for them.
#pragma once

#include <gkd/backend/reference.hpp>
#include <gkd/data/chat_jsonl.hpp>
#include <gkd/model/hf_save.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "text/small_tokenizer.hpp"

namespace folders {

/// ChatML, as TRL's setup_chat_format writes it.
inline const char* chatml_template() {
  return "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + "
         "message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ "
         "'<|im_start|>assistant\n' }}{% endif %}";
}

/// A Llama of one or two layers, drawn at random, with small_tokenizer() and ChatML.
inline void write_model(const std::string& path, gkd::index layers, std::uint64_t seed,
                        gkd::index vocab_size = 264, bool with_template = true,
                        const nlohmann::json& tokenizer = small_tokenizer()) {
  const std::string source = path + ".source";
  std::filesystem::create_directories(source);
  const auto write = [&](const std::string& name, const nlohmann::json& json) {
    gkd::replace_file(source + "/" + name, json.dump());
  };
  write("tokenizer.json", tokenizer);
  nlohmann::json config = {{"eos_token", "<|im_end|>"}, {"model_max_length", 128}};
  if (with_template) config["chat_template"] = chatml_template();
  write("tokenizer_config.json", config);
  write("generation_config.json", {{"eos_token_id", 262}});
  gkd::transformer<gkd::reference> model({.vocab_size = vocab_size,
                                          .width = 16,
                                          .layers = layers,
                                          .heads = 2,
                                          .kv_heads = 1,
                                          .mlp_width = 24,
                                          .max_positions = 128,
                                          .mlp = gkd::mlp_kind::swiglu},
                                         {}, seed);
  gkd::save_hf_model(model, path, source);
}

/// "say a" - "a" and so on.
inline std::vector<gkd::conversation> chats(gkd::index count) {
  std::vector<gkd::conversation> out;
  for (gkd::index i = 0; i < count; ++i) {
    const std::string word(1 + i % 3, static_cast<char>('a' + i % 26));
    out.push_back({{"user", "say " + word}, {"assistant", word}});
  }
  return out;
}

}  // namespace folders
