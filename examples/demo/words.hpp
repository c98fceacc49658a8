// SPDX-License-Identifier: Apache-2.0
// The demo's two sentences: what its table shows, and how much data that takes. Which words stand
// there is decided by the paired 95 % t intervals over seeds: a gap is a gap where its interval
// does not hold 0. One seed has no interval, and then they say so.
#pragma once

#include <fmt/format.h>

#include <cmath>   // isnan
#include <span>    // span
#include <string>  // string

#include "results.hpp"

namespace demo {

/// What the intervals of several gaps say together.
struct verdict {
  gkd::index above = 0, below = 0, open = 0;  ///< intervals above 0, below 0, around 0
  gkd::index without = 0;                     ///< gaps of one seed, which have no interval
  bool every_seed = true;                     ///< whether each seed has each gap above 0
  double least = 0, most = 0;                 ///< of the means, in points

  gkd::index all() const { return above + below + open + without; }
};

inline verdict judge(std::span<const gap> gaps) {
  verdict v;
  for (const gap& g : gaps) {
    const interval& i = g.points;
    v.least = v.all() == 0 ? i.mean : std::min(v.least, i.mean);
    v.most = v.all() == 0 ? i.mean : std::max(v.most, i.mean);
    v.every_seed = v.every_seed && g.won == g.seeds;
    gkd::index& kind = std::isnan(i.half_width)      ? v.without
                       : i.mean - i.half_width > 0.0 ? v.above
                       : i.mean + i.half_width < 0.0 ? v.below
                                                     : v.open;
    ++kind;
  }
  return v;
}

/// Part of a sentence: whether `better` is above `worse`.
inline std::string claim(const verdict& v, std::string_view better, std::string_view worse) {
  if (v.without > 0)
    return fmt::format("{} is {:+.1f} to {:+.1f} points from {}", better, v.least, v.most, worse);
  const std::string by = fmt::format("by {:.1f} to {:.1f} points", v.least, v.most);
  if (v.above == v.all())
    return fmt::format("{} is above {} {} under every divergence, sampled and greedy", better,
                       worse, by);
  if (v.every_seed)
    return fmt::format(
        "{} is above {} in every seed, {} in the mean, but {} of {} intervals {} 0", better, worse,
        by, v.open, v.all(), v.open == 1 ? "holds" : "hold");
  if (v.open == v.all())
    return fmt::format("{} cannot be told from {} (all {} intervals hold 0)", better, worse,
                       v.open);
  std::string text =
      fmt::format("{} is above {} in {} of {} comparisons", better, worse, v.above, v.all());
  if (v.below > 0) text += fmt::format(", below in {}", v.below);
  if (v.open > 0) text += fmt::format(", undecided in {} whose interval holds 0", v.open);
  return text;
}

/// How much data the gain of on-policy learning takes: whether it is in the table, and where it was
/// when it was measured. One seed decides nothing, so of its table this says nothing.
inline std::string remark(const verdict& on_policy, gkd::index dialogues) {
  constexpr gkd::index many = 4000;  // where docs/demo.md has measured it gone
  const bool gain = on_policy.every_seed || on_policy.above == on_policy.all();
  const std::string undecided = fmt::format(
      "the gain of learning on one's own answers is {}",
      on_policy.above == 0 ? "nowhere beyond what differs from seed to seed"
                           : "not beyond what differs from seed to seed everywhere");
  if (dialogues < many) {
    const std::string begin =
        gain ? fmt::format("The gain comes from little data, here {} dialogues", dialogues)
        : on_policy.without > 0
            ? fmt::format("These students had {} dialogues", dialogues)
            : fmt::format("With {} dialogues {}", dialogues, undecided);
    return begin + fmt::format(
                       ": with {} {} vanished when it was measured (docs/demo.md), and ./run demo "
                       "--data {} shows it",
                       many, gain ? "it" : "the gain", many);
  }
  if (on_policy.above == on_policy.all())
    return fmt::format("The gain is there with {} dialogues, too; when it was measured it vanished "
                       "with {} (docs/demo.md)",
                       dialogues, many);
  return fmt::format(
      "With {} dialogues supervised KD has seen what the student meets, and {}; with 256 it was "
      "there (docs/demo.md)",
      dialogues,
      on_policy.without > 0 ? "the gain vanished when it was measured over three seeds"
                            : undecided);
}

/// What +- stands for in the table of `seeds` seeds.
inline std::string interval_note(gkd::index seeds) {
  const std::string wilson = "Wilson's 95 % interval over the held-out prompts, its longer side";
  if (seeds == 1) return "+- is " + wilson + ": one seed has no interval over seeds.";
  return "+- is the 95 % t interval over seeds; the teacher, of which there is one, has " + wilson +
         ".";
}

/// What stands in the table of gains.
inline std::string gain_note() {
  return "Gains on the same prompts and seeds, in percentage points. z: over the prompts, of each "
         "the sum of its gains in all seeds, given these students: it says nothing of others, "
         "which the interval over seeds does. Seeds won: in how many seeds the gain is above 0, "
         "sampled and greedy.";
}

/// The two sentences, from the gaps in the order of comparisons(), sampled and greedy of each.
inline std::string conclusion(std::span<const gap> gaps, gkd::index dialogues) {
  const verdict supervised = judge(gaps.first(gaps.size() / 2));
  const verdict on_policy = judge(gaps.last(gaps.size() / 2));
  const std::string both = claim(supervised, "supervised KD", "fine-tuning") + "; " +
                           claim(on_policy, "on-policy KD", "supervised KD") + ". ";
  const std::string data = remark(on_policy, dialogues);
  if (on_policy.without > 0)
    return "In this one seed, whose gains have no interval, " + both + data +
           "; three seeds (./run demo) give intervals.";
  const bool few_seeds = on_policy.every_seed && on_policy.above < on_policy.all();
  return "By the 95 % t intervals over seeds, " + both + data +
         (few_seeds ? "; --seeds 6 narrows the intervals." : ".");
}

}  // namespace demo
