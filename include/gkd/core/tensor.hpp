// SPDX-License-Identifier: Apache-2.0
// Views: a pointer with shape, stride and memory space. The space is part of the type, so that a
// host loop over device memory does not compile. Views own nothing; buffers are in core/buffer.
//
//   matrix_view<float> x;              // (rows, cols), row major, rows `stride` elements apart
//   x(i, j), x.row(i), x.slice(first, count), x.flat()
#pragma once

#include <gkd/core/config.hpp>

#include <concepts>     // convertible_to, same_as
#include <span>         // span
#include <type_traits>  // conditional_t

namespace gkd::inline v0 {

/// The number types that logits, parameters and gradients may have.
template <class T>
concept float_or_double = std::same_as<T, float> || std::same_as<T, double>;

/// A memory space says in its type whether host code may follow its pointers.
template <class Space>
concept memory_space = requires {
  { Space::host_accessible } -> std::convertible_to<bool>;
};

/// Ordinary memory.
struct host_space {
  static constexpr bool host_accessible = true;
};

/// An address in a space that host code must not follow: it can be offset and passed on, nothing
/// else. `raw()` is for the backend that owns the space.
template <class T, memory_space Space>
class remote_pointer {
 public:
  constexpr remote_pointer() = default;
  constexpr explicit remote_pointer(T* address) : address_(address) {}
  template <class U>
    requires std::convertible_to<U*, T*>
  constexpr remote_pointer(remote_pointer<U, Space> other) : address_(other.raw()) {}
  GKD_FN constexpr T* raw() const { return address_; }
  constexpr remote_pointer operator+(index n) const { return remote_pointer(address_ + n); }
  constexpr explicit operator bool() const { return address_ != nullptr; }
  friend constexpr bool operator==(remote_pointer, remote_pointer) = default;

 private:
  T* address_ = nullptr;
};

/// `T*` where the host may follow it, `remote_pointer` elsewhere.
template <class T, memory_space Space>
using pointer_in = std::conditional_t<Space::host_accessible, T*, remote_pointer<T, Space>>;

/// `size` contiguous elements.
template <class T, memory_space Space = host_space>
struct vector_view {
  using value_type = T;
  using space = Space;
  pointer_in<T, Space> data{};
  index size = 0;

  constexpr vector_view() = default;
  constexpr vector_view(pointer_in<T, Space> d, index n) : data(d), size(n) {}
  template <class U>
    requires std::convertible_to<U*, T*>
  constexpr vector_view(vector_view<U, Space> v) : data(v.data), size(v.size) {}

  constexpr T& operator[](index i) const
    requires Space::host_accessible
  {
    GKD_ASSERT(i < size);
    return data[i];
  }
  constexpr std::span<T> span() const
    requires Space::host_accessible
  {
    return {data, size};
  }
  /// Elements [first, first + count).
  constexpr vector_view slice(index first, index count) const {
    GKD_ASSERT(first + count <= size);
    return {data + first, count};
  }
  /// Itself, so that code for matrices and vectors alike can go through value.flat().
  constexpr vector_view flat() const { return *this; }
};

/// `rows` x `cols` elements, row major, rows `stride` elements apart.
template <class T, memory_space Space = host_space>
struct matrix_view {
  using value_type = T;
  using space = Space;
  pointer_in<T, Space> data{};
  index rows = 0;
  index cols = 0;
  index stride = 0;

  constexpr matrix_view() = default;
  constexpr matrix_view(pointer_in<T, Space> d, index r, index c) : matrix_view(d, r, c, c) {}
  constexpr matrix_view(pointer_in<T, Space> d, index r, index c, index s)
      : data(d), rows(r), cols(c), stride(s) {
    GKD_ASSERT(s >= c);
  }
  template <class U>
    requires std::convertible_to<U*, T*>
  constexpr matrix_view(matrix_view<U, Space> v)
      : data(v.data), rows(v.rows), cols(v.cols), stride(v.stride) {}

  constexpr index size() const { return rows * cols; }
  constexpr bool empty() const { return size() == 0; }
  constexpr bool contiguous() const { return stride == cols || rows <= 1; }

  constexpr T& operator()(index i, index j) const
    requires Space::host_accessible
  {
    GKD_ASSERT(i < rows && j < cols);
    return data[i * stride + j];
  }
  /// Row i.
  constexpr vector_view<T, Space> row(index i) const {
    GKD_ASSERT(i < rows);
    return {data + i * stride, cols};
  }
  /// Rows [first, first + count).
  constexpr matrix_view slice(index first, index count) const {
    GKD_ASSERT(first + count <= rows);
    return {data + first * stride, count, cols, stride};
  }
  /// Columns [first, first + count) of every row.
  constexpr matrix_view columns(index first, index count) const {
    GKD_ASSERT(first + count <= cols);
    return {data + first, rows, count, stride};
  }
  /// All elements in a line; the view must be contiguous.
  constexpr vector_view<T, Space> flat() const {
    GKD_ASSERT(contiguous());
    return {data, size()};
  }
};

/// Whether a factor of a product is used as it is or transposed.
enum class transpose : bool { no, yes };

namespace detail {

/// f(first, line) for the longest pieces of a matrix: all of it, or its rows; `first` counts
/// elements from its beginning.
template <class T, class S, class F>
void for_each_line(matrix_view<T, S> x, const F& f) {
  if (x.empty()) return;
  if (x.contiguous()) return f(index{0}, x.flat());
  for (index r = 0; r < x.rows; ++r) f(r * x.cols, x.row(r));
}

/// The same for stretches of the lines, short enough for a copy beside them.
template <class T, class S, class F>
void for_each_stretch(matrix_view<T, S> x, const F& f) {
  constexpr index longest = index{1} << 16;
  for_each_line(x, [&](index first, vector_view<T, S> line) {
    for (index at = 0; at < line.size; at += longest)
      f(first + at, line.slice(at, line.size - at < longest ? line.size - at : longest));
  });
}

/// Copies a matrix to memory of the host, row after row, a line at a time.   to (rows cols)
template <class Backend, class T, class S>
void copy_out(const Backend& backend, matrix_view<const T, S> from, T* to) {
  for_each_line(from, [&](index first, vector_view<const T, S> line) {
    backend.copy(line, vector_view<T>(to + first, line.size));
  });
}
/// And from there.   from (rows cols)
template <class Backend, class T, class S>
void copy_in(const Backend& backend, const T* from, matrix_view<T, S> to) {
  for_each_line(to, [&](index first, vector_view<T, S> line) {
    backend.copy(vector_view<const T>(from + first, line.size), line);
  });
}

}  // namespace detail

template <class T>
matrix_view(T*, index, index) -> matrix_view<T>;
template <class T>
matrix_view(T*, index, index, index) -> matrix_view<T>;
template <class T>
vector_view(T*, index) -> vector_view<T>;

}  // namespace gkd::inline v0
