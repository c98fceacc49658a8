// SPDX-License-Identifier: Apache-2.0
// LoRA of a model without linear layers.
// expect: gkd: lora needs a gkd::transformer, whose linear layers it adapts
#include <gkd/backend/reference.hpp>
#include <gkd/model/lora.hpp>
#include <gkd/model/tabular.hpp>

#if GKD_TWIN
const gkd::transformer base{gkd::transformer_config{.vocab_size = 3}, gkd::reference{}, 1};
#else
const gkd::tabular base{3};
#endif

void learn(const gkd::token_batch& batch) {
  gkd::lora student{base}, small{base, {.rank = 2}};
  student.backward(batch, small.logits(batch));
}
