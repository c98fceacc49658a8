// SPDX-License-Identifier: Apache-2.0
// The least a user writes: include the umbrella, see the version, make a view.
#include <gkd/gkd.hpp>

#include <cstdio>  // printf

int main() {
  float x[6] = {0, 1, 2, 3, 4, 5};
  const gkd::matrix_view view(x, 2, 3);  // (2, 3)
  std::printf("gkd %s\n", GKD_VERSION_STRING);
  return view(1, 2) == 5.0f ? 0 : 1;
}
