// SPDX-License-Identifier: Apache-2.0
// A transformer into a Hugging Face folder that transformers 4 and 5 read. Opt-in: needs
// nlohmann/json.
//
//   gkd::save_hf_model(student, "distilled", "SmolLM2-135M-Instruct");
//
//   config.json                      of the model                      model/hf_config_writer.hpp
//   model.safetensors                or several and their index        io/safetensors_index.hpp
//   generation_config.json, tokenizer and chat template                the source's, byte for byte
//
// A program that trains for long reads the source before:             model/hf_source.hpp
#pragma once

#include <gkd/io/safetensors_matrix.hpp>
#include <gkd/io/staged_directory.hpp>
#include <gkd/model/hf_config_writer.hpp>
#include <gkd/model/hf_source.hpp>
#include <gkd/model/hf_weights.hpp>
#include <gkd/model/lora.hpp>
#include <gkd/optim/parameters.hpp>

#include <algorithm>     // find, sort
#include <filesystem>    // directory_iterator, exists, symlink_status
#include <functional>    // less
#include <map>           // map
#include <optional>      // optional
#include <string>        // string
#include <string_view>   // string_view
#include <system_error>  // errc
#include <vector>        // erase_if, vector

namespace gkd::inline v0 {

namespace detail {

/// Removes what a stage for this path had not finished when its process was killed. What cannot be
/// removed is no reason not to save.
inline void remove_unfinished_saves(const std::string& target) {
  try {
    const std::string within = parent_of(target);
    const std::string own = std::filesystem::path(target).filename().string() + ".tmp-";
    for (const std::string& name : names_in(within))
      if (name.starts_with(own) && is_temporary_name(name))
        remove_if_abandoned(within + '/' + name);
  } catch (const error&) {
  }
}

}  // namespace detail

struct hf_save_options {
  std::optional<dtype> type = {};        ///< of the weights in the files; else the model's own
  index max_file_bytes = 5'000'000'000;  ///< of weights; what is more goes into several files
  bool overwrite = false;  ///< files that are named as a model's where no config.json says so
};

/// Whether a file is named as the weights of a model, or the index of them, are.
inline bool is_hf_weights_file(std::string_view name) {
  if (name == "model.safetensors" || name == "model.safetensors.index.json") return true;
  constexpr std::string_view pattern = "model-00000-of-00000.safetensors";
  if (name.size() != pattern.size()) return false;
  for (index i = 0; i < name.size(); ++i) {
    const bool digit = name[i] >= '0' && name[i] <= '9';
    if (pattern[i] == '0' ? !digit : name[i] != pattern[i]) return false;
  }
  return true;
}

/// Whether a file that was not written anew would be read as the new model's: an old
/// model.safetensors in place of a new index, an old chat_template.jinja in place of the template
/// in tokenizer_config.json.
inline bool is_hf_model_file(std::string_view name) {
  return is_hf_weights_file(name) || name == "generation_config.json" ||
         std::find(hf_tokenizer_files.begin(), hf_tokenizer_files.end(), name) !=
             hf_tokenizer_files.end();
}

/// Names of a folder that a model's files have, in order; none where there is no folder. Throws
/// io_failure.
inline std::vector<std::string> hf_model_files_in(const std::string& directory) {
  std::error_code failed;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator i(directory, failed), end; !failed && i != end;
       i.increment(failed)) {
    const std::string name = i->path().filename().string();
    if (is_hf_model_file(name) || name == "config.json") names.push_back(name);
  }
  if (failed && failed != std::errc::no_such_file_or_directory &&
      failed != std::errc::not_a_directory)
    fail(errc::io_failure, shown_path(directory), ": ", failed.message());
  std::sort(names.begin(), names.end());
  return names;
}

