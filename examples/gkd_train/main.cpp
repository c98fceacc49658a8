// SPDX-License-Identifier: Apache-2.0
// gkd_train: the command-line trainer. gkd_train --help
#include "interruption.hpp"
#include "outcome.hpp"
#include "program.hpp"

int main(int argc, char** argv) {
  const auto program = [&] {
    gkd_train::listen_for_interruption();
    return gkd_train::main_program({argv, argv + argc});
  };
  return gkd_train::outcome_of(program, gkd::console_of(stderr));
}
