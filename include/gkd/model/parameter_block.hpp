// SPDX-License-Identifier: Apache-2.0
// The parameters of a model in one piece of memory, their gradients in another: two allocations
// whatever the number of tensors, one copy to duplicate a model.
//
//   parameter_block<B, T> block(backend, size, /*gradients*/ true);
//   parameter<matrix> w = block.add("up.weight", rows, cols, {.deviation = 0.1});
//   block.draw(backend, seed);         first values
//   block.visit(f);                    f(name, value, gradient), in the order of the names
#pragma once

#include <gkd/core/error.hpp>
#include <gkd/core/random.hpp>

#include <gkd/backend/workspace.hpp>

#include <string>   // string
#include <utility>  // move
#include <vector>   // vector

namespace gkd::inline v0 {

/// A tensor that is learned, and its gradient, which is empty where nothing is learned.
template <class View>
struct parameter {
  View value{};
  View gradient{};
};

/// How a parameter starts: normal with a mean and a standard deviation, or uniform between
/// mean - deviation and mean + deviation.
struct initial {
  double mean = 0.0;
  double deviation = 0.0;
  bool uniform = false;
};

template <class Backend, class T>
class parameter_block {
 public:
  using space = typename Backend::space;
  using matrix = matrix_view<T, space>;
  using vector = vector_view<T, space>;

  parameter_block() = default;
  /// Memory for `size` numbers, zero at first.
  parameter_block(const Backend& backend, index size, bool gradients)
      : values_(backend.template allocate<T>(size)), size_(size) {
    if (gradients) gradients_ = backend.template allocate<T>(size);
  }

  /// The next rows x cols numbers, without a name.
  parameter<matrix> take(index rows, index cols) {
    GKD_ASSERT(used_ + rows * cols <= size_);
    const index offset = used_;
    used_ += rows * cols;
    return at(offset, rows, cols);
  }
  /// Names rows [first, first + count) of what `take` gave last, so that one product can serve
  /// several tensors.
  void name_rows(std::string name, parameter<matrix> last, index first, index count, initial how) {
    const index begin = used_ - last.value.size() + first * last.value.cols;
    entries_.push_back({std::move(name), begin, count, last.value.cols, false, how});
  }
  void name_elements(std::string name, parameter<vector> last, index first, index count,
                     initial how) {
    entries_.push_back({std::move(name), used_ - last.value.size + first, 1, count, true, how});
  }
  parameter<matrix> add(std::string name, index rows, index cols, initial how) {
    const parameter<matrix> taken = take(rows, cols);
    name_rows(std::move(name), taken, 0, rows, how);
    return taken;
  }
  parameter<vector> take(index count) {
    const parameter<matrix> row = take(1, count);
    return {row.value.flat(), row.gradient.flat()};
  }
  parameter<vector> add(std::string name, index count, initial how) {
    const parameter<vector> taken = take(count);
    name_elements(std::move(name), taken, 0, count, how);
    return taken;
  }

  /// visit(std::string_view name, value, gradient) for each named tensor: matrix views, or vector
  /// views for norms and biases.
  template <class Visit>
  void visit(Visit&& visit) {
    for (const entry& e : entries_) {
      const parameter<matrix> p = at(e.offset, e.rows, e.cols);
      if (e.is_vector)
        visit(std::string_view(e.name), p.value.flat(), p.gradient.flat());
      else
        visit(std::string_view(e.name), p.value, p.gradient);
    }
  }

  /// Draws every named tensor from random_stream(seed, purpose::weights, first_id + its number).
  void draw(const Backend& backend, std::uint64_t seed, std::uint64_t first_id = 0) {
    std::vector<T> numbers(size_);
    for (index n = 0; n < entries_.size(); ++n) {
      const entry& e = entries_[n];
      const random_stream stream(seed, purpose::weights, first_id + n);
      for (index i = 0; i < e.rows * e.cols; ++i) {
        const double unit = e.how.uniform ? 2.0 * stream.uniform(i) - 1.0 : stream.normal(i);
        numbers[e.offset + i] = static_cast<T>(e.how.mean + e.how.deviation * unit);
      }
    }
    backend.copy(vector_view<const T>(numbers.data(), size_), values_.view());
  }
  /// Takes over the numbers of a block of the same shape.
  void copy_values(const Backend& backend, const parameter_block& from) {
    GKD_ASSERT(size_ == from.size_);
    backend.copy(vector_view<const T, space>(from.values_.view()), values_.view());
  }
  bool has_gradients() const { return gradients_.size() != 0; }
  bool empty() const { return values_.size() == 0; }  ///< as one is that was moved from
  index size() const { return size_; }
  index used() const { return used_; }

 private:
  struct entry {
    std::string name;
    index offset, rows, cols;
    bool is_vector;
    initial how;
  };
  parameter<matrix> at(index offset, index rows, index cols) {
    const matrix value(values_.view().data + offset, rows, cols);
    if (!has_gradients()) return {value, {}};
    return {value, {gradients_.view().data + offset, rows, cols}};
  }

  buffer_of<Backend, T> values_, gradients_;  // (size)
  index size_ = 0;
  index used_ = 0;
  std::vector<entry> entries_;
};

}  // namespace gkd::inline v0
