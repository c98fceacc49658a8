// SPDX-License-Identifier: Apache-2.0
// Replaces operator new by one that counts, in a file of its own, so that no compiler sees through
// it; in all its forms, since a sanitizer would else mix its own with these.
#include "model/allocations.hpp"

#include <cstdlib>  // malloc, aligned_alloc, free
#include <new>      // operator new

std::atomic<long>& allocations() {
  static std::atomic<long> count = 0;
  return count;
}

namespace {

std::atomic<long>& until_failure() {
  static std::atomic<long> left = 0;
  return left;
}
void* counted(void* p) {
  ++allocations();
  if (until_failure() > 0 && --until_failure() == 0) {
    std::free(p);
    p = nullptr;
  }
  if (!p) throw std::bad_alloc();
  return p;
}
void* aligned(std::size_t size, std::align_val_t alignment) {
  const auto a = static_cast<std::size_t>(alignment);
  return counted(std::aligned_alloc(a, (size + a - 1) / a * a));
}

}  // namespace

void fail_allocation(long n) { until_failure() = n; }

void* operator new(std::size_t size) { return counted(std::malloc(size)); }
void* operator new[](std::size_t size) { return counted(std::malloc(size)); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void* operator new(std::size_t size, std::align_val_t a) { return aligned(size, a); }
void* operator new[](std::size_t size, std::align_val_t a) { return aligned(size, a); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
