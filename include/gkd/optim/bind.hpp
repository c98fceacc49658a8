// SPDX-License-Identifier: Apache-2.0
// What bind(student) of every optimiser does: it makes the state of a student that can change.
#pragma once

#include <gkd/core/config.hpp>

#include <type_traits>  // is_const_v, remove_const_t

namespace gkd::inline v0::detail {

/// State<Student>(settings, student). Of a const student it says that such a one does not learn,
/// and goes on as if it were not const, so that this is the only error.
template <template <class> class State, class Settings, class Student>
State<std::remove_const_t<Student>> bind_state(const Settings& settings, Student& student) {
  static_assert(!std::is_const_v<Student>,
                "gkd: this student is const, and an optimizer updates the student it is bound to: "
                "bind one that is not const  [docs/concepts.md#optimizer]");
  using learner = std::remove_const_t<Student>;
  return State<learner>(settings, const_cast<learner&>(student));
}

}  // namespace gkd::inline v0::detail
