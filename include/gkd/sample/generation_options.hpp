// SPDX-License-Identifier: Apache-2.0
// What generate() is asked for, and why each of its completions ended.
#pragma once

#include <gkd/core/batch.hpp>
#include <gkd/core/random.hpp>
#include <gkd/sample/sampler.hpp>

#include <algorithm>    // find
#include <cstdint>      // uint64_t, uint8_t
#include <span>         // span
#include <string_view>  // string_view
#include <vector>       // vector

namespace gkd::inline v0 {

struct generation_options {
  sampler sampling{};
  index max_new_tokens = 128;        ///< most tokens of a completion, the stop token among them
  std::vector<token> stop_tokens{};  ///< a completion ends with the first of these
  /// If not empty: the stop tokens of each sequence, in place of stop_tokens. A data source takes
  /// them as those of each example of its dataset.
  std::vector<std::vector<token>> stop_tokens_of{};
  std::uint64_t seed = 42;           ///< key of all random streams
  purpose use = purpose::sampling;   ///< what they are drawn for
  std::uint64_t first_id = 0;        ///< sequence b draws from the stream of id first_id + b
  std::vector<std::uint64_t> ids{};  ///< if not empty: the id of each, in place of first_id
  index vocab_size = 0;              ///< only ids below this are drawn; 0: the model's vocab_size()
  index max_length = 0;              ///< of a sequence with its prompt; 0: the model's context
  index batch_size = 0;              ///< sequences that run at a time; 0: all
  origin from = origin::student;     ///< what the sequences are marked with

  /// The stop tokens of sequence b. Throws shape_mismatch where stop_tokens_of has none for it.
  std::span<const token> stops(index b) const {
    if (stop_tokens_of.empty()) return stop_tokens;
    if (b >= stop_tokens_of.size())
      fail(errc::shape_mismatch, "generation_options::stop_tokens_of has ", stop_tokens_of.size(),
           " entries, none for sequence ", b, ", want none or one for each sequence");
    return stop_tokens_of[b];
  }
  /// The id of the random stream of sequence b.
  std::uint64_t id(index b) const { return ids.empty() ? first_id + b : ids[b]; }
};

/// Why a completion ended.
enum class finish_reason : std::uint8_t {
  eos,      ///< with a stop token, which is its last token
  length,   ///< max_new_tokens were drawn
  context,  ///< the sequence is as long as the model takes (max_positions), or max_length
};

constexpr std::string_view name_of(finish_reason reason) {
  switch (reason) {
    case finish_reason::eos: return "eos";
    case finish_reason::length: return "length";
    case finish_reason::context: return "context";
  }
  return "unknown";
}

/// The tokens of a generated sequence after its prompt: from the first with a weight on. Not for a
/// dataset's sequences, where earlier turns may have weights. Throws shape_mismatch when tokens and
/// weights differ in number.
inline std::span<const token> completion_of(const sequence& s) {
  if (s.tokens.size() != s.weights.size())
    fail(errc::shape_mismatch, "the sequence of completion_of has ", s.tokens.size(),
         " tokens and ", s.weights.size(), " weights, want as many of both");
  index first = 0;
  while (first < s.weights.size() && s.weights[first] == 0.0f) ++first;
  return std::span(s.tokens).subspan(first);
}

/// Why the completion of sequence b of generate() ended. Throws as options.stops(b).
inline finish_reason finish_of(const sequence& s, const generation_options& options, index b) {
  const std::span<const token> completion = completion_of(s), stops = options.stops(b);
  if (!completion.empty() &&
      std::find(stops.begin(), stops.end(), completion.back()) != stops.end())
    return finish_reason::eos;
  return completion.size() >= options.max_new_tokens ? finish_reason::length
                                                     : finish_reason::context;
}

}  // namespace gkd::inline v0
