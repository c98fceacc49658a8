// SPDX-License-Identifier: Apache-2.0
// Where a run ends because a number is NaN or infinite: what its steps have made of the student,
// and which options keep them smaller. The step that finds it is not the one that caused it.
#pragma once

#include <gkd/core/error.hpp>
#include <gkd/optim/parameters.hpp>
#include <gkd/train/options.hpp>

#include <string>  // string

namespace gkd_train {

namespace detail {

/// The first parameter that is not finite, with its norm; "" if all are.
template <class Student>
std::string not_finite_in(Student& student) {
  try {
    gkd::check_finite_values(student);
    return "";
  } catch (const gkd::error& e) {
    return std::string(e.text());
  }
}

/// What makes the steps smaller: clipping, where there is none, and the rate, where there is one.
inline std::string advice(const gkd::training_options& o) {
  const std::string clip = o.max_grad_norm > 0.0 ? "" : "--max_grad_norm 1 to clip gradients";
  if (!(o.learning_rate > 0.0))
    return "the learning rate is 0: the models or the chats give such numbers themselves";
  return gkd::concat("want ", clip, clip.empty() ? "" : ", ", "a --learning_rate below ",
                     o.learning_rate, ", or --warmup_steps to come to it slowly");
}

}  // namespace detail

/// f(), which uses the student of a trainer. Where it throws non_finite after a step, the error
/// tells of the student's parameters and of --learning_rate; a teacher's numbers are not of them.
template <class Trainer, class F>
auto with_advice(Trainer& t, const F& f) {
  try {
    return f();
  } catch (const gkd::error& e) {
    const long step = t.state().step;
    const bool of_teacher = e.text().find("teacher logits") != e.text().npos;
    if (e.code() != gkd::errc::non_finite || step == 0 || of_teacher) throw;
    const std::string found = detail::not_finite_in(t.student());
    const std::string what =
        found.empty() ? "are finite, but what is computed from them is not"
        : e.text().find(found) != e.text().npos ? "are not finite"
                                                : gkd::concat("are not finite: ", found);
    gkd::fail(e.code(), e.text(), "; after the update of step ", step,
              " the student's parameters ", what, "; ", detail::advice(t.options()));
  }
}

}  // namespace gkd_train
