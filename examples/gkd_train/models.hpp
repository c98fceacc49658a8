// SPDX-License-Identifier: Apache-2.0
// Student, teacher, tokenizer and chat format out of model folders, and the student back into one.
#pragma once

#include <gkd/backend/eigen.hpp>
#include <gkd/model/hf_load.hpp>
#include <gkd/model/hf_save.hpp>
#include <gkd/text/tokenizer_config.hpp>
#include <gkd/text/tokenizer_json.hpp>
#include <gkd/train/gkd_config.hpp>

#include <algorithm>    // find, min
#include <filesystem>   // equivalent, is_directory
#include <string>       // string, to_string
#include <string_view>  // string_view
#include <utility>      // move
#include <vector>       // vector

#include "words.hpp"

namespace gkd_train {

using backend_type = gkd::eigen;
using model_type = gkd::transformer<backend_type, float>;

/// What the folders say of the models, without their weights: enough to find what is wrong with
/// them, with the options and with the chats before gigabytes are read.
struct model_facts {
  std::string student_folder, teacher_folder;  ///< the teacher's is "" where it is the student
  gkd::transformer_config student_config, teacher_config;
  gkd::bpe_tokenizer tokenizer;
  gkd::chat_format format;
  std::vector<gkd::token> stop_tokens;  ///< each ends an answer
  std::vector<std::string> notes;       ///< what is not as folders or options say
  gkd::hf_source source;                ///< what the result has from the student's folder
  gkd::hf_sampling student_sampling, teacher_sampling;
};

struct models : model_facts {
  model_type student, teacher;
};

/// The folder that an option names.
inline gkd::model_folder folder_of(std::string_view option, const std::string& path) {
  return asked_by(option, [&] { return gkd::model_folder(path); });
}

/// The model in it.
inline model_type model_of(std::string_view option, const std::string& path,
                           const backend_type& backend, const gkd::transformer_options& how) {
  return asked_by(option, [&] { return gkd::load_hf_model(path, backend, how); });
}

/// That the student teaches itself; "" if it does not. Throws bad_argument where nothing can come
/// of that: loss and gradient of two equal models are exactly 0, and unless weights decay or those
/// of a checkpoint differ already, the two stay equal.
inline std::string taught_by_itself(const gkd::gkd_config& c) {
  const std::string& teacher = c.teacher_model_name_or_path;
  std::error_code ignored;
  const bool same_folder =
      !teacher.empty() &&
      std::filesystem::equivalent(
          folder_of("--model_name_or_path", c.model_name_or_path).path(),
          folder_of("--teacher_model_name_or_path", teacher).path(), ignored);
  if (!teacher.empty() && !same_folder) return "";
  const bool moves = c.weight_decay > 0.0 && c.training.learning_rate > 0.0;
  if (!moves && !c.resume_from_checkpoint.wanted)
    gkd::fail(gkd::errc::bad_argument, "--teacher_model_name_or_path is ",
              teacher.empty() ? "missing" : gkd::shown_path(teacher) + ", the student's own folder",
              ", so that the student would teach itself: loss and gradient would be exactly 0 in "
              "every step, and nothing would be learnt; want the folder of another model");
  return "the teacher is the student as it is in --model_name_or_path: the loss starts at 0, and "
         "where the two are equal there is nothing to learn; --teacher_model_name_or_path names "
         "another";
}

/// The tokens that a chat can have: the positions of the model that has fewer.
inline gkd::index positions_of(const model_facts& m) {
  return std::min(m.student_config.max_positions, m.teacher_config.max_positions);
}

/// That the models have fewer positions than --max_length asks for; "" if they have not.
inline std::string shortened(const gkd::gkd_config& c, const model_facts& m) {
  const gkd::index positions = positions_of(m);
  if (c.max_length && *c.max_length <= positions) return "";
  const bool of_student = m.student_config.max_positions == positions;
  return gkd::concat("--max_length is ", c.max_length ? std::to_string(*c.max_length) : "none",
                     ", but the ", of_student ? "student" : "teacher", " has ", positions,
                     " positions (max_position_embeddings), and no chat can be longer");
}

/// A chat template, and where it is.
struct found_template {
  std::string text, path;
};

/// The template that --chat_template_path names: a file, or that of a tokenizer's folder.
inline found_template template_of(const std::string& path) {
  constexpr std::string_view jinja = "chat_template.jinja";
  constexpr gkd::index most = 1 << 20;  // bytes
  return asked_by("--chat_template_path", [&]() -> found_template {
    std::error_code ignored;
    if (!std::filesystem::is_directory(path, ignored)) return {gkd::read_file(path, most), path};
    const gkd::model_folder folder(path);
    if (folder.has(jinja))
      return {gkd::read_file(folder.open(jinja), most), gkd::concat(folder.path(), "/", jinja)};
    if (!folder.has("tokenizer_config.json"))
      gkd::fail(gkd::errc::io_failure, gkd::shown_path(path), ": a folder without ", jinja,
                " and tokenizer_config.json, want a template, or the folder of a tokenizer");
    gkd::tokenizer_config its = gkd::read_tokenizer_config(folder);
    if (!its.chat_template)
      gkd::fail(gkd::errc::bad_format, gkd::shown_path(path), ": no ", jinja,
                " and no \"chat_template\" in tokenizer_config.json, want one of them");
    return {std::move(*its.chat_template), std::move(its.chat_template_file)};
  });
}

/// The format that a configuration names, or that of a template: another one's, or the folder's.
inline gkd::chat_format format_of(const gkd::gkd_config& c, const gkd::model_folder& folder) {
  if (!c.chat_format.empty())
    return asked_by("--chat_format", [&] { return gkd::format_by_name(c.chat_format); });
  if (c.chat_template_path.empty())
    return asked_by("--model_name_or_path", [&] {
      return gkd::recognise_chat_format(gkd::read_tokenizer_config(folder));
    });
  const found_template given = template_of(c.chat_template_path);
  return asked_by("--chat_template_path", [&] {
    return gkd::recognise_chat_format(given.text, gkd::shown_path(given.path));
  });
}

/// What a format that was recognised by its template writes otherwise than the template; else "".
inline std::string deviation_of(const gkd::gkd_config& c, const gkd::chat_format& format) {
  if (!c.chat_format.empty() || format.name() != "llama3_dated") return "";
  return gkd::concat("chats are dated ", gkd::llama3_dated{}.today,
                     ", whatever the day; Llama 3.2's template writes the day on which it is run");
}

/// The tokenizer of a folder. Where that names no end of sequence, --eos_token does.
inline gkd::bpe_tokenizer tokenizer_of(const gkd::gkd_config& c, const gkd::model_folder& folder) {
  const bool names_end = gkd::read_tokenizer_config(folder).eos_token.has_value();
  if (!names_end && c.eos_token.empty())
    gkd::fail(gkd::errc::bad_format, gkd::shown_path(folder.path()),
              ": tokenizer_config.json names no \"eos_token\"; want --eos_token TEXT");
  return gkd::read_tokenizer(folder, names_end ? "" : c.eos_token);
}

/// Throws vocabulary_mismatch for a model that has no logits for all of the tokenizer's tokens.
inline void check_vocab(const gkd::bpe_tokenizer& tokenizer, const gkd::hf_config& model,
                        const gkd::model_folder& folder) {
  if (tokenizer.vocab_size() > model.model.vocab_size)
    gkd::fail(gkd::errc::vocabulary_mismatch, gkd::shown_path(folder.path()), ": logits for ",
              model.model.vocab_size, " tokens, want at least the tokenizer's ",
              tokenizer.vocab_size());
}
/// Throws vocabulary_mismatch for a --vocab_size below the tokenizer's: chats and answers have
/// tokens beyond it, and a step would find them.
inline void check_vocab_size(const gkd::gkd_config& c, const gkd::bpe_tokenizer& tokenizer) {
  const gkd::index wanted = c.training.vocab_size, tokens = tokenizer.vocab_size();
  if (wanted != 0 && wanted < tokens)
    gkd::fail(gkd::errc::vocabulary_mismatch, "--vocab_size is ", wanted,
              ", want at least the tokenizer's ", tokens, ", or 0");
}

/// What ends an answer: the folder's end tokens, the tokenizer's, the one that the configuration
/// names, and the one with which the format ends an assistant's turn.
inline std::vector<gkd::token> stop_tokens_of(const gkd::gkd_config& c,
                                              const gkd::hf_config& folder,
                                              const gkd::bpe_tokenizer& tokenizer,
                                              const gkd::chat_format& format) {
  std::vector<gkd::token> stops = folder.tokens.eos;
  const auto add = [&](gkd::token id) {
    if (std::find(stops.begin(), stops.end(), id) == stops.end()) stops.push_back(id);
  };
  const auto add_named = [&](std::string_view name, std::string_view who) {
    const auto id = tokenizer.control_id(name);
    if (!id)
      gkd::fail(gkd::errc::vocabulary_mismatch, who, " ", gkd::in_quotes(name),
                " is no token of the tokenizer");
    add(*id);
  };
  add(tokenizer.eos());
  if (!c.eos_token.empty()) add_named(c.eos_token, "--eos_token");
  const std::vector<gkd::chat_segment> turns = format({{"user", "a"}, {"assistant", "b"}});
  for (auto s = turns.rbegin(); s != turns.rend(); ++s)
    if (s->completion) {
      if (s->kind == gkd::segment_kind::control) add_named(s->text, "the chat format's");
      break;
    }
  return stops;
}

/// What the result has from the student's folder, and what the configuration puts in its place.
inline gkd::hf_source source_of_result(const gkd::gkd_config& c, const gkd::model_folder& folder,
                                       const gkd::bpe_tokenizer& tokenizer) {
  gkd::hf_source source = gkd::read_hf_source(folder);
  if (!c.chat_template_path.empty())
    gkd::set_chat_template(source, template_of(c.chat_template_path).text);
  if (!c.eos_token.empty())
    asked_by("--eos_token", [&] {
      gkd::set_eos_token(source, c.eos_token, tokenizer.control_id(c.eos_token).value());
    });
  return source;
}

/// That the result's template is not that of --chat_format, of which only what it writes is known;
/// "" if it is.
inline std::string template_missing(const gkd::gkd_config& c, const gkd::model_folder& folder) {
  if (c.chat_format.empty()) return "";
  const gkd::tokenizer_config its = gkd::read_tokenizer_config(folder);
  if (!its.chat_template)
    return gkd::concat("the result has no chat template, since ", gkd::shown_path(folder.path()),
                       " has none; --chat_template_path FILE in place of --chat_format gives it ",
                       "one");
  try {
    if (gkd::recognise_chat_format(its).name() == c.chat_format) return "";
  } catch (const gkd::error&) {  // one that is not known
  }
  return gkd::concat("the result keeps the chat template of ", gkd::shown_path(folder.path()),
                     ", which is not known to write what --chat_format ", c.chat_format, " writes");
}

/// What a folder says about sampling that no option does; "" if nothing.
inline std::string sampling_note(const gkd::model_folder& folder, const gkd::hf_sampling& s) {
  std::string said;
  const auto add = [&](const char* name, double value, double neutral) {
    if (value != neutral) said += gkd::concat(said.empty() ? "" : ", ", name, " ", value);
  };
  add("repetition_penalty", s.repetition_penalty, 1.0);
  add("min_p", s.min_p, 0.0);
  return said.empty() ? ""
                      : gkd::concat(gkd::shown_path(folder.path()), ": answers are sampled with ",
                                    said, ", as generation_config.json says and TRL does");
}

/// What is not as a folder says, or is so unasked.
inline void add_notes(const gkd::model_folder& folder, const gkd::hf_config& config, bool answers,
                      std::vector<std::string>& notes) {
  for (const std::string& note : config.notes)
    notes.push_back(gkd::concat(gkd::shown_path(folder.path()), ": ", note));
  if (!answers) return;
  if (std::string note = sampling_note(folder, config.sampling); !note.empty())
    notes.push_back(std::move(note));
}

/// Whether the student or the teacher writes answers that are sampled, to learn from or to evaluate
/// on; those of the report are the most likely ones.
inline bool student_samples(const gkd::gkd_config& c) { return c.lmbda > 0.0 || c.eval_generate; }
inline bool teacher_samples(const gkd::gkd_config& c) { return c.seq_kd && c.lmbda < 1.0; }

inline constexpr std::string_view student_option = "--model_name_or_path",
                                  teacher_option = "--teacher_model_name_or_path";

/// Whether a text with something of everything has other ids, though the tokens are the same: by
/// other merges, or by other rules where words begin.
inline bool cuts_otherwise(const gkd::bpe_tokenizer& one, const gkd::bpe_tokenizer& other) {
  constexpr std::string_view text =
      "  Don't say hello, world: 3.14159 x 2026 = ?\n\n\tna\u00efve cafe\u0301, \u6771\u4eac "
      "\U0001f642\r\n"
      "def f(x):\n        return x_1 + HTTPServer";
  return one.encode(text) != other.encode(text);
}

/// The teacher's facts; the student's are there.
inline void read_teacher(const gkd::gkd_config& c, const gkd::model_folder& students,
                         model_facts& m) {
  const gkd::model_folder folder = folder_of(teacher_option, c.teacher_model_name_or_path);
  const auto other = asked_by(teacher_option, [&] {
    return gkd::check_same_tokenizer(m.tokenizer, students, folder);
  });
  if (other && cuts_otherwise(m.tokenizer, *other))
    m.notes.push_back(gkd::concat(gkd::shown_path(folder.path()), ": its tokenizer has the same ",
                                  "tokens as the student's and cuts text otherwise; the student's ",
                                  "is used for both"));
  if (!folder.has("tokenizer.json"))
    m.notes.push_back(gkd::concat(gkd::shown_path(folder.path()), ": has no tokenizer.json; its ",
                                  "ids are taken to be those of the student's"));
  const gkd::hf_config config =
      asked_by(teacher_option, [&] { return gkd::load_hf_config(folder); });
  check_vocab(m.tokenizer, config, folder);
  add_notes(folder, config, teacher_samples(c), m.notes);
  m.teacher_folder = folder.path();
  m.teacher_config = config.model;
  m.teacher_sampling = config.sampling;
}

/// Reads both folders but for the weights.
inline model_facts read_facts(const gkd::gkd_config& c) {
  const gkd::model_folder folder = folder_of(student_option, c.model_name_or_path);
  const gkd::hf_config config =
      asked_by(student_option, [&] { return gkd::load_hf_config(folder); });
  gkd::chat_format format = format_of(c, folder);
  gkd::bpe_tokenizer tokenizer = asked_by(student_option, [&] { return tokenizer_of(c, folder); });
  check_vocab_size(c, tokenizer);
  std::vector<gkd::token> stops = stop_tokens_of(c, config, tokenizer, format);
  gkd::hf_source source = source_of_result(c, folder, tokenizer);
  check_vocab(tokenizer, config, folder);
  std::vector<std::string> notes;
  for (std::string note : {deviation_of(c, format), template_missing(c, folder)})
    if (!note.empty()) notes.push_back(std::move(note));
  const bool own_teacher = c.teacher_model_name_or_path.empty();
  add_notes(folder, config, student_samples(c) || (own_teacher && teacher_samples(c)), notes);

  model_facts m{folder.path(),        "",
                config.model,         config.model,
                std::move(tokenizer), std::move(format),
                std::move(stops),     std::move(notes),
                std::move(source),    config.sampling,
                config.sampling};
  if (!own_teacher) read_teacher(c, folder, m);
  if (std::string note = shortened(c, m); !note.empty()) m.notes.push_back(std::move(note));
  return m;
}

/// The models whose facts are known.
inline models load_models(const gkd::gkd_config& c, const backend_type& backend, model_facts m) {
  model_type student = model_of(student_option, c.model_name_or_path, backend,
                                {.recompute = c.gradient_checkpointing});
  model_type teacher = m.teacher_folder.empty()
                           ? student.frozen()
                           : model_of(teacher_option, c.teacher_model_name_or_path, backend,
                                      {.gradients = false});
  return {std::move(m), std::move(student), std::move(teacher)};
}

/// Tokens that the loss is over: as the configuration says; all of them, as in TRL, where both
/// models have as many; else the tokenizer's.
inline gkd::index loss_vocab(const gkd::gkd_config& c, const model_facts& m) {
  const gkd::index student = m.student_config.vocab_size, teacher = m.teacher_config.vocab_size;
  if (c.training.vocab_size != 0 || student == teacher) return c.training.vocab_size;
  return std::min({m.tokenizer.vocab_size(), student, teacher});
}

inline gkd::index parameters_of(model_type& model) {
  gkd::index count = 0;
  gkd::for_each_value(model, [&](const auto& p) { count += p.value.size(); });
  return count;
}

/// Writes the student as a Hugging Face folder, with what is read of the one it is from.
inline void write_model(models& m, const std::string& to, const gkd::gkd_config& c) {
  using enum gkd::weight_type;
  const gkd::dtype type = c.save_dtype == bfloat16  ? gkd::dtype::bf16
                          : c.save_dtype == float16 ? gkd::dtype::f16
                                                    : gkd::dtype::f32;
  // a run that was killed while it wrote its result leaves files of it without a config.json
  const bool overwrite = c.overwrite_output_dir || c.resume_from_checkpoint.wanted;
  gkd::save_hf_model(m.student, to, m.source, {.type = type, .overwrite = overwrite});
}

}  // namespace gkd_train
