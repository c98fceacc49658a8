// SPDX-License-Identifier: Apache-2.0
// lambda as a function of nothing: a schedule is told the step.
// expect: gkd: lambda needs to be a number or  double operator()(long step) const
#include <gkd/data/mixture.hpp>
#include <gkd/data/on_policy.hpp>

#include "trainer_parts.hpp"

void train(parts::model& student, const parts::dataset& data){gkd::trainer t {
  student,
  parts::model{},
  gkd::forward_kl{},
  gkd::mixture{gkd::on_policy{data}, gkd::fixed{data},
#if GKD_TWIN
               [](long step) { return step < 100 ? 0.0 : 1.0; }},
#else
               [] { return 0.5; }},
#endif
  gkd::sgd{}
};
t.train();
}
