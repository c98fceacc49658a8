// SPDX-License-Identifier: Apache-2.0
// A CPU backend with threads that needs the standard library only.
//
//   gkd::parallel_host backend{.threads = 4};
//
// A row of its results depends on no other row: a sequence gets the same bits alone and in any
// batch,
// and a token the same from the KV cache and from running its prefix again. A product of Eigen or a
// BLAS does not promise that: it sums the last rows of a matrix in another order than the rest.
#pragma once

#include <gkd/backend/host/portable.hpp>
#include <gkd/backend/host_backend.hpp>

namespace gkd::inline v0 {

/// A backend on ordinary memory: plain loops, a blocked product, threads.
using parallel_host = host_backend<host::portable_vectors>;

}  // namespace gkd::inline v0
