// SPDX-License-Identifier: Apache-2.0
// A learning rate where a schedule of learning rates goes.
// expect: gkd: a schedule of learning rates needs  double operator()(long step) const
#include <gkd/train/options.hpp>

#if GKD_TWIN
const gkd::training_options options{.lr_schedule = [](long) { return 0.1; }};
#else
const gkd::training_options options{.lr_schedule = 0.1};
#endif
