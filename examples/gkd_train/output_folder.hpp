// SPDX-License-Identifier: Apache-2.0
// The output folder before a run: nothing that the run is made from lies where it writes or
// removes, and nothing of an earlier run is there unless it is to be overwritten.
#pragma once

#include <gkd/report/training_log.hpp>
#include <gkd/train/checkpoint.hpp>
#include <gkd/train/gkd_config_reader.hpp>

#include <unistd.h>  // access, rmdir

#include <algorithm>    // all_of, any_of, find
#include <filesystem>   // canonical, equivalent, is_directory
#include <optional>     // optional
#include <sstream>      // istringstream
#include <string>       // string
#include <string_view>  // string_view
#include <utility>      // pair
#include <vector>       // vector

#include "models.hpp"
#include "resuming.hpp"

namespace gkd_train {

/// Whether a run goes on from a checkpoint of its own output folder.
inline bool goes_on_here(const gkd::gkd_config& c) {
  const auto& [wanted, path] = c.resume_from_checkpoint;
  if (!wanted || path.empty()) return wanted;
  std::error_code ignored;
  return std::filesystem::equivalent(gkd::parent_of(path), c.training.output_dir, ignored);
}

/// Whether a run writes curves for TensorBoard.
inline bool writes_curves(const gkd::gkd_config& c) {
  const auto asks = [](const std::string& to) { return to == "all" || to == "tensorboard"; };
  return std::any_of(c.report_to.begin(), c.report_to.end(), asks);
}

namespace detail {

namespace fs = std::filesystem;

inline constexpr std::string_view log_name = "train.jsonl", config_name = "gkd_config.json",
                                  result_name = "gkd_result.json";

/// Whether a run writes or removes what has this name in its output folder.
inline bool is_written(std::string_view name) {
  static constexpr std::string_view names[] = {
      log_name,      config_name,   result_name, "trainer_state.json",
      "report.html", "config.json", "best"};
  return std::find(std::begin(names), std::end(names), name) != std::end(names) ||
         gkd::is_hf_model_file(name) ||
         gkd::step_of_checkpoint(name.substr(0, name.find('.'))) >= 0;
}

/// Whether a run removes it as what a killed one had not finished.
inline bool is_unfinished(std::string_view name) { return gkd::is_temporary_name(name); }

/// The names in a folder of which that holds; none where it is no folder.
template <class Holds>
std::vector<std::string> names_where(const std::string& folder, const Holds& holds) {
  std::error_code ignored;
  std::vector<std::string> names;
  if (fs::is_directory(folder, ignored)) names = gkd::names_in(folder);
  std::erase_if(names, [&](const std::string& name) { return !holds(name); });
  return names;
}

/// Whether a path is another one, whatever links lead there, or lies within it.
inline bool lies_in(const std::string& path, const std::string& other) {
  std::error_code failed;
  fs::path up = fs::canonical(path, failed);
  if (failed) return false;  // not there: whoever reads it says so
  while (!fs::equivalent(up, other, failed)) {
    if (!up.has_relative_path()) return false;
    up = up.parent_path();
  }
  return true;
}

/// The innermost folder of a path that is there already.
inline std::string existing_part_of(const std::string& path) {
  std::error_code ignored;
  std::string there = gkd::without_end_slashes(path);
  while (!fs::exists(there, ignored) && gkd::parent_of(there) != there)
    there = gkd::parent_of(there);
  return there;
}

/// Whether a path lies where the Hub's cache keeps what it shows of the model in this folder.
inline bool lies_in_cache(const std::string& path, const std::string& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder + "/snapshots", ignored)) return false;
  for (const char* part : {"/snapshots", "/blobs", "/refs"})
    if (fs::exists(folder + part, ignored) && lies_in(path, folder + part)) return true;
  return false;
}

using named_path = std::pair<std::string_view, std::string>;  // the option, and what it names

