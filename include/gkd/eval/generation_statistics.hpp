// SPDX-License-Identifier: Apache-2.0
// Lengths and ends of generated sequences.
#pragma once

#include <gkd/sample/generate.hpp>

#include <utility>  // pair

namespace gkd::inline v0 {

/// Counts over the completions of one generate(); lengths include the stop token.
struct generation_statistics {
  index sequences = 0;
  index tokens = 0;   ///< of all completions
  index eos = 0;      ///< ended with a stop token
  index length = 0;   ///< cut at max_new_tokens
  index context = 0;  ///< cut where the model's context ends
  index shortest = 0;
  index longest = 0;

  double mean_length() const { return share(tokens); }
  /// Share of the completions that ended with a stop token.
  double eos_rate() const { return share(eos); }

  /// Name and value of each, for logs and tables.
  std::vector<std::pair<std::string, double>> entries() const {
    return {{"sequences", static_cast<double>(sequences)},
            {"tokens", static_cast<double>(tokens)},
            {"mean_length", mean_length()},
            {"shortest", static_cast<double>(shortest)},
            {"longest", static_cast<double>(longest)},
            {"eos_rate", eos_rate()},
            {"length_rate", share(length)},
            {"context_rate", share(context)}};
  }

 private:
  double share(index n) const {
    return sequences == 0 ? 0.0 : static_cast<double>(n) / static_cast<double>(sequences);
  }
};

/// What generate(model, prompts, options) made. Throws shape_mismatch where the options have stop
/// tokens of each sequence, and of another number of them.
inline generation_statistics measure_generations(std::span<const sequence> generated,
                                                 const generation_options& options) {
  detail::check_stops_of(options, generated.size());
  generation_statistics out;
  for (index b = 0; b < generated.size(); ++b) {
    const index n = completion_of(generated[b]).size();
    out.shortest = b == 0 ? n : math::min(out.shortest, n);
    out.longest = math::max(out.longest, n);
    out.tokens += n;
    ++out.sequences;
    switch (finish_of(generated[b], options, b)) {
      case finish_reason::eos: ++out.eos; break;
      case finish_reason::length: ++out.length; break;
      case finish_reason::context: ++out.context; break;
    }
  }
  return out;
}

}  // namespace gkd::inline v0