namespace detail {

/// A file of a folder that says whose it is: config.json, else one that is named as a model's; ""
/// where there is neither. Throws io_failure.
inline std::string hf_model_file_in(const std::string& directory) {
  const std::vector<std::string> names = hf_model_files_in(directory);
  const bool model = std::find(names.begin(), names.end(), "config.json") != names.end();
  return model ? "config.json" : names.empty() ? "" : names.front();
}

/// Throws io_failure for what a file cannot replace, such as a directory.
inline void check_replaceable(const std::string& path) {
  using enum std::filesystem::file_type;
  std::error_code failed;
  const auto there = std::filesystem::symlink_status(path, failed).type();
  if (there != not_found && there != regular && there != symlink)
    fail(errc::io_failure, shown_path(path), ": ",
         there == none ? failed.message() : "not a regular file, want one or nothing there");
}

/// The files of a folder on their way.
class hf_folder_writer {
 public:
  explicit hf_folder_writer(const std::string& stage) : stage_(stage) {}

  /// The weights of a model, one file after another.
  template <class Backend, class T>
  void weights(transformer<Backend, T>& model, const hf_save_options& options) {
    using view = matrix_view<const T, typename Backend::space>;
    std::map<std::string, view, std::less<>> values;
    model.parameters([&](std::string_view name, const auto& value, const auto&) {
      values.emplace(name, view(as_matrix(value)));
    });
    std::map<std::string, view> by_name;
    std::vector<tensor_info> tensors;
    const dtype type = options.type.value_or(dtype_of<T>());
    for (hf_weight& w : hf_weights(model.config())) {
      by_name.emplace(w.name, values.at(w.parameter));
      tensors.push_back({std::move(w.name), type, std::move(w.shape)});
    }
    auto shards = spread_over_files(std::move(tensors), options.max_file_bytes);
    for (safetensors_shard& shard : shards) {
      output_file file(add(shard.file));
      write_safetensors_header(file, shard.tensors, {{"format", "pt"}});
      for (const tensor_info& t : shard.tensors)
        write_matrix(file, t.name, type, model.backend(), by_name.at(t.name));
      file.commit();
    }
    if (shards.size() > 1)
      write_new_file(add("model.safetensors.index.json"), safetensors_index_text(shards));
  }

  /// generation_config.json, tokenizer and template of the source, and config.json last.
  void rest(const transformer_config& config, dtype type, const hf_source& source) {
    hf_tokens tokens;
    nlohmann::json carried = nlohmann::json::object();
    if (!source.config.is_null()) {
      hf_fields fields(source.config, concat(shown_path(source.folder), "/config.json"));
      tokens = hf_tokens_from(fields, config.vocab_size);
      for (const char* name : hf_carried_over)
        if (const auto* value = fields.find(name); value && value->is_primitive())
          carried[name] = *value;
    }
    for (const auto& [name, text] : source.files) write_new_file(add(name), text);
    if (source.files.count("generation_config.json") == 0 && tokens != hf_tokens{}) {
      nlohmann::json generation = nlohmann::json::object();
      hf_tokens_into(generation, tokens);
      write_new_file(add("generation_config.json"), generation.dump(2) + "\n");
    }
    nlohmann::json json = hf_config_to_json(config, type, tokens);
    if (source.config.is_object())  // silent where it is: null would be another thing
      for (const char* name : hf_token_names)
        if (!source.config.contains(name)) json.erase(name);
    json.update(carried);
    write_new_file(add("config.json"), json.dump(2) + "\n");
  }

  /// Moves the files into a folder that is there, each whole, in the order of their writing, and
  /// removes those of another model; all or none, as far as can be seen before.
  void replace_in(const std::string& directory) const {
    const std::vector<std::string> stale = stale_in(directory);
    for (const auto* list : {&names_, &stale})
      for (const std::string& name : *list) check_replaceable(directory + '/' + name);
    for (const std::string& name : names_)
      if (std::rename((stage_ + '/' + name).c_str(), (directory + '/' + name).c_str()) != 0)
        fail_errno(directory + '/' + name, "cannot put the new content in place");
    sync_directory(directory);
    for (const std::string& name : stale)
      if (::unlink((directory + '/' + name).c_str()) != 0)
        fail_errno(directory + '/' + name, "cannot remove a file of the model that was here");
    sync_directory(directory);
  }

