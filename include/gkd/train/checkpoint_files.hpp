// SPDX-License-Identifier: Apache-2.0
// Checkpoints as directories: what they are called, what is in them, and whether it is whole.
//
//   run/checkpoint-100/model.safetensors      run/checkpoint-100/manifest.json, written last:
//   run/checkpoint-100/optimizer.safetensors
//   run/checkpoint-100/run.json                 format, format_version, library_version, step,
//   run/checkpoint-100/source.safetensors       files: name, bytes, sha256 of each,
//   run/checkpoint-100/config.json              sha256: of the manifest without this member
//
// The last two only where the data source or the model has something to say; without
// optimizer.safetensors (save_only_model) no run goes on from it. Files that the manifest does not
// name are somebody else's. A directory whose name goes on is no checkpoint: ....tmp-... was not
// finished, ....damaged-<n> and ....passed-<n> were set aside.
#pragma once

#include <gkd/io/file.hpp>
#include <gkd/io/json.hpp>
#include <gkd/version.hpp>

#include <algorithm>   // sort
#include <charconv>    // from_chars
#include <filesystem>  // directory_iterator
#include <map>         // map

namespace gkd::inline v0::detail {

constexpr std::string_view checkpoint_prefix = "checkpoint-";
constexpr long checkpoint_format_version = 2;  // 1: without the models' identity

struct checkpoint_place {
  long step = 0;
  std::string path;
};

/// The step in "checkpoint-<step>", written as we write it; -1 for any other name.
inline long step_of_name(std::string_view name) {
  if (!name.starts_with(checkpoint_prefix)) return -1;
  const std::string_view digits = name.substr(checkpoint_prefix.size());
  long step = -1;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), step);
  const bool whole = problem == std::errc{} && end == digits.data() + digits.size();
  return whole && std::to_string(step) == digits ? step : -1;
}

/// Names of everything in a directory, sorted. Throws io_failure.
inline std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(directory, failed), end; !failed && entry != end;
       entry.increment(failed))
    names.push_back(entry->path().filename().string());
  if (failed)
    fail(errc::io_failure, shown_path(directory),
         ": cannot read the directory: ", failed.message());
  std::sort(names.begin(), names.end());
  return names;
}

/// The checkpoint at a path. Throws bad_argument for a name that is none of a checkpoint.
inline checkpoint_place place_of_checkpoint(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  const long step = step_of_name(std::filesystem::path(path).filename().string());
  if (step < 0)
    fail(errc::bad_argument, shown_path(path), ": want a folder that is called checkpoint-<step>");
  return {step, std::move(path)};
}

/// All checkpoints of a run, whole or not, the newest first.
inline std::vector<checkpoint_place> list_checkpoints(const std::string& directory) {
  std::vector<checkpoint_place> found;
  for (const std::string& name : names_in(directory))
    if (const long step = step_of_name(name); step >= 0)
      found.push_back({step, directory + "/" + name});
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.step > b.step; });
  return found;
}

/// What a trainer was killed in the middle of: checkpoint-<step>....tmp-<process>-<random>, and
/// best....tmp-... of a best model.
inline std::vector<std::string> list_unfinished(const std::string& directory) {
  std::vector<std::string> found;
  for (const std::string& name : names_in(directory))
    if (const auto stem = std::string_view(name).substr(0, name.find('.'));
        (stem == "best" || step_of_name(stem) >= 0) && name.find(".tmp-") != name.npos)
      found.push_back(directory + "/" + name);
  return found;
}

inline void rename_directory(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) != 0)
    fail_errno(from, "cannot rename to ", shown_path(to));
  sync_directory(parent_of(to));
}

