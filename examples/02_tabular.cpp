// SPDX-License-Identifier: Apache-2.0
// The whole loop in one file: a table of logits learns from another one.
//
//   g++ -std=c++20 -Isingle_include examples/02_tabular.cpp && ./a.out
#include <gkd/gkd.hpp>

#include <cstdio>  // printf

// [dataset]
/// A dataset: prompts, and sequences that are a prompt and its answer.
struct sentences {
  std::vector<gkd::sequence> all;
  gkd::index size() const { return all.size(); }
  std::span<const gkd::token> prompt(gkd::index i) const {
    return std::span(all[i].tokens).first(1);
  }
  const gkd::sequence& full(gkd::index i) const { return all[i]; }
};
// [/dataset]

/// Prints every hundredth step.
struct print_loss {
  void on_step(const gkd::step_event& e) const {
    if (e.step == 1 || e.step % 100 == 0) std::printf("step %3ld   loss %.4f\n", e.step, e.loss);
  }
};

int main() {
  // [models]
  const gkd::index vocab = 5;
  gkd::tabular teacher{vocab}, student{vocab};  // logits of the next token after each token: zeros
  const gkd::random_stream draw(1, gkd::purpose::weights);
  for (gkd::index i = 0; i < vocab * vocab; ++i)
    teacher.table().data[i] = static_cast<float>(2.0 * draw.normal(i));
  // [/models]

  // [data]
  std::vector<std::vector<gkd::token>> prompts(32);
  for (gkd::index i = 0; i < prompts.size(); ++i) prompts[i] = {static_cast<gkd::token>(i % vocab)};
  const sentences data{gkd::generate(teacher, prompts, {.max_new_tokens = 10})};
  // [/data]

  // [train]
  gkd::trainer trainer{
      student,          teacher,      gkd::forward_kl{},
      gkd::fixed{data}, gkd::adamw{}, gkd::training_options{.max_steps = 300, .learning_rate = 0.1},
      print_loss{}};
  trainer.train();
  // [/train]

  std::puts("after token 2   student  teacher");
  const auto p = gkd::probabilities(teacher.table().row(2), {}, {});
  const auto q = gkd::probabilities(student.table().row(2), {}, {});
  for (gkd::index v = 0; v < vocab; ++v) std::printf("%9zu %13.3f %8.3f\n", v, q[v], p[v]);
}
