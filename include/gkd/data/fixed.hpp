// SPDX-License-Identifier: Apache-2.0
// Batches from a dataset of prompts with reference answers (lambda = 0), and the order in which any
// dataset is gone through: shuffled anew each epoch, every position reached in O(1). Epochs follow
// each other without a short last batch: the next epoch's first examples fill it.
//
// A dataset has  index size() const,  span<const token> prompt(index) const  and, for fixed data,
// const sequence& full(index) const.  data/chat_dataset is one.
#pragma once

#include <gkd/concepts.hpp>
#include <gkd/data/parts.hpp>
#include <gkd/data/shuffle.hpp>
#include <gkd/data/source_state.hpp>
#include <gkd/sample/context.hpp>

#include <span>         // span, enable_borrowed_range
#include <type_traits>  // is_lvalue_reference_v, remove_cvref_t

namespace gkd::inline v0 {

/// The dataset's number of the j-th example of a micro-batch. Throws empty_data for size 0.
inline index example_of(const batch_request& request, index j, index dataset_size) {
  if (dataset_size == 0) fail(errc::empty_data, "the dataset has no examples");
  const index position = request.number * request.size + j;
  return shuffled_order(dataset_size, request.data_seed.value_or(request.seed),
                        position / dataset_size)[position % dataset_size];
}

/// A number that no other sequence of the run has: the id of its random stream.
inline std::uint64_t sequence_id(const batch_request& request, index j) {
  return std::uint64_t{request.number} * request.size + j;
}

namespace detail {

// what a member returns refers to memory that outlives the call: it is a view, or by reference
template <class R>
concept refers_to_memory =
    std::is_lvalue_reference_v<R> || std::ranges::enable_borrowed_range<std::remove_cvref_t<R>>;
template <class D>
concept shows_prompts = requires(const D& d, index i) {
  { d.size() } -> std::convertible_to<index>;
  { d.prompt(i) } -> std::convertible_to<std::span<const token>>;
};
template <class D>
concept has_prompts = shows_prompts<D> && requires(const D& d, index i) {
  { d.prompt(i) } -> refers_to_memory;
};
template <class D>
concept has_answers = requires(const D& d, index i) {
  { d.full(i) } -> std::convertible_to<const sequence&>;
};

// of what is no dataset check_dataset() has spoken
template <class D>
index size_of([[maybe_unused]] const D& dataset) {
  if constexpr (shows_prompts<D>) return dataset.size();
  return 0;
}
template <class D>
std::span<const token> prompt_of([[maybe_unused]] const D& dataset, [[maybe_unused]] index i) {
  if constexpr (shows_prompts<D>) return dataset.prompt(i);
  return {};
}

template <class D>
constexpr void check_dataset() {
  static_assert(
      has_prompts<D> || !shows_prompts<D>,
      "gkd: prompt(index i) of a dataset needs to refer to the dataset's own memory, as a "
      "span or a reference: what it returns by value is gone when it is read  "
      "[docs/concepts.md#dataset]");
  static_assert(shows_prompts<D>,
                "gkd: a dataset needs  index size() const  and  std::span<const token> "
                "prompt(index i) const  [docs/concepts.md#dataset]");
}

/// Throws for an example that the models of the request do not take: empty_data where it has no
/// tokens, context_overflow where it is too long, vocabulary_mismatch for a token that they do not
/// share. `what` stands before its number.
inline void check_example(std::string_view what, index example, std::span<const token> tokens,
                          const batch_request& request) {
  check_tokens(what, example, tokens, {request.max_positions, limit_of::both_models},
               request.vocab_size);
}

/// 0, 1 ... size - 1: all members of a batch.
inline std::vector<index> all_members(index size) {
  std::vector<index> members(size);
  for (index j = 0; j < size; ++j) members[j] = j;
  return members;
}

/// A batch of the sequences that a source makes for all members of a request.
template <class Source, class Student>
std::optional<token_batch> whole_batch(Source& source, Student& student,
                                       const batch_request& request) {
  const std::vector<index> members = all_members(request.size);
  return token_batch(sequences_of("the source", source, student, request, members));
}

}  // namespace detail

/// The dataset's own answers. `Dataset` is deduced: an lvalue is referred to and must outlive the
/// source, an rvalue moved in.
template <class Dataset>
class fixed {
 public:
  explicit fixed(Dataset&& dataset) : dataset_(static_cast<Dataset&&>(dataset)) {
    detail::check_dataset<std::remove_cvref_t<Dataset>>();
    static_assert(detail::has_answers<std::remove_cvref_t<Dataset>>,
                  "gkd: a dataset for fixed needs  const sequence& full(index i) const  "
                  "[docs/concepts.md#dataset]");
  }
  index size() const { return detail::size_of(dataset_); }
  /// Of the dataset, if it has one.
  std::uint64_t fingerprint() const
    requires detail::has_fingerprint<std::remove_cvref_t<Dataset>>
  {
    return dataset_.fingerprint();
  }
  identity_fields identity() const { return identity_fields("fixed"); }

  template <class Student>
  std::optional<token_batch> next(Student& student, const batch_request& request) {
    return detail::whole_batch(*this, student, request);
  }
  /// The sequences of some members of a micro-batch. Throws for an example that no batch or none of
  /// the models takes, naming its number in the dataset.
  template <class Student>
  std::vector<sequence> sequences(Student&, const batch_request& request,
                                  std::span<const index> members) {
    std::vector<sequence> out;
    for (index j : members) {
      const index example = example_of(request, j, size());
      if constexpr (detail::has_answers<std::remove_cvref_t<Dataset>>)
        out.push_back(checked(dataset_.full(example), example, request));
    }
    return out;
  }

 private:
  static const sequence& checked(const sequence& full, index example,
                                 const batch_request& request) {
    detail::check_sequence(full, [&] { return concat("example ", example); });
    detail::check_example("example ", example, full.tokens, request);
    return full;
  }

  Dataset dataset_;
};

template <class Dataset>
fixed(Dataset&&) -> fixed<Dataset>;

}  // namespace gkd::inline v0
