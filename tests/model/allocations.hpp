// SPDX-License-Identifier: Apache-2.0
// How often this program asked for memory, and an end of it on demand; allocations.cpp counts,
// of all threads.
#pragma once

#include <atomic>  // atomic

std::atomic<long>& allocations();

/// The n-th request from now on throws bad_alloc, once; with 0 none does.
void fail_allocation(long n);
