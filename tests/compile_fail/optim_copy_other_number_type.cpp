// SPDX-License-Identifier: Apache-2.0
// Parameters in float are copied to a model in double.
// expect: gkd: copy_parameters needs two models of one number type, each with parameters of the
// expect: number type and memory space of its logits
#include <gkd/model/tabular.hpp>
#include <gkd/optim/parameters.hpp>

#if GKD_TWIN
using number = float;
#else
using number = double;
#endif

void copy(gkd::tabular<float>& from, gkd::tabular<number>& to) { gkd::copy_parameters(from, to); }
