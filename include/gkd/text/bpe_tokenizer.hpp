// SPDX-License-Identifier: Apache-2.0
// A BPE tokenizer: of bytes, as GPT-2, Llama 3, Qwen2 and SmolLM2 use it, or of characters with
// bytes to fall back to, as SentencePiece made it for Llama 2 and Phi-3. Opt-in: needs PCRE2 and
// utf8proc. read_tokenizer (text/tokenizer_json.hpp) makes one from a model's folder.
//
//   text -> normal form -> words (pre_tokenizer) -> bytes or characters -> merges (bpe) -> ids
//
// encode() knows no added token: whatever a message says, its ids are ordinary. The other way,
// encode_with_control() reads names of added tokens as those tokens, as Hugging Face's encode does;
// it is for text that a program, not a stranger, wrote.
#pragma once

#include <gkd/text/added_tokens.hpp>
#include <gkd/text/bpe.hpp>
#include <gkd/text/bpe_vocabulary.hpp>
#include <gkd/text/normal_steps.hpp>
#include <gkd/text/pre_tokenizer.hpp>
#include <gkd/text/tokenizer.hpp>

#include <algorithm>    // find, lower_bound, sort
#include <numeric>      // iota
#include <optional>     // optional
#include <span>         // span
#include <string>       // string
#include <string_view>  // string_view
#include <tuple>        // tie
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
  std::vector<normal_step> normal_steps = {};  ///< one after another; mostly none, or NFC
  pre_tokenizer words = {};
  std::vector<added_token> added = {};  ///< those of kind added and control in the vocabulary
  special_template around = {};
  bool ignore_merges = false;  ///< a word that is a token is this token, whatever the merges say
  bpe_unknown unknown = {};    ///< for bytes without a token
  token eos = -1;              ///< one of the added tokens
  std::vector<replaced> decoding = {};  ///< what makes a word a token's text: Llama 2's ▁ a space
  bool strip_first_space = false;       ///< decoded text loses a space at its beginning
};

