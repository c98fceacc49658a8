// SPDX-License-Identifier: Apache-2.0
// The first program: a student learns from a teacher on what it writes itself.

#include <gkd/gkd.hpp>

#include <cstdio>

struct prompts {  // a dataset: one prompt, the token 0
  gkd::token start = 0;
  gkd::index size() const { return 1; }
  std::span<const gkd::token> prompt(gkd::index) const { return {&start, 1}; }
};

int main() {
  gkd::tabular teacher{4}, student{4};  // tables: the logits of four tokens, after each of them
  for (gkd::index t = 0; t < 4; ++t) teacher.table()(t, (t + 1) % 4) = 3;  // t + 1 follows t

  gkd::on_policy data{prompts{}, {.max_new_tokens = 8}};  // the student writes, the teacher judges
  gkd::training_options options{.max_steps = 300, .learning_rate = 0.1};
  gkd::trainer trainer{student, teacher, gkd::generalized_jsd{0.5}, data, gkd::adamw{}, options};
  trainer.train();

  for (double q : gkd::probabilities(student.table().row(1), {}, {})) std::printf("%.2f ", q);
  std::puts("after token 1");
}
