// SPDX-License-Identifier: Apache-2.0
// A run that is resumed where nothing is left to do: its result is whole and stays. What the output
// folder holds is looked at, since any of it may have been damaged, removed or replaced.
#pragma once

#include <gkd/io/json.hpp>
#include <gkd/model/hf_load.hpp>
#include <gkd/model/hf_source.hpp>
#include <gkd/train/gkd_config.hpp>
#include <gkd/train/gkd_config_reader.hpp>

#include <algorithm>   // find
#include <filesystem>  // exists, last_write_time
#include <optional>    // optional
#include <string>      // string

#include "output_folder.hpp"

namespace gkd_train {

namespace detail {

/// The object in a file; none where it cannot be read or is no JSON.
inline std::optional<nlohmann::json> object_in(const std::string& path) {
  try {
    nlohmann::json read = gkd::read_json(path);
    return read.is_object() ? std::optional(std::move(read)) : std::nullopt;
  } catch (const gkd::error&) {
    return std::nullopt;
  }
}

/// Throws what load_hf_model() throws before it reads the weights: what is missing, cut or of
/// another shape.
inline void check_model(const std::string& path) {
  const gkd::model_folder folder(path);
  const gkd::hf_config config = gkd::load_hf_config(folder);
  gkd::check_hf_weights(gkd::safetensors_folder(folder), config.model);
}

/// Whether a folder holds all of the model that a run writes, with the files of its source.
inline bool holds_result(const std::string& folder, const gkd::hf_source& source) {
  std::error_code ignored;
  for (const auto& [name, text] : source.files)
    if (!fs::exists(folder + "/" + name, ignored)) return false;
  try {
    check_model(folder);
    return true;
  } catch (const gkd::error&) {
    return false;
  }
}

inline bool is_of_save_dtype(const std::string& folder, const gkd::gkd_config& c) {
  const auto config = object_in(folder + "/config.json");
  return config && config->contains("torch_dtype") &&
         config->at("torch_dtype") == gkd::to_json(c).at("save_dtype");
}

/// Whether trainer_state.json is of this step and older than the report, which is written last.
/// One that was damaged since says nothing of the report, which holds answers of before.
inline bool report_is_last(const std::string& out, long step) {
  std::error_code none;
  const std::string state = out + "/trainer_state.json";
  const auto when = fs::last_write_time(state, none);
  if (none) return false;
  const auto read = object_in(state);
  if (!read) return fs::exists(out + "/report.html", none);
  if (read->contains("global_step") && read->at("global_step") != step) return false;
  const auto report = fs::last_write_time(out + "/report.html", none);
  return !none && report >= when;
}

}  // namespace detail

/// Whether the run in the output folder has its result, of this last step, and its report.
inline bool has_result(const gkd::gkd_config& c, long step, const gkd::hf_source& source) {
  const std::string& out = c.training.output_dir;
  if (!goes_on_here(c) || !detail::holds_result(out, source)) return false;
  // the best model is there as it was saved, and holds no more
  if (!detail::is_of_save_dtype(out, c) && !c.load_best_model_at_end) return false;
  return detail::report_is_last(out, step);
}

/// The options, by name, that are others than those of the finished run in the output folder.
inline std::string changed_options(const gkd::gkd_config& repeated) {
  const auto before = detail::object_in(repeated.training.output_dir + "/gkd_config.json");
  if (!before) return "";
  std::string names;
  const auto options = gkd::to_json(repeated);
  for (const auto& [name, value] : options.items())
    if (before->contains(name) && before->at(name) != value)
      names += gkd::concat(names.empty() ? "" : ", ", "--", name);
  return names;
}

}  // namespace gkd_train
