// SPDX-License-Identifier: Apache-2.0
// Completions of prompts, drawn from a model:
//
//   auto answers = gkd::generate(student, prompts, {.sampling = {.temperature = 0.9},
//                                                   .max_new_tokens = 128, .stop_tokens = {eos}});
//
// The t-th token of the sequence with id s is drawn with number t of random_stream(seed, use, s):
// it depends on the model's logits and the prompt alone, not on what else is in the batch. (Logits
// themselves do to the last bit, where a backend's products round by the number of rows, as Eigen's
// do.) A model with prefill and decode runs every token once; any other runs its whole prefix again
// for each token, and draws the same.
#pragma once

#include <gkd/backend/reference.hpp>
#include <gkd/concepts.hpp>
#include <gkd/core/batch.hpp>
#include <gkd/core/memory.hpp>
#include <gkd/sample/context.hpp>
#include <gkd/sample/generation_options.hpp>
#include <gkd/sample/host_rows.hpp>
#include <gkd/sample/own_sample.hpp>
#include <gkd/sample/sampler.hpp>

#include <algorithm>  // equal, find, mismatch
#include <limits>     // numeric_limits
#include <string>     // string

namespace gkd::inline v0 {

/// What a progress callback of generate() is told after each step.
struct generation_progress {
  index sequences = 0;  ///< in all
  index finished = 0;   ///< of them
  index tokens = 0;     ///< drawn so far
};

namespace detail {

template <class P>
concept prompt_range = requires(const P& prompts, index b) {
  { prompts.size() } -> std::convertible_to<index>;
  { prompts[b] } -> std::convertible_to<std::span<const token>>;
};

template <class M, class Prompts>
concept has_sample =
    names_sample<M> ||
    requires(M& m, const Prompts& p, const generation_options& o) { m.sample(p, o); };
template <class M, class Prompts>
concept samples_itself = requires(M& m, const Prompts& p, const generation_options& o) {
  { m.sample(p, o) } -> std::convertible_to<std::vector<sequence>>;
};

inline void check_stops_of(const generation_options& o, index sequences) {
  if (!o.stop_tokens_of.empty() && o.stop_tokens_of.size() != sequences)
    fail(errc::shape_mismatch, "generation_options::stop_tokens_of has ", o.stop_tokens_of.size(),
         " entries, want none or ", sequences);
}

/// Throws bad_argument for what is wrong whatever the prompts and the model are.
inline void check_generation(const generation_options& o) {
  o.sampling.check();
  if (o.max_new_tokens == 0)
    fail(errc::bad_argument, "generation_options::max_new_tokens is 0, want at least 1");
}

inline void check_generation(const generation_options& o, index prompts, index vocab_size) {
  check_generation(o);
  if (o.vocab_size > vocab_size)
    fail(errc::vocabulary_mismatch, "generation_options::vocab_size is ", o.vocab_size,
         ", but the model has ", vocab_size, " tokens");
  if (!o.ids.empty() && o.ids.size() != prompts)
    fail(errc::shape_mismatch, "generation_options::ids has ", o.ids.size(),
         " entries, want none or ", prompts);
  check_stops_of(o, prompts);
  const index drawn = o.vocab_size > 0 ? o.vocab_size : vocab_size;
  for (index b = 0; b < prompts; ++b)
    for (token stop : o.stops(b))
      if (stop < 0 || static_cast<index>(stop) >= drawn)
        fail(errc::vocabulary_mismatch, "stop token ", stop, " can never be drawn, want 0 <= id < ",
             "vocab_size = ", drawn);
}

/// Sequences that run together, those in [first, first + count) of one call; prompts are checked.
template <class Model>
class generation_run {
  using scalar = scalar_of<Model>;
  using space = space_of<Model>;

 public:
  generation_run(Model& model, const generation_options& options)
      : model_(model),
        options_(options),
        longest_(limit_with(model, options.max_length).tokens),
        sampler_(options.sampling) {
    check_cached_model<Model>();
  }

  /// Completes the sequences; `step(drawn)` is called after each row of tokens.
  template <class Step>
  void complete(std::span<sequence> sequences, index first, const Step& step) {
    start(sequences, first);
    token_batch prompts = unfinished(sequences);
    while (!running_.empty()) {
      const matrix_view<const scalar, space> logits = scores(prompts);  // (A, V)
      detail::check_memory("the model's logits", logits);
      draw(sequences, rows_.read(backend_of(model_), logits), step);
      if constexpr (!cached_model<Model>) prompts = unfinished(sequences);
    }
  }

  /// Sequences that have ended so far, of all calls.
  index finished() const { return finished_; }

 private:
  void start(std::span<sequence> sequences, index first) {
    first_ = first;
    running_.clear();
    slots_.clear();
    next_.clear();
    prompt_lengths_.clear();
    for (index i = 0; i < sequences.size(); ++i) {
      const index length = sequences[i].tokens.size();
      prompt_lengths_.push_back(length);
      if (length == longest_) {
        ++finished_;
        continue;
      }
      slots_.push_back(running_.size());
      running_.push_back(i);
    }
  }

