// SPDX-License-Identifier: Apache-2.0
// What on-policy data is for. A teacher, a student that could copy it exactly, and only eight
// sentences to learn from. With lambda = 0 the student learns what the teacher says after the
// prefixes in those sentences; when it then writes by itself, it soon stands after prefixes that it
// has never seen. With lambda > 0 it learns from what it writes itself, given the same prompts.
// With many sentences there is nothing to gain: the last row.
#include <gkd/gkd.hpp>

#include <cstdio>  // printf

namespace {

constexpr gkd::index vocab = 12, order = 2;

/// A random language in which the last two tokens decide.
gkd::tabular<> random_language() {
  gkd::tabular teacher{vocab, order};
  const gkd::random_stream draw(5, gkd::purpose::weights);
  for (gkd::index i = 0; i < teacher.table().size(); ++i)
    teacher.table().data[i] = static_cast<float>(2.0 * draw.normal(i));
  return teacher;
}

/// Sequences with prompts of two tokens.
struct sentences {
  std::vector<gkd::sequence> all;
  gkd::index size() const { return all.size(); }
  std::span<const gkd::token> prompt(gkd::index i) const {
    return std::span(all[i].tokens).first(2);
  }
  const gkd::sequence& full(gkd::index i) const { return all[i]; }
};

/// What a model writes, `count` times.
template <class Model>
sentences written_by(Model& model, gkd::index count, std::uint64_t seed) {
  const gkd::random_stream draw(seed, gkd::purpose::data);
  std::vector<std::vector<gkd::token>> prompts;
  for (gkd::index i = 0; i < count; ++i)
    prompts.push_back({static_cast<gkd::token>(draw.below(2 * i, vocab)),
                       static_cast<gkd::token>(draw.below(2 * i + 1, vocab))});
  return {gkd::generate(model, prompts, {.max_new_tokens = 12, .seed = seed})};
}

}  // namespace

int main() {
  auto teacher = random_language();
  const sentences fresh = written_by(teacher, 500, 2);
  struct run {
    gkd::index sentences;
    double lambda;
  };
  std::puts("                     KL(student || teacher), nats a token, on");
  std::puts("sentences   lambda   those sentences   new sentences   what the student writes");
  for (const run r : {run{8, 0.0}, {8, 0.5}, {8, 1.0}, {800, 0.0}}) {
    const sentences data = written_by(teacher, r.sentences, 1);
    gkd::tabular student{vocab, order};
    // [train]
    gkd::trainer trainer{
        student,
        teacher,
        gkd::reverse_kl{},
        gkd::mixture{gkd::on_policy{data, {.max_new_tokens = 12}}, gkd::fixed{data}, r.lambda},
        gkd::adamw{},
        gkd::training_options{.max_steps = 600, .learning_rate = 0.1}};
    trainer.train();
    // [/train]
    const sentences own = written_by(student, 500, 3);
    const auto distance = [&](const sentences& to) {
      return gkd::mean_divergence(gkd::reverse_kl{}, student, teacher, to.all);
    };
    std::printf("%9zu %8.1f %17.2f %15.2f %25.2f\n", r.sentences, r.lambda, distance(data),
                distance(fresh), distance(own));
  }
}
