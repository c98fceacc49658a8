// SPDX-License-Identifier: Apache-2.0
// The chats to train on and to evaluate on, and what the student learns from.
#pragma once

#include <gkd/data/chat_dataset.hpp>
#include <gkd/data/chat_jsonl.hpp>
#include <gkd/data/fixed.hpp>
#include <gkd/data/mixture.hpp>
#include <gkd/data/on_policy.hpp>
#include <gkd/data/shuffle.hpp>
#include <gkd/data/teacher_generated.hpp>
#include <gkd/report/progress.hpp>
#include <gkd/report/training_log.hpp>
#include <gkd/train/gkd_config_parts.hpp>

#include <algorithm>    // min
#include <cmath>        // ceil
#include <filesystem>   // exists, is_directory
#include <optional>     // optional
#include <string>       // string
#include <string_view>  // string_view
#include <utility>      // move
#include <variant>      // variant
#include <vector>       // vector

#include "interruption.hpp"
#include "models.hpp"
#include "words.hpp"

namespace gkd_train {

/// Encoded chats, as they were read.
struct chat_set {
  std::string from;
  gkd::chats read;
  gkd::chat_dataset data;
};

struct chat_sets {
  chat_set train;
  std::optional<chat_set> eval;
};

/// The chats of a set that an evaluation measures: the first --eval_examples.
inline gkd::index evaluated_of(const gkd::gkd_config& c, const chat_set& set) {
  return c.eval_examples == 0 ? set.data.size() : std::min(set.data.size(), c.eval_examples);
}
/// "8", or "2 of 8": how many of a set's chats are taken.
inline std::string count_of(gkd::index taken, const chat_set& set) {
  const std::string all = std::to_string(set.data.size());
  return taken == set.data.size() ? all : gkd::concat(taken, " of ", all);
}

namespace detail {

/// Fails where an option names nothing that is there, such as a data set of the Hub.
inline void check_there(std::string_view option, const std::string& name, std::string_view wanted) {
  std::error_code failed;
  if (!std::filesystem::exists(name, failed) && !failed)
    gkd::fail(gkd::errc::io_failure, option, ": ", gkd::shown_path(name),
              ": is not there; gkd uses no network, want ", wanted);
}

/// FILE.jsonl of a folder; "" if it has none.
inline std::string split_of(const std::string& folder, const std::string& split) {
  std::error_code ignored;
  const std::string file = folder + "/" + split + ".jsonl";
  return std::filesystem::exists(file, ignored) ? file : "";
}

/// The file of a split, or of a name that is no folder.
inline std::string file_of(const std::string& name, const std::string& split) {
  check_there("--dataset_name", name, "chats as a JSONL file, or a folder of SPLIT.jsonl");
  std::error_code ignored;
  if (!std::filesystem::is_directory(name, ignored)) return name;
  const std::string file = split_of(name, split);
  if (file.empty())
    gkd::fail(gkd::errc::io_failure, gkd::shown_path(name + "/" + split),
              ".jsonl: is not there; --dataset_name is a folder, want SPLIT.jsonl in it");
  return file;
}

/// The file of --dataset_test_split; "" if there is none, which is an error where a split is named
/// other than the usual one, of a folder.
inline std::string test_file_of(const gkd::gkd_config& c) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(c.dataset_name, ignored)) return "";
  const std::string file = split_of(c.dataset_name, c.dataset_test_split);
  if (file.empty() && c.dataset_test_split != gkd::gkd_config{}.dataset_test_split)
    gkd::fail(gkd::errc::io_failure, "--dataset_test_split: ",
              gkd::shown_path(c.dataset_name + "/" + c.dataset_test_split),
              ".jsonl: is not there; want a split of the folder --dataset_name");
  return file;
}

/// The text of an error with what to do where chats end without an answer.
inline std::string for_options(std::string text, std::string_view advice) {
  return replaced(std::move(text), "set require_completion = false for prompts", advice);
}

/// The text about a prompt that is too long, with what else limits it.
inline std::string about_length(std::string text, const std::string& why_shorter) {
  if (why_shorter.empty()) return text;
  return replaced(std::move(text), "raise the limits or set on_long_prompt = long_prompt::drop",
                  gkd::concat(why_shorter, " (--on_long_prompt drop)"));
}

