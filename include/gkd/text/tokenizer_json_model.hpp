// SPDX-License-Identifier: Apache-2.0
// The members "model" and "added_tokens" of a tokenizer.json: vocabulary, merges, names.
//
//   "model": {"type": "BPE", "vocab": {"h": 0, "e": 1, "he": 2, ...}, "merges": ["h e", ...]}
//
// Tokens of the vocabulary are written in the byte-level alphabet (text/byte_level.hpp), or, where
// "byte_fallback" is true, as text with a mark for the space, "▁he", and as bytes, "<0x0A>". One
// that is listed under "added_tokens" too is had by its name alone: merges that lead to it are
// dropped, so that no text can spell it.
#pragma once

#include <gkd/io/json.hpp>
#include <gkd/text/added_tokens.hpp>
#include <gkd/text/bpe.hpp>
#include <gkd/text/bpe_vocabulary.hpp>
#include <gkd/text/byte_level.hpp>
#include <gkd/text/normal_steps.hpp>

#include <algorithm>    // binary_search, lower_bound, sort
#include <map>          // map
#include <optional>     // optional
#include <string>       // string
#include <string_view>  // string_view
#include <utility>      // move, pair
#include <vector>       // vector

namespace gkd::inline v0::detail {

/// A flag that may be missing.
inline bool json_flag(const nlohmann::json& object, std::string_view name, std::string_view where,
                      bool otherwise = false) {
  return object.contains(name) ? json_bool(object, name, where) : otherwise;
}

/// Throws unless a member that changes what a tokenizer does is null or missing, or a value that
/// means nothing: false, 0 or "".
inline void check_unused(const nlohmann::json& object, std::string_view name,
                         std::string_view where) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null() || *found == false || *found == 0 || *found == "")
    return;
  const std::string value = found->dump();
  fail(errc::bad_format, where, ": ", in_quotes(name), " is ", in_quotes(value),
       ", which is not supported; want none");
}

/// The names and flags of "added_tokens".
inline std::vector<added_token> read_added_tokens(const nlohmann::json& list,
                                                  std::string_view where) {
  std::vector<added_token> added;
  for (const nlohmann::json& item : list) {
    const std::string here = concat(where, "[", added.size(), "]");
    added_token t;
    t.id = static_cast<token>(json_integer(item, "id", here, 0, bpe_vocabulary::max_size - 1));
    t.content = json_string(item, "content", here);
    if (t.content.empty() || t.content.size() > longest_added_token)
      fail(errc::bad_format, here, ": \"content\" has ", t.content.size(), " bytes, want 1 to ",
           longest_added_token);
    t.special = json_flag(item, "special", here);
    t.lstrip = json_flag(item, "lstrip", here);
    t.rstrip = json_flag(item, "rstrip", here);
    t.normalized = json_flag(item, "normalized", here, !t.special);
    t.single_word = json_flag(item, "single_word", here);
    added.push_back(std::move(t));
  }
  return added;
}

struct bpe_model {
  bpe_vocabulary tokens;
  bpe merges;
  bpe_unknown unknown;
  bool ignore_merges = false;
};

/// Throws unless the model is BPE; one without a type is, if its vocabulary is an object.
inline void check_bpe(const nlohmann::json& model, std::string_view where) {
  if (model.contains("type") && json_string(model, "type", where) != "BPE")
    fail(errc::bad_format, where, ": \"type\" is ", in_quotes(json_string(model, "type", where)),
         ", want \"BPE\"");
  json_object(model, "vocab", where);
}

/// How the tokens of a vocabulary are written.
struct token_spelling {
  bool byte_level = true;
  std::vector<replaced> decoding = {};  ///< what makes the spelling text, if it is not byte-level
  bool strip_first_space = false;       ///< decoded text loses a space at its beginning
};

/// "<0x0A>" for 10.
inline std::string byte_token_name(index byte) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  return {'<', '0', 'x', digits[byte / 16], digits[byte % 16], '>'};
}
/// The byte that "<0x0A>" stands for; none for what is no such name.
inline std::optional<char> byte_token_value(std::string_view spelling) {
  if (spelling.size() != 6 || !spelling.starts_with("<0x")) return std::nullopt;
  for (index byte = 0; byte < 256; ++byte)
    if (byte_token_name(byte) == spelling) return static_cast<char>(byte);
  return std::nullopt;
}

