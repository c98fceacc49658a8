// SPDX-License-Identifier: Apache-2.0
// Whether an answer is right is not said by a number.
// expect: gkd: evaluate_on needs a predicate  bool right(gkd::index example, std::span<const
// expect: gkd::token> completion)
#include <gkd/train/evaluation.hpp>

#include "trainer_parts.hpp"

void train(const parts::dataset& data) {
  gkd::evaluate_on held_out{
      data, gkd::evaluation_options{.generate = true},
#if GKD_TWIN
      [](gkd::index, std::span<const gkd::token> c) { return c.size() == 1; }};
#else
      [](const std::string& answer) { return answer == "yes"; }};
#endif
}