 private:
  std::vector<std::string> stale_in(const std::string& directory) const {
    std::vector<std::string> stale = hf_model_files_in(directory);
    std::erase_if(stale, [&](const std::string& name) {
      return std::find(names_.begin(), names_.end(), name) != names_.end();
    });
    return stale;
  }
  std::string add(const std::string& name) {
    names_.push_back(name);
    return stage_ + '/' + name;
  }

  std::string stage_;
  std::vector<std::string> names_;
};

}  // namespace detail

/// Writes a model as a Hugging Face folder. `source` is of the folder that the model came from: its
/// tokenizer, chat template and generation_config.json are written as they are there.
/// A folder that is not there appears whole or not at all. In one with a config.json each file is
/// replaced whole, the weights first; then what is left of the model that was there goes: weights,
/// generation_config.json and those of hf_tokenizer_files that the source lacks. No other file is
/// touched. Files of these names where no config.json says that they are a model's are somebody's:
/// already_exists, unless options.overwrite. So is the source's own folder.
/// Throws bad_argument for a model of no known family; non_finite, naming the weight, also for one
/// that is too large for options.type; io_failure, also where a directory has the name of a file
/// to be replaced or removed. Then nothing has changed. What remains: a crash, or a system that
/// refuses to move or remove a file, leaves a folder that was there with some files new and some
/// old.
template <class Backend, class T>
void save_hf_model(transformer<Backend, T>& model, std::string directory, const hf_source& source,
                   const hf_save_options& options = {}) {
  if (model.weights().adapted())
    fail(errc::bad_argument,
         "save_hf_model: a transformer with adapters, want lora::merge() of it");
  hf_family_of(model.config());
  detail::check_path(directory, "the directory of save_hf_model");
  directory = without_end_slashes(std::move(directory));
  std::error_code failed;
  const bool is_there = std::filesystem::exists(directory, failed);
  if (!options.overwrite && std::filesystem::equivalent(directory, source.folder, failed))
    fail(errc::already_exists, shown_path(directory), ": is the folder that the model came from; ",
         "want another one, or hf_save_options::overwrite");
  const std::string owned = detail::hf_model_file_in(directory);
  if (!owned.empty() && owned != "config.json" && !options.overwrite)
    fail(errc::already_exists, shown_path(directory), ": holds ", owned, " but no config.json, so ",
         "that it may be no model's; want another folder, or hf_save_options::overwrite");
  detail::make_directories(parent_of(directory));
  const std::string place = is_there ? directory + "/.saving" : directory;
  detail::remove_unfinished_saves(place);
  staged_directory stage(place);
  detail::hf_folder_writer writer(stage.path());
  writer.weights(model, options);
  writer.rest(model.config(), options.type.value_or(detail::dtype_of<T>()), source);
  if (is_there)
    writer.replace_in(directory);
  else
    stage.commit();
}

/// The same with the path of the folder that the model came from. Throws as read_hf_source does,
/// too.
template <class Backend, class T>
void save_hf_model(transformer<Backend, T>& model, const std::string& directory,
                   const std::string& source, const hf_save_options& options = {}) {
  save_hf_model(model, directory, read_hf_source(source), options);
}

/// The same of a student with adapters, which are merged into its weights.
template <class Backend, class T, class Source>
void save_hf_model(const lora<Backend, T>& student, const std::string& directory,
                   const Source& source, const hf_save_options& options = {}) {
  transformer<Backend, T> merged = student.merge({.gradients = false});
  save_hf_model(merged, directory, source, options);
}

}  // namespace gkd::inline v0
