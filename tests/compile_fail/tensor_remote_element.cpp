// SPDX-License-Identifier: Apache-2.0
// A host loop over the elements of a view in a device's memory.
// expect(g++): no match for call to '(gkd::v0::matrix_view<float, device_space>)
// expect(g++): constraints not satisfied
// expect(clang++): no matching function for call to object of type
// expect(clang++): because 'device_space::host_accessible' evaluated to false
// expect(nvcc): no instance of function "gkd::v0::matrix_view<T, Space>::operator()
#include <gkd/core/tensor.hpp>

struct device_space {
  static constexpr bool host_accessible = false;
};

#if GKD_TWIN
using space = gkd::host_space;
#else
using space = device_space;
#endif

float trace(gkd::matrix_view<float, space> x) {  // (N, N)
  float sum = 0.0f;
  for (gkd::index i = 0; i < x.rows; ++i) sum += x(i, i);
  return sum;
}
