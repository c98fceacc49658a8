// SPDX-License-Identifier: Apache-2.0
// What a saved Hugging Face folder has from the one that its model is from: all but the weights and
// what config.json says of them. Opt-in: needs nlohmann/json.
//
//   gkd::hf_source source = gkd::read_hf_source("SmolLM2-135M");        before a training
//   gkd::set_chat_template(source, gkd::read_file("chatml.jinja"));
//   gkd::set_eos_token(source, "<|im_end|>", 2);
//   gkd::save_hf_model(student, "distilled", source);                   after it
//
// It is held in memory, so that a file that cannot be read is found before the work, and nothing
// that becomes of the folder meanwhile can keep a model from being saved.
#pragma once

#include <gkd/model/hf_load.hpp>
#include <gkd/text/tokenizer_config.hpp>

#include <algorithm>    // find
#include <array>        // array
#include <cstddef>      // ptrdiff_t
#include <cstdint>      // int64_t
#include <map>          // map
#include <string>       // string
#include <string_view>  // string_view
#include <utility>      // move
#include <vector>       // vector

namespace gkd::inline v0 {

/// Files of a folder that make its tokenizer; which there are depends on the model.
inline constexpr std::array hf_tokenizer_files{"tokenizer.json",
                                               "tokenizer_config.json",
                                               "special_tokens_map.json",
                                               "added_tokens.json",
                                               "vocab.json",
                                               "merges.txt",
                                               "tokenizer.model",
                                               "chat_template.jinja",
                                               "chat_template.json"};

struct hf_source {
  std::string folder;                        ///< where it was read, for errors
  nlohmann::json config = nullptr;           ///< config.json; null where there is none
  std::map<std::string, std::string> files;  ///< generation_config.json and hf_tokenizer_files
};

/// Reads what a folder has, each file of at most 100 MB. Throws io_failure, also for a link to
/// nothing, as a download that broke off leaves it; bad_format for a link that leads out of the
/// folder and for what is too long or, config.json, no JSON.
inline hf_source read_hf_source(const model_folder& folder) {
  hf_source out;
  out.folder = folder.path();
  if (folder.has("config.json")) out.config = detail::read_hf_json(folder, "config.json");
  const auto read = [&](const char* name) {
    if (folder.has(name)) out.files.emplace(name, read_file(folder.open(name)));
  };
  read("generation_config.json");
  for (const char* name : hf_tokenizer_files) read(name);
  return out;
}
inline hf_source read_hf_source(const std::string& folder) {
  return read_hf_source(model_folder(folder));
}

namespace detail {

/// "gkd::digits ", longer where the text has that.
inline std::string mark_not_in(const std::string& text) {
  std::string mark = "gkd::digits ";
  while (text.find(mark) != text.npos) mark += ' ';
  return mark;
}

/// change(value) for every value in `json` that is neither an object nor an array.
template <class Change>
void for_each_leaf(nlohmann::json& json, const Change& change) {
  if (!json.is_structured()) return change(json);
  for (nlohmann::json& part : json) for_each_leaf(part, change);
}

/// The JSON of a text; integers of which a number would lose digits are their digits, as binary
/// values, of which a text has none. Throws bad_format.
inline nlohmann::json json_with_digits(const std::string& text, const std::string& path) {
  const auto parsed = [&](const std::string& before) {
    const auto marked = [&](std::string_view digits) { return concat('"' + before, digits, "\""); };
    return parse_json(with_long_integers(text, marked), {path}, max_tokenizer_config);
  };
  const std::string mark = mark_not_in(parsed("").dump());  // where \u0067 is a g
  nlohmann::json json = parsed(mark);
  if (!json.is_object()) fail(errc::bad_format, shown_path(path), ": want a JSON object");
  for_each_leaf(json, [&](nlohmann::json& value) {
    const auto* text_of = value.get_ptr<const std::string*>();
    if (text_of && text_of->starts_with(mark))
      value = nlohmann::json::binary({text_of->begin() + std::ptrdiff_t(mark.size()),
                                      text_of->end()});
  });
  return json;
}

/// The text of that, the digits as they were.
inline std::string text_with_digits(nlohmann::json json, int indent) {
  const std::string mark = mark_not_in(json.dump()), begin = '"' + mark;
  for_each_leaf(json, [&](nlohmann::json& value) {
    if (value.is_binary())
      value = mark + std::string(value.get_binary().begin(), value.get_binary().end());
  });
  std::string out = json.dump(indent);
  for (auto at = out.find(begin); at != out.npos; at = out.find(begin, at)) {
    out.erase(out.find('"', at + 1), 1);
    out.erase(at, begin.size());
  }
  return out;
}

/// Changes a file that is a JSON object, {} where it is missing; stays as it is, to the byte, where
/// change(object) returns false.
template <class Change>
void change_json(hf_source& source, const char* name, const Change& change) {
  const auto file = source.files.find(name);
  nlohmann::json json = json_with_digits(file == source.files.end() ? "{}" : file->second,
                                         concat(source.folder, "/", name));
  if (change(json)) source.files[name] = text_with_digits(std::move(json), 2) + "\n";
}

/// Throws vocabulary_mismatch for an id outside config.json's vocabulary; `what` begins the error.
inline void check_in_vocabulary(const hf_source& source, std::int64_t id, std::string_view what) {
  const nlohmann::json vocab = source.config.is_object() && source.config.contains("vocab_size")
                                   ? source.config["vocab_size"]
                                   : nlohmann::json();
  const bool known = vocab.is_number_integer();
  const std::int64_t end = known ? vocab.get<std::int64_t>() : std::int64_t{1} << 31;
  if (id < 0 || id >= end)
    fail(errc::vocabulary_mismatch, what, id, ", want 0 <= id < ", known ? "vocab_size = " : "",
         end, known ? " of config.json" : "");
}

/// An id of a file, before it is written again. Throws bad_format for what is no id,
/// vocabulary_mismatch for one outside config.json's vocabulary.
inline void check_eos_id(const hf_source& source, const char* file, const nlohmann::json& id) {
  const std::string what = concat(shown_path(concat(source.folder, "/", file)),
                                  ": \"eos_token_id\" is ");
  if (!id.is_number_integer())
    fail(errc::bad_format, what,
         id.is_string() ? in_quotes(id.get_ref<const std::string&>())
                        : shown_path(text_with_digits(id, -1).substr(0, 64)),
         ", want a token id or an array of them");
  check_in_vocabulary(source, id.get<std::int64_t>(), what);
}

}  // namespace detail

/// Gives the folder another chat template: as chat_template.jinja, the only one then. Throws
/// bad_format for a tokenizer_config.json that is no JSON object.
inline void set_chat_template(hf_source& source, std::string jinja) {
  detail::change_json(source, "tokenizer_config.json",
                      [](nlohmann::json& json) { return json.erase("chat_template") > 0; });
  source.files.erase("chat_template.json");
  source.files["chat_template.jinja"] = std::move(jinja);
}

/// Makes a token the end of texts, as TRL's trainers do with eos_token: the tokenizer's and
/// config.json's only one, and the first of those that end what is generated. Throws bad_format for
/// a file that is no JSON object and for an id there that is none, vocabulary_mismatch for an id
/// outside the vocabulary; then some files may have changed.
/// Source: trl 1.16, SFTTrainer.__init__.
inline void set_eos_token(hf_source& source, const std::string& name, token id) {
  detail::check_in_vocabulary(
      source, id,
      concat(shown_path(source.folder), ": the id of the token ", in_quotes(name), " is "));
  const auto set_name = [&](nlohmann::json& json) {
    json["eos_token"] = name;
    return true;
  };
  detail::change_json(source, "tokenizer_config.json", set_name);
  if (source.files.count("special_tokens_map.json") > 0)
    detail::change_json(source, "special_tokens_map.json", set_name);

  const bool silent = source.files.count("generation_config.json") == 0;
  detail::change_json(source, "generation_config.json", [&](nlohmann::json& json) {
    if (silent && source.config.is_object())  // then config.json's count
      for (const char* tokens : hf_token_names)
        if (source.config.contains(tokens)) json[tokens] = source.config[tokens];
    std::vector<nlohmann::json> ids{id};
    if (const auto old = json.find("eos_token_id"); old != json.end() && !old->is_null())
      for (const nlohmann::json& other : old->is_array() ? *old : nlohmann::json::array({*old})) {
        detail::check_eos_id(source, silent ? "config.json" : "generation_config.json", other);
        if (std::find(ids.begin(), ids.end(), other) == ids.end()) ids.push_back(other);
      }
    json["eos_token_id"] = ids.size() == 1 ? ids.front() : nlohmann::json(ids);
    return true;
  });
  if (source.config.is_object()) source.config["eos_token_id"] = id;
}

}  // namespace gkd::inline v0
