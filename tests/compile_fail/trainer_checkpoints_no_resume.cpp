// SPDX-License-Identifier: Apache-2.0
// A checkpoint policy of one's own that only saves.
// expect: gkd: a checkpoint policy needs  std::string save(snapshot)  and  bool resume(snapshot)
#include "trainer_parts.hpp"

struct write_only {
  std::string save(const auto&) { return "nowhere"; }
#if GKD_TWIN
  bool resume(const auto&) { return false; }
#endif
};

void train(parts::model& student) {
  gkd::trainer t{
      student,    parts::model{},          gkd::forward_kl{}, gkd::fixed{parts::dataset{}},
      gkd::sgd{}, gkd::training_options{}, write_only{}};
  t.train();
}
