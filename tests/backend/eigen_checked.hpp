// SPDX-License-Identifier: Apache-2.0
// Eigen with its checks on in every build, as exceptions, and with the question whether it
// allocates.
// Every file of this program that uses Eigen includes it through here, so that all agree on it.
#pragma once

#define EIGEN_RUNTIME_NO_MALLOC

#include <stdexcept>  // logic_error

#undef eigen_assert
#define eigen_assert(condition)                                     \
  do {                                                              \
    if (!(condition)) throw std::logic_error("Eigen: " #condition); \
  } while (false)

#include <gkd/backend/eigen.hpp>

/// While it lives, an allocation by Eigen throws.
class no_eigen_malloc {
 public:
  no_eigen_malloc() { Eigen::internal::set_is_malloc_allowed(false); }
  ~no_eigen_malloc() { Eigen::internal::set_is_malloc_allowed(true); }
};