/// Whether a file begins as the log of a run does.
inline bool is_log_of_run(const std::string& path) {
  gkd::input_file file(path);
  std::string begin(256, '\0');
  begin.resize(file.read(begin));
  return gkd::step_of_log_line(begin) && begin.find("\"total_steps\":") != begin.npos;
}

/// The chats of a file. Where each must end with an answer, `advice` says what takes others.
inline gkd::chats read(const std::string& path, bool answered, gkd::bad_line on_bad_line,
                       std::string_view advice) {
  try {
    gkd::chats out =
        gkd::read_chats(path, {.require_completion = answered, .on_bad_line = on_bad_line});
    for (gkd::skipped_line& line : out.reasons)
      line.reason = for_options(std::move(line.reason), advice);
    return out;
  } catch (const gkd::error& e) {
    if (e.code() != gkd::errc::io_failure && is_log_of_run(path))
      gkd::fail(e.code(), gkd::shown_path(path), ": is the log of a run, as it lies in its "
                "--output_dir, and holds no chats; want another file");
    gkd::fail(e.code(), for_options(std::string(e.text()), advice));
  }
}

/// Moves a share of the chats into a set of their own: the same ones for the same seed.
inline gkd::chats split_off(gkd::chats& from, double share, std::uint64_t seed) {
  const gkd::index size = from.conversations.size();
  const auto wanted = static_cast<gkd::index>(std::ceil(share * double(size)));
  if (wanted >= size)
    gkd::fail(gkd::errc::empty_data, "--eval_fraction ", share, " of ", size,
              " chats leaves none to train on");
  constexpr std::uint64_t no_epoch = ~std::uint64_t{0};
  const gkd::shuffled_order order(size, seed, no_epoch);
  std::vector<bool> taken(size);
  for (gkd::index i = 0; i < wanted; ++i) taken[order[i]] = true;
  gkd::chats off, rest;
  off.path = from.path;
  for (gkd::index i = 0; i < size; ++i) {
    gkd::chats& to = taken[i] ? off : rest;
    to.conversations.push_back(std::move(from.conversations[i]));
    to.lines.push_back(from.lines[i]);
  }
  from.conversations = std::move(rest.conversations);
  from.lines = std::move(rest.lines);
  return off;
}

/// say(text) is told now and then how far it is. Throws interrupted after Ctrl-C.
template <class Say>
chat_set encode(const std::string& from, gkd::chats read, const gkd::gkd_config& c,
                const model_facts& m, const Say& say) {
  // what the note of read_facts() says in full
  const std::string why_shorter =
      shortened(c, m).empty() ? "" : "the models have no more positions";
  const gkd::chat_dataset_options options{
      .targets = c.assistant_only_loss ? gkd::assistant_turns::all : gkd::assistant_turns::last,
      .max_length = std::min(c.max_length.value_or(gkd::unlimited), positions_of(m)),
      .on_long_prompt = c.on_long_prompt,
      .closing = c.closing,
      .on_chat =
          [&, said_at = gkd::steady_seconds()](gkd::index done) mutable {
            if (interrupted() != 0) gkd::fail(gkd::errc::interrupted, "chats are not encoded");
            const double now = gkd::steady_seconds();
            if (now - said_at < gkd::progress_options{}.line_seconds) return;
            said_at = now;
            say(gkd::concat("encoding  ", done, " of ", read.conversations.size(), " chats"));
          }};
  try {
    gkd::chat_dataset data(read, m.tokenizer, m.format, options);
    return {from, std::move(read), std::move(data)};
  } catch (const gkd::error& e) {
    gkd::fail(e.code(), about_length(std::string(e.text()), why_shorter));
  }
}

}  // namespace detail

/// Files of chats; `eval` is "" where there is none, and `train` where a part of that is held out.
struct chat_files {
  std::string train, eval;
};

/// Those that the configuration names. Throws io_failure for one that is not there, empty_data
/// where evaluations are asked for and there are no chats for them.
inline chat_files chat_files_of(const gkd::gkd_config& c) {
  chat_files files{detail::file_of(c.dataset_name, c.dataset_train_split), c.eval_dataset_name};
  if (!files.eval.empty()) {
    detail::check_there("--eval_dataset_name", files.eval, "chats as a JSONL file");
  } else if (c.eval_fraction > 0.0) {
    files.eval = files.train;
  } else if (c.training.eval_strategy != gkd::interval::no) {
    files.eval = detail::test_file_of(c);
    if (files.eval.empty())
      gkd::fail(gkd::errc::empty_data, "--eval_strategy asks for evaluations, but there are no ",
                "chats for them: want --eval_dataset_name FILE or --eval_fraction X");
  }
  return files;
}

