// SPDX-License-Identifier: Apache-2.0
// A student for a teacher of which there is no smaller brother: every second layer of it, as a
// Hugging Face folder.
//
//   example_15_fewer_layers TEACHER OUT
#include <gkd/backend/reference.hpp>
#include <gkd/model/hf_load.hpp>
#include <gkd/model/hf_save.hpp>
#include <gkd/model/keep_layers.hpp>

#include <cstdio>      // printf, puts
#include <exception>   // exception
#include <filesystem>  // exists

int main(int words, char** argv) try {
  if (words != 3 || std::filesystem::exists(argv[2]))  // a model that is there would be lost
    return std::puts("wanted: example_15_fewer_layers TEACHER OUT, where nothing is yet"), 2;
  gkd::transformer teacher = gkd::load_hf_model(argv[1], gkd::reference{}, {.gradients = false});
  std::vector<gkd::index> kept;
  for (gkd::index layer = 0; layer < teacher.config().layers; layer += 2) kept.push_back(layer);
  gkd::transformer student = gkd::keep_layers(teacher, kept);
  gkd::save_hf_model(student, argv[2], argv[1]);
  std::printf("%s: %zu of %zu layers\n", argv[2], kept.size(), teacher.config().layers);
} catch (const std::exception& e) {
  return std::puts(e.what()), 1;
}
