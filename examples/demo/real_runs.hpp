// SPDX-License-Identifier: Apache-2.0
// The experiment of ./run demo --real: two students of one pretrained teacher. Each is measured as
// it begins, after a short supervised start on the teacher's stories, and after each way to go on:
// with the teacher's text (lambda 0) and with its own (lambda 1).
//
// How the settings were found, and what did worse: docs/demo.md.
#pragma once

#include "jobs.hpp"
#include "real_stories.hpp"
#include "real_words.hpp"

namespace demo {

/// A student: how it is made and how it learns.
struct story_student {
  std::string name;
  std::vector<gkd::index> layers = {};  ///< of the teacher; none: a smaller model drawn at random
  long warm_steps, steps;
  double warm_rate, rate;  ///< peak learning rates
};

/// A way to go on from the supervised start.
struct story_method {
  std::string name;
  double lambda;  ///< share of batches that the student writes
  double beta;    ///< of the divergence: 0 forward KL, 1 reverse KL
};

struct real_settings {
  std::string data_dir;
  gkd::index threads = 0;  ///< 0: one per core
  story_settings stories;
  std::vector<story_student> students{
      {.name = "random", .warm_steps = 800, .steps = 700, .warm_rate = 2e-2, .rate = 1.5e-2},
      {.name = "3 layers",
       .layers = {0, 2, 4},
       .warm_steps = 60,
       .steps = 500,
       .warm_rate = 5e-3,
       .rate = 4e-3}};
  std::vector<story_method> methods{{"teacher's text, forward KL", 0, 0},
                                    {"on-policy, forward KL", 1, 0},
                                    {"on-policy, reverse KL", 1, 1}};
  gkd::index batch = 8;
  long curve_every = 100;  ///< steps between the points of the curves

  /// Fewer stories and steps.
  void shorten() {
    stories.stories = 256;
    stories.held_out = 32;
    for (story_student& s : students) s.warm_steps /= 3, s.steps /= 5;
    curve_every = 20;
  }
};

/// A Llama of 108 thousand parameters, its weights drawn from the seed.
inline model small_llama(const model& teacher, std::uint64_t seed) {
  return model({.vocab_size = teacher.vocab_size(),
                .width = 48,
                .layers = 3,
                .heads = 3,
                .mlp_width = 128,
                .max_positions = teacher.config().max_positions,
                .rope_pairs = teacher.config().rope_pairs,
                .mlp = gkd::mlp_kind::swiglu,
                .embedding_scale = std::sqrt(48.0)},
               gkd::eigen{}, seed);
}

/// A student at one point of its life.
struct story_row {
  gkd::index student = 0;
  std::string how;  ///< "as it begins", "supervised start" or the method
  story_scores score;
  long steps = 0;
  double seconds = 0, sampling_seconds = 0, measuring_seconds = 0;
  double tokens = 0;
  std::vector<double> curve_steps, curve;  ///< forward KL on held-out stories
};

struct real_results {
  real_settings used;
  std::string documented;    ///< the greedy text that was compared
  gkd::index parameters[3];  ///< of the teacher and the students
  gkd::index training_prompts = 0;
  std::vector<std::string> prompts;  ///< of the texts in story_scores
  story_row teacher;
  std::vector<story_row> rows;  ///< student by student: begin, start, each method
  double stories_seconds = 0, seconds = 0;

  gkd::index lives() const { return 2 + used.methods.size(); }
  const story_row& row(gkd::index student, gkd::index life) const {
    return rows[student * lives() + life];
  }
  std::string name(gkd::index student, gkd::index life) const {
    return used.students[student].name + ": " + row(student, life).how;
  }
};

/// Completions as long as the references, drawn from the model's own distribution.
inline gkd::generation_options completions(const story_settings& s, gkd::token end) {
  return {.max_new_tokens = s.answer_tokens, .stop_tokens = {end}};
}

class real_experiment {
 public:
  explicit real_experiment(real_settings s) {
    if (s.threads == 0) s.threads = std::max(1u, std::thread::hardware_concurrency());
    const story_files files = find_story_files(s.data_dir);
    storyteller_.emplace(load_storyteller(files, s.threads));
    results_.documented = check_storyteller(*storyteller_, files);
    results_.used = std::move(s);
    files_ = files;
  }

  /// The greedy text that was found right.
  const std::string& documented() const { return results_.documented; }

  real_results run() {
    const gkd::stopwatch watch;
    write_stories();
    results_.stories_seconds = watch.seconds();
    const gkd::index students = results_.used.students.size();
    results_.parameters[0] = storyteller_->teacher.config().parameter_count();
    results_.rows.resize(students * results_.lives());
    warm_.resize(students);
    shared_progress bar(2);
    start_students(bar);
    distil_students(bar);
    bar.finish();
    results_.seconds = watch.seconds();
    return std::move(results_);
  }

 private:
  const real_settings& used() const { return results_.used; }
  gkd::token end_token() const { return storyteller_->tokenizer.bos(); }

  // all threads on the teacher
  void write_stories() {
    gkd::progress bar(used().stories.held_out + used().stories.stories, {.title = "stories"});
    data_.emplace(make_story_data(*storyteller_, files_, used().stories,
                                  [&](const gkd::generation_progress& now) {
                                    bar.update(now.finished, {.tokens = now.tokens});
                                    if (interrupted()) throw interruption{};
                                  }));
    bar.finish();
    results_.training_prompts = data_->training.size();
    for (const auto& [from, i] : shown_prompts())
      results_.prompts.push_back(storyteller_->tokenizer.decode(from->prompt(i)));
    model itself = frozen_copy(storyteller_->teacher), judge = frozen_copy(itself);
    results_.teacher.how = "teacher";
    measure(itself, judge, results_.teacher);
  }

