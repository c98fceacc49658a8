// SPDX-License-Identifier: Apache-2.0
// A predicate that is not told which sequence the completion is of.
// expect: gkd: match_if needs a predicate  bool right(gkd::index b, std::span<const gkd::token>
// expect: completion)
#include <gkd/eval/exact_match.hpp>

double share(std::span<const gkd::sequence> generated) {
#if GKD_TWIN
  const auto right = [](gkd::index, std::span<const gkd::token> c) { return c.size() == 1; };
#else
  const auto right = [](std::span<const gkd::token> c) { return c.size() == 1; };
#endif
  return gkd::match_if(generated, right).rate();
}
