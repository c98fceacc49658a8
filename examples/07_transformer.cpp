// SPDX-License-Identifier: Apache-2.0
// A transformer teaches a smaller one. The task: say three letters backwards, "abc>cba.". The
// teacher learns it from answers, on all words but those held out; the student, a fifth of its
// size, learns from the teacher's distribution, half of the time on what it writes itself.
#include <gkd/gkd.hpp>

#include <cstdio>  // printf

namespace {

/// The five letters are tokens 0 to 4.
constexpr gkd::token arrow = 5, stop = 6;
constexpr gkd::index letters = 5, length = 3;

/// Words of three letters with their answers: 16 that are held out, or the other 109.
struct words {
  std::vector<gkd::sequence> all;
  explicit words(bool held_out) {
    for (gkd::index code = 0; code < 125; ++code) {
      if ((code * 37 % 125 < 16) != held_out) continue;
      std::vector<gkd::token> word, answer;
      for (gkd::index i = 0, rest = code; i < length; ++i, rest /= letters)
        word.push_back(static_cast<gkd::token>(rest % letters));
      answer.assign(word.rbegin(), word.rend());
      word.push_back(arrow);
      answer.push_back(stop);
      all.push_back(gkd::make_sequence(word, answer));
    }
  }
  gkd::index size() const { return all.size(); }
  std::span<const gkd::token> prompt(gkd::index i) const {
    return std::span(all[i].tokens).first(length + 1);
  }
  const gkd::sequence& full(gkd::index i) const { return all[i]; }
};

template <class Model>
double percent_right(Model& model, const words& test) {
  std::vector<std::span<const gkd::token>> prompts;
  for (gkd::index i = 0; i < test.size(); ++i) prompts.push_back(test.prompt(i));
  const auto answers = gkd::generate(model, prompts, {.max_new_tokens = 5, .stop_tokens = {stop}});
  return 100.0 * gkd::exact_match(answers, test.all).rate();
}

}  // namespace

int main() {
  const words train(false), test(true);
  // [models]
  gkd::transformer_config shape{.vocab_size = 7,
                                .width = 20,
                                .layers = 2,
                                .heads = 2,
                                .max_positions = 10,
                                .positions = gkd::position_kind::learned,
                                .mlp = gkd::mlp_kind::swiglu};
  gkd::transformer teacher{shape, gkd::reference{}, /*seed*/ 1};
  shape.width = 12;
  shape.layers = 1;
  gkd::transformer student{shape, gkd::reference{}, /*seed*/ 2};
  // [/models]
  std::printf("parameters: teacher %zu, student %zu\n", teacher.config().parameter_count(),
              student.config().parameter_count());

  // [teacher]
  gkd::trainer school{teacher,
                      gkd::no_teacher{},
                      gkd::cross_entropy{},
                      gkd::fixed{train},
                      gkd::adamw{},
                      gkd::training_options{.per_device_train_batch_size = 16,
                                            .max_steps = 120,
                                            .learning_rate = 5e-3,
                                            .warmup_steps = 10}};
  school.train();
  // [/teacher]
  std::printf("teacher: %.0f %% of %zu held-out words right\n", percent_right(teacher, test),
              test.size());

  // [distil]
  gkd::trainer distillation{
      student,
      teacher,
      gkd::generalized_jsd{0.5},
      gkd::mixture{gkd::on_policy{train, {.max_new_tokens = 5, .stop_tokens = {stop}}},
                   gkd::fixed{train}, 0.5},
      gkd::adamw{},
      gkd::training_options{.per_device_train_batch_size = 16,
                            .max_steps = 200,
                            .learning_rate = 1e-2,
                            .warmup_steps = 10}};
  // [/distil]
  const auto report = [&](const char* when) {
    std::printf("student %s: %3.0f %% right, KL(teacher || student) %.1f\n", when,
                percent_right(student, test),
                gkd::mean_divergence(gkd::forward_kl{}, student, teacher, test.all));
  };
  report("before");
  distillation.train();
  report("after ");
}