// Reads "model", with the added tokens known.
class bpe_model_reader {
 public:
  bpe_model_reader(const nlohmann::json& model, const std::vector<added_token>& added,
                   token_spelling spelling, std::string_view where)
      : model_(model), added_(added), spelling_(std::move(spelling)), where_(where) {
    for (const added_token& t : added_)
      if (!by_name_.emplace(t.content, &t).second)
        fail(errc::bad_format, where_, ": two added tokens have the content ",
             in_quotes(t.content));
  }

  bpe_model read() {
    for (std::string_view name : {"dropout", "continuing_subword_prefix", "end_of_word_suffix"})
      check_unused(model_, name, where_);
    if (spelling_.byte_level) check_unused(model_, "byte_fallback", where_);
    bpe_vocabulary tokens = read_vocabulary();
    bpe_alphabet alphabet = spelling_.byte_level ? read_bytes() : read_characters(tokens);
    bpe merges(std::move(alphabet), read_merges());
    return {std::move(tokens), std::move(merges), read_unknown(),
            json_flag(model_, "ignore_merges", where_)};
  }

 private:
  bpe_vocabulary read_vocabulary() {
    const std::string where = concat(where_, ".vocab");
    std::vector<bpe_vocabulary_entry> entries;
    for (const auto& [text, id] : json_object(model_, "vocab", where_).items()) {
      constexpr token last = bpe_vocabulary::max_size - 1;
      if (!id.is_number_integer() || id < 0 || id > last)
        bad_member(where, text, id, "an id from 0 to ", last);
      ids_.emplace_back(text, id.get<token>());  // in order: nlohmann's objects are sorted
      entries.push_back(entry(text, id.get<token>(), where));
    }
    for (const added_token& t : added_)
      if (!find(t.content)) entries.push_back({t.id, name_text(t), kind_of(t)});
    return {std::move(entries), where};
  }
  static token_kind kind_of(const added_token& t) {
    return t.special ? token_kind::control : token_kind::added;
  }
  // a token of the vocabulary: text, or a name
  bpe_vocabulary_entry entry(const std::string& spelling, token id, std::string_view where) {
    bpe_vocabulary_entry text =
        spelling_.byte_level ? byte_level_entry(spelling, id) : character_entry(spelling, id);
    const auto found = by_name_.find(spelling);
    if (found == by_name_.end()) return text;
    const added_token& t = *found->second;
    if (t.id != id)
      fail(errc::bad_format, where, ": ", in_quotes(spelling), " has the id ", id, " here and ",
           t.id, " among the added tokens");
    const bool is_byte =
        text.kind == token_kind::byte ||
        (spelling_.byte_level && text.kind == token_kind::ordinary && text.text.size() == 1);
    if (is_byte && t.special)
      fail(errc::bad_format, where, ": ", in_quotes(spelling),
           " is a special token and a byte that texts are made of");
    if (is_byte || (!t.special && is_character(spelling))) return text;
    by_name_only_.push_back(id);
    return {id, name_text(t), kind_of(t)};
  }
  static bpe_vocabulary_entry byte_level_entry(const std::string& spelling, token id) {
    const std::optional<std::string> bytes = from_byte_level(spelling);
    if (!bytes || bytes->empty()) return {id, spelling, token_kind::foreign};  // Whisper has ""
    return {id, *bytes, token_kind::ordinary};
  }
  // Spaces never reach the vocabulary where their mark is made one: a spelling with a space is
  // foreign, and no two ordinary ones are the same text.
  bpe_vocabulary_entry character_entry(const std::string& spelling, token id) const {
    if (const std::optional<char> byte = byte_token_value(spelling))
      return {id, std::string(1, *byte), token_kind::byte};
    bool foreign = spelling.empty();
    for (const replaced& step : spelling_.decoding)
      foreign = foreign || spelling.find(step.to) != spelling.npos;
    return {id, decoded(spelling), foreign ? token_kind::foreign : token_kind::ordinary};
  }
  static bool is_character(std::string_view spelling) {
    const utf8_head head = spelling.empty() ? utf8_head{} : utf8_first(spelling);
    return head.state == utf8_state::character && head.length == spelling.size();
  }
  std::string decoded(std::string_view text) const {
    std::string storage;
    return std::string(all_replaced(text, spelling_.decoding, storage, where_));
  }
  // what decoding an added token gives
  std::string name_text(const added_token& t) const {
    return spelling_.byte_level ? t.content : decoded(t.content);
  }

