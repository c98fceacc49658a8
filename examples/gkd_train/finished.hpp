// SPDX-License-Identifier: Apache-2.0
// A run that is resumed where nothing is left to do: its result is whole and stays. A record that
// is written last says of which step the result is, and what is in its files; times say nothing.
//
//   OUT/result.json    {"step": 60, "files": {"config.json": 700, "report.html": 48000, ...}}
#pragma once

#include <gkd/io/json.hpp>
#include <gkd/model/hf_save.hpp>
#include <gkd/train/gkd_config.hpp>
#include <gkd/train/gkd_config_reader.hpp>

#include <filesystem>    // equivalent, file_size, remove
#include <string>        // string
#include <string_view>   // string_view
#include <system_error>  // error_code

#include "output_folder.hpp"

namespace gkd_train {

namespace detail {

/// The files of a result, with their sizes.
inline nlohmann::json files_of_result(const std::string& out) {
  nlohmann::json files = nlohmann::json::object();
  std::error_code failed;
  for (const std::string& name : names_where(out, [](std::string_view name) {
         return name == "config.json" || name == "report.html" || gkd::is_hf_model_file(name);
       }))
    files[name] = fs::file_size(out + "/" + name, failed);
  return files;
}

/// Whether two values of an option ask for the same, as two ways to write one path do.
inline bool asks_for_same(const nlohmann::json& one, const nlohmann::json& other) {
  if (one == other) return true;
  std::error_code failed;
  return one.is_string() && other.is_string() &&
         fs::equivalent(one.get<std::string>(), other.get<std::string>(), failed);
}

}  // namespace detail

/// Before a result is replaced: until record_result() there is none.
inline void forget_result(const std::string& out) {
  std::error_code failed;
  std::filesystem::remove(out + "/" + std::string(detail::result_name), failed);
  if (failed)
    gkd::fail(gkd::errc::io_failure, gkd::shown_path(out), "/", detail::result_name,
              ": cannot remove: ", failed.message());
}
/// After all of a result is written. Throws io_failure.
inline void record_result(const std::string& out, long step) {
  const nlohmann::json record = {{"step", step}, {"files", detail::files_of_result(out)}};
  gkd::replace_file(out + "/" + std::string(detail::result_name), gkd::text_of_json(record));
}

/// Whether the run in the output folder has its result, of this last step, as it was written.
inline bool has_result(const gkd::gkd_config& c, long step) {
  const std::string& out = c.training.output_dir;
  const auto record = detail::object_in(out + "/" + std::string(detail::result_name));
  if (!goes_on_here(c) || !record || !record->contains("step") || record->at("step") != step ||
      !record->contains("files") || record->at("files") != detail::files_of_result(out))
    return false;
  if (c.load_best_model_at_end) return true;  // it is there as it was saved, and holds no more
  const auto config = detail::object_in(out + "/config.json");
  return config && config->contains("torch_dtype") &&
         config->at("torch_dtype") == gkd::to_json(c).at("save_dtype");
}

/// The options, by name, that ask for something else than those of the finished run in the output
/// folder; none of what this call alone goes by.
inline std::string changed_options(const gkd::gkd_config& repeated) {
  const auto before = detail::object_in(repeated.training.output_dir + "/" +
                                        std::string(detail::config_name));
  if (!before) return "";
  std::string names;
  const auto options = gkd::to_json(repeated);
  for (const auto& [name, value] : options.items())
    if (name != "output_dir" && name != "log_level" && before->contains(name) &&
        !detail::asks_for_same(before->at(name), value))
      names += gkd::concat(names.empty() ? "" : ", ", "--", name);
  return names;
}

}  // namespace gkd_train
