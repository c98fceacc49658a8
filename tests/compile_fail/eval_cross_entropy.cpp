// SPDX-License-Identifier: Apache-2.0
// Cross-entropy with the label where a divergence between two models, or two rows, is measured.
// expect: gkd: mean_divergence is for divergences between teacher and student;
// expect: gkd: check_divergence is for divergences between two rows
#include <gkd/divergence/check.hpp>
#include <gkd/divergence/cross_entropy.hpp>
#include <gkd/divergence/kl.hpp>
#include <gkd/eval/mean_divergence.hpp>

#include "trainer_parts.hpp"

#if GKD_TWIN
using loss = gkd::forward_kl;
#else
using loss = gkd::cross_entropy;
#endif

bool values(parts::model& student, parts::model& teacher, std::span<const gkd::sequence> data) {
  return gkd::mean_divergence(loss{}, student, teacher, data) > 0.0 &&
         gkd::check_divergence(loss{}).passed();
}