/// Whether anything below a folder is a run's: checkpoints, whole or not, or the lock of a trainer.
inline bool holds_a_run(const std::string& folder) {
  std::error_code failed;
  for (std::filesystem::recursive_directory_iterator entry(folder, failed), end;
       !failed && entry != end; entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    if (name == "gkd.lock" || name.starts_with(checkpoint_prefix)) return true;
  }
  return static_cast<bool>(failed);  // what cannot be read may be one
}
/// Whether a folder is that of a best_model: with a best.json, and no run in it.
inline bool is_best_model(const std::string& folder) {
  std::error_code ignored;
  return std::filesystem::exists(folder + "/best.json", ignored) && !holds_a_run(folder);
}
/// The best model beside a run's checkpoints: `best`, the one name that is ever removed or taken
/// along, since a best.json elsewhere may be anybody's. "": there is none.
inline std::string best_model_in(const std::string& directory) {
  const std::string folder = directory + "/best";
  return is_best_model(folder) ? folder : "";
}
/// When the model in such a folder was the best one. Throws io_failure, bad_format.
inline long step_of_best_model(const std::string& folder) {
  const std::string path = folder + "/best.json";
  return static_cast<long>(
      json_integer(read_json(path), "step", shown_path(path), 0, std::numeric_limits<long>::max()));
}

/// Removes a checkpoint or a best model so that it is never seen half removed. Throws io_failure.
inline void remove_checkpoint(const std::string& path) {
  std::string away = path;
  if (path.find(".tmp-", path.rfind('/') + 1) == path.npos) {
    away = temporary_name(path);
    rename_directory(path, away);
  }
  std::error_code failed;
  std::filesystem::remove_all(away, failed);
  if (failed) fail(errc::io_failure, shown_path(away), ": cannot remove: ", failed.message());
}

/// The best models of a run, copied for another directory and not there yet: without commit() the
/// copies go again.
class best_models_copy {
 public:
  /// Those of no later step than this: `best`, and the one that lies in the directory itself.
  /// Throws io_failure, bad_format of a best.json, already_exists where what is in the place of one
  /// is no best model.
  best_models_copy(std::string from, std::string to, long step)
      : from_(std::move(from)), to_(std::move(to)), stage_(to_ + "/best.taken") {
    std::error_code ignored;
    const std::string folder = best_model_in(from_);
    if (!folder.empty() && step_of_best_model(folder) <= step)
      add("best", is_best_model(to_ + "/best"));
    if (!std::filesystem::exists(from_ + "/best.json", ignored) || step_of_best_model(from_) > step)
      return;
    const bool replaced = std::filesystem::exists(to_ + "/best.json", ignored);
    for (const char* name : {"model.safetensors", "config.json", "best.json"})  // the record last
      if (std::filesystem::exists(from_ + "/" + name, ignored)) add(name, replaced);
  }
  /// Puts them in their places; their names. Throws io_failure.
  const std::vector<std::string>& commit() const {
    for (const std::string& name : names_) {
      const std::string to = to_ + "/" + name;
      std::error_code failed;
      if (std::filesystem::is_directory(to, failed)) std::filesystem::remove_all(to, failed);
      rename_directory(stage_.file(name), to);
    }
    return names_;
  }

 private:
  void add(const std::string& name, bool replaced) {
    const std::string from = from_ + "/" + name, to = to_ + "/" + name;
    std::error_code failed;
    if (!replaced && std::filesystem::exists(to, failed) && !std::filesystem::is_empty(to, failed))
      fail(errc::already_exists, shown_path(to), ": is no best model, and in the place of ",
           shown_path(from),
           ", which this run takes along; rename it or choose another output_dir");
    std::filesystem::copy(from, stage_.file(name), std::filesystem::copy_options::recursive,
                          failed);
    if (failed)
      fail(errc::io_failure, shown_path(from), ": cannot copy into ", shown_path(to_), ": ",
           failed.message());
    names_.push_back(name);
  }

  std::string from_, to_;
  staged_directory stage_;
  std::vector<std::string> names_;
};

/// The files of one checkpoint and what is in them.
struct checkpoint_manifest {
  long step = 0;
  std::map<std::string, file_digest> files;

  bool has(const std::string& name) const { return files.count(name) != 0; }
  friend bool operator==(const checkpoint_manifest&, const checkpoint_manifest&) = default;
};
/// Whether they have the same numbers, whatever run.json says.
inline bool same_but_run(checkpoint_manifest a, checkpoint_manifest b) {
  a.files.erase("run.json"), b.files.erase("run.json");
  return a == b;
}

