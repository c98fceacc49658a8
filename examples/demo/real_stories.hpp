// SPDX-License-Identifier: Apache-2.0
// What ./run demo --real starts from: the pretrained stories260K, its tokenizer, the check that
// both are read right, stories and prompts.
//
//   DIR/weights-stories260K/{stories260K.bin, tok512.bin, stories260K.md}
//   DIR/tinystories/tinystories_sample_cs336.txt
//
// A story is BOS and its tokens; models of llama2.c end a text by BOS again. A prompt is the first
// tokens of a story, its reference the rest.
#pragma once

#include <gkd/io/file.hpp>
#include <gkd/model/keep_layers.hpp>
#include <gkd/model/llama2c.hpp>

#include <filesystem>  // absolute, is_regular_file
#include <string>      // string
#include <vector>      // vector

#include "experiment.hpp"

namespace demo {

/// The files, by the folder that holds them.
struct story_files {
  std::string folder;
  std::string weights() const { return folder + "/weights-stories260K/stories260K.bin"; }
  std::string vocabulary() const { return folder + "/weights-stories260K/tok512.bin"; }
  std::string documented() const { return folder + "/weights-stories260K/stories260K.md"; }
  std::string sample() const { return folder + "/tinystories/tinystories_sample_cs336.txt"; }
};

/// Thrown when the data is not where it was looked for.
struct data_not_found {
  std::string text;
};

/// The files in `folder`. Throws data_not_found, which says what is missing and what to do.
inline story_files find_story_files(const std::string& folder) {
  const story_files files{folder};
  std::string missing;
  for (const std::string& path :
       {files.weights(), files.vocabulary(), files.documented(), files.sample()})
    if (!std::filesystem::is_regular_file(path)) {
      const auto whole = std::filesystem::absolute(path).lexically_normal();
      missing += "  " + gkd::shown_path(whole.string()) + "\n";
    }
  if (missing.empty()) return files;
  throw data_not_found{
      "./run demo --real needs a pretrained model and some text, and does not find\n\n" + missing +
      "\nGive the folder that holds them:  ./run demo --real --data DIR\n"
      "stories260K.bin, tok512.bin and stories260K.md: the folder stories260K of\n"
      "huggingface.co/karpathy/tinyllamas, doc/stories260K.md of github.com/karpathy/llama2.c;\n"
      "tinystories_sample_cs336.txt: any TinyStories, each ended by a line <|endoftext|>.\n"};
}

/// The teacher and what its tokens mean.
struct storyteller {
  model teacher;
  gkd::sentencepiece_bpe tokenizer;
};

inline storyteller load_storyteller(const story_files& files, gkd::index threads) {
  const auto checkpoint = gkd::read_llama2c(files.weights());
  auto [pieces, scores] =
      gkd::read_llama2c_vocabulary(files.vocabulary(), checkpoint.config.vocab_size);
  return {gkd::from_llama2c(checkpoint, gkd::eigen{.threads = threads}, {.gradients = false}),
          gkd::sentencepiece_bpe(std::move(pieces), std::move(scores), {.eos = 1})};
}

/// The text that stories260K.md shows for temperature 0. Throws bad_format where there is none.
inline std::string documented_story(const story_files& files) {
  const std::string page = gkd::read_file(files.documented());
  const auto command = page.find("-t 0.0");
  const auto begin = page.find('\n', command);
  const auto end = page.find("\n```", begin);
  if (command == page.npos || begin == page.npos || end == page.npos)
    gkd::fail(gkd::errc::bad_format, gkd::shown_path(files.documented()),
              ": no text after a command with \"-t 0.0\"");
  return page.substr(begin + 1, end - begin - 1);
}

/// The teacher's greedy text, 256 tokens of it. Throws bad_format unless it is the documented one.
inline std::string check_storyteller(storyteller& s, const story_files& files) {
  const std::string want = documented_story(files);
  const std::vector<std::vector<gkd::token>> start{{s.tokenizer.bos()}};
  const auto told = gkd::generate(
      s.teacher, start,
      {.sampling = {.greedy = true}, .max_new_tokens = 256, .stop_tokens = {s.tokenizer.bos()}});
  const std::string got = s.tokenizer.decode(told[0].tokens);
  if (got == want) return got;
  gkd::index same = 0;
  while (same < got.size() && same < want.size() && got[same] == want[same]) ++same;
  gkd::fail(gkd::errc::bad_format, gkd::shown_path(files.weights()),
            ": greedy text differs from the documented one at byte ", same, ": got ",
            gkd::in_quotes(std::string_view(got).substr(same)), ", want ",
            gkd::in_quotes(std::string_view(want).substr(same)));
}

/// How stories become prompts.
struct story_settings {
  std::uint64_t seed = 1;
  gkd::index stories = 768;       ///< that the teacher writes for the students
  gkd::index held_out = 64;       ///< and to measure them
  gkd::index prompt_tokens = 16;  ///< of a story are a prompt
  gkd::index answer_tokens = 64;  ///< at most, of a reference and of a sample
};

/// The first `prompt` tokens after BOS and what follows them.
inline gkd::chat_example story_example(std::span<const gkd::token> story, gkd::index prompt,
                                       gkd::index answer, gkd::origin from) {
  const gkd::index cut = 1 + prompt;
  const auto rest = story.subspan(cut);
  return {gkd::make_sequence(story.first(cut), rest.first(std::min(answer, rest.size())), from),
          cut};
}

/// Stories that the teacher writes from nothing, each from its own random stream. Those that end
/// within the prompt are left out.
template <class Progress>
std::vector<gkd::chat_example> teacher_stories(storyteller& s, const story_settings& how,
                                               const Progress& progress) {
  const std::vector<std::vector<gkd::token>> start(how.held_out + how.stories, {s.tokenizer.bos()});
  const auto told = gkd::generate(s.teacher, start,
                                  {.max_new_tokens = how.prompt_tokens + how.answer_tokens,
                                   .stop_tokens = {s.tokenizer.bos()},
                                   .seed = how.seed,
                                   .batch_size = 64,
                                   .from = gkd::origin::teacher},
                                  progress);
  std::vector<gkd::chat_example> out;
  for (const gkd::sequence& story : told)
    if (story.tokens.size() > how.prompt_tokens + 1)
      out.push_back(
          story_example(story.tokens, how.prompt_tokens, how.answer_tokens, gkd::origin::teacher));
  return out;
}

/// The sample's stories as tokens, each with BOS before it and after it.
inline std::vector<std::vector<gkd::token>> sample_stories(const storyteller& s,
                                                           const story_files& files) {
  constexpr std::string_view end = "<|endoftext|>";
  const std::string text = gkd::read_file(files.sample());
  std::vector<std::vector<gkd::token>> out;
  for (gkd::index at = 0, next = 0; (next = text.find(end, at)) != text.npos;
       at = next + end.size()) {
    std::string_view story = std::string_view(text).substr(at, next - at);
    while (!story.empty() && story.front() == '\n') story.remove_prefix(1);
    while (!story.empty() && story.back() == '\n') story.remove_suffix(1);
    if (story.empty()) continue;
    std::vector<gkd::token> tokens{s.tokenizer.bos()};
    for (gkd::token t : s.tokenizer.encode(story)) tokens.push_back(t);
    tokens.push_back(s.tokenizer.bos());
    out.push_back(std::move(tokens));
  }
  if (out.size() < 3)
    gkd::fail(gkd::errc::empty_data, gkd::shown_path(files.sample()), ": ", out.size(),
              " stories ended by ", end, ", want at least 3");
  return out;
}

/// Prompts of a real story, one after every `step` tokens up to `last`.
inline void add_beginnings(std::vector<gkd::chat_example>& to, std::span<const gkd::token> story,
                           gkd::index first, gkd::index last, gkd::index step,
                           const story_settings& how) {
  for (gkd::index cut = first; cut <= last && cut + 2 < story.size(); cut += step)
    to.push_back(story_example(story, cut, how.answer_tokens, gkd::origin::dataset));
}

/// Everything that the students learn from and are measured on.
struct story_data {
  gkd::chat_dataset training;  ///< stories of the teacher and beginnings of real ones
  gkd::chat_dataset held_out;  ///< other stories of the teacher
  gkd::chat_dataset real;      ///< the sample's last two stories, which the students never see
};

/// `progress(generation_progress)` is told of the teacher's stories.
template <class Progress>
story_data make_story_data(storyteller& s, const story_files& files, const story_settings& how,
                           const Progress& progress) {
  std::vector<gkd::chat_example> training = teacher_stories(s, how, progress), held_out, real;
  const auto rest = training.begin() + static_cast<std::ptrdiff_t>(how.held_out);
  held_out.assign(training.begin(), rest);
  training.erase(training.begin(), rest);
  const auto stories = sample_stories(s, files);
  for (gkd::index i = 0; i + 2 < stories.size(); ++i)
    add_beginnings(training, stories[i], 8, 128, 4, how);
  for (gkd::index i = stories.size() - 2; i < stories.size(); ++i)
    add_beginnings(real, stories[i], how.prompt_tokens, 256, how.answer_tokens, how);
  return {gkd::chat_dataset(std::move(training)), gkd::chat_dataset(std::move(held_out)),
          gkd::chat_dataset(std::move(real))};
}

}  // namespace demo