  token_batch unfinished(std::span<const sequence> sequences) const {
    token_batch batch;
    for (index i : running_) batch.add_prompt(sequences[i].tokens);
    return batch;
  }

  // what the model makes of each running sequence so far
  matrix_view<const scalar, space> scores(const token_batch& prompts) {
    if constexpr (cached_model<Model>)
      return next_.empty() ? model_.prefill(prompts) : model_.decode(slots_, next_);
    else
      return model_.logits(prompts);
  }

  // appends a token to each running sequence and lets go of those that it ends
  template <class Step>
  void draw(std::span<sequence> sequences, matrix_view<const scalar> logits, const Step& step) {
    const index vocab = options_.vocab_size > 0 ? options_.vocab_size : model_.vocab_size();
    if (logits.rows != running_.size() || logits.cols < vocab)
      fail(errc::shape_mismatch, "the logits of ", running_.size(), " sequences are (", logits.rows,
           ", ", logits.cols, "), want (", running_.size(), ", >= ", vocab, ")");
    index left = 0;
    next_.clear();
    const index drawn = running_.size();
    for (index n = 0; n < drawn; ++n) {
      const index i = running_[n];
      sequence& s = sequences[i];
      const index t = s.tokens.size() - prompt_lengths_[i];
      const double u =
          random_stream(options_.seed, options_.use, options_.id(first_ + i)).uniform(t);
      const token next = sampler_.draw(logits.row(n).slice(0, vocab), history(s), u, [&] {
        return concat("sequence ", first_ + i, ", new token ", t);
      });
      s.tokens.push_back(next);
      s.weights.push_back(1.0f);
      if (ends(s, first_ + i, t + 1)) {
        ++finished_;
        continue;
      }
      running_[left] = i;
      slots_[left++] = slots_[n];
      next_.push_back(next);
    }
    running_.resize(left);
    slots_.resize(left);
    step(drawn);
  }

  // what came before, without what cannot be drawn: a prompt may hold ids from vocab_size on
  std::span<const token> history(const sequence& s) {
    if (options_.sampling.repetition_penalty == 1.0 || options_.vocab_size == 0) return s.tokens;
    seen_.clear();
    for (token id : s.tokens)
      if (static_cast<index>(id) < options_.vocab_size) seen_.push_back(id);
    return seen_;
  }

  bool ends(const sequence& s, index b, index new_tokens) const {
    const std::span<const token> stops = options_.stops(b);
    return new_tokens == options_.max_new_tokens || s.tokens.size() == longest_ ||
           std::find(stops.begin(), stops.end(), s.tokens.back()) != stops.end();
  }

