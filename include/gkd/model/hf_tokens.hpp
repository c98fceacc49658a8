// SPDX-License-Identifier: Apache-2.0
// The token ids with which a model begins, ends and pads a text, from a Hugging Face folder's
// generation_config.json and config.json:
//
//   {"bos_token_id": 1, "eos_token_id": [128001, 128009], "pad_token_id": 0}
#pragma once

#include <gkd/model/hf_fields.hpp>

#include <array>        // array
#include <optional>     // optional
#include <string>       // string
#include <string_view>  // string_view
#include <vector>       // vector

namespace gkd::inline v0 {

struct hf_tokens {
  std::optional<token> bos;
  std::vector<token> eos;    ///< each ends a text; empty: none does
  std::optional<token> pad;  ///< for others: gkd pads nothing

  friend bool operator==(const hf_tokens&, const hf_tokens&) = default;
};

namespace detail {

inline token hf_token(const nlohmann::json& value, std::string_view name, index vocab_size,
                      const hf_fields& fields) {
  if (!value.is_number_integer()) fields.refuse_value(name, value, "a token id");
  const auto id = value.get<std::int64_t>();
  if (id < 0 || static_cast<index>(id) >= vocab_size)
    fail(errc::vocabulary_mismatch, fields.where(), ": ", in_quotes(name), " is ", id,
         ", want 0 <= id < vocab_size = ", vocab_size);
  return static_cast<token>(id);
}

}  // namespace detail

/// The ids that an object has; those of `otherwise` where it has none. A pad id outside the
/// vocabulary, which some models have, is none. Throws bad_format for what is no id, and
/// vocabulary_mismatch for another id outside the vocabulary.
inline hf_tokens hf_tokens_from(hf_fields& fields, index vocab_size,
                                const hf_tokens& otherwise = {}) {
  hf_tokens out = otherwise;
  const auto one = [&](const char* name, const nlohmann::json& value) {
    return detail::hf_token(value, name, vocab_size, fields);
  };
  if (const auto* bos = fields.find("bos_token_id")) out.bos = one("bos_token_id", *bos);
  if (const auto* eos = fields.find("eos_token_id")) {
    out.eos.clear();
    if (!eos->is_array())
      out.eos.push_back(one("eos_token_id", *eos));
    else
      for (const nlohmann::json& id : *eos) out.eos.push_back(one("eos_token_id", id));
  }
  if (const auto* pad = fields.find("pad_token_id")) {
    out.pad.reset();
    const auto id = pad->is_number_integer() ? pad->get<std::int64_t>() : 0;
    const bool outside = id < 0 || static_cast<index>(id) >= vocab_size;
    if (!outside) out.pad = one("pad_token_id", *pad);
  }
  return out;
}

/// What they are called in config.json and generation_config.json.
inline constexpr std::array hf_token_names{"bos_token_id", "eos_token_id", "pad_token_id"};

/// Puts the ids into an object, one eos as a number, several as a list; those that there are not
/// stay as they are there.
inline void hf_tokens_into(nlohmann::json& object, const hf_tokens& tokens) {
  if (tokens.bos) object["bos_token_id"] = *tokens.bos;
  if (tokens.eos.size() == 1) object["eos_token_id"] = tokens.eos.front();
  if (tokens.eos.size() > 1) object["eos_token_id"] = tokens.eos;
  if (tokens.pad) object["pad_token_id"] = *tokens.pad;
}

}  // namespace gkd::inline v0