  struct shown_prompt {
    const gkd::chat_dataset* from;
    gkd::index i;
  };
  std::vector<shown_prompt> shown_prompts() const {
    return {{&data_->held_out, 0}, {&data_->held_out, 1}, {&data_->real, 0}};
  }

  // one thread for each student
  void start_students(shared_progress& bar) {
    long steps = 0;
    for (const story_student& s : used().students) steps += s.warm_steps;
    bar.phase("supervised start", steps);
    for_each_job(used().threads, used().students.size(), [&](gkd::index i) {
      const story_student& how = used().students[i];
      model judge = frozen_copy(storyteller_->teacher);
      model& student = warm_[i].emplace(how.layers.empty() ? small_llama(judge, used().stories.seed)
                                                           : gkd::keep_layers(judge, how.layers));
      results_.parameters[1 + i] = student.config().parameter_count();
      measure(student, judge, row(i, 0, "as it begins"));
      story_row& started = row(i, 1, "supervised start");
      train(student, gkd::no_teacher{}, gkd::cross_entropy{}, gkd::fixed{data_->training},
            {how.warm_steps, used().batch, how.warm_rate, 20, 0.2}, used().stories.seed,
            [&](const gkd::step_event& e) { return count(started, e, bar); });
      if (!interrupted()) measure(student, judge, started);
    });
  }

  // one thread for each run; the longest first
  void distil_students(shared_progress& bar) {
    const gkd::index students = used().students.size(), methods = used().methods.size();
    long steps = 0;
    for (const story_student& s : used().students) steps += s.steps * static_cast<long>(methods);
    bar.phase("distil", steps);
    for_each_job(used().threads, students * methods, [&](gkd::index job) {
      const gkd::index i = job / methods, m = methods - 1 - job % methods;
      const story_student& how = used().students[i];
      model student = *warm_[i], teacher = frozen_copy(storyteller_->teacher);
      story_row& distilled = row(i, 2 + m, used().methods[m].name);
      std::vector<gkd::sequence> few = references(data_->held_out);
      few.resize(few.size() / 2);
      const auto point = [&](long step) {
        if (step % used().curve_every != 0) return;
        const gkd::stopwatch watch;
        distilled.curve_steps.push_back(static_cast<double>(step));
        distilled.curve.push_back(gkd::mean_divergence(gkd::forward_kl{}, student, teacher, few));
        distilled.measuring_seconds += watch.seconds();
      };
      point(0);
      train(student, teacher, gkd::any_divergence::from_beta(used().methods[m].beta),
            gkd::mixture{gkd::on_policy{data_->training, completions(used().stories, end_token())},
                         gkd::fixed{data_->training}, used().methods[m].lambda},
            {how.steps, used().batch, how.rate, 20, 0.1}, used().stories.seed + 1000,
            [&](const gkd::step_event& e) {
              point(e.step);
              return count(distilled, e, bar);
            });
      if (!interrupted()) measure(student, teacher, distilled);
    });
  }

  story_row& row(gkd::index student, gkd::index life, std::string how) {
    story_row& r = results_.rows[student * results_.lives() + life];
    r.student = student;
    r.how = std::move(how);
    return r;
  }
  static bool count(story_row& r, const gkd::step_event& e, shared_progress& bar) {
    r.steps = e.step;
    r.seconds += e.seconds;
    r.sampling_seconds += e.generation_seconds;
    r.tokens += e.tokens;
    return bar.advance(e.tokens, e.loss);
  }

  static std::vector<gkd::sequence> references(const gkd::chat_dataset& data) {
    std::vector<gkd::sequence> out;
    for (gkd::index i = 0; i < data.size(); ++i) out.push_back(data.full(i));
    return out;
  }
  static text_scores score_text(model& m, model& teacher, std::span<const gkd::sequence> text,
                                bool own) {
    const auto d = gkd::measure_divergences(m, teacher, text, {.batch_size = 16});
    return {own ? d.teacher_perplexity() : d.perplexity(), d.forward_kl, d.reverse_kl};
  }
  void measure(model& m, model& teacher, story_row& r) const {
    const gkd::stopwatch watch;
    r.score.told = score_text(m, teacher, references(data_->held_out), false);
    r.score.real = score_text(m, teacher, references(data_->real), false);
    std::vector<std::span<const gkd::token>> prompts;
    for (const gkd::chat_dataset* from : {&data_->held_out, &data_->real})
      for (gkd::index i = 0; i < from->size(); ++i) prompts.push_back(from->prompt(i));
    gkd::generation_options how = completions(used().stories, end_token());
    how.seed = used().stories.seed + 2000;
    how.batch_size = 32;
    const auto own = gkd::generate(m, prompts, how);
    r.score.own = score_text(m, teacher, own, true);
    for (const auto& [from, i] : shown_prompts())
      r.score.texts.push_back(storyteller_->tokenizer.decode(
          gkd::completion_of(own[from == &data_->held_out ? i : data_->held_out.size() + i])));
    r.measuring_seconds += watch.seconds();
  }

  story_files files_;
  std::optional<storyteller> storyteller_;
  std::optional<story_data> data_;
  real_results results_;
  std::vector<std::optional<model>> warm_;
};

}  // namespace demo