/// The manifest as it is written: every byte counts, so no line feed at the end. Its own hash is
/// over the members without the hash.
inline std::string manifest_text(const checkpoint_manifest& manifest) {
  nlohmann::json out = {{"format", "gkd-checkpoint"},
                        {"format_version", checkpoint_format_version},
                        {"library_version", GKD_VERSION_STRING},
                        {"step", manifest.step},
                        {"files", nlohmann::json::object()}};
  for (const auto& [name, digest] : manifest.files)
    out["files"][name] = {{"bytes", digest.bytes}, {"sha256", hex(digest.sha256)}};
  out["sha256"] = hex(sha256_of(out.dump()));
  return out.dump(2);
}

inline sha256_digest digest_from_hex(std::string_view text, std::string_view where) {
  sha256_digest digest;
  bool good = text.size() == 2 * digest.size();
  for (index i = 0; good && i < digest.size(); ++i) {
    const char* const first = text.data() + 2 * i;
    good = std::from_chars(first, first + 2, digest[i], 16).ptr == first + 2;
  }
  if (!good || hex(digest) != text)
    fail(errc::bad_format, where, ": SHA-256 ", in_quotes(text), ", want 64 hexadecimal digits");
  return digest;
}

/// Reads a manifest. Throws bad_format or io_failure where it is damaged, bad_checkpoint where it
/// is whole but of a format that this version does not know.
inline checkpoint_manifest read_manifest(const std::string& path) {
  const std::string where = shown_path(path);
  nlohmann::json in = read_json(path, {.max_bytes = 1'000'000});
  const std::string hash = json_string(in, "sha256", where);
  in.erase("sha256");
  if (hash != hex(sha256_of(in.dump())))
    fail(errc::bad_format, where, ": damaged: the manifest does not match its own SHA-256");
  if (const std::string& format = json_string(in, "format", where); format != "gkd-checkpoint")
    fail(errc::bad_checkpoint, where, ": format ", in_quotes(format), ", want \"gkd-checkpoint\"");
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  if (const auto version = json_integer(in, "format_version", where, 0, most);
      version != checkpoint_format_version)
    fail(errc::bad_checkpoint, where, ": format version ", version, ", written by gkd ",
         in_quotes(json_string(in, "library_version", where)), "; this gkd, ", GKD_VERSION_STRING,
         ", reads version ", checkpoint_format_version);
  checkpoint_manifest out;
  out.step =
      static_cast<long>(json_integer(in, "step", where, 0, std::numeric_limits<long>::max()));
  for (const auto& [name, file] : json_object(in, "files", where).items()) {
    file_digest digest;
    digest.bytes = static_cast<index>(json_integer(file, "bytes", where, 0, most));
    digest.sha256 = digest_from_hex(json_string(file, "sha256", where), where);
    out.files.emplace(name, digest);
  }
  return out;
}

/// Reads a checkpoint's manifest and every file that it names. Throws bad_format or io_failure
/// where anything is missing or is not what was written; bad_checkpoint as read_manifest does.
inline checkpoint_manifest verify_checkpoint(const checkpoint_place& place) {
  const checkpoint_manifest manifest = read_manifest(place.path + "/manifest.json");
  if (manifest.step != place.step)
    fail(errc::bad_format, shown_path(place.path), ": the manifest is of step ", manifest.step,
         ", want ", place.step);
  for (const char* name : {"model.safetensors", "run.json"})
    if (!manifest.has(name))
      fail(errc::bad_format, shown_path(place.path), ": the manifest does not name ", name);
  for (const auto& [name, wanted] : manifest.files) {
    if (name.find('/') != name.npos || name.find('\0') != name.npos)
      fail(errc::bad_format, shown_path(place.path), ": the manifest names ", in_quotes(name),
           ", want plain names");
    const std::string path = place.path + "/" + name;
    const file_digest found = digest_of_file(path);
    if (found.bytes != wanted.bytes)
      fail(errc::bad_format, shown_path(path), ": ", found.bytes, " bytes, want ", wanted.bytes);
    if (found != wanted)
      fail(errc::bad_format, shown_path(path), ": damaged: SHA-256 ", hex(found.sha256), ", want ",
           hex(wanted.sha256));
  }
  return manifest;
}

}  // namespace gkd::inline v0::detail
