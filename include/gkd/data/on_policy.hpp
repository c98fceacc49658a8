// SPDX-License-Identifier: Apache-2.0
// Batches that the student writes (lambda = 1): prompts of a dataset, completed by the student as
// it is now. No gradient flows through the sampling. The n-th sequence of a run draws from its own
// random stream, whatever batch it is in, and batches do not depend on where a run was stopped, so
// that a resumed run samples what the uninterrupted one would have.
// Source: Agarwal et al. 2024, eq. 4.
#pragma once

#include <gkd/data/prompts.hpp>

namespace gkd::inline v0 {

/// Prompts of a dataset, completed by the student that is being trained. Its dataset: as in
/// `fixed`. Of the options, seed and ids are set anew for every batch; where vocab_size is 0, it is
/// that of the request; stop_tokens_of, if there are any, belong to the dataset's examples.
template <class Dataset>
class on_policy {
 public:
  /// Throws bad_argument for options that no prompt could be completed with, shape_mismatch where
  /// stop_tokens_of is neither empty nor one list for each example.
  explicit on_policy(Dataset&& dataset, generation_options options = {})
      : dataset_(static_cast<Dataset&&>(dataset)),
        completer_("on_policy", std::move(options), size_of_dataset()) {}
  index size() const { return detail::size_of(dataset_); }
  /// Equal for equal data, where the dataset can tell.
  std::uint64_t fingerprint() const
    requires detail::has_fingerprint<std::remove_cvref_t<Dataset>>
  {
    return dataset_.fingerprint();
  }
  identity_fields identity() const { return completer_.identity(); }

  template <class Student>
  std::optional<token_batch> next(Student& student, const batch_request& request) {
    return detail::whole_batch(*this, student, request);
  }
  /// Throws context_overflow for a prompt that leaves no room for an answer, and as generate().
  template <class Student>
  std::vector<sequence> sequences(Student& student, const batch_request& request,
                                  std::span<const index> members) {
    std::vector<index> examples;
    std::vector<std::uint64_t> ids;
    for (index j : members) {
      examples.push_back(example_of(request, j, size()));
      ids.push_back(sequence_id(request, j));
    }
    return completer_.complete(student, dataset_, request, examples, std::move(ids));
  }

 private:
  index size_of_dataset() const {
    detail::check_dataset<std::remove_cvref_t<Dataset>>();
    return size();
  }

  Dataset dataset_;
  detail::prompt_completer completer_;
};

template <class Dataset>
on_policy(Dataset&&) -> on_policy<Dataset>;
template <class Dataset>
on_policy(Dataset&&, generation_options) -> on_policy<Dataset>;

}  // namespace gkd::inline v0
