// SPDX-License-Identifier: Apache-2.0
// The parameters that an optimiser is bound to: an entry of its state for each, made when it was
// bound, and refused where the student no longer shows what it did then.
#pragma once

#include <gkd/core/memory.hpp>
#include <gkd/optim/parameters.hpp>

#include <algorithm>    // adjacent_find, sort
#include <cstdint>      // uintptr_t
#include <string>       // string
#include <string_view>  // string_view
#include <tuple>        // tie
#include <vector>       // vector

namespace gkd::inline v0::detail {

/// Throws bad_argument where two of what a student shows, values or gradients, are of one memory:
/// an update would be made twice, or of numbers that are no gradient. Of rows that lie apart, as
/// those of a slice of columns, only those that begin at one place are found.
template <class Student>
void check_memory_apart(Student& student) {
  struct shown {
    std::uintptr_t begin, end;
    std::string name;
    bool gradient;
    std::string text() const {
      return concat(gradient ? "the gradient of " : "parameter ", in_quotes(name));
    }
  };
  std::vector<shown> all;
  for_each_parameter(student, [&](const auto& p) {
    for (const bool gradient : {false, true}) {
      const auto& x = gradient ? p.gradient : p.value;
      const std::uintptr_t begin = address_of(x);
      const index numbers = x.contiguous() ? x.size() : 1;
      if (!x.empty())
        all.push_back({begin, begin + numbers * sizeof(scalar_of<Student>), std::string(p.name),
                       gradient});
    }
  });
  std::sort(all.begin(), all.end(), [](const shown& a, const shown& b) {
    return std::tie(a.begin, a.gradient, a.name) < std::tie(b.begin, b.gradient, b.name);
  });
  for (index i = 1; i < all.size(); ++i)
    if (all[i].begin < all[i - 1].end)
      fail(errc::bad_argument, all[i - 1].text(), " and ", all[i].text(),
           " are of one memory, want memory of its own for each value and gradient");
}

/// Throws bad_argument for a student that showed no parameters when it was bound, which would train
/// nothing, or one without a name or with another's, or one memory twice, which would take two
/// steps at once.
template <class Student, class Entry>
void check_shown(Student& student, const std::vector<Entry>& entries) {
  if (entries.empty())
    fail(errc::bad_argument, "the student shows no parameters, want one at least that learns");
  std::vector<std::string_view> names;
  for (const Entry& e : entries) names.push_back(e.name);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end())
    fail(errc::bad_argument, "parameter ", in_quotes(*twice),
         " is shown twice, want each once and by a name of its own");
  if (names.front().empty())
    fail(errc::bad_argument, "a parameter is shown without a name, want one of its own for each");
  check_memory_apart(student);
}

/// Throws shape_mismatch when the student's parameters are not those that `entries` were made for.
template <class Student, class Entry>
void check_bound(Student& student, const std::vector<Entry>& entries) {
  index used = 0;
  for_each_parameter(student, [&]<class T, class S>(const parameter_view<T, S>& p) {
    static_assert(like_logits<Student, T, S>,
                  "gkd: an optimizer needs parameters of the number type and memory space of the "
                  "student's logits  [docs/concepts.md#trainable]");
    if (used == entries.size() || entries[used].name != p.name ||
        entries[used].size != p.value.size())
      fail(errc::shape_mismatch, "parameter ", in_quotes(p.name), " (", p.value.rows, ", ",
           p.value.cols,
           ") was not there when the optimizer was bound; bind it again after "
           "changing the student");
    ++used;
  });
  if (used != entries.size())
    fail(errc::shape_mismatch, "parameter ", in_quotes(entries[used].name),
         " was there when the "
         "optimizer was bound and is gone; bind it again after changing the student");
}

/// f(parameter, entry) for each parameter with the entry made for it when the optimiser was bound.
/// Throws shape_mismatch when the student's parameters are not those of that time, before f is
/// called at all.
template <class Student, class Entry, class F>
void for_each_bound(Student& student, std::vector<Entry>& entries, const F& f) {
  check_bound(student, entries);
  index used = 0;
  for_each_parameter(student, [&]<class T, class S>(const parameter_view<T, S>& p) {
    if constexpr (like_logits<Student, T, S>) f(p, entries[used++]);
  });
}

}  // namespace gkd::inline v0::detail