/// The folders that a run reads models from; of the Hub's cache of one both its folder, which loads
/// a snapshot only as long as it has no config.json itself, and the snapshot.
inline std::vector<named_path> model_folders_of(const gkd::gkd_config& c) {
  std::vector<named_path> folders;
  for (const named_path& given : {named_path("--model_name_or_path", c.model_name_or_path),
                                  named_path("--teacher_model_name_or_path",
                                             c.teacher_model_name_or_path)}) {
    if (given.second.empty()) continue;
    folders.push_back(given);
    folders.emplace_back(given.first, folder_of(given.first, given.second).path());
    std::error_code ignored;
    const fs::path above = fs::canonical(folders.back().second, ignored).parent_path();
    if (above.filename() == "snapshots")
      folders.emplace_back(given.first, above.parent_path().string());
  }
  return folders;
}

/// The files that a run reads, there or not.
inline std::vector<named_path> files_of(const gkd::gkd_config& c, const std::string& config_file) {
  std::vector<named_path> files{{"--eval_dataset_name", c.eval_dataset_name},
                                {"--chat_template_path", c.chat_template_path},
                                {"--config", config_file},
                                {"--dataset_name", c.dataset_name}};
  for (const std::string& split : {c.dataset_train_split, c.dataset_test_split})
    files.emplace_back("--dataset_name", c.dataset_name + "/" + split + ".jsonl");
  if (!c.chat_template_path.empty())
    for (const char* name : {"/chat_template.jinja", "/tokenizer_config.json"})
      files.emplace_back("--chat_template_path", c.chat_template_path + name);
  std::erase_if(files, [](const named_path& file) { return file.second.empty(); });
  return files;
}

/// Throws bad_argument for a folder that is a model's which is read, or within the Hub's cache.
inline void check_apart_from_models(const gkd::gkd_config& c, std::string_view option,
                                    const std::string& folder) {
  std::error_code ignored;
  const auto refuse = [&](std::string_view what) {
    gkd::fail(gkd::errc::bad_argument, option, " is ", gkd::shown_path(folder), ", ", what,
              " of a model that is read; want another one");
  };
  const std::vector<named_path> models = model_folders_of(c);
  for (const auto& [from, path] : models)
    if (fs::equivalent(folder, path, ignored)) refuse("the folder");
  for (const auto& [from, path] : models)
    if (lies_in_cache(existing_part_of(folder), path)) refuse("within the Hub's cache");
}

/// The result must not take the place of what it is made from, whatever is to be overwritten.
inline void check_inputs(const gkd::gkd_config& c, const std::string& config_file) {
  const std::string& out = c.training.output_dir;
  check_apart_from_models(c, "--output_dir", out);
  std::vector<named_path> inputs = model_folders_of(c);
  if (const std::string& from = c.resume_from_checkpoint.path; !from.empty()) {
    const std::string best = gkd::parent_of(gkd::without_end_slashes(from)) + "/best";
    for (const std::string& kept : {from, best})
      if (lies_in(existing_part_of(out), kept))
        gkd::fail(gkd::errc::bad_argument, "--output_dir is ", gkd::shown_path(out), ", within ",
                  gkd::shown_path(kept), " of the run that goes on; want another one");
    if (!goes_on_here(c)) inputs.emplace_back("--resume_from_checkpoint", from);
  }
  for (named_path& file : files_of(c, config_file)) inputs.push_back(std::move(file));
  const auto changed = [](std::string_view name) {
    return is_written(name) || is_unfinished(name);
  };
  for (const std::string& name : names_where(out, changed))
    for (const auto& [option, path] : inputs) {
      // which a run that goes on writes again as it was read
      if (option == "--config" && name == config_name && !c.overwrite_output_dir) continue;
      if (lies_in(path, out + "/" + name))
        gkd::fail(gkd::errc::bad_argument, option, ": ", gkd::shown_path(path),
                  " is read, but the run writes or removes ", gkd::shown_path(out + "/" + name),
                  "; want another --output_dir, or move it elsewhere");
    }
}