  Model& model_;
  const generation_options& options_;
  index longest_;  // a sequence of so many tokens has ended
  token_sampler sampler_;
  host_rows<scalar, space> rows_;
  index first_ = 0;
  index finished_ = 0;
  std::vector<index> prompt_lengths_;
  std::vector<index> running_;  // (A) sequences that have not ended
  std::vector<index> slots_;    // (A) theirs in the model's cache
  std::vector<token> next_;     // (A) the token that each was given last
  std::vector<token> seen_;     // of one sequence, for the repetition penalty
};

/// For callers that do not ask for progress.
struct no_progress {
  void operator()(const generation_progress&) const {}
};

/// What sequence b of a model's own sample() adds to its prompt: what the options allow, with ids
/// below `vocab`.
inline std::span<const token> completion_by(std::span<const token> all, index b,
                                            std::span<const token> prompt,
                                            const length_limit& longest, index vocab,
                                            const generation_options& options) {
  const auto refuse = [&](errc code, const auto&... why) {
    fail(code, "sequence ", b, " of the model's sample() ", why...);
  };
  const auto [end, ignored] = std::mismatch(prompt.begin(), prompt.end(), all.begin(), all.end());
  const index same = static_cast<index>(end - prompt.begin());
  if (same < prompt.size())
    refuse(errc::bad_argument, "is no completion of prompt ", b, ", want one that begins with its ",
           prompt.size(), " tokens; ", same, " are the same");
  const std::span<const token> made = all.subspan(same), stops = options.stops(b);
  if (made.size() > options.max_new_tokens)
    refuse(errc::bad_argument, "has ", made.size(), " new tokens, want at most max_new_tokens = ",
           options.max_new_tokens);
  if (all.size() > longest.tokens)
    refuse(errc::context_overflow, "has ", all.size(), " tokens, want at most ", longest.text());
  for (index i = 0; i < made.size(); ++i) {
    if (made[i] < 0 || static_cast<index>(made[i]) >= vocab)
      refuse(errc::vocabulary_mismatch, "has the new token ", made[i],
             ", want 0 <= id < vocab_size = ", vocab);
    if (i + 1 < made.size() && std::find(stops.begin(), stops.end(), made[i]) != stops.end())
      refuse(errc::bad_argument, "goes on after the stop token ", made[i], ", its new token ", i,
             ", want it to end there");
  }
  return made;
}

/// What a model's own sample() makes of the prompts, with our weights and marks.
template <class Model, class Prompts, class Progress>
std::vector<sequence> sampled_by(Model& model, const Prompts& prompts,
                                 const generation_options& options, const Progress& progress) {
  const index count = prompts.size();
  const length_limit longest = limit_with(model, options.max_length);
  index vocab = index(std::numeric_limits<token>::max()) + 1;
  if constexpr (has_vocab_size<Model>) vocab = model.vocab_size();
  check_generation(options, count, vocab);
  for (index b = 0; b < count; ++b) check_tokens("prompt ", b, prompts[b], longest, vocab);
  if (options.vocab_size > 0) vocab = options.vocab_size;
  if (count == 0) return {};
  std::vector<sequence> made = model.sample(prompts, options);
  if (made.size() != count)
    fail(errc::shape_mismatch, "the model's sample() gave ", made.size(), " sequences for ", count,
         " prompts, want one for each");
  generation_progress now{.sequences = count, .finished = count};
  for (index b = 0; b < count; ++b) {
    const auto& given = prompts[b];  // may be a temporary, which lives on
    const auto added = completion_by(made[b].tokens, b, given, longest, vocab, options);
    now.tokens += added.size();
    made[b] = make_sequence(given, added, options.from);
  }
  progress(now);
  return made;
}

/// One sequence per prompt, drawn token by token from what the model scores.
template <class Model, class Prompts, class Progress>
std::vector<sequence> drawn_from(Model& model, const Prompts& prompts,
                                 const generation_options& options, const Progress& progress) {
  const index count = prompts.size();
  check_generation(options, count, model.vocab_size());
  const length_limit longest = limit_with(model, options.max_length);
  std::vector<sequence> sequences;
  for (index b = 0; b < count; ++b) {
    sequences.push_back(make_sequence(prompts[b], {}, options.from));
    check_tokens("prompt ", b, sequences[b].tokens, longest, model.vocab_size());
  }
  generation_run<Model> run(model, options);
  generation_progress now{.sequences = count};
  const index at_a_time = options.batch_size > 0 ? options.batch_size : count;
  for (index first = 0; first < count; first += at_a_time) {
    const index n = math::min(at_a_time, count - first);
    run.complete(std::span(sequences).subspan(first, n), first, [&](index drawn) {
      now.tokens += drawn;
      now.finished = run.finished();
      progress(now);
    });
  }
  return sequences;
}

}  // namespace detail

/// One sequence per prompt, in order: the prompt with weight 0, the completion with weight 1, its
/// stop token included. `prompts` is any range with size() and [] of token sequences.
///
/// A completion ends with a stop token, after max_new_tokens, or where the sequence is as long as
/// the model's `max_positions()`, if it has that member; finish_of() says which.
/// `progress(generation_progress)` is called after each step. A model with its own
///   std::vector<sequence> sample(const Prompts&, const generation_options&)
/// is left to it: only the tokens of what it gives are taken, and progress is told once.
///
/// Throws, before anything is drawn, bad_argument, shape_mismatch or vocabulary_mismatch for
/// options that do not fit, empty_data for a prompt without tokens, context_overflow for one too
/// long, vocabulary_mismatch for one with a token that the model does not have; later non_finite,
/// which names sequence and token, for logits that are no numbers. Of a model's own sample():
/// shape_mismatch unless it gives a sequence for each prompt, bad_argument for one that does not
/// begin with its prompt, is of more than max_new_tokens or goes on after a stop token,
/// context_overflow for one too long, vocabulary_mismatch for a token that there is not.
template <class Model, class Prompts, class Progress = detail::no_progress>
std::vector<sequence> generate(Model& model, const Prompts& prompts,
                               const generation_options& options, const Progress& progress = {}) {
  constexpr bool have_tokens = detail::prompt_range<Prompts>;
  static_assert(have_tokens,
                "gkd: generate needs prompts as a range with size() and [] whose elements convert "
                "to std::span<const gkd::token>, as std::vector<std::vector<gkd::token>>  "
                "[docs/concepts.md#student]");
  if constexpr (!have_tokens) {
    return {};
  } else if constexpr (detail::has_sample<Model, Prompts>) {
    static_assert(detail::samples_itself<Model, Prompts>,
                  "gkd: a model that samples by itself needs  std::vector<sequence> sample(const "
                  "Prompts& prompts, const generation_options& options)  for prompts of any type "
                  "with size() and []; a member for something else needs another name than sample  "
                  "[docs/concepts.md#student]");
    if constexpr (detail::samples_itself<Model, Prompts>)
      return detail::sampled_by(model, prompts, options, progress);
  } else {
    check_teacher<Model>();
    if constexpr (teacher<Model>) return detail::drawn_from(model, prompts, options, progress);
  }
  return {};  // one of the checks above has said why
}

}  // namespace gkd::inline v0
