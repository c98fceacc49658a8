// SPDX-License-Identifier: Apache-2.0
// Modes of files, and which error a call throws, for the tests of files.
#pragma once

#include <gkd/core/error.hpp>

#include <sys/stat.h>  // stat, umask

#include <string>  // string

#include "support/catch.hpp"

inline gkd::errc code_of(auto&& call) {
  try {
    call();
  } catch (const gkd::error& e) {
    return e.code();
  }
  FAIL("nothing thrown");
  return gkd::errc::bad_argument;
}

/// A umask, put back at the end.
struct umask_set {
  explicit umask_set(mode_t mask) : before(::umask(mask)) {}
  ~umask_set() { ::umask(before); }
  mode_t before;
};

inline mode_t mode_of(const std::string& path) {
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}