/// Whether a log tells of a run without a step: its first line opens a run, and no line is of a
/// later step than that. How often losses are logged says nothing: evaluations and samples count.
/// Throws already_exists for a file that is no log of a run: it is never overwritten.
inline bool log_has_no_step(const std::string& path) {
  gkd::input_file file(path);
  std::string text(1 << 16, '\0');
  text.resize(file.read(text));
  if (text.empty()) return file.size() == 0;
  const auto first = gkd::step_of_log_line(text);
  if (!first)
    gkd::fail(gkd::errc::already_exists, gkd::shown_path(path),
              " is no log of a run, whose log would take its place; want another --output_dir, or "
              "move it elsewhere");
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  if (text.size() != file.size() || line.find("\"total_steps\":") == line.npos) return false;
  while (std::getline(lines, line))
    if (gkd::step_of_log_line(line).value_or(*first + 1) > *first) return false;
  return true;
}

/// Whether the best model in the output folder is the one that a run which goes on from elsewhere
/// copies there, as one leaves it that was interrupted before its first step.
inline bool holds_copy_of_best(const gkd::gkd_config& c) {
  if (c.resume_from_checkpoint.path.empty()) return false;
  const auto place = gkd::place_of_checkpoint(c.resume_from_checkpoint.path);
  const std::string mine = c.training.output_dir + "/best";
  const std::string theirs = gkd::parent_of(place.path) + "/best";
  std::error_code ignored;
  for (const std::string& best : {mine, theirs})
    if (!fs::exists(best + "/best.json", ignored)) return false;
  return gkd::step_of_best_model(theirs) <= place.step &&
         gkd::read_json(mine + "/best.json") == gkd::read_json(theirs + "/best.json");
}

/// The object in a file; none where it cannot be read or is no JSON.
inline std::optional<nlohmann::json> object_in(const std::string& path) {
  try {
    nlohmann::json read = gkd::read_json(path);
    return read.is_object() ? std::optional(std::move(read)) : std::nullopt;
  } catch (const gkd::error&) {
    return std::nullopt;
  }
}

/// Whether a file is the configuration of a run as the run writes it, with every name; one that is
/// written by hand has fewer.
inline bool is_config_of_run(const std::string& path) {
  const auto there = object_in(path);
  const auto all = gkd::to_json(gkd::gkd_config{});
  return there && std::all_of(all.items().begin(), all.items().end(), [&](const auto& option) {
           return there->contains(option.key());
         });
}

/// Throws already_exists where an earlier run has left something that was not asked to give way.
inline void check_earlier(const gkd::gkd_config& c) {
  const std::string& out = c.training.output_dir;
  std::vector<std::string> there = names_where(out, is_written);
  const auto has = [&](std::string_view name) {
    return std::find(there.begin(), there.end(), name) != there.end();
  };
  const bool no_step = has(log_name) && log_has_no_step(gkd::concat(out, "/", log_name));
  if (goes_on_here(c) || c.overwrite_output_dir) return;
  if (no_step)
    std::erase_if(there, [](const std::string& name) {
      return name == log_name || name == config_name || name == "trainer_state.json";
    });
  if (!has(log_name) && !has("trainer_state.json") && has(config_name) &&
      is_config_of_run(gkd::concat(out, "/", config_name)))  // it failed before its first step
    std::erase(there, config_name);
  if (there == std::vector<std::string>{"best"} && holds_copy_of_best(c)) return;
  if (there.empty()) return;
  const bool checkpoints = !gkd::list_checkpoints(out).empty();
  const bool goes_on_elsewhere = c.resume_from_checkpoint.wanted;
  gkd::fail(gkd::errc::already_exists, gkd::shown_path(out), ": holds ",
            has("config.json") ? "a model"
            : checkpoints      ? "checkpoints"
            : has(log_name)    ? std::string(log_name)
                               : gkd::shown_path(there.front()),
            " already: want another --output_dir, ",
            !checkpoints         ? ""
            : goes_on_elsewhere ? "--resume_from_checkpoint without a folder to go on, "
                                : "--resume_from_checkpoint to go on, ",
            "or --overwrite_output_dir");
}

inline bool is_file_of_curves(const std::string& name) {
  return name.starts_with("events.out.tfevents.");
}

