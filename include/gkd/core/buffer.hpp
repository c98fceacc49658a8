// SPDX-License-Identifier: Apache-2.0
// Host memory with an owner: cache-line aligned, movable, zeroed on request. Backends of other
// spaces hand out their own buffers with the same two members, `view()` and `size()`.
#pragma once

#include <gkd/core/tensor.hpp>

#include <cstring>  // memset
#include <limits>   // numeric_limits
#include <memory>   // unique_ptr
#include <new>      // operator new, align_val_t, bad_array_new_length
#include <utility>  // exchange

namespace gkd::inline v0 {

namespace detail {

/// count * each. Throws std::bad_array_new_length where the product wraps: a buffer of the rest
/// would be written beyond its end.
inline index product_of_sizes(index count, index each) {
  if (each != 0 && count > std::numeric_limits<index>::max() / each)
    throw std::bad_array_new_length();
  return count * each;
}

}  // namespace detail

/// `size` elements of host memory, aligned to 64 bytes, zero at first.
/// Throws std::bad_alloc where there is not as much, or could not be.
template <class T>
  requires std::is_trivially_copyable_v<T>
class host_buffer {
 public:
  host_buffer() = default;
  explicit host_buffer(index size)
      : data_(
            static_cast<T*>(::operator new(detail::product_of_sizes(size, sizeof(T)), alignment))),
        size_(size) {
    std::memset(static_cast<void*>(data_.get()), 0, size * sizeof(T));
  }
  host_buffer(host_buffer&& other) noexcept
      : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}
  host_buffer& operator=(host_buffer&& other) noexcept {
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }
  index size() const { return size_; }
  vector_view<T> view() { return {data_.get(), size_}; }
  vector_view<const T> view() const { return {data_.get(), size_}; }

 private:
  static constexpr std::align_val_t alignment{64};
  struct release {
    void operator()(T* p) const { ::operator delete(static_cast<void*>(p), alignment); }
  };
  std::unique_ptr<T, release> data_;
  index size_ = 0;
};

}  // namespace gkd::inline v0
