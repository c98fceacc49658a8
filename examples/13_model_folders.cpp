// SPDX-License-Identifier: Apache-2.0
// Makes two chat models small enough to play with, as Hugging Face folders: a teacher, trained from
// nothing on a file of chats, and a student that has the first of its three layers.
//
//   example_13_model_folders CHATS.jsonl OUT     OUT/teacher and OUT/student, for transformers, too
#include <gkd/backend/eigen.hpp>
#include <gkd/data/chat_dataset.hpp>
#include <gkd/data/chat_jsonl.hpp>
#include <gkd/gkd.hpp>
#include <gkd/model/hf_save.hpp>
#include <gkd/text/tokenizer_json.hpp>

#include <cstdio>      // printf, puts
#include <filesystem>  // create_directories

/// A tokenizer.json of the 256 bytes and ChatML's two control tokens.
nlohmann::json tokenizer_of_bytes() {
  const nlohmann::json bytes = {{"type", "ByteLevel"},  // all of them: `tokenizers` has no defaults
                                {"add_prefix_space", false},
                                {"trim_offsets", true},
                                {"use_regex", true}};
  const auto control = [](int id, const char* text) {
    return nlohmann::json{
        {"id", id},        {"content", text},     {"special", true},     {"lstrip", false},
        {"rstrip", false}, {"normalized", false}, {"single_word", false}};
  };
  nlohmann::json vocabulary;
  for (int byte = 0; byte < 256; ++byte)
    vocabulary[gkd::to_byte_level(std::string(1, static_cast<char>(byte)))] = byte;
  return {{"version", "1.0"},
          {"added_tokens", {control(256, "<|im_start|>"), control(257, "<|im_end|>")}},
          {"pre_tokenizer", bytes},
          {"decoder", bytes},
          {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", nlohmann::json::array()}}}};
}

/// What is in a folder besides the model: tokenizer, chat template, the end of an answer.
void write_tokenizer(const std::string& folder) {
  std::filesystem::create_directories(folder);
  const auto write = [&](const char* name, const nlohmann::json& json) {
    gkd::replace_file(folder + "/" + name, json.dump(1));
  };
  write("tokenizer.json", tokenizer_of_bytes());
  write("tokenizer_config.json",
        {{"eos_token", "<|im_end|>"},
         {"chat_template",
          "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + "
          "message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ "
          "'<|im_start|>assistant\n' }}{% endif %}"}});
  write("generation_config.json", {{"eos_token_id", 257}});
}

int main(int words, char** argv) try {
  if (words != 3) return std::puts("wanted: example_13_model_folders CHATS.jsonl OUT"), 2;
  const std::string out = argv[2], source = out + "/tokenizer";
  const gkd::chats read = gkd::read_chats(argv[1]);
  write_tokenizer(source);
  const gkd::bpe_tokenizer tokenizer = gkd::read_tokenizer(source);
  const gkd::chat_dataset chats{read, tokenizer, gkd::chatml};

  gkd::transformer teacher{{.vocab_size = tokenizer.vocab_size(),
                            .width = 32,
                            .layers = 3,
                            .mlp = gkd::mlp_kind::swiglu},
                           gkd::eigen{},
                           /*seed*/ 1};
  gkd::trainer trainer{teacher, gkd::cross_entropy{}, gkd::fixed{chats}, gkd::adamw{},
                       gkd::training_options{.max_steps = 150, .learning_rate = 5e-3}};
  trainer.train();
  gkd::transformer student = gkd::keep_layers(teacher, {0});

  gkd::save_hf_model(teacher, out + "/teacher", source);
  gkd::save_hf_model(student, out + "/student", source);
  std::printf("%s/teacher: %zu layers, %s/student: %zu\n", argv[2], teacher.config().layers,
              argv[2], student.config().layers);
} catch (const std::exception& e) {  // ours, or of a folder that cannot be made
  return std::puts(e.what()), 1;
}
