// SPDX-License-Identifier: Apache-2.0
// The weights of a model's folder, in one file or in several:
//
//   model.safetensors                    everything, or
//   model.safetensors.index.json         {"metadata": {"total_size": bytes},
//   model-00001-of-00002.safetensors      "weight_map": {"tensor": "model-00001-of-00002...", ...}}
//   model-00002-of-00002.safetensors
//
// Where both are, model.safetensors counts, as in transformers. The index and the files must say
// the same: every tensor in the one file that the index names and in no other, none more, none
// less, and total_size their bytes. Source: transformers, save_pretrained and
// get_checkpoint_shard_files.
#pragma once

#include <gkd/io/model_folder.hpp>
#include <gkd/io/safetensors.hpp>

#include <cstdio>       // snprintf
#include <map>          // map
#include <span>         // span
#include <string>       // string
#include <string_view>  // string_view
#include <utility>      // move
#include <vector>       // vector

namespace gkd::inline v0 {

/// Most files that a model's weights may be in, and most tensors that an index may list.
inline constexpr index max_safetensors_files = 1000;
inline constexpr index max_safetensors_listed = 400'000;

/// What an index says: the file of each tensor, and the bytes of all if it tells them.
struct safetensors_index {
  std::map<std::string, std::string, std::less<>> files;  ///< tensor -> file
  std::optional<index> total_size;
};

/// Throws bad_format for what is no index: a file name that is not plain, not .safetensors, or
/// differs from another in upper and lower case alone; more files or tensors than there may be.
inline safetensors_index parse_safetensors_index(std::string_view text, std::string_view file) {
  const std::string where = shown_path(file);
  const nlohmann::json json =
      parse_json(text, {file}, {.max_values = max_safetensors_listed + 100});
  safetensors_index out;
  std::map<std::string, std::string> spellings;
  for (const auto& [tensor, value] : json_object(json, "weight_map", where).items()) {
    const std::string at = concat(where, ": tensor ", in_quotes(tensor));
    if (!value.is_string())
      fail(errc::bad_format, at, ": its file is of type ", value.type_name(), ", want a string");
    const std::string& name = value.template get_ref<const std::string&>();
    check_file_name(name, at);
    if (!name.ends_with(".safetensors"))
      fail(errc::bad_format, at, ": its file is ", in_quotes(name), ", want a .safetensors file");
    const auto& spelling = spellings.emplace(detail::lower_case(name), name).first->second;
    if (spelling != name)
      fail(errc::bad_format, where, ": the files ", in_quotes(spelling), " and ", in_quotes(name),
           " differ in upper and lower case alone");
    out.files.emplace(tensor, name);
  }
  if (spellings.size() > max_safetensors_files)
    fail(errc::bad_format, where, ": ", spellings.size(), " files, want at most ",
         max_safetensors_files);
  if (json.contains("metadata") && json_object(json, "metadata", where).contains("total_size"))
    out.total_size = static_cast<index>(json_integer(json["metadata"], "total_size", where, 0,
                                                     std::numeric_limits<std::int64_t>::max()));
  return out;
}

/// A tensor and the file that it is in.
struct located_tensor {
  const safetensors* file = nullptr;
  const tensor_info* info = nullptr;
};

/// All tensors of a model's folder, read when they are asked for.
class safetensors_folder {
 public:
  /// Opens all files and checks their headers, and the index against them. Throws io_failure;
  /// bad_format for what breaks the rules above.
  explicit safetensors_folder(const model_folder& folder) : path_(shown_path(folder.path())) {
    constexpr std::string_view single = "model.safetensors", list = "model.safetensors.index.json";
    if (folder.has(single)) {
      open(folder, std::string(single));
    } else if (folder.has(list)) {
      input_file file = folder.open(list);
      path_ = shown_path(file.path());
      const safetensors_index all = parse_safetensors_index(
          read_file(std::move(file), max_index_bytes), folder.path() + "/" + std::string(list));
      open(folder, all);
    } else {
      fail(errc::io_failure, path_, ": has neither ", single, " nor ", list,
           folder.has("pytorch_model.bin") || folder.has("pytorch_model.bin.index.json")
               ? "; pytorch_model.bin, which can hold any program, is not read: save the model "
                 "again "
                 "with safetensors"
               : "");
    }
  }

