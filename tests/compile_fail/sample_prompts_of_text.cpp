// SPDX-License-Identifier: Apache-2.0
// Prompts as text, which a tokenizer has yet to turn into tokens, and one prompt where several go.
// expect: gkd: generate needs prompts as a range with size() and [] whose elements convert to
// expect: std::span<const gkd::token>, as std::vector<std::vector<gkd::token>>
#include <gkd/sample/generate.hpp>

#include <string>

#include "trainer_parts.hpp"

#if GKD_TWIN
using text = std::vector<std::vector<gkd::token>>;
using one = std::vector<std::span<const gkd::token>>;
#else
using text = std::vector<std::string>;
using one = std::vector<gkd::token>;
#endif

gkd::index answers(parts::model& model, const text& prompts, const one& prompt) {
  return gkd::generate(model, prompts, {.max_new_tokens = 1}).size() +
         gkd::generate(model, prompt, {.max_new_tokens = 1}).size();
}