  bpe_alphabet read_bytes() const {
    byte_tokens bytes;
    for (int byte = 0; byte < 256; ++byte) {
      const char value = static_cast<char>(byte);
      bytes[static_cast<index>(byte)] = find(to_byte_level({&value, 1})).value_or(-1);
    }
    return bytes;
  }
  bpe_alphabet read_characters(const bpe_vocabulary& tokens) const {
    byte_tokens bytes;
    bytes.fill(-1);
    std::vector<character_token> characters;
    for (const auto& [spelling, id] : ids_) {
      const token_kind kind = tokens.kind(id);
      if (kind == token_kind::byte)
        bytes[static_cast<unsigned char>(*byte_token_value(spelling))] = id;
      else if (kind == token_kind::ordinary && is_character(spelling))
        characters.push_back({utf8_first(spelling).code, id});
    }
    for (index byte = 0; byte < 256; ++byte)
      if (bytes[byte] < 0)
        fail(errc::bad_format, where_, ".vocab: no token \"", byte_token_name(byte),
             "\", want all of <0x00> to <0xFF> with \"byte_fallback\"");
    return {bytes, std::move(characters)};
  }

  std::vector<bpe_merge> read_merges() {
    std::sort(by_name_only_.begin(), by_name_only_.end());
    std::vector<bpe_merge> merges;
    for (const nlohmann::json& item : json_array(model_, "merges", where_)) {
      const std::string here = concat(where_, ".merges[", merges.size(), "]");
      const auto [left, right] = halves(item, here);
      bpe_merge m{id_of(left, here), id_of(right, here), id_of(left + right, here)};
      if (std::binary_search(by_name_only_.begin(), by_name_only_.end(), m.joined)) m.joined = -1;
      merges.push_back(m);
    }
    return merges;
  }
  static std::pair<std::string, std::string> halves(const nlohmann::json& item,
                                                    std::string_view here) {
    std::pair<std::string, std::string> out;
    if (item.is_array() && item.size() == 2 && item[0].is_string() && item[1].is_string()) {
      out = {item[0], item[1]};
    } else if (item.is_string()) {
      const auto& text = item.get_ref<const std::string&>();
      const index space = text.find(' ');
      if (space != text.npos && text.find(' ', space + 1) == text.npos)
        out = {text.substr(0, space), text.substr(space + 1)};
    }
    if (out.first.empty() || out.second.empty())
      fail(errc::bad_format, here, ": want two tokens, \"a b\" or [\"a\", \"b\"]");
    return out;
  }
  std::optional<token> find(std::string_view text) const {
    const auto found = std::lower_bound(
        ids_.begin(), ids_.end(), text,
        [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
    if (found == ids_.end() || found->first != text) return std::nullopt;
    return found->second;
  }
  token id_of(std::string_view text, std::string_view here) const {
    const std::optional<token> found = find(text);
    if (!found) fail(errc::bad_format, here, ": the vocabulary has no token ", in_quotes(text));
    return *found;
  }

  bpe_unknown read_unknown() const {
    const auto found = model_.find("unk_token");
    if (found == model_.end() || found->is_null()) return {};
    const std::string& name = json_string(model_, "unk_token", where_);
    const bool fuse = json_flag(model_, "fuse_unk", where_);
    if (const auto added = by_name_.find(name); added != by_name_.end())
      return {added->second->id, fuse};
    return {id_of(name, concat(where_, ".unk_token")), fuse};
  }

  const nlohmann::json& model_;
  const std::vector<added_token>& added_;
  token_spelling spelling_;
  std::string_view where_;
  std::map<std::string_view, const added_token*> by_name_;
  std::vector<std::pair<std::string_view, token>> ids_;  // of the vocabulary, by its texts
  std::vector<token> by_name_only_;                      // of the vocabulary
};

}  // namespace gkd::inline v0::detail
