// SPDX-License-Identifier: Apache-2.0
// What ./run demo --real says of its table. Every sentence is chosen by the numbers: a student is
// nearer than another only where its forward KL is at least 3 % smaller.
#pragma once

#include <gkd/core/config.hpp>

#include <fmt/format.h>

#include <span>    // span
#include <string>  // string
#include <vector>  // vector

namespace demo {

/// A model on given text.
struct text_scores {
  double perplexity = 0, forward = 0, reverse = 0;  ///< KL to the teacher, nats per token
};

/// What one model is worth.
struct story_scores {
  text_scores told;                ///< on held-out stories of the teacher
  text_scores real;                ///< on stories of the sample
  text_scores own;                 ///< on its own completions; here the teacher's perplexity
  std::vector<std::string> texts;  ///< the first completions of either
};

/// A student as it begins, after the supervised start, and after each way to go on: with the
/// teacher's text, on-policy by forward KL, on-policy by reverse KL.
struct student_scores {
  std::string name;
  story_scores begin, start, fixed, own, reverse;
};

/// Whether a forward KL is clearly below another: 3 % of it.
inline bool clearly_below(double x, double other) { return x < 0.97 * other; }

/// Of one student: how far it came.
inline std::string way_of(const student_scores& s) {
  const double before = s.begin.told.forward, after = s.own.told.forward;
  const std::string change = clearly_below(after, before)
                                 ? fmt::format("{:.1f} times smaller", before / after)
                                 : std::string("not clearly smaller");
  return fmt::format(
      "{}: forward KL on the teacher's stories {:.2f} as it begins, {:.2f} after the supervised "
      "start, {:.2f} after on-policy distillation, {} than at first. On its own text: {:.2f}, and "
      "{:.2f} when it went on with the teacher's text.",
      s.name, before, s.start.told.forward, after, change, s.own.own.forward,
      s.fixed.own.forward);
}

/// Which of the two ways is nearer to the teacher, by the loss of both.
inline std::string nearer_way(std::span<const student_scores> students) {
  std::string on_policy, fixed, neither;
  for (const student_scores& s : students) {
    const double own = s.own.own.forward, given = s.fixed.own.forward;
    std::string& names = clearly_below(own, given) ? on_policy
                         : clearly_below(given, own) ? fixed
                                                     : neither;
    names += (names.empty() ? "" : " and ") + s.name;
  }
  if (fixed.empty() && on_policy.empty())
    return "By forward KL on-policy and the teacher's text do not differ clearly here.";
  const bool told_apart = (fixed.empty() || on_policy.empty()) && neither.empty();
  std::string text;
  const auto add = [&](std::string_view what, const std::string& names) {
    if (names.empty()) return;
    text += text.empty() ? "By forward KL, the loss of both, " : ", ";
    text += what;
    if (!told_apart) text += " for " + names;
  };
  add("on-policy is the nearer one on the student's own text", on_policy);
  add("the teacher's text gives the nearer one on the student's own text", fixed);
  if (!neither.empty()) text += ", and they do not differ clearly for " + neither;
  return text + ".";
}

/// A paragraph for each student, one for all. `stories`: that the teacher wrote for them.
inline std::vector<std::string> story_sentences(std::span<const student_scores> students,
                                                gkd::index stories) {
  std::vector<std::string> out;
  bool lead = false, plainer = true, likelier = true;
  for (const student_scores& s : students) {
    const text_scores &fixed = s.fixed.own, &own = s.own.own, &reverse = s.reverse.own;
    lead = lead || clearly_below(own.forward, fixed.forward);
    plainer = plainer && fixed.reverse < own.reverse && fixed.perplexity < own.perplexity;
    likelier = likelier && reverse.perplexity < own.perplexity &&
               s.reverse.told.forward > s.own.told.forward;
    out.push_back(way_of(s));
  }
  std::string all = nearer_way(students);
  if (plainer)
    all += " By reverse KL and in the teacher's eyes (perplexity) the teacher's text did better.";
  if (likelier)
    all +=
        " Reverse KL gives up breadth for text that the teacher finds likelier: its perplexity "
        "falls, forward KL grows.";
  constexpr gkd::index few = 2000;
  if (lead && stories < few)
    all +=
        " With more of its stories the lead shrank when it was measured (docs/demo.md): "
        "./run demo --real --stories 6000.";
  out.push_back(std::move(all));
  return out;
}

}  // namespace demo
