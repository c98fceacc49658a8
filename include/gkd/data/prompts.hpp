// SPDX-License-Identifier: Apache-2.0
// Prompts of a dataset that a model completes: what on_policy and teacher_generated share.
#pragma once

#include <gkd/data/fixed.hpp>
#include <gkd/sample/context.hpp>
#include <gkd/sample/generate.hpp>

#include <utility>  // exchange

namespace gkd::inline v0::detail {

/// Token ids for an identity: "1 2 3".
inline std::string ids_text(std::span<const token> ids) {
  std::string out;
  for (token id : ids) out += concat(out.empty() ? "" : " ", id);
  return out;
}

/// What the sequences of a source depend on that samples with these options. The bindings name
/// every field, so that a new one does not compile until it is looked at here.
inline identity_fields sampling_identity(std::string source, const generation_options& options) {
  const auto& [how, max_new_tokens, stops, stops_of, seed, use, first_id, ids, vocab_size,
               max_length, batch_size, from] = options;
  const auto& [temperature, top_k, top_p, min_p, repetition_penalty, greedy] = how;
  identity_fields out(std::move(source));
  out.add("greedy", greedy).add("repetition_penalty", repetition_penalty);
  if (!greedy)
    out.add("temperature", temperature).add("top_k", top_k).add("top_p", top_p).add("min_p", min_p);
  out.add("max_new_tokens", max_new_tokens).add("vocab_size", vocab_size);
  if (max_length > 0) out.add("max_length", max_length);
  if (stops_of.empty()) return out.add("stop_tokens", ids_text(stops));
  for (index b = 0; b < stops_of.size(); ++b)
    out.add(concat("stop_tokens_of.", b), ids_text(stops_of[b]));
  return out;
}

/// The vocabulary that `model` is sampled from for a request; 0: its own. Options that name none
/// take as much of the request's as the model has, so that no token is drawn that the trainer
/// refuses. Throws vocabulary_mismatch for options that name a larger one than the request's.
template <class Model>
index sampled_vocab(index wanted, const batch_request& request, Model& model) {
  if (request.vocab_size == 0) return wanted;
  if (wanted > request.vocab_size)
    fail(errc::vocabulary_mismatch, "generation_options::vocab_size is ", wanted,
         ", but teacher and student share ", request.vocab_size, " tokens");
  if (wanted > 0) return wanted;
  if constexpr (has_vocab_size<Model>)
    return math::min(request.vocab_size, static_cast<index>(model.vocab_size()));
  else
    return request.vocab_size;
}

/// Completes examples of a dataset. The options' stop_tokens_of are those of the dataset's
/// examples; seed and ids are set anew for every call.
class prompt_completer {
 public:
  /// `who` stands in errors. Throws bad_argument for options that no prompt could be completed
  /// with, shape_mismatch unless there are stop tokens for every example, or the same for all.
  prompt_completer(std::string_view who, generation_options options, index examples)
      : who_(who),
        options_(std::move(options)),
        stops_(std::exchange(options_.stop_tokens_of, {})) {
    check_generation(options_);
    check_stops(examples);
  }
  identity_fields identity() const {
    generation_options all = options_;
    all.stop_tokens_of = stops_;
    return sampling_identity(std::string(who_), all);
  }
  const generation_options& options() const { return options_; }

  /// The most tokens of a prompt and its completion: the other model has to read what this one
  /// writes.
  template <class Model>
  length_limit longest(const Model& model, const batch_request& request) const {
    return limit_with(model, options_.max_length)
        .or_shorter({request.max_positions, limit_of::both_models});
  }

  /// The prompts of these examples, completed by `model`, each with the random stream of its id.
  /// Throws empty_data for a prompt without tokens, context_overflow for one that leaves no room
  /// for an answer, vocabulary_mismatch for a token that the models do not share, each with the
  /// number of the example.
  template <class Model, class Dataset>
  std::vector<sequence> complete(Model& model, const Dataset& dataset, const batch_request& request,
                                 std::span<const index> examples,
                                 std::vector<std::uint64_t> ids) const {
    check_stops(size_of(dataset));
    generation_options how = options_;
    how.seed = request.seed;
    how.ids = std::move(ids);
    how.vocab_size = sampled_vocab(options_.vocab_size, request, model);
    const length_limit limit = longest(model, request);
    how.max_length = limit.tokens;
    std::vector<std::span<const token>> prompts;
    for (index i : examples) {
      prompts.push_back(prompt_of(dataset, i));
      if (prompts.back().size() >= limit.tokens)
        fail(errc::context_overflow, "the prompt of example ", i, " has ", prompts.back().size(),
             " tokens, which leaves no room for an answer; want fewer than ", limit.text());
      check_example("the prompt of example ", i, prompts.back(), request);
      if (!stops_.empty()) how.stop_tokens_of.push_back(stops_[i]);
    }
    return generate(model, prompts, how);
  }

 private:
  void check_stops(index examples) const {
    if (!stops_.empty() && stops_.size() != examples)
      fail(errc::shape_mismatch, who_, ": generation_options::stop_tokens_of has ", stops_.size(),
           " entries, want none, or one for each of the dataset's ", examples, " examples");
  }

  std::string_view who_;
  generation_options options_;
  std::vector<std::vector<token>> stops_;  // of each example; none: options_.stop_tokens
};

}  // namespace gkd::inline v0::detail
