// SPDX-License-Identifier: Apache-2.0
// What a Hugging Face model folder says about its tokenizer besides the vocabulary: the names of
// its special tokens, its length limit and its chat template. Opt-in: needs nlohmann/json.
//
//   FOLDER/chat_template.jinja      the template, where transformers 4.50 and later put it
//   FOLDER/tokenizer_config.json    everything else, and the template of older folders
//
//   const auto config = gkd::read_tokenizer_config("models/SmolLM2-135M-Instruct");
//   const auto format = gkd::recognise_chat_format(config);
#pragma once

#include <gkd/core/error.hpp>
#include <gkd/io/file.hpp>
#include <gkd/io/json.hpp>
#include <gkd/io/model_folder.hpp>
#include <gkd/text/chat_template.hpp>

#include <algorithm>    // min
#include <limits>       // numeric_limits
#include <optional>     // optional
#include <string>       // string
#include <string_view>  // string_view

namespace gkd::inline v0 {

/// The members of tokenizer_config.json that gkd uses; the others are not looked at. What is absent
/// or null there is empty here.
struct tokenizer_config {
  std::string folder;                    ///< where it was read; of a cache, the snapshot
  std::optional<std::string> bos_token;  ///< as it is written in the vocabulary, "<|im_start|>"
  std::optional<std::string> eos_token;
  std::optional<std::string> pad_token;
  std::optional<bool> add_bos_token;      ///< in front of plain text; chat templates do their own
  std::optional<index> model_max_length;  ///< tokens; numbers of 2^63 and more are no limit: empty
  std::optional<std::string> chat_template;  ///< Jinja; of several, the one named "default"
  std::string chat_template_file;            ///< where it was found
  std::string tokenizer_class;               ///< of transformers
  std::optional<bool> add_prefix_space;      ///< which some of those classes heed
};

namespace detail {

// Whisper's, which is large, has 283 KB and 11,378 values.
inline constexpr json_limits max_tokenizer_config{.max_bytes = 8'000'000, .max_values = 200'000};

// "no limit" is written as the integer 1000000000000000019884624838656, which strict JSON refuses.
// A text of JSON with as(digits) in place of integers of 20 digits and more, none of which fits
// into 64 bits.
template <class As>
std::string with_long_integers(std::string_view json, const As& as) {
  std::string out;
  index done = 0;  // of json, in out
  bool in_string = false;
  for (index i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '"') {
      in_string = !in_string;
    } else if (in_string) {
      if (c == '\\') ++i;
    } else if (c == '-' || (c >= '0' && c <= '9')) {
      const index end = std::min(json.find_first_not_of("0123456789.eE+-", i), json.size());
      const std::string_view number = json.substr(i, end - i);
      const index digits = number.size() - (c == '-' ? 1 : 0);
      if (digits >= 20 && number.find_first_of(".eE+") == number.npos) {
        out += json.substr(done, i - done);
        out += as(number);
        done = end;
      }
      i = end - 1;
    }
  }
  return out += json.substr(done);
}
// They become numbers with an exponent, of the same length, so that an error further on still names
// the right column.
inline void make_long_integers_real(std::string& json) {
  json = with_long_integers(json, [](std::string_view digits) {
    return concat(digits.substr(0, digits.size() - 2), "e2");
  });
}

// a token: "<s>", or an object as transformers 4 wrote it, {"content": "<s>", "lstrip": false, ...}
inline std::optional<std::string> token_member(const nlohmann::json& object, std::string_view name,
                                               std::string_view where) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return std::nullopt;
  const std::string& text = found->is_object()
                                ? json_string(*found, "content", concat(where, ": ", name))
                                : json_string(object, name, where);
  if (text.empty())
    fail(errc::bad_format, where, ": ", in_quotes(name), " is empty, want a token's text or null");
  return text;
}

inline std::optional<index> length_member(const nlohmann::json& object, std::string_view name,
                                          std::string_view where) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return std::nullopt;
  if (found->is_number_float() && found->get<double>() >= 0x1p63) return std::nullopt;
  return static_cast<index>(
      json_integer(object, name, where, 1, std::numeric_limits<std::int64_t>::max()));
}

