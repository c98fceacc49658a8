// SPDX-License-Identifier: Apache-2.0
// What --resume_from_checkpoint names, before anything is read from it: a checkpoint that is there,
// or an error that says what is there in its place.
#pragma once

#include <gkd/train/checkpoint_places.hpp>
#include <gkd/train/gkd_config.hpp>

#include <algorithm>    // all_of
#include <filesystem>   // exists, is_directory
#include <string>       // string
#include <string_view>  // string_view
#include <vector>       // vector

namespace gkd_train {

namespace detail {

using checkpoint_places = std::vector<gkd::checkpoint_place>;  // the newest first

/// The checkpoints of a folder; none where it is no folder.
inline checkpoint_places checkpoints_in(const std::string& folder) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored)) return {};
  return gkd::list_checkpoints(folder);
}

/// A few of them by their names, the newest of many.
inline std::string names_of(const checkpoint_places& places) {
  constexpr gkd::index most = 8;
  if (places.size() > most)
    return gkd::concat(places.size(), " checkpoints, the newest checkpoint-", places.front().step);
  std::string names;
  for (auto place = places.rbegin(); place != places.rend(); ++place)
    names += gkd::concat(names.empty() ? "" : ", ", "checkpoint-", place->step);
  return names;
}

/// A model without the state that a run goes on from, as --save_only_model leaves it.
inline bool is_model_alone(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path + "/config.json", ignored) &&
         !std::filesystem::exists(path + "/manifest.json", ignored);
}

inline constexpr std::string_view why_models_alone =
    ": --save_only_model keeps no state to go on from; leave --resume_from_checkpoint away to "
    "begin";

/// Throws bad_checkpoint for a path at which nothing is, with the checkpoints beside it, else those
/// of the output folder.
inline void check_checkpoint_there(const std::string& path, const std::string& output_dir) {
  std::error_code failed;
  if (std::filesystem::exists(path, failed) || failed) return;
  std::string folder = gkd::parent_of(path);
  checkpoint_places places = checkpoints_in(folder);
  if (places.empty()) places = checkpoints_in(folder = output_dir);
  if (places.empty())
    gkd::fail(gkd::errc::bad_checkpoint, "--resume_from_checkpoint: ", gkd::shown_path(path),
              " is not there, and no other checkpoint beside it; leave it away to begin");
  gkd::fail(gkd::errc::bad_checkpoint, "--resume_from_checkpoint: ", gkd::shown_path(path),
            " is not there; in ", gkd::shown_path(folder), places.size() == 1 ? " is " : " are ",
            names_of(places));
}

/// What a folder is that is called otherwise than a checkpoint; "" where that is not known.
inline std::string kind_of_folder(const std::string& path) {
  const auto has = [&](const char* name) {
    std::error_code ignored;
    return std::filesystem::exists(path + "/" + name, ignored);
  };
  if (has("best.json")) return "a best model, without the state that a run goes on from";
  if (!checkpoints_in(path).empty() || has("trainer_state.json") || has("gkd_config.json"))
    return "an output folder";
  return has("config.json") ? "a model, without the state that a run goes on from" : "";
}

/// Throws bad_checkpoint for a folder of another kind, with the newest checkpoint in it or, of a
/// best model, beside it; bad_argument for any other name that is none of a checkpoint.
inline void check_is_checkpoint(const std::string& path) {
  namespace fs = std::filesystem;
  if (gkd::step_of_checkpoint(fs::path(path).filename().string()) >= 0) return;
  const std::string kind = kind_of_folder(path);
  if (kind.empty()) gkd::place_of_checkpoint(path);  // throws
  std::string run = path;
  if (checkpoints_in(run).empty() && kind != "an output folder")
    run = gkd::parent_of(path);
  const checkpoint_places places = checkpoints_in(run);
  if (places.empty())
    gkd::fail(gkd::errc::bad_checkpoint, "--resume_from_checkpoint: ", gkd::shown_path(path),
              " is ", kind, ", and there is no checkpoint ",
              run == path ? "in it" : "beside it", "; leave it away to begin");
  gkd::fail(gkd::errc::bad_checkpoint, "--resume_from_checkpoint: ", gkd::shown_path(path), " is ",
            kind, "; want ", gkd::shown_path(places.front().path),
            ", or --resume_from_checkpoint true with --output_dir ", gkd::shown_path(run));
}

}  // namespace detail

/// Throws bad_checkpoint or bad_argument where there is nothing to go on from at the path that
/// --resume_from_checkpoint names, and where there are models alone: they are no checkpoints that
/// are damaged.
inline void check_resumable(const gkd::gkd_config& c) {
  if (!c.resume_from_checkpoint.wanted) return;
  const std::string from = gkd::without_end_slashes(c.resume_from_checkpoint.path);
  if (!from.empty()) {
    detail::check_checkpoint_there(from, c.training.output_dir);
    detail::check_is_checkpoint(from);
    if (detail::is_model_alone(from))
      gkd::fail(gkd::errc::bad_checkpoint, gkd::shown_path(from), ": is a model alone",
                detail::why_models_alone);
    return;
  }
  const auto places = detail::checkpoints_in(c.training.output_dir);
  const auto alone = [](const auto& place) { return detail::is_model_alone(place.path); };
  if (!places.empty() && std::all_of(places.begin(), places.end(), alone))
    gkd::fail(gkd::errc::bad_checkpoint, gkd::shown_path(c.training.output_dir),
              ": its checkpoints are models alone", detail::why_models_alone);
}

}  // namespace gkd_train
