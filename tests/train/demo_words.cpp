// SPDX-License-Identifier: Apache-2.0
// The demo's two sentences follow from the paired intervals over seeds.
#include "../../examples/demo/words.hpp"
#include "support/catch.hpp"

#include <cmath>  // nan

using Catch::Matchers::ContainsSubstring;

namespace {

demo::gap points(double mean, double half_width, gkd::index won = 2) {
  demo::gap g;
  g.points = {mean, half_width};
  g.seeds = 3;
  g.won = won;
  g.z = 10;  // of these students: decides nothing
  return g;
}

/// Six gaps of supervised KD over fine-tuning, six of on-policy over supervised.
std::vector<demo::gap> gaps(demo::gap supervised, demo::gap on_policy) {
  std::vector<demo::gap> out(6, supervised);
  out.insert(out.end(), 6, on_policy);
  return out;
}

}  // namespace

TEST_CASE("demo: intervals above 0 make a claim, with the smallest and largest mean") {
  auto all = gaps(points(10, 3), points(12, 5));
  all[1] = points(8.04, 8);
  all[11] = points(20, 1);
  const std::string text = demo::conclusion(all, 256);
  CHECK_THAT(text, ContainsSubstring("supervised KD is above fine-tuning by 8.0 to 10.0 points "
                                     "under every divergence, sampled and greedy"));
  CHECK_THAT(text, ContainsSubstring("on-policy KD is above supervised KD by 12.0 to 20.0 points"));
  CHECK_THAT(text, ContainsSubstring("The gain comes from little data, here 256 dialogues: with "
                                     "4000 it vanished when it was measured (docs/demo.md), and "
                                     "./run demo --data 4000 shows it."));
  CHECK_THAT(demo::conclusion(all, 4000), ContainsSubstring("there with 4000 dialogues, too"));
}

TEST_CASE("demo: a mean above 0 whose interval holds 0 is no claim, whatever z is") {
  auto all = gaps(points(10, 3), points(12, 12.1));
  std::string text = demo::conclusion(all, 256);
  CHECK_THAT(text, ContainsSubstring("on-policy KD cannot be told from supervised KD (all 6 "
                                     "intervals hold 0)"));
  CHECK_THAT(text, ContainsSubstring("With 256 dialogues the gain of learning on one's own "
                                     "answers is nowhere beyond what differs"));
  CHECK_THAT(text, !ContainsSubstring("comes from little data"));  // the table shows no gain
  CHECK_THAT(text, ContainsSubstring("with 4000 the gain vanished when it was measured"));
  all[6] = all[7] = points(12, 5);
  all[8] = points(-3, 1);
  text = demo::conclusion(all, 256);
  CHECK_THAT(text, ContainsSubstring("is above supervised KD in 2 of 6 comparisons, below in 1, "
                                     "undecided in 3 whose interval holds 0"));
  CHECK_THAT(text, ContainsSubstring("not beyond what differs from seed to seed everywhere"));
}

TEST_CASE("demo: every seed won, but three seeds are too few for the intervals") {
  auto all = gaps(points(10.9, 5.9, 3), points(21.2, 23.3, 3));
  all[8] = points(17.0, 8.5, 3);
  const std::string text = demo::conclusion(all, 256);
  CHECK_THAT(text, ContainsSubstring("on-policy KD is above supervised KD in every seed, by 17.0 "
                                     "to 21.2 points in the mean, but 5 of 6 intervals hold 0."));
  CHECK_THAT(text, ContainsSubstring("--data 4000 shows it; --seeds 6 narrows the intervals."));
  auto nearly = gaps(points(10.9, 5.9, 3), points(21.2, 3.3, 3));
  nearly[8] = points(17.0, 18.5, 3);
  CHECK_THAT(demo::conclusion(nearly, 256), ContainsSubstring("but 1 of 6 intervals holds 0."));
  all[9] = points(17.0, 18.0, 2);  // one seed lost one comparison
  CHECK_THAT(demo::conclusion(all, 256),
             ContainsSubstring("in 1 of 6 comparisons, undecided in 5"));
}

TEST_CASE("demo: with much data, nothing is told apart") {
  const std::string text = demo::conclusion(gaps(points(1, 2), points(-0.5, 2)), 4000);
  CHECK_THAT(text, ContainsSubstring("supervised KD cannot be told from fine-tuning"));
  CHECK_THAT(text, ContainsSubstring("With 4000 dialogues supervised KD has seen what the student "
                                     "meets, and the gain of learning on one's own answers is "
                                     "nowhere beyond what differs from seed to seed; with 256 it "
                                     "was there (docs/demo.md)."));
}

TEST_CASE("demo: the sentences of one seed were silent about the amount of data") {
  const double none = std::nan("");
  auto text = demo::conclusion(gaps(points(10, none, 3), points(12, none, 3)), 256);
  CHECK_THAT(text, ContainsSubstring("comes from little data, here 256 dialogues: with 4000 it "
                                     "vanished when it was measured"));
  text = demo::conclusion(gaps(points(10, none, 3), points(-2, none, 0)), 256);
  CHECK_THAT(text, !ContainsSubstring("comes from little data"));
  CHECK_THAT(text, ContainsSubstring("These students had 256 dialogues: with 4000 the gain "
                                     "vanished when it was measured (docs/demo.md)"));
  text = demo::conclusion(gaps(points(10, none, 3), points(-2, none, 0)), 4000);
  CHECK_THAT(text, ContainsSubstring("With 4000 dialogues supervised KD has seen what the student "
                                     "meets, and the gain vanished when it was measured over "
                                     "three seeds; with 256 it was there (docs/demo.md)"));
}

TEST_CASE("demo: one model, the teacher or that of one seed, had no interval") {
  gkd::match_result half, all;
  for (int i = 0; i < 100; ++i) half.matches.push_back(i % 2 == 0), all.matches.push_back(true);
  // n = 100, z = 1.96: 50 % is 40.38 to 59.62, 100 % is 96.30 to 100
  CHECK_THAT(demo::over_prompts(half).half_width, Catch::Matchers::WithinAbs(9.62, 0.005));
  CHECK_THAT(demo::over_prompts(all).half_width, Catch::Matchers::WithinAbs(3.70, 0.005));
  CHECK(demo::share_of({half}).half_width == demo::over_prompts(half).half_width);
  // two seeds: 75 +- 12.706 * 35.36 / sqrt(2), over seeds
  CHECK(demo::share_of({half, all}).mean == 75.0);
  CHECK_THAT(demo::share_of({half, all}).half_width, Catch::Matchers::WithinAbs(317.65, 0.005));
  CHECK_THAT(demo::interval_note(1), ContainsSubstring("Wilson's 95 % interval over the held"));
  CHECK_THAT(demo::interval_note(3), ContainsSubstring("t interval over seeds; the teacher"));
}

TEST_CASE("demo: the column of seeds won was not explained") {
  CHECK_THAT(demo::gain_note(), ContainsSubstring("Seeds won: in how many seeds the gain is above "
                                                  "0, sampled and greedy."));
}

TEST_CASE("demo: one seed has no interval, and the sentences say so") {
  const std::string text =
      demo::conclusion(gaps(points(10, std::nan("")), points(-2, std::nan(""))), 256);
  CHECK_THAT(text, ContainsSubstring("In this one seed, whose gains have no interval, supervised "
                                     "KD is +10.0 to +10.0 points from fine-tuning"));
  CHECK_THAT(text, ContainsSubstring("on-policy KD is -2.0 to -2.0 points from supervised KD"));
}
