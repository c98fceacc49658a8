// SPDX-License-Identifier: Apache-2.0
#include <gkd/model/hf_tokens.hpp>

#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;
using nlohmann::json;

namespace {

hf_tokens read(const json& object, const hf_tokens& otherwise = {}) {
  hf_fields fields(object, "generation_config.json");
  return hf_tokens_from(fields, 100, otherwise);
}

}  // namespace

TEST_CASE("hf_tokens: one end or several, and what the other file says where this is silent") {
  CHECK(read(json::object()) == hf_tokens{});
  CHECK(read({{"bos_token_id", 1}, {"eos_token_id", 2}, {"pad_token_id", 0}}) ==
        hf_tokens{1, {2}, 0});
  CHECK(read({{"eos_token_id", {2, 99}}}) == hf_tokens{{}, {2, 99}, {}});
  const hf_tokens other{7, {8, 9}, 3};
  CHECK(read({{"eos_token_id", 2}}, other) == hf_tokens{7, {2}, 3});
  CHECK(read({{"eos_token_id", nullptr}, {"bos_token_id", nullptr}}, other) == other);
  CHECK(read({{"eos_token_id", json::array()}}, other).eos.empty());
}

TEST_CASE("hf_tokens: what is no id of the vocabulary") {
  for (const char* name : {"bos_token_id", "eos_token_id"}) {
    for (const json& bad : {json(-1), json(100), json(2147483648), json(9223372036854775807)})
      CHECK_ERROR(read({{name, bad}}), errc::vocabulary_mismatch,
                  concat("generation_config.json: \"", name, "\" is ", bad.dump(),
                         ", want 0 <= id < vocab_size = 100"));
    for (const json& bad : {json(1.0), json("2"), json(true), json::object()})
      CHECK_ERROR(read({{name, bad}}), errc::bad_format, "want a token id");
  }
  CHECK_ERROR(read({{"eos_token_id", {2, -1}}}), errc::vocabulary_mismatch, "is -1");
  CHECK_ERROR(read({{"eos_token_id", {2, "x"}}}), errc::bad_format, "is \"x\", want a token id");
  CHECK_ERROR(read({{"eos_token_id", {{2}}}}), errc::bad_format, "is [2], want a token id");
  CHECK_ERROR(read({{"bos_token_id", {1}}}), errc::bad_format, "is [1], want a token id");
  // models have such pad ids, which say that there is none
  for (const json& none : {json(-1), json(100), json(32000)})
    CHECK(read({{"pad_token_id", none}}, {{}, {}, 3}).pad == std::nullopt);
  CHECK_ERROR(read({{"pad_token_id", "0"}}), errc::bad_format, "want a token id");
}

TEST_CASE("hf_tokens: written as they are read") {
  for (const hf_tokens& tokens :
       {hf_tokens{}, hf_tokens{1, {2}, 0}, hf_tokens{{}, {2, 99, 5}, {}}}) {
    json object = json::object();
    hf_tokens_into(object, tokens);
    CHECK(read(object) == tokens);
  }
  json one = json::object();
  hf_tokens_into(one, {1, {2}, {}});
  CHECK(one == json{{"bos_token_id", 1}, {"eos_token_id", 2}});
}
