// SPDX-License-Identifier: Apache-2.0
// Batches that the teacher writes (TRL's seq_kd): prompts of a dataset, completed by the teacher.
// With cross_entropy as the loss this is sequence-level distillation.
// Source: Kim and Rush, "Sequence-Level Knowledge Distillation", EMNLP 2016.
#pragma once

#include <gkd/data/on_policy.hpp>

#include <algorithm>  // find

namespace gkd::inline v0 {

/// When a teacher's completion of a prompt is drawn.
enum class redraw {
  once,   ///< for each prompt, when it first comes; kept for later epochs
  always  ///< each time the prompt comes
};

/// Prompts of a dataset, completed by the teacher, which must outlive the source. Options: as of
/// on_policy, with random streams of the teacher's own: a student that equals it writes other
/// answers.
template <class Teacher, class Dataset>
class teacher_generated {
 public:
  teacher_generated(Teacher& teacher, Dataset&& dataset, generation_options options = {},
                    redraw when = redraw::once)
      : teacher_(&teacher),
        dataset_(static_cast<Dataset&&>(dataset)),
        options_(std::move(options)),
        when_(when) {
    detail::check_dataset<std::remove_cvref_t<Dataset>>();
    options_.from = origin::teacher;
    options_.use = purpose::teacher;
  }
  index size() const { return dataset_.size(); }
  /// Equal for equal data, where the dataset can tell.
  std::uint64_t fingerprint() const
    requires detail::has_fingerprint<std::remove_cvref_t<Dataset>>
  {
    return dataset_.fingerprint();
  }
  identity_fields identity() const {
    return detail::sampling_identity("teacher_generated", options_)
        .add("redraw", when_ == redraw::once ? "once" : "always");
  }

  template <class Student>
  std::optional<token_batch> next(Student& student, const batch_request& request) {
    return detail::whole_batch(*this, student, request);
  }
  template <class Student>
  std::vector<sequence> sequences(Student&, const batch_request& request,
                                  std::span<const index> members) {
    if (when_ == redraw::always)
      return detail::complete_prompts(*teacher_, dataset_, options_, request, members);
    draw_missing(request, members);
    std::vector<sequence> out;
    for (index j : members) out.push_back(kept_[example_of(request, j, dataset_.size())]);
    return out;
  }

 private:
  // the stream of a kept completion is named by its example, so that what it is does not depend on
  // when it first came
  void draw_missing(const batch_request& request, std::span<const index> members) {
    kept_.resize(dataset_.size());
    std::vector<index> examples;
    std::vector<std::span<const token>> prompts;
    generation_options options = options_;
    options.seed = request.seed;
    options.ids.clear();
    detail::settle_vocab(options, request, *teacher_);
    for (index j : members) {
      const index i = example_of(request, j, dataset_.size());
      const bool listed = std::find(examples.begin(), examples.end(), i) != examples.end();
      if (listed || !kept_[i].tokens.empty()) continue;
      examples.push_back(i);
      prompts.push_back(dataset_.prompt(i));
      options.ids.push_back(i);
    }
    std::vector<sequence> drawn = generate(*teacher_, prompts, options);
    for (index n = 0; n < drawn.size(); ++n) kept_[examples[n]] = std::move(drawn[n]);
  }

  Teacher* teacher_;
  Dataset dataset_;
  generation_options options_;
  redraw when_;
  std::vector<sequence> kept_;  // one per example; without tokens until it is drawn
};

template <class Teacher, class Dataset>
teacher_generated(Teacher&, Dataset&&) -> teacher_generated<Teacher, Dataset>;
template <class Teacher, class Dataset>
teacher_generated(Teacher&, Dataset&&, generation_options) -> teacher_generated<Teacher, Dataset>;
template <class Teacher, class Dataset>
teacher_generated(Teacher&, Dataset&&, generation_options, redraw)
    -> teacher_generated<Teacher, Dataset>;

}  // namespace gkd::inline v0
