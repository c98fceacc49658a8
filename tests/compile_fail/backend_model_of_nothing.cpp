// SPDX-License-Identifier: Apache-2.0
// Models on what is no backend at all: the sentences on it and nothing else.
// expect: gkd: a backend needs  using space = ...  that names where its memory lies
// expect: gkd: a backend needs  void synchronize() const
#include <gkd/backend/reference.hpp>
#include <gkd/model/lora.hpp>
#include <gkd/model/mlp.hpp>
#include <gkd/model/tabular.hpp>

#if GKD_TWIN
using own_backend = gkd::reference;
#else
struct own_backend {};
#endif

template <class Model>
gkd::index use(Model model, const gkd::token_batch& batch) {
  Model copy = model;
  const auto z = copy.logits(batch);
  copy.backward(batch, z);
  return z.rows;
}

gkd::index use_all(const gkd::token_batch& batch) {
  gkd::transformer large{gkd::transformer_config{.vocab_size = 3}, own_backend{}, 1};
  return use(gkd::tabular{3, 1, own_backend{}}, batch) +
         use(gkd::mlp{{.vocab_size = 3}, own_backend{}, 1}, batch) +
         use(gkd::lora{large.frozen()}, batch) + use(large, batch);
}
