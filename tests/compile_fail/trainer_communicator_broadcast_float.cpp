// SPDX-License-Identifier: Apache-2.0
// A communicator that sends numbers of one type alone.
// expect: gkd: a communicator needs  void all_reduce_sum(span<T>) const  and  void
// expect: broadcast(span<T>, index root) const  for double and float
#include "trainer_parts.hpp"

struct ring {
  gkd::index rank() const { return 0; }
  gkd::index size() const { return 1; }
  template <class T>
  void all_reduce_sum(std::span<T>) const {}
#if GKD_TWIN
  template <class T>
  void broadcast(std::span<T>, gkd::index) const {}
#else
  void broadcast(std::span<float>, gkd::index) const {}
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
