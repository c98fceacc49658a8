// SPDX-License-Identifier: Apache-2.0
// A table of whole numbers, which no gradient would change.
// expect: gkd: logits, parameters and what a backend computes with need to be float or double
#include <gkd/model/tabular.hpp>

#if GKD_TWIN
using number = double;
#else
using number = int;
#endif

gkd::tabular<number> table(4);
