// SPDX-License-Identifier: Apache-2.0
// The only macros of gkd. None changes behaviour or layout, NDEBUG apart.
//
//   GKD_FN      marks a function that is compiled for the host and for a device
//   GKD_ASSERT  checks our own logic (never a user's input); define it before the first include to
//               redirect it
#pragma once

#include <gkd/core/refused.hpp>

#if defined(__CUDACC__)
#define GKD_FN __host__ __device__
#else
#define GKD_FN
#endif

#ifndef GKD_ASSERT
#include <cassert>  // assert
#define GKD_ASSERT(condition) assert(condition)
#endif

#include <cstddef>  // size_t
#include <cstdint>  // int32_t

namespace gkd::inline v0 {

using index = std::size_t;   ///< Every size, count and position.
using token = std::int32_t;  ///< A token id, as in every tokenizer.

}  // namespace gkd::inline v0
