// SPDX-License-Identifier: Apache-2.0
// What is in the directory of a checkpoint, and whether it is whole.
//
//   run/checkpoint-100/model.safetensors      run/checkpoint-100/manifest.json, written last:
//   run/checkpoint-100/optimizer.safetensors
//   run/checkpoint-100/run.json                 format, format_version, library_version, step,
//   run/checkpoint-100/source.safetensors       files: name, bytes, sha256 of each,
//   run/checkpoint-100/config.json              sha256: of the manifest without this member
//
// The last two only where the data source or the model has something to say; without
// optimizer.safetensors (save_only_model) no run goes on from it. Files that the manifest does not
// name are somebody else's.
#pragma once

#include <gkd/io/json.hpp>
#include <gkd/train/checkpoint_places.hpp>
#include <gkd/version.hpp>

#include <map>  // map

namespace gkd::inline v0::detail {

constexpr long checkpoint_format_version = 2;  // 1: without the models' identity

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
