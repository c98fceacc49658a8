// SPDX-License-Identifier: Apache-2.0
// No teacher is given, and the student cannot be copied to be its own.
// expect: gkd: a trainer without a teacher takes a frozen copy of the student, which needs  auto
// expect: frozen() const  or to be copyable; else give it a teacher
#include "trainer_parts.hpp"

struct unique_student : parts::model {
  unique_student() = default;
  unique_student(const unique_student&) = delete;
#if GKD_TWIN
  parts::model frozen() const { return *this; }
#endif
};

void train(unique_student& student) {
  gkd::trainer t{student, gkd::forward_kl{}, gkd::fixed{parts::dataset{}}, gkd::sgd{}};
  t.train();
}
