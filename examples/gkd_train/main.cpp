// SPDX-License-Identifier: Apache-2.0
// gkd_train: the command-line trainer. gkd_train --help
#include <cstdio>  // fprintf
#include <new>     // bad_alloc

#include "run.hpp"

int main(int argc, char** argv) {
  try {
    gkd_train::listen_for_interruption();
    return gkd_train::main_program({argv, argv + argc});
  } catch (const gkd::error& e) {
    std::fprintf(stderr, "%s\n", e.what());
  } catch (const std::bad_alloc&) {
    std::fputs("gkd: out of memory; lower --per_device_train_batch_size or --max_length\n", stderr);
  }
  return 1;
}
