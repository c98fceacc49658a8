// SPDX-License-Identifier: Apache-2.0
// Walking over the parameters of a student, as optimisers, clipping and checkpoints do, and over
// the values of a model that may not learn at all, as files do:
//
//   for_each_parameter(student, [](const auto& p) { p.name, p.value (R, C), p.gradient (R, C) });
//   for_each_value(model, [](const auto& p) { p.name, p.value (R, C) });
//
// A vector of D elements is shown as a matrix of one row, with dimensions = 1.
#pragma once

#include <gkd/backend/ops.hpp>
#include <gkd/backend/reference.hpp>
#include <gkd/backend/workspace.hpp>
#include <gkd/concepts.hpp>
#include <gkd/core/error.hpp>

#include <span>         // span
#include <string>       // string
#include <string_view>  // string_view
#include <type_traits>  // is_same_v
#include <vector>       // vector

namespace gkd::inline v0 {

/// One parameter of a student, valid during the call that shows it.
template <class T, memory_space S>
struct parameter_view {
  std::string_view name;
  index dimensions;            ///< 1 for a vector (a norm, a bias), 2 for a matrix
  matrix_view<T, S> value;     // (R, C)
  matrix_view<T, S> gradient;  // (R, C), empty where values alone are shown
};

/// Says by name and number of dimensions whether weight decay applies to a parameter. A function or
/// a lambda without captures.
using decay_rule = bool (*)(std::string_view name, index dimensions);

/// The usual rule: matrices decay; vectors, which are norms and biases, do not.
inline bool decay_matrices(std::string_view, index dimensions) { return dimensions > 1; }
/// Everything decays, as in a PyTorch optimiser with one group.
inline bool decay_all(std::string_view, index) { return true; }
/// What checkpoints call a rule: "matrices", "all", or "unnamed" for one's own.
inline std::string_view name_of(decay_rule rule) {
  return rule == decay_matrices ? "matrices" : rule == decay_all ? "all" : "unnamed";
}

namespace detail {

template <class T, class S>
matrix_view<T, S> as_matrix(matrix_view<T, S> x) {
  return x;
}
template <class T, class S>
matrix_view<T, S> as_matrix(vector_view<T, S> x) {
  return {x.data, 1, x.size};
}
template <class T, class S>
index dimensions_of(matrix_view<T, S>) {
  return 2;
}
template <class T, class S>
index dimensions_of(vector_view<T, S>) {
  return 1;
}

template <class V>
concept tensor_view = requires(V view) { as_matrix(view); };
template <class... Shown>
constexpr bool shows_parameter = false;
template <class Name, class V, class G>
constexpr bool shows_parameter<Name, V, G> =
    std::is_convertible_v<const Name&, std::string_view> && tensor_view<V> && tensor_view<G>;
template <class V, class G>
constexpr bool learns = !std::is_const_v<typename V::value_type> &&
                        std::is_same_v<typename V::value_type, typename G::value_type>;

template <class V, class G>
auto make_value(std::string_view name, V value, G) {
  return parameter_view<typename V::value_type, typename V::space>{
      name, dimensions_of(value), as_matrix(value), {}};
}

template <class V, class G>
auto make_parameter(std::string_view name, V value, G gradient) {
  auto p = make_value(name, value, gradient);
  const auto x = p.value;
  const auto g = as_matrix(gradient);
  if (g.empty() && !x.empty())
    fail(errc::bad_argument, "parameter ", in_quotes(name),
         " has no gradient: the model was made without gradients, want one that learns");
  if (x.rows != g.rows || x.cols != g.cols)
    fail(errc::shape_mismatch, "parameter ", in_quotes(name), " is (", x.rows, ", ", x.cols,
         ") and its gradient (", g.rows, ", ", g.cols, "), want the same shape");
  if (!x.empty() && (!x.data || !g.data))
    fail(errc::shape_mismatch, "parameter ", in_quotes(name), " or its gradient is (", x.rows, ", ",
         x.cols, ") at a null pointer, want a view of memory that holds it");
  p.gradient = g;
  return p;
}

/// f(offset, value, gradient) on contiguous pieces: the whole parameter, or row by row.
template <class T, class S, class F>
void for_each_piece(const parameter_view<T, S>& p, const F& f) {
  if (p.value.contiguous() && p.gradient.contiguous())
    return f(index{0}, p.value.flat(), p.gradient.flat());
  for (index r = 0; r < p.value.rows; ++r) f(r * p.value.cols, p.value.row(r), p.gradient.row(r));
}

template <class F, class Name, class V, class G>
void call_shown(const F& f, const Name& name, const V& value, const G& gradient) {
  static_assert(learns<V, G>,
                "gkd: a trainable model needs to show value and gradient as writable views of one "
                "number type, as in visit(name, matrix_view<float>, matrix_view<float>)  "
                "[docs/concepts.md#trainable]");
  if constexpr (learns<V, G>) f(name, value, gradient);
}
/// f(name, value, gradient) for each parameter as the model shows it.
template <class Model, class F>
void for_each_shown(Model& model, const F& f) {
  check_trainable<Model>();
  if constexpr (trainable<Model>)
    model.parameters([&]<class... Shown>(const Shown&... shown) {
      static_assert(shows_parameter<Shown...>,
                    "gkd: a trainable model needs to call  visit(std::string_view name, value, "
                    "gradient)  with matrix or vector views  [docs/concepts.md#trainable]");
      if constexpr (shows_parameter<Shown...>) call_shown(f, shown...);
    });
}

}  // namespace detail

/// f(parameter) for each parameter, in the student's order. Throws bad_argument for a model that
/// was made without gradients, shape_mismatch for a gradient that is not of its parameter's shape
/// and for numbers at a null pointer.
template <class Student, class F>
void for_each_parameter(Student& student, F&& f) {
  detail::for_each_shown(student,
                         [&](const auto&... shown) { f(detail::make_parameter(shown...)); });
}

/// The same of values alone: the gradient of the view is empty, and the model need not have any.
template <class Model, class F>
void for_each_value(Model& model, F&& f) {
  detail::for_each_shown(model, [&](const auto&... shown) { f(detail::make_value(shown...)); });
}

namespace detail {

/// f(numbers) for stretches of a view's elements, in order, copied where the host cannot read them.
template <class Backend, class T, class S, class F>
void for_each_read(const Backend& backend, matrix_view<T, S> x, const F& f) {
  using number = std::remove_const_t<T>;
  std::vector<number> copy;
  backend.synchronize();
  for_each_stretch(x, [&](index, vector_view<T, S> part) {
    if constexpr (S::host_accessible) {
      f(std::span<const number>(part.data, part.size));
    } else {
      copy.resize(part.size);
      backend.copy(vector_view<const number, S>(part), vector_view<number>(copy.data(), part.size));
      backend.synchronize();
      f(std::span<const number>(copy));
    }
  });
}

// what the elements are multiplied by where their squares, from 1.3e154 on, are more than a double
// holds; those that it makes nothing of are none beside these
constexpr double norm_scale = 0x1p-600;

/// Sum of (norm_scale x)^2 over all elements: finite where these are.
template <class Backend, class T, class S>
double scaled_sum_of_squares(const Backend& backend, matrix_view<T, S> x) {
  double sum = 0.0;
  for_each_read(backend, x, [&](auto numbers) {
    for (const auto& number : numbers) {
      const double scaled = static_cast<double>(number) * norm_scale;
      sum += scaled * scaled;
    }
  });
  return sum;
}

}  // namespace detail

/// Throws non_finite, which names the parameter, where one holds NaN or infinity.
template <class Model>
void check_finite_values(Model& model) {
  const auto backend = backend_of(model);
  for_each_value(model, [&](const auto& p) {
    if (math::is_finite(ops::sum_of_squares(backend, p.value))) return;
    const double sum = detail::scaled_sum_of_squares(backend, p.value);
    if (!math::is_finite(sum))
      fail(errc::non_finite, "parameter ", in_quotes(p.name), " has norm ", math::sqrt(sum),
           ", want a finite number");
  });
}

/// Sets all gradients to 0, which `backward` adds to.
template <class Student>
void zero_gradients(Student& student) {
  const auto backend = backend_of(student);
  for_each_parameter(student, [&](const auto& p) { ops::fill(backend, p.gradient, 0); });
}

namespace detail {

template <class Model, class T, class S>
constexpr bool like_logits = std::is_same_v<T, scalar_of<Model>> &&
                             std::is_same_v<S, space_of<Model>>;

/// The values of a parameter, on the host.
template <class T>
struct copied_values {
  std::string name;
  index rows, cols;
  std::vector<T> values;  // (rows, cols)
};

/// f(parameter) for each parameter of a model that copy_parameters reads or writes as T.
template <class T, class Model, class F>
void for_each_copied(Model& model, const F& f) {
  for_each_value(model, [&]<class U, class S>(const parameter_view<U, S>& p) {
    constexpr bool fits = std::is_same_v<T, U> && like_logits<Model, U, S>;
    static_assert(fits,
                  "gkd: copy_parameters needs two models of one number type, each with parameters "
                  "of the number type and memory space of its logits  "
                  "[docs/concepts.md#trainable]");
    if constexpr (fits) f(p);
  });
}

template <class T, class From>
std::vector<copied_values<T>> copy_to_host(From& from) {
  const auto backend = backend_of(from);
  std::vector<copied_values<T>> copies;
  for_each_copied<T>(from, [&](const auto& p) {
    const matrix_view<const T, space_of<From>> x = p.value;
    copies.push_back({std::string(p.name), x.rows, x.cols, std::vector<T>(x.size())});
    copy_out(backend, x, copies.back().values.data());
  });
  backend.synchronize();
  return copies;
}

/// Throws shape_mismatch where the parameters of a model are not those that were copied.
template <class T, class To>
void check_copies(const std::vector<copied_values<T>>& copies, To& to) {
  index next = 0;
  for_each_copied<T>(to, [&](const auto& p) {
    const auto x = p.value;
    if (next == copies.size() || copies[next].name != p.name || copies[next].rows != x.rows ||
        copies[next].cols != x.cols)
      fail(errc::shape_mismatch, "parameter ", in_quotes(p.name), " (", x.rows, ", ", x.cols,
           ") has no match in the model that is copied, want models of the same shape");
    ++next;
  });
  if (next != copies.size())
    fail(errc::shape_mismatch, "parameter ", in_quotes(copies[next].name),
         " is not in the model that is copied to, want models of the same shape");
}

/// What bind(student) and copy_parameters need: parameters, and logits that tell their number type.
template <class Student>
constexpr void check_bindable() {
  check_trainable<Student>();
  check_teacher<Student>();
}

}  // namespace detail

/// Copies the values of all parameters from one model to another of the same shape and number type,
/// on whatever backends. Throws shape_mismatch, which names the parameter, where they differ; then
/// nothing has changed.
template <class From, class To>
void copy_parameters(From& from, To& to) {
  detail::check_bindable<From>();
  detail::check_bindable<To>();
  if constexpr (teacher<From> && teacher<To>) {
    using number = scalar_of<From>;
    const auto copies = detail::copy_to_host<number>(from);
    detail::check_copies(copies, to);
    const auto backend = backend_of(to);
    index next = 0;
    detail::for_each_copied<number>(to, [&](const auto& p) {
      detail::copy_in(backend, copies[next++].values.data(), p.value);
    });
    backend.synchronize();
  }
}

namespace detail {

/// Throws bad_argument unless `ok`.
inline void want(bool ok, std::string_view what, double got, std::string_view wanted) {
  if (!ok) fail(errc::bad_argument, what, " is ", got, ", want ", wanted);
}

inline void want_learning_rate(double learning_rate) {
  want(learning_rate >= 0.0 && math::is_finite(learning_rate), "learning_rate", learning_rate,
       "a finite number >= 0");
}

inline void want_steps(long steps) {
  want(steps >= 0, "the number of steps of an optimizer", static_cast<double>(steps), "one >= 0");
}

/// Memory of an optimiser: the number type and space of the student's logits.
template <class Student>
using student_buffer =
    buffer_of<decltype(backend_of(std::declval<const Student&>())), scalar_of<Student>>;

}  // namespace detail
}  // namespace gkd::inline v0
