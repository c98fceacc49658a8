// SPDX-License-Identifier: Apache-2.0
// What the processes of a run give each other of their students, piece by piece: gradients, which
// are added up, and the parameters of the first one. Memory that the host cannot follow goes
// through a copy.
//
// All must make the same calls, or they wait for each other for ever. So their students are found
// to be alike first, and a piece that cannot be copied is an error after the last call.
#pragma once

#include <gkd/optim/parameters.hpp>
#include <gkd/train/processes.hpp>

#include <exception>  // current_exception, exception_ptr
#include <span>       // span
#include <vector>     // vector

namespace gkd::inline v0::detail {

/// What must be the same in all processes before they exchange parameters piece by piece.
struct model_outline {
  double parameters = 0.0, numbers = 0.0;
  double hash = 0.0;  ///< of names, shapes, number types and what lies in one piece

  template <class T, class S>
  void add(const parameter_view<T, S>& p) {
    const bool whole = p.value.contiguous() && p.gradient.contiguous();
    text_.add(concat(p.name, " ", p.value.rows, " ", p.value.cols, " ", sizeof(T), whole, ";"));
    hash = text_.value();
    parameters += 1.0;
    numbers += double(p.value.size());
  }

 private:
  text_hash text_;
};

/// Throws shape_mismatch where a process has another model than the first one.
template <class Policies, class Student>
void check_same_model(const Policies& policies, Student& student) {
  model_outline mine;
  agree(policies, [&] { for_each_parameter(student, [&](const auto& p) { mine.add(p); }); });
  double first[] = {mine.parameters, mine.numbers, mine.hash};
  with_communicator(policies,
                    [&](const auto& c) { c.broadcast(std::span<double>(first), index{0}); });
  agree(policies, [&] {
    if (first[0] != mine.parameters || first[1] != mine.numbers || first[2] != mine.hash)
      fail(errc::shape_mismatch, "the student of process ", rank_of(policies), " has ",
           mine.parameters, " parameters of ", mine.numbers, " numbers in all, that of process 0 ",
           first[0], " of ", first[1],
           "; want the same names and shapes in the same order in every process");
  });
}

/// exchange(numbers) for each piece that pick(value, gradient) chooses of a student's parameters:
/// as it lies, or, where the host cannot follow it, in a copy that is then written back. What a
/// copy throws is returned after the last call, for agree() to throw.
template <class Student, class Pick, class Exchange>
std::exception_ptr exchange_pieces(Student& student, const Pick& pick, const Exchange& exchange) {
  const auto backend = backend_of(student);
  std::exception_ptr failed;
  const auto attempt = [&](const auto& copying) {
    try {
      if (!failed) copying();
      if (!failed) backend.synchronize();
    } catch (...) {
      failed = std::current_exception();
    }
  };
  attempt([] {});  // what was computed is there
  for_each_parameter(student, [&]<class T, class S>(const parameter_view<T, S>& p) {
    for_each_piece(p, [&](index, vector_view<T, S> value, vector_view<T, S> gradient) {
      const vector_view<T, S> piece = pick(value, gradient);
      if constexpr (S::host_accessible) {
        exchange(piece.span());
      } else {
        std::vector<T> numbers(piece.size);
        const vector_view<T> copy(numbers.data(), numbers.size());
        attempt([&] { backend.copy(vector_view<const T, S>(piece), copy); });
        exchange(std::span<T>(numbers));
        attempt([&] { backend.copy(vector_view<const T>(copy), piece); });
      }
    });
  });
  return failed;
}

/// Adds the gradients of all processes up, in place, and then does f(), as agree() does.
template <class Policies, class Student, class F>
void add_up_gradients(const Policies& policies, Student& student, const F& f) {
  std::exception_ptr failed;
  if (processes_of(policies) > 1)
    failed = exchange_pieces(
        student, [](auto, auto gradient) { return gradient; },
        [&](auto numbers) { add_up(policies, numbers); });
  agree(policies, [&] {
    if (failed) std::rethrow_exception(failed);
    f();
  });
}

/// Gives all processes the values of the first one's parameters. Throws shape_mismatch where they
/// have different models.
template <class Policies, class Student>
void share_parameters(const Policies& policies, Student& student) {
  if (processes_of(policies) == 1) return;
  check_same_model(policies, student);
  const auto send = [&](auto numbers) {
    with_communicator(policies, [&](const auto& c) { c.broadcast(numbers, index{0}); });
  };
  const std::exception_ptr failed =
      exchange_pieces(student, [](auto value, auto) { return value; }, send);
  agree(policies, [&] {
    if (failed) std::rethrow_exception(failed);
  });
}

/// The student, with the first process's parameters where it shows any.
template <class Policies, class Student>
Student& shared(const Policies& policies, Student& student) {
  if constexpr (trainable<Student>) share_parameters(policies, student);
  return student;
}

}  // namespace gkd::inline v0::detail
