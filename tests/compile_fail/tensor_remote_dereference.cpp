// SPDX-License-Identifier: Apache-2.0
// Host code that follows a pointer into a device's memory.
// expect: remote_pointer<float, device_space>
// expect(g++): no match for 'operator*'
// expect(clang++): indirection requires pointer operand
// expect(nvcc): no operator "*" matches
#include <gkd/core/tensor.hpp>

struct device_space {
  static constexpr bool host_accessible = false;
};

float first(gkd::vector_view<float, device_space> x) {  // (N)
#if GKD_TWIN
  return *x.data.raw();  // what the backend that owns the space writes in its kernel
#else
  return *x.data;
#endif
}
