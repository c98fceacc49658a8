// SPDX-License-Identifier: Apache-2.0
// A byte-level BPE tokenizer, as GPT-2, Llama 3, Qwen2 and SmolLM2 use it. Opt-in: needs PCRE2 and
// utf8proc. read_tokenizer (text/tokenizer_json.hpp) makes one from a model's folder.
//
//   text -> normal form -> words (pre_tokenizer) -> bytes -> merges (bpe) -> ids
//
// encode() knows no added token: whatever a message says, its ids are ordinary. The other way,
// encode_with_control() reads names of added tokens as those tokens, as Hugging Face's encode does;
// it is for text that a program, not a stranger, wrote.
#pragma once

#include <gkd/text/added_tokens.hpp>
#include <gkd/text/bpe.hpp>
#include <gkd/text/bpe_vocabulary.hpp>
#include <gkd/text/normalizer.hpp>
#include <gkd/text/pre_tokenizer.hpp>
#include <gkd/text/tokenizer.hpp>

#include <optional>     // optional
#include <span>         // span
#include <string>       // string
#include <string_view>  // string_view
#include <utility>      // move
#include <vector>       // vector

namespace gkd::inline v0 {

/// Tokens that a model's tokenizer puts around a text when it is asked to.
struct special_template {
  std::vector<token> before;  ///< such as Llama 3's <|begin_of_text|>
  std::vector<token> after;
};

/// What a bpe_tokenizer is made of.
struct bpe_tokenizer_parts {
  bpe_vocabulary tokens;
  bpe merges;
  std::vector<normal_form> normal_forms = {};  ///< one after another; mostly none, or NFC
  pre_tokenizer words = {};
  std::vector<added_token> added = {};  ///< those of kind added and control in the vocabulary
  special_template around = {};
  bool ignore_merges = false;  ///< a word that is a token is this token, whatever the merges say
  bpe_unknown unknown = {};    ///< for bytes without a token
  token eos = -1;              ///< one of the added tokens
};

/// Its const members may be called in several threads at once.
class bpe_tokenizer {
 public:
  /// Throws vocabulary_mismatch when eos is none of the added tokens, or a token put around texts
  /// is none at all.
  explicit bpe_tokenizer(bpe_tokenizer_parts parts) : parts_(std::move(parts)) {
    bool has_eos = false;
    std::vector<added_token> raw, normal;
    for (added_token t : parts_.added) {
      has_eos = has_eos || t.id == parts_.eos;
      if (t.normalized) t.content = normal_text(t.content);
      if (!t.content.empty()) (t.normalized ? normal : raw).push_back(std::move(t));
    }
    if (!has_eos)
      fail(errc::vocabulary_mismatch, "end of sequence ", parts_.eos, " is none of the ",
           parts_.added.size(), " added tokens");
    for (const auto* ids : {&parts_.around.before, &parts_.around.after})
      for (token id : *ids) check(id, "put around a text");
    if (parts_.unknown.id >= 0) check(parts_.unknown.id, "stands for unknown bytes");
    raw_names_ = added_token_finder(std::move(raw));
    normal_names_ = added_token_finder(std::move(normal));
  }

  /// Ordinary tokens only. Bytes that are no UTF-8 are encoded like others. A byte that the
  /// vocabulary has no token for is lost, as in Hugging Face (see lost_bytes), unless an ordinary
  /// token stands for unknown ones. Throws bad_format when a pattern hits a limit.
  std::vector<token> encode(std::string_view text) const {
    const token unknown = parts_.unknown.id;
    const bool ordinary = unknown >= 0 && parts_.tokens.kind(unknown) == token_kind::ordinary;
    std::vector<token> ids;
    std::string storage;
    encode_normal(normal_view(text, storage), ids, ordinary ? parts_.unknown : bpe_unknown{});
    return ids;
  }
  /// The same with names of added tokens in the text read as these tokens, and with the model's
  /// special tokens put around if asked for: Hugging Face's encode, to the id.
  std::vector<token> encode_with_control(std::string_view text,
                                         bool add_special_tokens = false) const {
    std::vector<token> ids;
    if (add_special_tokens) append(ids, parts_.around.before);
    raw_names_.split(text, [&](std::string_view piece, std::optional<token> name) {
      if (name) return ids.push_back(*name);
      std::string storage;
      normal_names_.split(normal_view(piece, storage),
                          [&](std::string_view part, std::optional<token> normal_name) {
                            if (normal_name) return ids.push_back(*normal_name);
                            encode_normal(part, ids, parts_.unknown);
                          });
    });
    if (add_special_tokens) append(ids, parts_.around.after);
    return ids;
  }

