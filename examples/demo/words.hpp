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
  double least = 0, most = 0;                 ///< of the means, in points

  gkd::index all() const { return above + below + open + without; }
};

inline verdict judge(std::span<const gap> gaps) {
  verdict v;
  for (const gap& g : gaps) {
    const interval& i = g.points;
    v.least = v.all() == 0 ? i.mean : std::min(v.least, i.mean);
    v.most = v.all() == 0 ? i.mean : std::max(v.most, i.mean);
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
  if (v.above == v.all())
    return fmt::format(
        "{} is above {} by {:.1f} to {:.1f} points under every divergence, sampled "
        "and greedy",
        better, worse, v.least, v.most);
  if (v.open == v.all())
    return fmt::format("{} cannot be told from {} (all {} intervals hold 0)", better, worse,
                       v.open);
  std::string text =
      fmt::format("{} is above {} in {} of {} comparisons", better, worse, v.above, v.all());
  if (v.below > 0) text += fmt::format(", below in {}", v.below);
  if (v.open > 0) text += fmt::format(", undecided in {} whose interval holds 0", v.open);
  return text;
}

/// The two sentences, from the gaps in the order of comparisons(), sampled and greedy of each.
inline std::string conclusion(std::span<const gap> gaps, gkd::index dialogues) {
  const verdict supervised = judge(gaps.first(gaps.size() / 2));
  const verdict on_policy = judge(gaps.last(gaps.size() / 2));
  const std::string both = claim(supervised, "supervised KD", "fine-tuning") + ", and " +
                           claim(on_policy, "on-policy KD", "supervised KD") + ". ";
  if (on_policy.without > 0)
    return "In this one seed, which has no interval, " + both +
           "Other seeds differ by several points: three of them (./run demo) give intervals.";
  std::string second;
  if (on_policy.above < on_policy.all())
    second =
        fmt::format("With {} dialogues the gain of learning on one's own answers is {}.", dialogues,
                    on_policy.above == 0 ? "nowhere beyond what differs from seed to seed"
                                         : "not beyond what differs from seed to seed everywhere");
  else if (dialogues < 4000)
    second = fmt::format(
        "These students had {} dialogues; whether the gain is there with many, "
        "./run demo --data 4000 tests.",
        dialogues);
  else
    second = fmt::format("The gain is there with {} dialogues, too.", dialogues);
  return "By the 95 % t intervals over seeds, " + both + second;
}

}  // namespace demo
