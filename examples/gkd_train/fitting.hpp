// SPDX-License-Identifier: Apache-2.0
// Numbers among the options that do not fit the models or the loss.
#pragma once

#include <gkd/train/gkd_config_effects.hpp>
#include <gkd/train/gkd_config_parts.hpp>

#include <string>  // string

#include "models.hpp"

namespace gkd_train {

/// That no answer can have --max_new_tokens, since a model has no more positions for it and its
/// prompt; "" if one can, or if nobody answers.
inline std::string answers_shortened(const gkd::gkd_config& c, const model_facts& m) {
  const gkd::index positions = positions_of(m);
  const bool answers = gkd::samples_answers(c) || c.report_samples > 0;
  if (!answers || c.max_new_tokens < positions) return "";
  return gkd::concat("--max_new_tokens is ", c.max_new_tokens, ", but prompt and answer have ",
                     positions, " positions (max_position_embeddings) together: an answer ends ",
                     "where they do");
}

/// Why nothing was learnt in a run whose steps all had a gradient of 0.
inline std::string why_nothing_learnt(const gkd::gkd_config& c, double mean_loss) {
  const gkd::any_divergence loss = gkd::divergence_of(c);
  const char* const what = mean_loss == 0.0 ? "loss and gradient were" : "the gradient was";
  if (!loss.warning().empty())
    return gkd::concat(what, " 0 in every step, and nothing was learnt: those of ", loss.text(),
                       " are too small to tell from 0; want --beta ", c.beta < 0.5 ? 0 : 1);
  if (mean_loss != 0.0) return gkd::concat(what, " 0 in every step, and nothing was learnt");
  return gkd::concat(what, " 0 in every step: student and teacher give each token the same ",
                     "probability, and nothing was learnt");
}

}  // namespace gkd_train
