// SPDX-License-Identifier: Apache-2.0
// The program as a function, compiled once in program.cpp for its main function and its tests.
#pragma once

#include <gkd/report/console.hpp>

#include <cstdio>  // stderr, stdout
#include <string>  // string
#include <vector>  // vector

namespace gkd_train {

/// Where text goes: what a run is and came to, and the bar.
struct screens {
  gkd::console out = gkd::console_of(stdout);
  gkd::console bar = gkd::console_of(stderr);
};

/// gkd_train with `words`, its name first. Returns the exit status. Its errors name options, not
/// members of the library.
int main_program(const std::vector<std::string>& words, const screens& to = {});

}  // namespace gkd_train
