// SPDX-License-Identifier: Apache-2.0
// What the types of a trainer's parts have to be, part by part and together: one sentence from the
// compiler for each requirement that is not met, and no further errors after it.
#pragma once

#include <gkd/train/plan.hpp>
#include <gkd/train/policies.hpp>

namespace gkd::inline v0::detail {

/// In place of a type that cannot be named because another is not what it should be.
struct nothing {};

// the state that an optimiser binds to a student
template <class Optimizer, class Student>
struct bound_state {
  using type = nothing;
};
template <class Optimizer, student Student>
  requires requires(const Optimizer& o, Student& s) { o.bind(s); }
struct bound_state<Optimizer, Student> {
  using type = decltype(std::declval<const Optimizer&>().bind(std::declval<Student&>()));
};

// asks an optimiser only about a student that is one
template <class Optimizer, class Student>
concept optimizes = student<Student> && optimizer<Optimizer, Student>;

template <class Teacher, class Student>
concept same_logits = std::is_same_v<space_of<Teacher>, space_of<Student>> &&
                      std::is_same_v<scalar_of<Teacher>, scalar_of<Student>>;

// teacher and student by themselves; a no_teacher will do for a loss that needs none
template <class Student, class Teacher, class Loss>
concept models = student<Student> && !std::is_const_v<Student> &&
                 (teacher<Teacher> || (std::is_same_v<Teacher, no_teacher> && target_loss<Loss>));

// what no loss and no optimizer is: a part in another one's place
template <class P, class Student>
concept other_part = teacher<P> || data_source<P, Student> || std::is_same_v<P, training_options>;

template <class Student, class Teacher, class Loss, class Source, class Optimizer,
          class... Policies>
struct trainer_types {
  using optimizer_state = typename bound_state<Optimizer, Student>::type;
  using snapshot_type = snapshot<Student, optimizer_state, Source>;

  static constexpr bool has_teacher = !std::is_same_v<Teacher, no_teacher>;
  static constexpr bool binds = !std::is_same_v<optimizer_state, nothing>;
  template <class P>
  static constexpr bool keeps = detail::keeps_runs<P, snapshot_type>;
  static constexpr bool keeps_runs = (keeps<Policies> || ...);
  static constexpr bool evaluates = (evaluation<Policies, Student, Teacher, Loss> || ...);

  /// Whether a trainer can be made of them. What is wrong is said by check().
  static constexpr bool fit() {
    if constexpr (!models<Student, Teacher, Loss>)
      return false;
    else if constexpr (has_teacher && !same_logits<Teacher, Student>)
      return false;
    else
      return loss_function<Loss> && data_source<Source, Student> && optimizes<Optimizer, Student>;
  }
  /// Whether each part may be what its place says, or is one of another place.
  static constexpr bool in_order() {
    if constexpr (!student<Student>)
      return !loss_function<Student>;
    else
      return !other_part<Loss, Student> && !optimizes<Loss, Student> && !loss_function<Source> &&
             !other_part<Optimizer, Student> && !std::is_same_v<Source, training_options>;
  }
  static constexpr void check() {
    static_assert(in_order(),
                  "gkd: the parts of a trainer are  {student, teacher, loss, source, optimizer, "
                  "options, policies...}  in this order; the teacher may be left away  "
                  "[docs/concepts.md#trainer]");
    if constexpr (in_order()) check_parts();
  }
  static constexpr void check_parts() {
    static_assert(!std::is_const_v<Student>,
                  "gkd: this student is const, and a student learns: pass one that is not const  "
                  "[docs/concepts.md#student]");
    if constexpr (!std::is_const_v<Student>) check_student<Student>();
    constexpr bool only_const = !teacher<Teacher> && teacher<std::remove_const_t<Teacher>>;
    static_assert(!only_const,
                  "gkd: this teacher is const, and its logits(const token_batch&) is not: pass a "
                  "teacher that is not const  [docs/concepts.md#teacher]");
    if constexpr (!only_const && (has_teacher || !target_loss<Loss>)) check_teacher<Teacher>();
    if constexpr (has_teacher && models<Student, Teacher, Loss>)
      check_teacher_of<Teacher, Student>();
    check_loss_function<Loss>();
    if constexpr (student<Student>) {
      constexpr bool const_source = !data_source<Source, Student> &&
                                    data_source<std::remove_const_t<Source>, Student>;
      static_assert(!const_source,
                    "gkd: this data source is const, and a source keeps its place: pass one that "
                    "is not const  [docs/concepts.md#data-source]");
      if constexpr (!const_source) check_data_source<Source, Student>();
      check_optimizer<Optimizer, Student>();
    }
    if constexpr (fit()) (check_policy<Policies, Student, Teacher, Loss, snapshot_type>(), ...);
    static_assert((0 + ... + int{joins_processes<Policies>}) <= 1,
                  "gkd: a trainer takes one communicator: gradients would be added up twice  "
                  "[docs/concepts.md#communicator]");
    static_assert((0 + ... + int{keeps<Policies>}) <= 1,
                  "gkd: a trainer takes one checkpoint policy: a run goes on from one place  "
                  "[docs/concepts.md#checkpoint]");
  }
};

}  // namespace gkd::inline v0::detail
