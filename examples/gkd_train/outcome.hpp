// SPDX-License-Identifier: Apache-2.0
// How the program ends: its exit status and, where it fails, one line that says why.
#pragma once

#include <gkd/report/console.hpp>
#include <gkd/report/text.hpp>

#include <exception>  // exception
#include <new>        // bad_alloc

namespace gkd_train {

/// The exit status that program() returns; 1 and a line to `err` where it throws.
template <class Program>
int outcome_of(const Program& program, const gkd::console& err) {
  try {
    return program();
  } catch (const gkd::error& e) {
    err.write(gkd::concat(e.what(), "\n"));
  } catch (const std::bad_alloc&) {
    err.write("gkd: out of memory; lower --per_device_train_batch_size or --max_length\n");
  } catch (const std::exception& e) {  // of the standard library: the system has refused something
    err.write(gkd::concat("gkd: ", gkd::printable(e.what()), "\n"));
  }
  return 1;
}

}  // namespace gkd_train
