// SPDX-License-Identifier: Apache-2.0
// The members "normalizer", "pre_tokenizer" and "post_processor" of a tokenizer.json.
//
//   "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
//       {"type": "Digits", "individual_digits": true},
//       {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}]}
#pragma once

#include <gkd/io/json.hpp>
#include <gkd/text/bpe_tokenizer.hpp>
#include <gkd/text/tokenizer_json_model.hpp>

#include <string>       // string
#include <string_view>  // string_view
#include <vector>       // vector

namespace gkd::inline v0::detail {

/// Steps of one kind in all, counted through sequences within sequences.
inline constexpr index most_steps = 64;
/// Bytes that a Replace looks for.
inline constexpr index longest_replaced = 256;
/// Tokens that are put around a text, before and after it together.
inline constexpr index most_around = 64;

template <class... Wanted>
[[noreturn]] void unsupported(std::string_view where, std::string_view name, std::string_view value,
                              const Wanted&... wanted) {
  fail(errc::bad_format, where, ": ", in_quotes(name), " is ", in_quotes(value), ", want ",
       wanted...);
}

/// Calls use(step, where) for a step or, one after another, for those of a Sequence, whose list is
/// the member `list`. Null is no step.
template <class Use>
void for_each_step(const nlohmann::json& step, std::string_view list, const std::string& where,
                   index& count, const Use& use) {
  if (step.is_null()) return;
  if (json_string(step, "type", where) != "Sequence") {
    if (++count > most_steps) fail(errc::bad_format, where, ": more than ", most_steps, " steps");
    return use(step, where);
  }
  index i = 0;
  for (const nlohmann::json& inner : json_array(step, list, where))
    for_each_step(inner, list, concat(where, ".", list, "[", i++, "]"), count, use);
}

// {"pattern": {"String": " "}, "content": "\u2581"}
inline replaced read_replacement(const nlohmann::json& step, const std::string& where) {
  const nlohmann::json& pattern = json_object(step, "pattern", where);
  replaced out{json_string(pattern, "String", concat(where, ".pattern")),
               json_string(step, "content", where)};
  // a search may compare all of it at every byte of a text
  if (out.from.empty() || out.from.size() > longest_replaced)
    fail(errc::bad_format, where, ".pattern: \"String\" has ", out.from.size(),
         " bytes, want 1 to ", longest_replaced);
  return out;
}

inline std::vector<normal_step> read_normal_steps(const nlohmann::json& normalizer,
                                                  const std::string& where) {
  std::vector<normal_step> steps;
  index count = 0;
  for_each_step(normalizer, "normalizers", where, count,
                [&](const nlohmann::json& step, const std::string& here) {
                  const std::string& type = json_string(step, "type", here);
                  if (type == "NFC") return steps.emplace_back(normal_form::nfc), void();
                  if (type == "NFD") return steps.emplace_back(normal_form::nfd), void();
                  if (type == "NFKC") return steps.emplace_back(normal_form::nfkc), void();
                  if (type == "NFKD") return steps.emplace_back(normal_form::nfkd), void();
                  if (type == "Prepend")
                    return steps.emplace_back(prefixed{json_string(step, "prepend", here)}), void();
                  if (type == "Replace")
                    return steps.emplace_back(read_replacement(step, here)), void();
                  unsupported(here, "type", type,
                              "NFC, NFD, NFKC, NFKD, Prepend, Replace or a Sequence of them");
                });
  return steps;
}

inline split_behavior read_behavior(const nlohmann::json& step, const std::string& where) {
  const std::string& name = json_string(step, "behavior", where);
  if (name == "Removed") return split_behavior::removed;
  if (name == "Isolated") return split_behavior::isolated;
  if (name == "MergedWithPrevious") return split_behavior::merged_with_previous;
  if (name == "MergedWithNext") return split_behavior::merged_with_next;
  if (name == "Contiguous") return split_behavior::contiguous;
  unsupported(where, "behavior", name,
              "Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous");
}

inline regex read_pattern(const nlohmann::json& step, const std::string& where,
                          const regex_limits& limits) {
  const nlohmann::json& pattern = json_object(step, "pattern", where);
  const std::string here = concat(where, ".pattern");
  if (!pattern.contains("String"))
    return regex::oniguruma(json_string(pattern, "Regex", here), here, limits);
  const std::string& text = json_string(pattern, "String", here);
  if (text.empty()) fail(errc::bad_format, here, ": \"String\" is empty");
  return regex::literal(text, here, limits);
}

// "prepend_scheme", or in older files "add_prefix_space"
inline prefix_scheme read_prefix_scheme(const nlohmann::json& step, const std::string& where) {
  if (!step.contains("prepend_scheme"))
    return json_flag(step, "add_prefix_space", where, true) ? prefix_scheme::always
                                                            : prefix_scheme::never;
  const std::string& name = json_string(step, "prepend_scheme", where);
  if (name == "never") return prefix_scheme::never;
  if (name == "first") return prefix_scheme::first;
  if (name == "always") return prefix_scheme::always;
  unsupported(where, "prepend_scheme", name, "never, first or always");
}

inline void add_metaspace(pre_tokenizer& words, const nlohmann::json& step,
                          const std::string& where, const regex_limits& limits) {
  const std::string& mark = json_string(step, "replacement", where);
  if (mark.empty() || utf8_first(mark).length != mark.size())
    unsupported(where, "replacement", mark, "one character");
  words.add_metaspace(mark, read_prefix_scheme(step, where), where);
  if (json_flag(step, "split", where, true))
    words.add_split(regex::literal(mark, where, limits), split_behavior::merged_with_next);
}

inline void add_words_step(pre_tokenizer& words, const nlohmann::json& step,
                           const std::string& where, const regex_limits& limits) {
  const std::string& type = json_string(step, "type", where);
  if (type == "ByteLevel") {
    if (words.is_byte_level()) fail(errc::bad_format, where, ": ByteLevel for the second time");
    if (json_bool(step, "add_prefix_space", where)) words.add_prefix_space(where);
    if (json_flag(step, "use_regex", where, true))
      words.add_split(regex::oniguruma(gpt2_pattern, where, limits), split_behavior::isolated);
    words.add_byte_level();
  } else if (type == "Split") {
    words.add_split(read_pattern(step, where, limits), read_behavior(step, where),
                    json_bool(step, "invert", where));
  } else if (type == "Digits") {
    words.add_split(regex(R"(\p{N})", where, limits), json_bool(step, "individual_digits", where)
                                                          ? split_behavior::isolated
                                                          : split_behavior::contiguous);
  } else if (type == "Punctuation") {
    words.add_split(regex(R"([\p{P}$+<=>^`|~])", where, limits), step.contains("behavior")
                                                                     ? read_behavior(step, where)
                                                                     : split_behavior::isolated);
  } else if (type == "Metaspace") {
    add_metaspace(words, step, where, limits);
  } else {
    unsupported(where, "type", type,
                "ByteLevel, Metaspace, Split, Digits, Punctuation or a Sequence of them");
  }
}

inline pre_tokenizer read_words(const nlohmann::json& steps, const std::string& where,
                                const regex_limits& limits) {
  pre_tokenizer words;
  index count = 0;
  for_each_step(steps, "pretokenizers", where, count,
                [&](const nlohmann::json& step, const std::string& here) {
                  add_words_step(words, step, here, limits);
                });
  return words;
}

// [["[CLS]", 101]] of RobertaProcessing and BertProcessing
inline token read_named_id(const nlohmann::json& step, std::string_view name,
                           const std::string& where) {
  const nlohmann::json& pair = json_array(step, name, where);
  if (pair.size() != 2 || !pair[0].is_string() || !pair[1].is_number_integer() || pair[1] < 0 ||
      pair[1] >= bpe_vocabulary::max_size)
    fail(errc::bad_format, where, ": ", in_quotes(name), ": want a name and an id");
  return pair[1].get<token>();
}

// Pieces times ids times steps would be hundreds of millions for a small file.
inline void check_around(const special_template& all, index more, const std::string& where) {
  if (all.before.size() + all.after.size() + more > most_around)
    fail(errc::bad_format, where, ": more than ", most_around, " tokens around a text");
}

// "single" of TemplateProcessing: special tokens around one Sequence A
inline special_template read_template(const nlohmann::json& step, const std::string& where) {
  special_template around;
  index sequences = 0;
  for (const nlohmann::json& piece : json_array(step, "single", where)) {
    const std::string here = concat(where, ".single");
    if (piece.contains("Sequence")) {
      const std::string& id = json_string(json_object(piece, "Sequence", here), "id", here);
      if (id != "A" || ++sequences > 1) unsupported(here, "Sequence", id, "A, once");
      continue;
    }
    const std::string& name = json_string(json_object(piece, "SpecialToken", here), "id", here);
    const nlohmann::json& specials = json_object(step, "special_tokens", where);
    const nlohmann::json& special = json_object(specials, name, concat(where, ".special_tokens"));
    for (const nlohmann::json& id : json_array(special, "ids", here)) {
      if (!id.is_number_integer() || id < 0 || id >= bpe_vocabulary::max_size)
        bad_member(here, "ids", id, "ids from 0 to ", bpe_vocabulary::max_size - 1);
      check_around(around, 1, where);
      (sequences == 0 ? around.before : around.after).push_back(id.get<token>());
    }
  }
  if (sequences != 1) fail(errc::bad_format, where, ": \"single\" has no Sequence, want A, once");
  return around;
}

inline special_template read_around(const nlohmann::json& processor, const std::string& where) {
  special_template all;
  index count = 0;
  for_each_step(processor, "processors", where, count,
                [&](const nlohmann::json& step, const std::string& here) {
                  const std::string& type = json_string(step, "type", here);
                  special_template one;
                  if (type == "TemplateProcessing")
                    one = read_template(step, here);
                  else if (type == "RobertaProcessing" || type == "BertProcessing")
                    one = {{read_named_id(step, "cls", here)}, {read_named_id(step, "sep", here)}};
                  else if (type != "ByteLevel")  // which moves offsets only
                    unsupported(here, "type", type,
                                "ByteLevel, TemplateProcessing, RobertaProcessing, BertProcessing "
                                "or a Sequence of them");
                  check_around(all, one.before.size() + one.after.size(), here);
                  all.before.insert(all.before.begin(), one.before.begin(), one.before.end());
                  all.after.insert(all.after.end(), one.after.begin(), one.after.end());
                });
  return all;
}

}  // namespace gkd::inline v0::detail
