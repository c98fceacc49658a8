// SPDX-License-Identifier: Apache-2.0
#include <gkd/model/hf_sampling.hpp>

#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;

namespace {

struct reading {
  hf_sampling sampling;
  std::vector<std::string> notes;
};
reading read(const char* text) {
  const auto json = nlohmann::json::parse(text);
  hf_fields fields(json, "generation_config.json");
  reading out;
  out.sampling = hf_sampling_from(fields, out.notes);
  return out;
}

}  // namespace

TEST_CASE("hf_sampling: what TRL's options leave open is the folder's, the rest is not") {
  // Qwen2 Instruct's, without its token ids
  const reading qwen2 = read(R"({"do_sample": true, "repetition_penalty": 1.1, "temperature": 0.7,
                                 "top_p": 0.8, "top_k": 20, "transformers_version": "4.37.0"})");
  CHECK(qwen2.sampling == hf_sampling{.repetition_penalty = 1.1});
  CHECK(qwen2.notes.empty());
  CHECK(read(R"({"min_p": 0.05})").sampling == hf_sampling{.min_p = 0.05});
  CHECK(read(R"({"repetition_penalty": null})").sampling == hf_sampling{});
}

TEST_CASE("hf_sampling: what is not known has a note, unless it asks for nothing") {
  CHECK(read(R"({"no_repeat_ngram_size": 3, "num_beams": 4, "suppress_tokens": [5],
                 "typical_p": 0.9, "encoder_repetition_penalty": 1.0})")
            .notes ==
        std::vector<std::string>{
            "generation_config.json: \"no_repeat_ngram_size\" is not known and left out of account",
            "generation_config.json: \"num_beams\" is not known and left out of account",
            "generation_config.json: \"suppress_tokens\" is not known and left out of account",
            "generation_config.json: \"typical_p\" is not known and left out of account"});
  CHECK(read(R"({"no_repeat_ngram_size": 0, "num_beams": 1, "suppress_tokens": [], "typical_p": 1.0,
                 "min_length": 0, "bad_words_ids": null, "token_healing": false,
                 "_from_model_config": true, "_model_name_or_path": "a/b",
                 "num_assistant_tokens": 20, "max_length": 20, "length_penalty": 1.0})")
            .notes.empty());
}

TEST_CASE("hf_sampling: values out of range") {
  for (const char* text : {R"({"repetition_penalty": 0})", R"({"repetition_penalty": -1.1})",
                           R"({"repetition_penalty": "1.1"})"})
    CHECK_ERROR(read(text), errc::bad_format, "want a number above 0");
  for (const char* text : {R"({"min_p": 1.5})", R"({"min_p": -0.1})"})
    CHECK_ERROR(read(text), errc::bad_format, "want a number from 0 to 1");
}
