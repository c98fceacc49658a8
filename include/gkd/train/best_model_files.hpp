// SPDX-License-Identifier: Apache-2.0
// The best model of a run as a directory beside its checkpoints, and how a run that goes on in
// another directory takes it along. gkd::best_model writes it.
//
//   run/best/best.json            which metric, its value, and at which step
//   run/best/model.safetensors    or what else its `save` writes
#pragma once

#include <gkd/io/json.hpp>
#include <gkd/io/staged_directory.hpp>
#include <gkd/train/checkpoint_places.hpp>

#include <algorithm>  // find_if

namespace gkd::inline v0 {

/// The step at which the model in a best_model's folder was the best one, by its best.json. Throws
/// io_failure, bad_format.
inline long step_of_best_model(const std::string& folder) {
  const std::string path = folder + "/best.json";
  return static_cast<long>(
      json_integer(read_json(path), "step", shown_path(path), 0, std::numeric_limits<long>::max()));
}

namespace detail {

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

/// Copies a file, or a folder with all below it, and brings the copy to the disk.
inline void copy_to_disk(const std::string& from, const std::string& to) {
  std::error_code failed;
  if (!std::filesystem::is_directory(from, failed)) {
    input_file in(from);
    output_file out(to);
    std::string block(1 << 20, '\0');
    while (const index n = in.read(block)) out.write({block.data(), n});
    return out.commit();
  }
  if (!std::filesystem::create_directory(to, failed))
    fail(errc::io_failure, shown_path(to), ": cannot create the directory: ", failed.message());
  for (const std::string& name : names_in(from)) copy_to_disk(from + "/" + name, to + "/" + name);
  sync_directory(to);
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
    const bool replaced =
        std::filesystem::exists(record(), ignored) || std::filesystem::exists(hidden(), ignored);
    for (const char* name : {"model.safetensors", "config.json", "best.json"})  // the record last
      if (std::filesystem::exists(from_ + "/" + name, ignored)) add(name, replaced);
  }
  /// Puts them in their places; their names. While the files of another best model are replaced
  /// its record is called best.json.replaced: a run that is killed then has no best model there,
  /// never one with the value of another, and the next one takes it along once more. Throws
  /// io_failure; where no file had been replaced yet the record is back.
  const std::vector<std::string>& commit() const {
    const auto beside = std::find_if(names_.begin(), names_.end(),
                                     [](const std::string& name) { return name != "best"; });
    if (beside != names_.begin()) put("best");
    if (beside == names_.end()) return names_;
    std::error_code ignored;
    const bool recorded = std::filesystem::exists(record(), ignored);
    try {
      if (recorded) rename_directory(record(), hidden());
      for (auto name = beside; name != names_.end(); ++name) put(*name);
    } catch (const error&) {
      if (recorded && std::filesystem::exists(stage_.file(*beside), ignored))
        std::rename(hidden().c_str(), record().c_str());
      throw;
    }
    std::filesystem::remove(hidden(), ignored);
    return names_;
  }

 private:
  std::string record() const { return to_ + "/best.json"; }
  std::string hidden() const { return record() + ".replaced"; }
  void put(const std::string& name) const {
    const std::string from = stage_.file(name), to = to_ + "/" + name;
    std::error_code ignored;
    if (std::filesystem::is_directory(to, ignored)) {
      exchange_names(from, to);  // what was there goes with the stage
      sync_directory(to_);
    } else {
      rename_directory(from, to);
    }
  }
  void add(const std::string& name, bool replaced) {
    const std::string from = from_ + "/" + name, to = to_ + "/" + name;
    std::error_code failed;
    if (!replaced && std::filesystem::exists(to, failed) && !std::filesystem::is_empty(to, failed))
      fail(errc::already_exists, shown_path(to), ": is no best model, and in the place of ",
           shown_path(from),
           ", which this run takes along; rename it or choose another output_dir");
    copy_to_disk(from, stage_.file(name));
    names_.push_back(name);
  }

  std::string from_, to_;
  staged_directory stage_;
  std::vector<std::string> names_;
};

}  // namespace detail
}  // namespace gkd::inline v0
