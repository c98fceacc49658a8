// SPDX-License-Identifier: Apache-2.0
// The best model of a run that goes on: whether it can be read, which is found before the steps
// that are left, and whether it was chosen among evaluations on the same chats.
#pragma once

#include <gkd/model/hf_load.hpp>
#include <gkd/train/best_model_files.hpp>
#include <gkd/train/gkd_config_parts.hpp>

#include <filesystem>   // exists
#include <string>       // string
#include <string_view>  // string_view
#include <vector>       // vector

#include "finished.hpp"

namespace gkd_train {

/// The folder that a run which goes on has its checkpoint from, and what lies beside it.
inline std::string run_resumed(const gkd::gkd_config& c) {
  if (goes_on_here(c)) return c.training.output_dir;
  return gkd::parent_of(gkd::without_end_slashes(c.resume_from_checkpoint.path));
}

/// Throws where the best model of a run that goes on from this step cannot be read, was chosen by
/// another metric than now, or is no model of the student's shape: all steps would be made before
/// that was found, or the model would be lost.
inline void check_best_so_far(const gkd::gkd_config& c, long step,
                              const gkd::transformer_config& student) {
  namespace fs = std::filesystem;
  const std::string best = run_resumed(c) + "/best", path = best + "/best.json";
  const auto refuse = [&](gkd::errc code, const auto&... what) {
    gkd::fail(code, what..., "; move ", gkd::shown_path(best), " away to choose the best model ",
              "among the evaluations from here on");
  };
  std::error_code failed;
  const fs::file_type type = fs::symlink_status(best, failed).type();
  if (type == fs::file_type::not_found) return;
  if (!fs::is_directory(best, failed))
    refuse(gkd::errc::already_exists, gkd::shown_path(best), ": is no folder");
  if (!fs::exists(path, failed)) return;
  const std::string metric = gkd::best_metric_of(c);
  try {
    const long at = gkd::step_of_best_model(best);
    const std::string by = gkd::json_string(gkd::read_json(path), "metric", gkd::shown_path(path));
    if (at > step) return;
    if (by != metric)
      gkd::fail(gkd::errc::bad_argument, "--metric_for_best_model is ", metric, ", and ",
                gkd::shown_path(best), " holds the best model by ", by);
    const gkd::model_folder folder(best);
    gkd::load_hf_config(folder);
    gkd::check_hf_weights(gkd::safetensors_folder(folder), student);
  } catch (const gkd::error& e) {
    refuse(e.code(), e.text());
  }
}

/// Throws already_exists where no step is left, the best model is not beside the checkpoint, and a
/// model is where the last one would be written: it may be the best one, and the only copy.
inline void check_result_is_not_best(const gkd::gkd_config& c) {
  const std::string& out = c.training.output_dir;
  std::error_code ignored;
  if (!c.load_best_model_at_end || std::filesystem::exists(out + "/best/best.json", ignored) ||
      !std::filesystem::exists(out + "/config.json", ignored))
    return;
  gkd::fail(gkd::errc::already_exists, gkd::shown_path(out), ": holds a model, which may be the ",
            "best one of this run; no step is left, and best/ is gone: the last model would take ",
            "its place. Want another --output_dir, or leave --load_best_model_at_end away");
}

/// The options, with their values before, by which earlier evaluations were on other chats; "" of
/// the same ones.
inline std::string other_chats_before(const gkd::gkd_config& c) {
  const auto before =
      detail::object_in(run_resumed(c) + "/" + std::string(detail::config_name));
  if (!before) return "";
  std::vector<const char*> names{"eval_dataset_name", "eval_fraction", "eval_examples"};
  if (c.eval_dataset_name.empty())
    for (const char* name : {"dataset_name", "dataset_test_split"}) names.push_back(name);
  if (c.eval_fraction > 0.0)
    for (const char* name : {"seed", "data_seed"}) names.push_back(name);
  const auto now = gkd::to_json(c);
  std::string text;
  for (const char* name : names)
    if (before->contains(name) && !detail::asks_for_same(before->at(name), now.at(name)))
      text += gkd::concat(text.empty() ? "" : ", ", "--", name, " was ", before->at(name).dump());
  return text;
}

}  // namespace gkd_train