/// Reads what the configuration names; say(text) is told now and then how far it is. Throws what
/// reading and encoding throw, with the file; interrupted after Ctrl-C.
template <class Say>
chat_sets read_chat_sets(const gkd::gkd_config& c, const model_facts& m, const Say& say) {
  const bool learns_answers = c.lmbda < 1.0 && !c.seq_kd;
  const auto [train, eval] = chat_files_of(c);
  gkd::chats all = detail::read(train, learns_answers, c.on_bad_line,
                                "--lmbda 1 or --seq_kd trains on prompts");
  std::optional<gkd::chats> held_out;
  if (c.eval_fraction > 0.0)
    held_out =
        detail::split_off(all, c.eval_fraction, c.training.data_seed.value_or(c.training.seed));
  else if (!eval.empty())
    held_out = detail::read(eval, !c.eval_generate, c.on_bad_line,
                            "--eval_generate takes, among others, prompts");
  chat_sets sets{detail::encode(train, std::move(all), c, m, say), std::nullopt};
  if (held_out) sets.eval = detail::encode(eval, std::move(*held_out), c, m, say);
  return sets;
}

/// What the student does not write: the dataset's answers or, with seq_kd, the teacher's.
class offline_source {
  using data_type = const gkd::chat_dataset&;
  using fixed_type = gkd::fixed<data_type>;
  using teacher_type = gkd::teacher_generated<model_type, data_type>;
  using either_type = std::variant<fixed_type, teacher_type>;

 public:
  offline_source(const gkd::chat_dataset& data, model_type& teacher, bool seq_kd,
                 const gkd::generation_options& how)
      : source_(seq_kd ? either_type(std::in_place_type<teacher_type>, teacher, data, how,
                                     gkd::redraw::always)
                       : either_type(std::in_place_type<fixed_type>, data)) {}

  gkd::index size() const {
    return std::visit([](const auto& s) { return s.size(); }, source_);
  }
  std::uint64_t fingerprint() const {
    return std::visit([](const auto& s) { return s.fingerprint(); }, source_);
  }
  gkd::identity_fields identity() const {
    return std::visit([](const auto& s) { return gkd::part_identity(s); }, source_);
  }
  template <class Student>
  std::optional<gkd::token_batch> next(Student& student, const gkd::batch_request& request) {
    return std::visit([&](auto& s) { return s.next(student, request); }, source_);
  }
  template <class Student>
  std::vector<gkd::sequence> sequences(Student& student, const gkd::batch_request& request,
                                       std::span<const gkd::index> members) {
    return std::visit([&](auto& s) { return s.sequences(student, request, members); }, source_);
  }

 private:
  either_type source_;
};

/// How a model answers: only tokens of the tokenizer, up to a stop token, sampled as the
/// configuration and, where that has no option, the model's folder say.
inline gkd::generation_options answers_of(const gkd::gkd_config& c, const models& m,
                                          const gkd::hf_sampling& folder) {
  gkd::generation_options how = gkd::generation_of(c);
  how.sampling.repetition_penalty = folder.repetition_penalty;
  how.sampling.min_p = folder.min_p;
  how.stop_tokens = m.stop_tokens;
  how.vocab_size = m.tokenizer.vocab_size();
  return how;
}

/// Those of the student.
inline gkd::generation_options answers_of(const gkd::gkd_config& c, const models& m) {
  return answers_of(c, m, m.student_sampling);
}

/// Batches of the student's own answers with probability lmbda, of others otherwise.
inline auto source_of(const gkd::gkd_config& c, models& m, const gkd::chat_dataset& data) {
  const gkd::generation_options of_teacher = answers_of(c, m, m.teacher_sampling);
  return gkd::mixture{gkd::on_policy{data, answers_of(c, m)},
                      offline_source{data, m.teacher, c.seq_kd, of_teacher}, c.lmbda, c.lmbda_per};
}

}  // namespace gkd_train
