// SPDX-License-Identifier: Apache-2.0
// Memory that a model uses again at every step: it grows to the largest size asked for and is never
// freed in between, so that a model allocates nothing once it is warm. Operations may: on the host,
// reference's attention takes scratch once per call, eigen's products do for tiles that take more
// than 128 KiB when packed, and losses do for one row per chunk of rows.
#pragma once

#include <gkd/concepts.hpp>
#include <gkd/core/buffer.hpp>

#include <type_traits>  // conditional_t
#include <utility>      // declval

namespace gkd::inline v0 {

namespace detail {

/// Stands in for what check_backend() has refused, so that the compiler says no more than that.
/// Nothing of it ever runs.
struct refused_backend {
  using space = host_space;
  refused_backend(const auto&...) {}
  template <class Backend>
  operator Backend() const;
  template <class T>
  host_buffer<T> allocate(index) const {
    return {};
  }
  template <class T>
  void copy(vector_view<const T>, vector_view<T>) const {}
  template <class T>
  void gemm(transpose, transpose, T, matrix_view<const T>, matrix_view<const T>, T,
            matrix_view<T>) const {}
  void synchronize() const {}
};

/// What the members of a model are made of that was given this backend.
template <class Given, class T>
using usable_backend = std::conditional_t<backend<Given, T>, Given, refused_backend>;

}  // namespace detail

/// The owner that a backend's allocate<T>(n) returns.
template <class Backend, class T>
using buffer_of = decltype(std::declval<const Backend&>().template allocate<T>(index{}));

/// One growing piece of a backend's memory, viewed as a matrix of the size asked for last. It keeps
/// what it holds as long as it need not grow; what it holds after growing is zero.
template <class Backend, class T>
class workspace {
  static_assert((check_backend<Backend, T>(), true));

 public:
  using view = matrix_view<T, typename Backend::space>;

  /// (rows, cols), contiguous. Views handed out before a growth end with it.
  /// Throws std::bad_alloc where there is not as much memory, or could not be.
  view matrix(const Backend& backend, index rows, index cols) {
    const index size = detail::product_of_sizes(rows, cols);
    if (buffer_.size() < size) buffer_ = backend.template allocate<T>(size);
    return {buffer_.view().data, rows, cols};
  }

 private:
  buffer_of<Backend, T> buffer_;
};

}  // namespace gkd::inline v0
