// SPDX-License-Identifier: Apache-2.0
// A communicator that adds up but does not know which process it is: its sum alone makes it one.
// expect: gkd: a communicator needs  index rank() const  and  index size() const
#include "trainer_parts.hpp"

struct ring {
  gkd::index size() const { return 1; }
  template <class T>
  void all_reduce_sum(std::span<T>) const {}
  template <class T>
  void broadcast(std::span<T>, gkd::index) const {}
#if GKD_TWIN
  gkd::index rank() const { return 0; }
#endif
};

void train(parts::model& student) {
  gkd::trainer t{student,
                 parts::model{},
                 gkd::forward_kl{},
                 gkd::fixed{parts::dataset{}},
                 gkd::sgd{},
                 gkd::training_options{},
                 ring{}};
  t.train();
}
