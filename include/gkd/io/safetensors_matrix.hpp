// SPDX-License-Identifier: Apache-2.0
// Matrices of any backend out of safetensors files and into them, stretch by stretch: besides the
// matrix itself, memory holds less than a megabyte.
//
//   read_matrix(file, file.at("norm.weight"), backend, x);
//   write_matrix(out, "norm.weight", dtype::bf16, backend, x);
//
// What is not finite is neither read nor written.
#pragma once

#include <gkd/core/math.hpp>
#include <gkd/core/tensor.hpp>
#include <gkd/io/safetensors.hpp>

#include <span>         // span
#include <string_view>  // string_view
#include <vector>       // vector

namespace gkd::inline v0 {

namespace detail {

/// Throws non_finite, naming file, tensor and element; `first` is the number of the first one.
template <class T>
void check_read(const safetensors& file, const tensor_info& tensor, index first,
                std::span<const T> numbers) {
  for (index i = 0; i < numbers.size(); ++i)
    if (!math::is_finite(numbers[i]))
      fail(errc::non_finite, file.path(), ": tensor ", in_quotes(tensor.name), ", element ",
           first + i, ": ", double(numbers[i]), ", want finite numbers");
}

}  // namespace detail

/// Throws what read_matrix() of this tensor would throw.
template <class T>
void check_matrix(const safetensors& file, const tensor_info& tensor) {
  std::vector<T> block(math::min(tensor.size(), index{1} << 16));
  for (index first = 0; first < tensor.size(); first += block.size()) {
    const auto part = std::span(block).first(math::min(block.size(), tensor.size() - first));
    file.read(tensor, first, part);
    detail::check_read<T>(file, tensor, first, part);
  }
}

/// Reads a tensor of as many elements into x, converted to its number type. Throws non_finite,
/// naming file, tensor and element; bad_format, io_failure as safetensors::read() does.
template <class Backend, class T, class S>
void read_matrix(const safetensors& file, const tensor_info& tensor, const Backend& backend,
                 matrix_view<T, S> x) {
  GKD_ASSERT(tensor.size() == x.size());
  backend.synchronize();
  std::vector<T> copy;
  detail::for_each_stretch(x, [&](index first, vector_view<T, S> part) {
    if constexpr (S::host_accessible) {
      file.read(tensor, first, part.span());
      detail::check_read<T>(file, tensor, first, part.span());
    } else {
      copy.resize(part.size);
      file.read(tensor, first, copy);
      detail::check_read<T>(file, tensor, first, copy);
      backend.copy(vector_view<const T>(copy.data(), copy.size()), part);
      backend.synchronize();  // the copy is used again
    }
  });
}

/// Writes the elements of x as numbers of this type: the nearest, ties to even. Throws non_finite,
/// which names tensor and element, for one that is not finite or becomes infinite; bad_argument for
/// a type other than F32, F64, F16 and BF16; io_failure.
template <class Backend, class T, class S>
void write_matrix(output_file& file, std::string_view name, dtype type, const Backend& backend,
                  matrix_view<const T, S> x) {
  if (!is_floating_point(type))
    fail(errc::bad_argument, "tensor ", in_quotes(name), " as ", facts_of(type).name,
         ", want F32, F64, F16 or BF16");
  backend.synchronize();
  std::vector<T> copy;
  detail::for_each_stretch(x, [&](index first, vector_view<const T, S> part) {
    std::span<const T> numbers;
    if constexpr (S::host_accessible) {
      numbers = part.span();
    } else {
      copy.resize(part.size);
      backend.copy(part, vector_view<T>(copy.data(), copy.size()));
      backend.synchronize();
      numbers = copy;
    }
    const auto write = [&](auto narrow, auto widen) {
      std::vector<decltype(narrow(T{}))> stored(numbers.size());
      for (index i = 0; i < numbers.size(); ++i) {
        stored[i] = narrow(numbers[i]);
        if (!math::is_finite(widen(stored[i])))
          fail(errc::non_finite, "tensor ", in_quotes(name), ", element ", first + i, ": ",
               double(numbers[i]), " is not finite as ", facts_of(type).name,
               "; what is not finite is not saved");
      }
      const auto bytes = std::as_bytes(std::span(stored));
      file.write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    };
    const auto as_it_is = [](auto number) { return number; };
    switch (type) {
      case dtype::f16: return write([](T n) { return f16_from(double(n)); }, float_from_f16);
      case dtype::bf16: return write([](T n) { return bf16_from(double(n)); }, float_from_bf16);
      case dtype::f64: return write([](T n) { return double(n); }, as_it_is);
      default: return write([](T n) { return static_cast<float>(n); }, as_it_is);
    }
  });
}

}  // namespace gkd::inline v0