  /// Special tokens leave no text, other added tokens their names: Hugging Face's decode with
  /// skip_special_tokens, as bytes. They are UTF-8 if the tokens end where a character does.
  /// Throws vocabulary_mismatch for an id outside [0, vocab_size()).
  std::string decode(std::span<const token> ids) const { return decode(ids, false); }
  /// As decode, with the names of special tokens in their places: for logs and eyes.
  std::string decode_with_control(std::span<const token> ids) const { return decode(ids, true); }

  /// The bytes of an ordinary token, the name of an added one, nothing for a hole in the ids. Lives
  /// as long as the tokenizer. Throws as decode does.
  std::string_view token_text(token id) const {
    check(id, "whose text is wanted");
    return parts_.tokens.text(id);
  }

  /// Of any added token, special or not.
  std::optional<token> control_id(std::string_view name) const {
    for (const added_token& t : parts_.added)
      if (t.content == name) return t.id;
    return std::nullopt;
  }
  index vocab_size() const { return parts_.tokens.size(); }
  token eos() const { return parts_.eos; }

  /// All added tokens, in the order of the file.
  std::span<const added_token> added_tokens() const { return parts_.added; }
  /// What encode_with_control puts around a text when it is asked to.
  const special_template& around() const { return parts_.around; }
  /// The bytes that encode() loses, none for most vocabularies. decode(encode(text)) is the normal
  /// form of text if it has none of them (and if no space is put before it).
  std::string lost_bytes() const {
    std::string bytes;
    for (int byte = 0; byte < 256; ++byte)
      if (!parts_.merges.has(static_cast<unsigned char>(byte))) bytes += static_cast<char>(byte);
    return bytes;
  }

 private:
  static void append(std::vector<token>& ids, const std::vector<token>& more) {
    ids.insert(ids.end(), more.begin(), more.end());
  }
  void check(token id, std::string_view what) const {
    if (id < 0 || static_cast<index>(id) >= vocab_size())
      fail(errc::vocabulary_mismatch, "token id ", id, " ", what, ", want 0 <= id < ",
           vocab_size());
  }

  // the text in all normal forms; the view is of the text or of the storage
  std::string_view normal_view(std::string_view text, std::string& storage) const {
    std::string other;
    for (normal_form form : parts_.normal_forms) {
      text = normalized(text, form, other);
      if (text.data() != other.data()) continue;
      storage.swap(other);
      text = storage;
    }
    return text;
  }
  std::string normal_text(std::string_view text) const {
    std::string storage;
    return std::string(normal_view(text, storage));
  }

  void encode_normal(std::string_view text, std::vector<token>& ids, bpe_unknown unknown) const {
    parts_.words.split(text, [&](std::string_view word) {
      const index before = ids.size();
      parts_.merges.encode(word, ids, unknown);
      if (!parts_.ignore_merges) return;
      if (ids.size() == before + 1 && parts_.tokens.text(ids.back()) == word) return;
      if (const std::optional<token> whole = parts_.tokens.find(word)) {
        ids.resize(before);
        ids.push_back(*whole);
      }
    });
  }

  std::string decode(std::span<const token> ids, bool with_control) const {
    std::string text;
    for (token id : ids) {
      check(id, "in a text to decode");
      if (with_control || parts_.tokens.kind(id) != token_kind::control)
        text += parts_.tokens.text(id);
    }
    return text;
  }

  bpe_tokenizer_parts parts_;
  added_token_finder raw_names_, normal_names_;
};

}  // namespace gkd::inline v0
