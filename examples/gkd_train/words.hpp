// SPDX-License-Identifier: Apache-2.0
// What the library says in its own words, in those of the program: options in place of members.
#pragma once

#include <gkd/io/file.hpp>
#include <gkd/train/gkd_config.hpp>

#include <algorithm>    // find
#include <string>       // string
#include <string_view>  // string_view
#include <utility>      // move, pair
#include <vector>       // vector

namespace gkd_train {

namespace detail {

/// What the library says, and what the program says in its place; from the first to the last.
inline constexpr std::pair<std::string_view, std::string_view> wordings[] = {
    // where in a run: one process, and steps are counted as on the bar
    {", rank 0)", ")"},
    {", micro-batch ", ", batch "},
    {" (step ", " (after step "},
    // settings
    {"training_options.", "--"},
    {"generation_options::vocab_size is ", "the number of the tokenizer's tokens is "},
    {"gkd: optim_args: ", "gkd: --optim_args: "},
    {"gkd: lr_scheduler_kwargs: ", "gkd: --lr_scheduler_kwargs: "},
    {"adafactor::", "--optim_args: "},
    {"sgd::", "--optim_args: "},
    {"scaling::continuous", "--beta_scaling continuous"},
    {"generalized_jsd: beta is ", "--beta is "},
    {"which divides by it; want forward_kl", "which divides by it; want --beta 0"},
    {"sampler::", ""},
    {"thread_pool: ", ""},
    // files and chats
    {"hf_save_options::overwrite", "--overwrite_output_dir"},
    {"(format_by_name, --chat_format NAME)", "(--chat_format NAME)"},
    {"else write the format as a function of ten lines", "else it takes a C++ program"},
    {"(on_bad_line)", "(--on_bad_line skip)"},
    {"of at most max_prompt_length = unlimited and ", ""},
    {": raise the limits or set on_long_prompt = long_prompt::drop",
     " (--max_length, --on_long_prompt drop)"},
    {"want sequences with answers, or other weights", "want chats with answers"},
    // the output folder
    {"another trainer writes into this directory", "another run writes into this folder"},
    {"another trainer of this process (or of one of this id on a host of this name) writes into "
     "this directory", "another run, of this process, writes into this folder"},
    {"if that trainer ran on another host", "if that run was on another host"},
    {"another output_dir", "another --output_dir"},
    {": call trainer.resume() before trainer.train() or trainer.save() to go on from them, or ",
     ": go on from them (--resume_from_checkpoint) or "},
    {"as a best_model changes the student", "as --load_best_model_at_end changes the student"},
    // how the run of a checkpoint differs
    {"to go on all the same, set checkpoint_options.strict = false",
     "to go on all the same, say so (--resume_anyway)"},
    {R"(second.name is "fixed", "teacher_generated" in)", "--seq_kd is false, true in"},
    {R"(second.name is "teacher_generated", "fixed" in)", "--seq_kd is true, false in"},
    {"second.teacher.fingerprint is ", "the digest of the teacher that answers is "},
    {" in this run's source", " in this run"},
    {" in this run's data", " in this run's chats"},
    {": lambda is ", ": --lmbda is "},
    {"; lambda is ", "; --lmbda is "},
    {": draw_per is ", ": --lmbda_per is "},
    {"; draw_per is ", "; --lmbda_per is "},
    {": first.", ": of the student's answers "},
    {"; first.", "; of the student's answers "},
    {": second.", ": of the teacher's answers "},
    {"; second.", "; of the teacher's answers "},
    {": examples is ", ": the number is "},
    {"; examples is ", "; the number is "},
    {": fingerprint is ", ": the digest is "},
    {"; fingerprint is ", "; the digest is "},
    {": lr_schedule.", ": the schedule's "},
    {"; lr_schedule.", "; the schedule's "},
};

}  // namespace detail

/// The text with `words` wherever `part` is.
inline std::string replaced(std::string text, std::string_view part, std::string_view words) {
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + words.size()))
    text.replace(at, part.size(), words);
  return text;
}

/// The paths and names that a user has given, as errors show them.
inline std::vector<std::string> given_names(const gkd::gkd_config& c) {
  std::vector<std::string> names;
  for (const std::string& name :
       {c.model_name_or_path, c.teacher_model_name_or_path, c.dataset_name, c.eval_dataset_name,
        c.dataset_train_split, c.dataset_test_split, c.chat_template_path, c.logging_dir,
        c.training.output_dir, c.resume_from_checkpoint.path})
    if (!name.empty()) names.push_back(gkd::shown_path(name));
  return names;
}

namespace detail {

/// Where a text is the user's: within quotes, and wherever one of the names is.
inline std::vector<bool> not_the_librarys(const std::string& text,
                                          const std::vector<std::string>& names) {
  std::vector<bool> theirs(text.size());
  bool quoted = false;  // in_quotes() leaves no quote within quotes
  for (gkd::index i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    theirs[i] = quoted;
  }
  for (const std::string& name : names)
    for (auto at = text.find(name); at != text.npos; at = text.find(name, at + 1))
      for (gkd::index i = 0; i < name.size(); ++i) theirs[at + i] = true;
  return theirs;
}

}  // namespace detail

/// What the library says, in the program's words; quoted text and the user's own names stay.
inline std::string in_program_words(std::string text, const std::vector<std::string>& names = {}) {
  for (const auto& [library, program] : detail::wordings) {
    std::vector<bool> theirs = detail::not_the_librarys(text, names);
    for (auto at = text.find(library); at != text.npos;) {
      const auto begin = theirs.begin() + std::ptrdiff_t(at);
      const auto end = begin + std::ptrdiff_t(library.size());
      if (std::find(begin, end, false) == end) {  // all of it is
        at = text.find(library, at + 1);
        continue;
      }
      text.replace(at, library.size(), program);
      theirs = detail::not_the_librarys(text, names);
      at = text.find(library, at + program.size());
    }
  }
  return text;
}

/// f(); its errors are in the program's words, but for `names`.
template <class F>
auto said_in_program_words(const F& f, const std::vector<std::string>& names = {}) {
  try {
    return f();
  } catch (const gkd::error& e) {
    throw gkd::error(e.code(), in_program_words(e.what(), names));
  }
}

/// f(), which does what an option asks for: its errors begin with the option's name.
template <class F>
auto asked_by(std::string_view option, const F& f) {
  try {
    return f();
  } catch (const gkd::error& e) {
    gkd::fail(e.code(), option, ": ", e.text());
  }
}

}  // namespace gkd_train