  /// Where the tensors are: the index, or the folder.
  const std::string& path() const { return path_; }
  /// All tensors by name. Valid as long as the object, also when it is moved.
  const std::map<std::string_view, located_tensor>& tensors() const { return tensors_; }
  /// The tensor of this name; its pointers are null if there is none.
  located_tensor find(std::string_view name) const {
    const auto found = tensors_.find(name);
    return found == tensors_.end() ? located_tensor{} : found->second;
  }
  /// Bytes of all tensors.
  index bytes() const {
    index sum = 0;
    for (const auto& [name, t] : tensors_) sum += t.info->end - t.info->begin;
    return sum;
  }

 private:
  static constexpr index max_index_bytes = index{64} << 20;

  const safetensors& open(const model_folder& folder, const std::string& name) {
    const safetensors& file = files_.emplace(name, folder.open(name)).first->second;
    for (const tensor_info& t : file.tensors()) {
      const auto [place, is_new] = tensors_.emplace(t.name, located_tensor{&file, &t});
      if (!is_new)
        fail(errc::bad_format, file.path(), ": tensor ", in_quotes(t.name), " is also in ",
             place->second.file->path());
    }
    return file;
  }
  void open(const model_folder& folder, const safetensors_index& all) {
    for (const auto& [tensor, name] : all.files) {
      if (files_.count(name) != 0) continue;
      for (const tensor_info& t : open(folder, name).tensors()) {
        const auto listed = all.files.find(t.name);
        if (listed == all.files.end())
          fail(errc::bad_format, path_, ": does not list tensor ", in_quotes(t.name), " of ", name);
        if (listed->second != name)
          fail(errc::bad_format, path_, ": lists tensor ", in_quotes(t.name), " in ",
               listed->second, ", it is in ", name);
      }
    }
    for (const auto& [tensor, name] : all.files)
      if (!find(tensor).info)
        fail(errc::bad_format, path_, ": lists tensor ", in_quotes(tensor), " in ", name,
             ", which has none of this name");
    if (all.total_size && *all.total_size != bytes())
      fail(errc::bad_format, path_, ": total_size is ", *all.total_size, ", the tensors have ",
           bytes(), " bytes");
  }

  std::string path_;
  std::map<std::string, safetensors> files_;
  std::map<std::string_view, located_tensor> tensors_;
};

/// A file of a model that is about to be written, and its tensors.
struct safetensors_shard {
  std::string file;
  std::vector<tensor_info> tensors;
};

/// Spreads tensors over files in their order, so that the data of each file has at most `max_bytes`
/// unless a single tensor has more: model.safetensors if one file will do, else
/// model-00001-of-00003.safetensors and so on. Throws bad_argument for max_bytes = 0.
inline std::vector<safetensors_shard> spread_over_files(std::vector<tensor_info> tensors,
                                                        index max_bytes) {
  if (max_bytes == 0) fail(errc::bad_argument, "files of at most 0 bytes, want at least 1");
  std::vector<safetensors_shard> shards(1);
  index used = 0;
  for (tensor_info& t : tensors) {
    const index bytes = bytes_of(t.type, t.shape).value_or(max_bytes);
    if (bytes > max_bytes - std::min(used, max_bytes) && !shards.back().tensors.empty()) {
      shards.emplace_back();
      used = 0;
    }
    used += bytes;
    shards.back().tensors.push_back(std::move(t));
  }
  if (shards.size() == 1) {
    shards[0].file = "model.safetensors";
    return shards;
  }
  for (index i = 0; i < shards.size(); ++i) {
    char name[64];
    std::snprintf(name, sizeof name, "model-%05zu-of-%05zu.safetensors", i + 1, shards.size());
    shards[i].file = name;
  }
  return shards;
}

/// The text of the index of such files.
inline std::string safetensors_index_text(std::span<const safetensors_shard> shards) {
  nlohmann::json map = nlohmann::json::object();
  index total = 0;
  for (const safetensors_shard& shard : shards)
    for (const tensor_info& t : shard.tensors) {
      map[t.name] = shard.file;
      total += bytes_of(t.type, t.shape).value_or(0);
    }
  const nlohmann::json json = {{"metadata", {{"total_size", total}}}, {"weight_map", map}};
  return json.dump(2) + "\n";
}

}  // namespace gkd::inline v0
