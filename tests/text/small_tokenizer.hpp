// SPDX-License-Identifier: Apache-2.0
// A tokenizer.json small enough to follow by hand, to be changed by tests.
//
//   ids 0 to 255   the bytes of the same value
//   256 he   257 ll   258 hell   259 " w"   260 hello (no merge leads to it)
//   261 <|im_start|>   262 <|im_end|>, both special   263 <tool>, not special
#pragma once

#include <gkd/text/byte_level.hpp>

#include <nlohmann/json.hpp>
#include <string>

inline nlohmann::json small_added_token(int id, const std::string& content, bool special) {
  return {{"id", id},        {"content", content},  {"special", special},  {"lstrip", false},
          {"rstrip", false}, {"normalized", false}, {"single_word", false}};
}

inline nlohmann::json small_byte_level(bool prefix_space = false, bool use_regex = true) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", prefix_space},
          {"trim_offsets", true},
          {"use_regex", use_regex}};
}

inline nlohmann::json small_tokenizer() {
  nlohmann::json vocab;
  for (int byte = 0; byte < 256; ++byte)
    vocab[gkd::to_byte_level(std::string(1, static_cast<char>(byte)))] = byte;
  int next = 256;
  for (const char* bytes : {"he", "ll", "hell", " w", "hello"})
    vocab[gkd::to_byte_level(bytes)] = next++;
  const std::string space = gkd::to_byte_level(" ");
  nlohmann::json tokenizer;
  tokenizer["version"] = "1.0";
  tokenizer["truncation"] = nullptr;
  tokenizer["padding"] = nullptr;
  tokenizer["added_tokens"] = {small_added_token(261, "<|im_start|>", true),
                               small_added_token(262, "<|im_end|>", true),
                               small_added_token(263, "<tool>", false)};
  tokenizer["normalizer"] = nullptr;
  tokenizer["pre_tokenizer"] = small_byte_level();
  tokenizer["post_processor"] = nullptr;
  tokenizer["decoder"] = small_byte_level();
  tokenizer["model"] = {{"type", "BPE"},
                        {"dropout", nullptr},
                        {"unk_token", nullptr},
                        {"continuing_subword_prefix", nullptr},
                        {"end_of_word_suffix", nullptr},
                        {"fuse_unk", false},
                        {"byte_fallback", false},
                        {"vocab", vocab},
                        {"merges", {"h e", "l l", space + " w", "he ll"}}};
  return tokenizer;
}
