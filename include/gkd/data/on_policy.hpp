// SPDX-License-Identifier: Apache-2.0
// Batches that the student writes (lambda = 1): prompts of a dataset, completed by the student as
// it is now. No gradient flows through the sampling. The n-th sequence of a run draws from its own
// random stream, whatever batch it is in, so that a resumed run samples what the uninterrupted one
// would have.   Source: Agarwal et al. 2024, eq. 4.
#pragma once

#include <gkd/data/fixed.hpp>
#include <gkd/sample/generate.hpp>

namespace gkd::inline v0 {

namespace detail {

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
               batch_size, from] = options;
  const auto& [temperature, top_k, top_p, min_p, repetition_penalty, greedy] = how;
  identity_fields out(std::move(source));
  out.add("greedy", greedy).add("repetition_penalty", repetition_penalty);
  if (!greedy)
    out.add("temperature", temperature).add("top_k", top_k).add("top_p", top_p).add("min_p", min_p);
  out.add("max_new_tokens", max_new_tokens).add("vocab_size", vocab_size);
  if (stops_of.empty()) return out.add("stop_tokens", ids_text(stops));
  for (index b = 0; b < stops_of.size(); ++b)
    out.add(concat("stop_tokens_of.", b), ids_text(stops_of[b]));
  return out;
}

/// How `model` is sampled for a request: options that name no vocabulary take as much of the
/// request's as the model has, so that no token is drawn that the trainer refuses. Throws
/// vocabulary_mismatch for options that name a larger one than the request's.
template <class Model>
void settle_vocab(generation_options& options, const batch_request& request, Model& model) {
  if (request.vocab_size == 0) return;
  if (options.vocab_size > request.vocab_size)
    fail(errc::vocabulary_mismatch, "generation_options::vocab_size is ", options.vocab_size,
         ", but teacher and student share ", request.vocab_size, " tokens");
  if (options.vocab_size > 0) return;
  options.vocab_size = request.vocab_size;
  if constexpr (has_vocab_size<Model>)
    options.vocab_size = math::min(options.vocab_size, index{model.vocab_size()});
}

/// The prompts of some members of a micro-batch, completed by `model`.
template <class Model, class Dataset>
std::vector<sequence> complete_prompts(Model& model, const Dataset& dataset,
                                       generation_options options, const batch_request& request,
                                       std::span<const index> members) {
  std::vector<std::span<const token>> prompts;
  options.ids.clear();
  const index context = context_of(model);
  for (index j : members) {
    const index example = example_of(request, j, dataset.size());
    prompts.push_back(dataset.prompt(example));
    if (prompts.back().size() > context)
      fail(errc::context_overflow, "the prompt of example ", example, " has ",
           prompts.back().size(), " tokens, want at most the model's ", context);
    options.ids.push_back(sequence_id(request, j));
  }
  options.seed = request.seed;
  settle_vocab(options, request, model);
  return generate(model, prompts, options);
}

}  // namespace detail

/// Prompts of a dataset, completed by the student that is being trained. Its dataset: as in
/// `fixed`. Of the options, seed and ids are set anew for every batch; where vocab_size is 0, it is
/// that of the request.
template <class Dataset>
class on_policy {
 public:
  explicit on_policy(Dataset&& dataset, generation_options options = {})
      : dataset_(static_cast<Dataset&&>(dataset)), options_(std::move(options)) {
    detail::check_dataset<std::remove_cvref_t<Dataset>>();
  }
  index size() const { return dataset_.size(); }
  /// Equal for equal data, where the dataset can tell.
  std::uint64_t fingerprint() const
    requires detail::has_fingerprint<std::remove_cvref_t<Dataset>>
  {
    return dataset_.fingerprint();
  }
  identity_fields identity() const { return detail::sampling_identity("on_policy", options_); }

  template <class Student>
  std::optional<token_batch> next(Student& student, const batch_request& request) {
    return detail::whole_batch(*this, student, request);
  }
  template <class Student>
  std::vector<sequence> sequences(Student& student, const batch_request& request,
                                  std::span<const index> members) {
    return detail::complete_prompts(student, dataset_, options_, request, members);
  }

 private:
  Dataset dataset_;
  generation_options options_;
};

template <class Dataset>
on_policy(Dataset&&) -> on_policy<Dataset>;
template <class Dataset>
on_policy(Dataset&&, generation_options) -> on_policy<Dataset>;

}  // namespace gkd::inline v0
