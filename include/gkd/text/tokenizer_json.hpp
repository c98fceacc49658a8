// SPDX-License-Identifier: Apache-2.0
// Hugging Face's tokenizer.json with a BPE model, byte-level (GPT-2, RoBERTa, Llama 3, Qwen2,
// SmolLM2, GPT-NeoX, Falcon, Whisper, ...) or converted from SentencePiece (Llama 2, TinyLlama,
// Phi-3, Mistral, ...). Opt-in: needs nlohmann/json, PCRE2 and utf8proc.
//
//   normalizer      null, NFC, NFD, NFKC, NFKD, Prepend, Replace (of a String), Sequence
//   pre_tokenizer   null, ByteLevel, Metaspace, Split, Digits, Punctuation, Sequence
//   model           BPE; merges as text or pairs, ignore_merges, unk_token, fuse_unk;
//                   byte_fallback where there is no ByteLevel, and only there
//   post_processor  null, ByteLevel, TemplateProcessing, RobertaProcessing, BertProcessing,
//                   Sequence
//   decoder         ByteLevel; or Sequence of Replace, ByteFallback, Fuse, Strip
//
//   const auto tokenizer = gkd::read_tokenizer("models/Qwen2-0.5B-Instruct");
//   gkd::check_same_tokenizer(tokenizer, "models/Qwen2-0.5B-Instruct", "models/Qwen2-7B-Instruct");
//
// Whatever else stands there (Unigram, WordPiece, dropout, ...) is an error that names member and
// value. "truncation" and "padding" are the caller's matter: not read.
#pragma once

#include <gkd/io/json.hpp>
#include <gkd/io/model_folder.hpp>
#include <gkd/text/bpe_tokenizer.hpp>
#include <gkd/text/tokenizer_config.hpp>
#include <gkd/text/tokenizer_json_decoder.hpp>
#include <gkd/text/tokenizer_json_model.hpp>
#include <gkd/text/tokenizer_json_steps.hpp>

#include <optional>     // optional
#include <string>       // string
#include <string_view>  // string_view
#include <utility>      // move

