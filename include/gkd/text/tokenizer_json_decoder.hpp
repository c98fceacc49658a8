// SPDX-License-Identifier: Apache-2.0
// The member "decoder" of a tokenizer.json: what text the tokens of the vocabulary stand for.
//
//   {"type": "ByteLevel"}                           "\u0120he" is " he"
//   {"type": "Sequence", "decoders": [
//       {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "},
//       {"type": "ByteFallback"},                   "\u2581he" is " he", "<0x0A>" a line end
//       {"type": "Fuse"},
//       {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
#pragma once

#include <gkd/io/json.hpp>
#include <gkd/text/pre_tokenizer.hpp>
#include <gkd/text/tokenizer_json_model.hpp>
#include <gkd/text/tokenizer_json_steps.hpp>

#include <algorithm>    // find
#include <iterator>     // begin, end, size
#include <string>       // string
#include <string_view>  // string_view
#include <variant>      // get_if
#include <vector>       // vector

namespace gkd::inline v0::detail {

inline bool read_strip(const nlohmann::json& step, const std::string& where) {
  const std::string& content = json_string(step, "content", where);
  if (content != " ") unsupported(where, "content", content, "a space");
  json_integer(step, "stop", where, 0, 0);
  return json_integer(step, "start", where, 0, 1) == 1;
}

// Replace, ByteFallback, Fuse, Strip, in this order: then a token leaves the same text wherever it
// stands, but for a space at the beginning.
inline token_spelling read_sequence_decoder(const nlohmann::json& decoder,
                                            const std::string& where) {
  constexpr std::string_view order[] = {"Replace", "ByteFallback", "Fuse", "Strip"};
  token_spelling out{.byte_level = false};
  index count = 0, last = 0;
  bool has_bytes = false;
  const auto add = [&](const nlohmann::json& step, const std::string& here) {
    const std::string& type = json_string(step, "type", here);
    const auto place =
        static_cast<index>(std::find(std::begin(order), std::end(order), type) - std::begin(order));
    const bool in_order = place == 0 ? last == 0 : place > last;
    if (place == std::size(order) || !in_order || (type == "Strip" && order[last] != "Fuse"))
      unsupported(here, "type", type, "Replace, ByteFallback, Fuse and Strip in this order");
    last = place;
    has_bytes = has_bytes || type == "ByteFallback";
    if (type == "Replace") out.decoding.push_back(read_replacement(step, here));
    if (type == "Strip") out.strip_first_space = read_strip(step, here);
  };
  for_each_step(decoder, "decoders", where, count, add);
  if (!has_bytes) fail(errc::bad_format, where, ": no ByteFallback, though the model falls back");
  return out;
}

// Throws unless every replacement undoes one that is made before words are cut: then the text of a
// token tells how it is spelled.
inline void check_undoes(const std::vector<replaced>& decoding,
                         const std::vector<normal_step>& steps, const pre_tokenizer& words,
                         std::string_view where) {
  for (const replaced& back : decoding) {
    bool undoes = words.replaces(back.to, back.from);
    for (const normal_step& step : steps)
      if (const auto* there = std::get_if<replaced>(&step))
        undoes = undoes || (there->from == back.to && there->to == back.from);
    if (!undoes)
      fail(errc::bad_format, where, ": Replace makes ", in_quotes(back.from), " ",
           in_quotes(back.to), ", which neither a normalizer nor Metaspace made ",
           in_quotes(back.from));
  }
}

/// How tokens are spelled, where texts are normalized and cut by these steps: with ByteLevel among
/// them byte-level, else by characters with bytes to fall back to.
inline token_spelling read_spelling(const nlohmann::json& decoder, const nlohmann::json& model,
                                    const std::vector<normal_step>& steps,
                                    const pre_tokenizer& words, const std::string& where) {
  const std::string here = concat(where, ": decoder");
  if (words.is_byte_level()) {
    const std::string& type = json_string(decoder, "type", here);
    if (type != "ByteLevel") unsupported(here, "type", type, "ByteLevel");
    return {};
  }
  if (!json_flag(model, "byte_fallback", concat(where, ": model")))
    fail(errc::bad_format, where, ": pre_tokenizer: no ByteLevel, nor is the model's ",
         "\"byte_fallback\" true; want one of them");
  const token_spelling spelling = read_sequence_decoder(decoder, here);
  check_undoes(spelling.decoding, steps, words, here);
  return spelling;
}

}  // namespace gkd::inline v0::detail