// a template: a string, or [{"name": "default", "template": ...}, {"name": "tool_use", ...}]
inline std::optional<std::string> template_member(const nlohmann::json& object,
                                                  std::string_view where) {
  const auto found = object.find("chat_template");
  if (found == object.end() || found->is_null()) return std::nullopt;
  if (!found->is_array()) return json_string(object, "chat_template", where);
  std::string names;
  const std::string* chosen = nullptr;
  for (index i = 0; i < found->size(); ++i) {
    const std::string here = concat(where, ": \"chat_template\"[", i, "]");
    const std::string& name = json_string((*found)[i], "name", here);
    const std::string& text = json_string((*found)[i], "template", here);
    if (i < 8) names.append(i == 0 ? "" : ", ").append(in_quotes(name));
    if (name != "default") continue;
    if (chosen) fail(errc::bad_format, here, ": the second template named \"default\"");
    chosen = &text;
  }
  if (!chosen)
    fail(errc::bad_format, where, ": \"chat_template\" is a list of ", found->size(),
         " templates without one named \"default\"", names.empty() ? "" : ": ", names);
  return *chosen;
}

inline nlohmann::json read_tokenizer_config_json(const model_folder& folder,
                                                 const std::string& path) {
  constexpr index most = max_tokenizer_config.max_bytes;
  std::string text = read_file(folder.open("tokenizer_config.json"), most);
  make_long_integers_real(text);
  nlohmann::json json = parse_json(text, {path}, max_tokenizer_config);
  if (!json.is_object()) fail(errc::bad_format, shown_path(path), ": want a JSON object");
  return json;
}

inline void take_class(const nlohmann::json& json, tokenizer_config& out) {
  if (json.contains("tokenizer_class") && json["tokenizer_class"].is_string())
    out.tokenizer_class = json["tokenizer_class"].get<std::string>();
  if (json.contains("add_prefix_space") && json["add_prefix_space"].is_boolean())
    out.add_prefix_space = json["add_prefix_space"].get<bool>();
}

/// Of what the file has the class and add_prefix_space alone; nothing where there is no file.
inline tokenizer_config read_tokenizer_class(const model_folder& folder) {
  tokenizer_config out;
  out.folder = folder.path();
  if (folder.has("tokenizer_config.json"))
    take_class(read_tokenizer_config_json(folder, folder.path() + "/tokenizer_config.json"), out);
  return out;
}

}  // namespace detail

/// Reads a model's folder, or the Hub's cache of it. A chat_template.jinja, where there is one,
/// counts before the template in tokenizer_config.json, as in transformers. Throws io_failure for
/// files that cannot be read, bad_format with file and member for content that is not as it should
/// be, and for links that lead out of the folder.
inline tokenizer_config read_tokenizer_config(const model_folder& folder) {
  constexpr std::string_view jinja_name = "chat_template.jinja";
  constexpr index max_template_bytes = 1 << 20;
  const std::string path = folder.path() + "/tokenizer_config.json";
  const nlohmann::json json = detail::read_tokenizer_config_json(folder, path);
  const std::string where = shown_path(path);

  tokenizer_config out;
  out.folder = folder.path();
  out.bos_token = detail::token_member(json, "bos_token", where);
  out.eos_token = detail::token_member(json, "eos_token", where);
  out.pad_token = detail::token_member(json, "pad_token", where);
  if (json.contains("add_bos_token") && !json["add_bos_token"].is_null())
    out.add_bos_token = json_bool(json, "add_bos_token", where);
  out.model_max_length = detail::length_member(json, "model_max_length", where);
  detail::take_class(json, out);
  if (folder.has(jinja_name)) {
    out.chat_template = read_file(folder.open(jinja_name), max_template_bytes);
    out.chat_template_file = concat(folder.path(), "/", jinja_name);
  } else if ((out.chat_template = detail::template_member(json, where))) {
    out.chat_template_file = path;
  }
  return out;
}
inline tokenizer_config read_tokenizer_config(const std::string& folder) {
  return read_tokenizer_config(model_folder(folder));
}

/// The format of the folder's chat template. Throws bad_format when the folder has none, and for
/// one that gkd does not know.
inline chat_format recognise_chat_format(const tokenizer_config& config) {
  if (!config.chat_template)
    fail(errc::bad_format, shown_path(config.folder),
         ": no chat_template.jinja and no \"chat_template\" in tokenizer_config.json, so that "
         "nothing says how this model writes chats; choose a format by name (format_by_name, "
         "--chat_format NAME): ",
         chat_format_names());
  return recognise_chat_format(*config.chat_template, shown_path(config.chat_template_file));
}

}  // namespace gkd::inline v0