namespace gkd::inline v0 {

/// A tokenizer.json of more bytes is refused before it is read.
inline constexpr index max_tokenizer_bytes = 64'000'000;

/// The tokenizer that the text of a tokenizer.json describes. `eos` names the added token that ends
/// a sequence, `file` the text in errors. Throws bad_format for what is not well-formed or not
/// supported, vocabulary_mismatch when eos is no added token.
inline bpe_tokenizer parse_tokenizer(std::string_view text, std::string_view eos,
                                     std::string_view file = "tokenizer.json",
                                     const regex_limits& limits = {}) {
  const std::string where = shown_path(file);
  const auto in = [&](std::string_view member) { return concat(where, ": ", member); };
  const nlohmann::json root = parse_json(text, {file}, {.max_bytes = max_tokenizer_bytes});
  const auto optional = [&](const char* name) { return root.value(name, nlohmann::json()); };
  detail::check_bpe(json_object(root, "model", where), in("model"));

  std::vector<added_token> added;
  if (root.contains("added_tokens"))
    added = detail::read_added_tokens(json_array(root, "added_tokens", where), in("added_tokens"));
  std::vector<normal_step> steps =
      detail::read_normal_steps(optional("normalizer"), in("normalizer"));
  pre_tokenizer words = detail::read_words(optional("pre_tokenizer"), in("pre_tokenizer"), limits);
  detail::token_spelling spelling =
      detail::read_spelling(optional("decoder"), root["model"], steps, words, where);
  detail::bpe_model model =
      detail::bpe_model_reader(root["model"], added, spelling, in("model")).read();

  token end = -1;
  for (const added_token& t : added)
    if (t.content == eos) end = t.id;
  if (end < 0)
    fail(errc::vocabulary_mismatch, where, ": the end of sequence ", in_quotes(eos),
         " is none of the ", added.size(), " added tokens");
  return bpe_tokenizer(
      {.tokens = std::move(model.tokens),
       .merges = std::move(model.merges),
       .normal_steps = std::move(steps),
       .words = std::move(words),
       .added = std::move(added),
       .around = detail::read_around(optional("post_processor"), in("post_processor")),
       .ignore_merges = model.ignore_merges,
       .unknown = model.unknown,
       .eos = end,
       .decoding = std::move(spelling.decoding),
       .strip_first_space = spelling.strip_first_space});
}

namespace detail {

/// Throws bad_format where tokenizer_config.json, silent or not, has another space before a text
/// than tokenizer.json, of a class that heeds the former; SentencePiece's, which has the member,
/// too, goes by its normalizer.
inline void check_prefix_space(const tokenizer_config& config, const pre_tokenizer& words) {
  const bool asks = config.add_prefix_space.value_or(false);
  if (!words.is_byte_level() || asks == words.adds_prefix_space()) return;
  for (const char* heeding :
       {"GPT2Tokenizer", "GPT2TokenizerFast", "Qwen2Tokenizer", "Qwen2TokenizerFast"})
    if (config.tokenizer_class == heeding)
      fail(errc::bad_format, shown_path(config.folder),
           "/tokenizer_config.json: \"add_prefix_space\" is ", asks ? "true" : "false",
           ", which transformers' ", heeding, " heeds, and ", asks ? "false" : "true",
           " in the pre_tokenizer of tokenizer.json; want the same in both");
}

}  // namespace detail

/// The tokenizer of a model's folder, or of the Hub's cache of it: tokenizer.json, with the end of
/// sequence `eos` or, where that is empty, the one that tokenizer_config.json names. Throws as
/// parse_tokenizer does; bad_format also when nothing names an end of sequence, and where the two
/// files do not agree on add_prefix_space; io_failure.
inline bpe_tokenizer read_tokenizer(const model_folder& folder, std::string eos = "",
                                    const regex_limits& limits = {}) {
  const tokenizer_config config =
      eos.empty() ? read_tokenizer_config(folder) : detail::read_tokenizer_class(folder);
  if (eos.empty()) eos = config.eos_token.value_or("");
  if (eos.empty())
    fail(errc::bad_format, shown_path(folder.path()),
         ": tokenizer_config.json names no \"eos_token\"; give the end of sequence by name");
  constexpr std::string_view name = "tokenizer.json";
  if (!folder.has(name) && folder.has("tokenizer.model"))
    fail(errc::io_failure, shown_path(folder.path()), ": has a tokenizer.model of SentencePiece ",
         "and no tokenizer.json, which is wanted; transformers makes one: "
         "AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)");
  const std::string text = read_file(folder.open(name), max_tokenizer_bytes);
  bpe_tokenizer tokenizer = parse_tokenizer(text, eos, concat(folder.path(), "/", name), limits);
  detail::check_prefix_space(config, tokenizer.words());
  return tokenizer;
}
inline bpe_tokenizer read_tokenizer(const std::string& folder, std::string eos = "",
                                    const regex_limits& limits = {}) {
  return read_tokenizer(model_folder(folder), std::move(eos), limits);
}

/// Throws vocabulary_mismatch, which names both folders, unless the tokenizer of a teacher's folder
/// gives every id the text that `tokenizer`, read from `folder`, gives it. A teacher's folder
/// without a tokenizer.json is taken to share the student's. Throws as parse_tokenizer does, too;
/// io_failure. The teacher's tokenizer, which may cut a text otherwise; none where its file is the
/// student's, or there is no file.
inline std::optional<bpe_tokenizer> check_same_tokenizer(const bpe_tokenizer& tokenizer,
                                                         const model_folder& folder,
                                                         const model_folder& teachers) {
  constexpr std::string_view name = "tokenizer.json", config = "tokenizer_config.json";
  if (!teachers.has(name)) return {};
  const std::string text = read_file(teachers.open(name), max_tokenizer_bytes);
  if (folder.has(name) && read_file(folder.open(name), max_tokenizer_bytes) == text) return {};
  std::string eos(tokenizer.token_text(tokenizer.eos()));  // where the teacher names none
  if (teachers.has(config)) eos = read_tokenizer_config(teachers).eos_token.value_or(eos);
  const std::string mine = shown_path(folder.path()), theirs = shown_path(teachers.path());
  try {
    const std::string path = concat(teachers.path(), "/", name);
    bpe_tokenizer other = parse_tokenizer(text, eos, path);
    check_same_tokenizer(tokenizer, mine, other, theirs);
    return other;
  } catch (const error& e) {  // of the teacher's alone, where it has not the student's end
    if (e.code() != errc::vocabulary_mismatch || e.text().find(mine) != std::string_view::npos)
      throw;
    fail(e.code(), "the tokenizers of ", mine, " and ", theirs, " differ: ", e.text(),
         "; student and teacher must share one");
  }
}
inline std::optional<bpe_tokenizer> check_same_tokenizer(const bpe_tokenizer& tokenizer,
                                                         const std::string& folder,
                                                         const std::string& teachers) {
  return check_same_tokenizer(tokenizer, model_folder(folder), model_folder(teachers));
}

}  // namespace gkd::inline v0