/// Removes the curves that TensorBoard would show as the new run's. Where the folder is a link they
/// stay: others' may be among them. Throws io_failure.
inline void remove_curves(const std::string& folder) {
  std::error_code failed;
  if (!fs::is_directory(fs::symlink_status(folder, failed))) return;
  for (const std::string& name : gkd::names_in(folder))
    if (is_file_of_curves(name) && !fs::remove(folder + "/" + name, failed))
      gkd::fail(gkd::errc::io_failure, gkd::shown_path(folder + "/" + name),
                ": cannot remove the curves of an earlier run: ", failed.message());
}

}  // namespace detail

/// What an overwriting run finds in its output folder and replaces or removes, by name; "" for
/// nothing. Of checkpoints and the best model gkd::checkpoints tells.
inline std::string giving_way(const gkd::gkd_config& c) {
  const std::string& out = c.training.output_dir;
  if (!c.overwrite_output_dir || goes_on_here(c)) return "";
  std::vector<std::string> names;
  for (std::string& name : detail::names_where(out, detail::is_written))
    if (name != "best" && !name.starts_with(gkd::checkpoint_prefix))
      names.push_back(std::move(name));
  std::error_code ignored;
  if (detail::fs::is_directory(detail::fs::symlink_status(out + "/runs", ignored))) {
    const std::vector<std::string> runs = gkd::names_in(out + "/runs");
    if (std::any_of(runs.begin(), runs.end(), detail::is_file_of_curves))
      names.push_back("curves in runs");
  }
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + gkd::shown_path(name);
  return text;
}

/// Throws io_failure where no curves can be written into --logging_dir, bad_argument where it is a
/// model's. Makes nothing.
inline void check_logging_dir(const gkd::gkd_config& c) {
  if (c.logging_dir.empty() || !writes_curves(c)) return;
  const auto refuse = [&](const std::string& there, std::string_view why) {
    gkd::fail(gkd::errc::io_failure, "--logging_dir is ", gkd::shown_path(c.logging_dir), ", and ",
              gkd::shown_path(there), why, "; want a folder that can be written to");
  };
  detail::check_apart_from_models(c, "--logging_dir", c.logging_dir);
  std::error_code ignored;
  const std::string there = detail::existing_part_of(c.logging_dir);
  if (!detail::fs::is_directory(there, ignored)) refuse(there, " is no folder");
  if (::access(there.c_str(), W_OK | X_OK) != 0) refuse(there, " cannot be written to");
}

/// Makes --logging_dir, before anything is read that takes long. Throws io_failure.
inline void make_logging_dir(const gkd::gkd_config& c) {
  if (c.logging_dir.empty() || !writes_curves(c)) return;
  std::error_code failed;
  detail::fs::create_directories(c.logging_dir, failed);
  if (failed)
    gkd::fail(gkd::errc::io_failure, "--logging_dir: ", gkd::shown_path(c.logging_dir),
              ": cannot create: ", failed.message());
}

/// A folder that a run makes, with those above it: a run that is refused leaves none of them.
class gone_if_empty {
 public:
  /// Notes which are not there; of "" none.
  explicit gone_if_empty(const std::string& folder) {
    if (folder.empty()) return;
    std::error_code failed;
    for (std::string path = gkd::without_end_slashes(folder);
         !detail::fs::exists(detail::fs::symlink_status(path, failed)) && path != ".";
         path = gkd::parent_of(path))
      made_.push_back(path);
  }
  gone_if_empty(const gone_if_empty&) = delete;
  gone_if_empty& operator=(const gone_if_empty&) = delete;
  ~gone_if_empty() {
    for (const std::string& path : made_)
      if (::rmdir(path.c_str()) != 0) return;  // something is in it
  }

 private:
  std::vector<std::string> made_;  // the innermost first
};

/// Throws bad_argument where the run would write or remove what it is made from, already_exists
/// where it would replace, unasked, what is of an earlier run or no run's. `config_file` is that of
/// --config; "" for none. Nothing is written before.
inline void check_output_folder(const gkd::gkd_config& c, const std::string& config_file) {
  detail::check_inputs(c, config_file);
  detail::check_earlier(c);
}

}  // namespace gkd_train
