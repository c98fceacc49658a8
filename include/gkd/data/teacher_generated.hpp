// SPDX-License-Identifier: Apache-2.0
// Batches that the teacher writes (TRL's seq_kd): prompts of a dataset, completed by the teacher.
// With cross_entropy as the loss this is sequence-level distillation.
// Source: Kim and Rush, "Sequence-Level Knowledge Distillation", EMNLP 2016.
#pragma once

#include <gkd/data/prompts.hpp>
#include <gkd/optim/model_fingerprint.hpp>

#include <algorithm>  // find
#include <optional>   // optional

namespace gkd::inline v0 {

/// When a teacher's completion of a prompt is drawn.
enum class redraw {
  once,   ///< for each prompt, when it first comes; kept for later epochs of the same seed
  always  ///< each time the prompt comes
};

/// Prompts of a dataset, completed by the teacher, which must outlive the source. Options: as of
/// on_policy, with random streams of the teacher's own: a student that equals it writes other
/// answers.
template <class Teacher, class Dataset>
class teacher_generated {
 public:
  /// Throws shape_mismatch where stop_tokens_of is neither empty nor one list for each example.
  teacher_generated(Teacher& teacher, Dataset&& dataset, generation_options options = {},
                    redraw when = redraw::once)
      : teacher_(&teacher),
        dataset_(static_cast<Dataset&&>(dataset)),
        completer_("teacher_generated", by_teacher(std::move(options)), size_of_dataset()),
        when_(when) {}
  /// A temporary would not outlive the source: refused.
  teacher_generated(const Teacher&&, Dataset&& dataset, generation_options = {},
                    redraw = redraw::once)
      : dataset_(static_cast<Dataset&&>(dataset)), completer_("teacher_generated", {}, 0) {
    static_assert(sizeof(Teacher) == 0,
                  "gkd: teacher_generated needs a teacher that outlives it, a variable and no "
                  "temporary  [docs/concepts.md#teacher]");
  }
  index size() const { return detail::size_of(dataset_); }
  /// Equal for equal data, where the dataset can tell.
  std::uint64_t fingerprint() const
    requires detail::has_fingerprint<std::remove_cvref_t<Dataset>>
  {
    return dataset_.fingerprint();
  }
  /// Of the settings and of the teacher as it is when this is first asked: all of its parameters
  /// are read then, where it shows any.
  identity_fields identity() const {
    if (!taught_by_) taught_by_ = detail::teacher_identity(*teacher_);
    return completer_.identity()
        .add("redraw", when_ == redraw::once ? "once" : "always")
        .add("teacher", *taught_by_);
  }

  template <class Student>
  std::optional<token_batch> next(Student& student, const batch_request& request) {
    return detail::whole_batch(*this, student, request);
  }
  /// Throws context_overflow for a prompt that leaves no room for an answer, and as generate().
  template <class Student>
  std::vector<sequence> sequences(Student&, const batch_request& request,
                                  std::span<const index> members) {
    std::vector<index> examples;
    for (index j : members) examples.push_back(example_of(request, j, size()));
    std::vector<sequence> out =
        when_ == redraw::once ? kept(request, examples) : drawn(request, examples, members);
    for (index n = 0; n < out.size(); ++n)
      detail::check_example("with the teacher's answer example ", examples[n], out[n].tokens,
                            request);
    return out;
  }

 private:
  std::vector<sequence> drawn(const batch_request& request, std::span<const index> examples,
                              std::span<const index> members) const {
    std::vector<std::uint64_t> ids;
    for (index j : members) ids.push_back(sequence_id(request, j));
    return completer_.complete(*teacher_, dataset_, request, examples, std::move(ids));
  }
  std::vector<sequence> kept(const batch_request& request, std::span<const index> examples) {
    forget_others(request);
    draw_missing(request, examples);
    std::vector<sequence> out;
    for (index i : examples) out.push_back(kept_[i]);
    return out;
  }
  // what was drawn with another seed, from another vocabulary, or for a student that reads more or
  // less, is not what this request means
  void forget_others(const batch_request& request) {
    const index vocab = detail::sampled_vocab(completer_.options().vocab_size, request, *teacher_);
    const index longest = completer_.longest(*teacher_, request).tokens;
    if (seed_ != request.seed || vocab_ != vocab || longest_ != longest) kept_.clear();
    seed_ = request.seed;
    vocab_ = vocab;
    longest_ = longest;
    kept_.resize(size());
  }
  // the stream of a kept completion is named by its example, so that what it is does not depend on
  // when it first came
  void draw_missing(const batch_request& request, std::span<const index> examples) {
    std::vector<index> missing;
    for (index i : examples)
      if (kept_[i].tokens.empty() && std::find(missing.begin(), missing.end(), i) == missing.end())
        missing.push_back(i);
    std::vector<sequence> made =
        completer_.complete(*teacher_, dataset_, request, missing,
                            std::vector<std::uint64_t>(missing.begin(), missing.end()));
    for (index n = 0; n < made.size(); ++n) kept_[missing[n]] = std::move(made[n]);
  }
  static generation_options by_teacher(generation_options options) {
    options.from = origin::teacher;
    options.use = purpose::teacher;
    return options;
  }
  index size_of_dataset() const {
    detail::check_dataset<std::remove_cvref_t<Dataset>>();
    return size();
  }

  Teacher* teacher_ = nullptr;
  Dataset dataset_;
  detail::prompt_completer completer_;
  redraw when_ = redraw::once;
  std::uint64_t seed_ = 0;  // that kept_ was drawn with
  index vocab_ = 0;
  index longest_ = 0;
  std::vector<sequence> kept_;  // one per example; without tokens until it is drawn
  mutable std::optional<identity_fields> taught_by_;  // reading a large teacher takes seconds
};

template <class Teacher, class Dataset>
teacher_generated(Teacher&, Dataset&&) -> teacher_generated<Teacher, Dataset>;
template <class Teacher, class Dataset>
teacher_generated(Teacher&, Dataset&&, generation_options) -> teacher_generated<Teacher, Dataset>;
template <class Teacher, class Dataset>
teacher_generated(Teacher&, Dataset&&, generation_options, redraw)
    -> teacher_generated<Teacher, Dataset>;
template <class Teacher, class Dataset>
teacher_generated(const Teacher&&, Dataset&&, generation_options = {}, redraw = redraw::once)
    -> teacher_generated<Teacher, Dataset>;

}  // namespace gkd::inline v0
