// SPDX-License-Identifier: Apache-2.0
// A transformer out of a Hugging Face folder. Opt-in: needs nlohmann/json.
//
//   gkd::transformer student = gkd::load_hf_model("SmolLM2-135M-Instruct", gkd::eigen{});
//   gkd::transformer teacher = gkd::load_hf_model("SmolLM2-1.7B-Instruct", gkd::eigen{},
//                                                 {.gradients = false});
//
// The folder is one as downloaded, or in the Hub's cache (io/model_folder.hpp); Llama and Qwen2 are
// known (model/hf_config.hpp); the weights are safetensors, in one file or several. Loading takes
// the memory of the model and less than a megabyte.
#pragma once

#include <gkd/io/safetensors_matrix.hpp>
#include <gkd/model/hf_config.hpp>
#include <gkd/model/hf_weights.hpp>
#include <gkd/model/transformer.hpp>
#include <gkd/optim/parameters.hpp>

#include <functional>   // less
#include <map>          // map
#include <string>       // string
#include <string_view>  // string_view

namespace gkd::inline v0 {

namespace detail {

/// A configuration file of a folder: at most a megabyte.
inline nlohmann::json read_hf_json(const model_folder& folder, std::string_view name) {
  input_file file = folder.open(name);
  const std::string path = file.path();
  return parse_json(read_file(std::move(file), index{1} << 20), {path});
}

inline std::string shown_file(const model_folder& folder, std::string_view name) {
  return concat(shown_path(folder.path()), "/", name);
}

/// A checkpoint has a config.json and a model.safetensors too, but in a form of gkd's own.
inline void refuse_checkpoint(const model_folder& folder, const nlohmann::json& config) {
  if (config.is_object() && !config.contains("model_type") && !config.contains("architectures") &&
      folder.has("manifest.json"))
    fail(errc::bad_format, shown_path(folder.path()), ": a checkpoint, from which a run of gkd ",
         "goes on, and no folder in the form of transformers; want the model that the run wrote ",
         "at its end");
}

/// Throws io_failure for a folder without config.json, with advice where it is the cache of all
/// models, or its model is in GGUF.
inline void check_has_config(const model_folder& folder) {
  if (folder.has("config.json")) return;
  std::string advice;
  for (const std::string& name : names_in(folder.path())) {
    if (advice.empty()) advice = advice_on_gguf(name);
    if (!name.starts_with("models--")) continue;
    advice = concat("; it is the Hub's cache of several models, want one of them, such as ",
                    shown_path(concat(folder.path(), "/", name)));
    break;
  }
  fail(errc::io_failure, shown_path(folder.path()),
       ": has no config.json, want the folder of a model as downloaded from the Hub", advice);
}

}  // namespace detail

/// What config.json and generation_config.json of a folder say. Throws io_failure, bad_format, also
/// for a checkpoint of a run, vocabulary_mismatch.
inline hf_config load_hf_config(const model_folder& folder) {
  detail::check_has_config(folder);
  const nlohmann::json json = detail::read_hf_json(folder, "config.json");
  detail::refuse_checkpoint(folder, json);
  hf_config out = hf_config_from_json(json, detail::shown_file(folder, "config.json"));
  if (!folder.has("generation_config.json")) return out;
  const nlohmann::json generation = detail::read_hf_json(folder, "generation_config.json");
  hf_fields fields(generation, detail::shown_file(folder, "generation_config.json"));
  out.tokens = hf_tokens_from(fields, out.model.vocab_size, out.tokens);
  out.sampling = hf_sampling_from(fields, out.notes);
  return out;
}
inline hf_config load_hf_config(const std::string& directory) {
  return load_hf_config(model_folder(directory));
}

/// progress(name, bytes, of) after each weight: bytes read so far, and of how many.
struct no_hf_progress {
  void operator()(std::string_view, index, index) const {}
};

/// The model of a folder, its weights converted to T. What of its configuration is left out of
/// account, load_hf_config(directory).notes says. Configuration, names and shapes are checked
/// before memory is taken for the weights. Throws io_failure, bad_format, shape_mismatch as
/// check_hf_weights() does, non_finite for a weight that is no finite number.
template <class T = float, class Backend, class Progress = no_hf_progress>
transformer<Backend, T> load_hf_model(const std::string& directory, const Backend& backend,
                                      const transformer_options& options = {},
                                      const Progress& progress = {}) {
  const model_folder folder(directory);
  const hf_config config = load_hf_config(folder);
  const safetensors_folder tensors(folder);
  check_hf_weights(tensors, config.model);
  std::map<std::string, std::string, std::less<>> names;  // of a parameter, there
  for (hf_weight& w : hf_weights(config.model)) names.emplace(w.parameter, w.name);

  transformer<Backend, T> model(config.model, backend, zero_weights{}, options);
  const index of = tensors.bytes();
  index done = 0;
  model.parameters([&](std::string_view parameter, const auto& value, const auto&) {
    const auto name = names.find(parameter);
    GKD_ASSERT(name != names.end());
    const located_tensor t = tensors.find(name->second);
    read_matrix(*t.file, *t.info, backend, detail::as_matrix(value));
    done += t.info->end - t.info->begin;
    progress(std::string_view(name->second), done, of);
  });
  return model;
}

}  // namespace gkd::inline v0