/// Its const members may be called in several threads at once.
class bpe_tokenizer {
 public:
  /// Throws vocabulary_mismatch when eos is none of the added tokens, or a token put around texts
  /// is none at all; bad_format when the normal form of an added token's name is too long.
  explicit bpe_tokenizer(bpe_tokenizer_parts parts) : parts_(std::move(parts)) {
    bool has_eos = false;
    std::vector<added_token> raw, normal;
    for (added_token t : parts_.added) {
      has_eos = has_eos || t.id == parts_.eos;
      if (t.lstrip) take_before_.push_back(t.id);
      if (t.rstrip) take_after_.push_back(t.id);
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
    by_name_.resize(parts_.added.size());
    std::iota(by_name_.begin(), by_name_.end(), index{0});
    std::sort(by_name_.begin(), by_name_.end(), [&](index a, index b) {
      return std::tie(parts_.added[a].content, a) < std::tie(parts_.added[b].content, b);
    });
  }

  /// Ordinary tokens only. Bytes that are no UTF-8 are encoded like others. A byte that the
  /// vocabulary has no token for is lost, as in Hugging Face (see lost_bytes), unless an ordinary
  /// token stands for unknown ones. Throws bad_format when a pattern takes too long, or when the
  /// steps to the normal form make the text much longer (text/normal_steps.hpp).
  std::vector<token> encode(std::string_view text) const { return encode(text, {}); }
  /// The same where the text is part of a sequence: as Hugging Face encodes it there. A space that
  /// the tokenizer puts before texts is not put before one that goes on, and control tokens that
  /// take the white space beside them do.
  std::vector<token> encode(std::string_view text, const text_place& place) const {
    const auto among = [](const std::vector<token>& list, token id) {
      return std::find(list.begin(), list.end(), id) != list.end();
    };
    if (among(take_after_, place.control_before))
      text.remove_prefix(added_token_finder::space_after(text, 0));
    if (among(take_before_, place.control_after))
      text = text.substr(0, added_token_finder::space_before(text, text.size(), 0));
    const token unknown = parts_.unknown.id;
    const bool ordinary = unknown >= 0 && parts_.tokens.kind(unknown) == token_kind::ordinary;
    std::vector<token> ids;
    std::string storage;
    encode_normal(normalized(text, parts_.normal_steps, place.inside, storage), ids,
                  ordinary ? parts_.unknown : bpe_unknown{}, place);
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
      const std::string_view normal = normalized(piece, parts_.normal_steps, false, storage);
      normal_names_.split(normal, [&](std::string_view part, std::optional<token> normal_name) {
        if (normal_name) return ids.push_back(*normal_name);
        const bool first = piece.data() == text.data() && part.data() == normal.data();
        const token before = first ? -1 : parts_.eos;  // whichever: all that counts is that one is
        encode_normal(part, ids, parts_.unknown, {.control_before = before});
      });
    });
    if (add_special_tokens) append(ids, parts_.around.after);
    return ids;
  }

  /// Special tokens leave no text, other added tokens their names: Hugging Face's decode with
  /// skip_special_tokens, as bytes. They are UTF-8 if the tokens end where a character does.
  /// A tokenizer that puts a space before texts takes one away here, wherever the text stood.
  /// Throws vocabulary_mismatch for an id outside [0, vocab_size()).
  std::string decode(std::span<const token> ids) const { return begun(decode_inside(ids)); }
  /// The same of tokens that follow others: a space at the beginning stays.
  std::string decode_inside(std::span<const token> ids) const { return text_of(ids, false); }
  /// As decode, with the names of special tokens in their places: for logs and eyes.
  std::string decode_with_control(std::span<const token> ids) const {
    return begun(text_of(ids, true));
  }

  /// The bytes of an ordinary token, the name of an added one, nothing for a hole in the ids. Lives
  /// as long as the tokenizer. Throws as decode does.
  std::string_view token_text(token id) const {
    check(id, "whose text is wanted");
    return parts_.tokens.text(id);
  }

  /// Of any added token, special or not.
  std::optional<token> control_id(std::string_view name) const {
    const auto found =
        std::lower_bound(by_name_.begin(), by_name_.end(), name,
                         [&](index i, std::string_view n) { return parts_.added[i].content < n; });
    if (found == by_name_.end() || parts_.added[*found].content != name) return std::nullopt;
    return parts_.added[*found].id;
  }
  index vocab_size() const { return parts_.tokens.size(); }
  token eos() const { return parts_.eos; }

  /// All added tokens, in the order of the file.
  std::span<const added_token> added_tokens() const { return parts_.added; }
  /// What encode_with_control puts around a text when it is asked to.
  const special_template& around() const { return parts_.around; }
  const pre_tokenizer& words() const { return parts_.words; }
  /// The bytes that encode() loses, none for most vocabularies. decode(encode(text)) is the normal
  /// form of text if it has none of them (and if a space that is put before it is taken away).
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

  std::string normal_text(std::string_view text) const {
    std::string storage;
    return std::string(normalized(text, parts_.normal_steps, false, storage));
  }

  void encode_normal(std::string_view text, std::vector<token>& ids, bpe_unknown unknown,
                     const text_place& place) const {
    const auto encode_word = [&](std::string_view word) {
      const index before = ids.size();
      parts_.merges.encode(word, ids, unknown);
      if (!parts_.ignore_merges) return;
      std::string storage;
      // what a token with this spelling in the vocabulary says
      const std::string_view spelled = all_replaced(word, parts_.decoding, storage);
      if (ids.size() == before + 1 && parts_.tokens.text(ids.back()) == spelled) return;
      if (const std::optional<token> whole = parts_.tokens.find(spelled)) {
        ids.resize(before);
        ids.push_back(*whole);
      }
    };
    parts_.words.split(text, encode_word, place);
  }
  std::string text_of(std::span<const token> ids, bool with_control) const {
    std::string text;
    for (token id : ids) {
      check(id, "in a text to decode");
      if (with_control || parts_.tokens.kind(id) != token_kind::control)
        text += parts_.tokens.text(id);
    }
    return text;
  }
  std::string begun(std::string text) const {
    if (parts_.strip_first_space && text.starts_with(' ')) text.erase(0, 1);
    return text;
  }

  bpe_tokenizer_parts parts_;
  added_token_finder raw_names_, normal_names_;
  std::vector<token> take_before_, take_after_;  // added tokens that take white space
  std::vector<index> by_name_;                   // the added tokens, in order of their contents
};

/// Throws vocabulary_mismatch, which gives both names and the first token that differs, unless two
/// tokenizers give every id the same text: then a token that the one writes is one that the other
/// would have read. How they cut a text does not count.
inline void check_same_tokenizer(const bpe_tokenizer& one, std::string_view name_of_one,
                                 const bpe_tokenizer& other, std::string_view name_of_other) {
  const auto refuse = [&](const auto&... what) {
    fail(errc::vocabulary_mismatch, "the tokenizers of ", name_of_one, " and ", name_of_other,
         " differ: ", what..., "; student and teacher must share one");
  };
  if (one.vocab_size() != other.vocab_size())
    refuse(one.vocab_size(), " and ", other.vocab_size(), " tokens");
  for (index i = 0; i < one.vocab_size(); ++i) {
    const auto id = static_cast<token>(i);
    if (one.token_text(id) != other.token_text(id))
      refuse("token ", i, " is ", in_quotes(one.token_text(id)), " and ",
             in_quotes(other.token_text(id)));
  }
}

}  // namespace gkd::inline v0
