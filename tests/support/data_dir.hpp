// SPDX-License-Identifier: Apache-2.0
// Where real data lies, if it does: $GKD_DATA_DIR, else shared/data beside the checkout.
//
//   const auto data = data_dir();
//   if (!data) GKD_SKIP("no data folder (GKD_DATA_DIR)");
#pragma once

#include <cstdlib>     // getenv
#include <filesystem>  // path, is_directory
#include <optional>    // optional

inline std::optional<std::filesystem::path> data_dir() {
  std::filesystem::path path;
  if (const char* given = std::getenv("GKD_DATA_DIR")) {
    path = given;
  } else {
#ifdef GKD_TEST_SOURCE_DIR
    path = std::filesystem::path(GKD_TEST_SOURCE_DIR).parent_path() / "shared" / "data";
#endif
  }
  if (!std::filesystem::is_directory(path)) return std::nullopt;
  return path;
}
