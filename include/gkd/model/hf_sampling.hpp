// SPDX-License-Identifier: Apache-2.0
// What a generation_config.json says about sampling besides temperature, top_k and top_p, for which
// TRL's and gkd's trainers have options of their own:
//
//   {"repetition_penalty": 1.1, "min_p": 0.05, "do_sample": true, "temperature": 0.7, ...}
//
// transformers' generate() takes from the file of the model that answers whatever its caller leaves
// open, and TRL's GKDTrainer leaves these two open.
#pragma once

#include <gkd/core/math.hpp>
#include <gkd/model/hf_fields.hpp>

#include <algorithm>    // find
#include <array>        // array
#include <string>       // string
#include <string_view>  // string_view
#include <vector>       // vector

namespace gkd::inline v0 {

/// Members of the same names in `sampler`.
struct hf_sampling {
  double repetition_penalty = 1.0;
  double min_p = 0.0;

  friend bool operator==(const hf_sampling&, const hf_sampling&) = default;
};

namespace detail {

/// Members for which a trainer has options or no use: how much is generated and from how many
/// tokens, caches, compilation, what generate() returns, and helpers of an assistant model. Those
/// that begin with _ are transformers' own.
inline constexpr std::array hf_sampling_of_no_account{"transformers_version",
                                                      "do_sample",
                                                      "temperature",
                                                      "top_k",
                                                      "top_p",
                                                      "max_length",
                                                      "max_new_tokens",
                                                      "use_cache",
                                                      "cache_implementation",
                                                      "cache_config",
                                                      "max_cache_len",
                                                      "compile_config",
                                                      "disable_compile",
                                                      "continuous_batching_config",
                                                      "prefill_chunk_size",
                                                      "low_memory",
                                                      "decoder_start_token_id",
                                                      "output_attentions",
                                                      "output_hidden_states",
                                                      "output_scores",
                                                      "output_logits",
                                                      "return_dict_in_generate",
                                                      "remove_invalid_values",
                                                      "renormalize_logits",
                                                      "early_stopping",
                                                      "length_penalty",
                                                      "is_assistant",
                                                      "num_assistant_tokens",
                                                      "num_assistant_tokens_schedule",
                                                      "assistant_confidence_threshold",
                                                      "assistant_lookbehind",
                                                      "target_lookbehind",
                                                      "assistant_early_exit",
                                                      "assistant_ensemble_weight",
                                                      "max_matching_ngram_size"};

/// Members of which 1 asks for nothing.
inline constexpr std::array hf_sampling_factors{
    "num_beams", "num_beam_groups", "num_return_sequences",
    "typical_p", "guidance_scale",  "encoder_repetition_penalty"};

}  // namespace detail

/// The members of a generation_config.json; its token ids have been asked for before. What asks for
/// anything else is added to `notes`, a sentence each. Throws bad_format.
inline hf_sampling hf_sampling_from(hf_fields& fields, std::vector<std::string>& notes) {
  hf_sampling out;
  out.repetition_penalty = fields.number(
      "repetition_penalty", 1.0, [](double x) { return x > 0.0 && math::is_finite(x); },
      "a number above 0");
  out.min_p = fields.number(
      "min_p", 0.0, [](double x) { return x >= 0.0 && x <= 1.0; }, "a number from 0 to 1");
  fields.for_the_rest([&](const std::string& name, const nlohmann::json& value) {
    const auto in = [&](const auto& list) {
      return std::find(list.begin(), list.end(), std::string_view(name)) != list.end();
    };
    const bool nothing = value == false || value == 0 || value == "" ||
                         (value.is_structured() && value.empty()) ||
                         (value == 1 && in(detail::hf_sampling_factors));
    if (!nothing && !in(detail::hf_sampling_of_no_account) && !name.starts_with('_'))
      notes.push_back(concat("generation_config.json: ", in_quotes(name),
                             " is not known and left out of account"));
  });
  return out;
}

}  // namespace gkd::inline v0
