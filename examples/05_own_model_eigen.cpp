// SPDX-License-Identifier: Apache-2.0
// Eigen code that somebody already has, as a student: gkd sees its memory through views, Eigen sees
// gkd's through Map, and nothing is copied.
#include <gkd/gkd.hpp>

#include <Eigen/Core>

#include <cstdio>  // printf
#include <random>  // mt19937

// --- the code that was there before: a network of two layers with its gradient. It knows no gkd.

using matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

class network {
 public:
  network(int in, int hidden, int out, std::mt19937 random)
      : w1(hidden, in),
        w2(out, hidden),
        dw1(matrix::Zero(hidden, in)),
        dw2(matrix::Zero(out, hidden)) {
    for (matrix* w : {&w1, &w2})
      for (Eigen::Index i = 0; i < w->size(); ++i)
        w->data()[i] = float(random()) * 0x1p-31f - 1.0f;  // in [-1, 1)
  }

  matrix& forward(matrix x) {  // (N, in) -> (N, out)
    x_ = std::move(x);
    h_ = (x_ * w1.transpose()).array().tanh();
    y_.noalias() = h_ * w2.transpose();
    return y_;
  }
  void backward(const Eigen::Ref<const matrix>& dy) {  // (N, out)
    dw2.noalias() += dy.transpose() * h_;
    const matrix dh = (dy * w2).array() * (1.0f - h_.array().square());
    dw1.noalias() += dh.transpose() * x_;
  }

  matrix w1, w2, dw1, dw2;

 private:
  matrix x_, h_, y_;
};

// --- what makes it a student: four members

// [adapter]
class eigen_student {
 public:
  eigen_student(gkd::index vocab, int hidden)
      : vocab_(vocab), network_(2 * int(vocab), hidden, int(vocab), std::mt19937(1)) {}

  gkd::index vocab_size() const { return vocab_; }

  gkd::matrix_view<float> logits(const gkd::token_batch& batch) {  // (N, V)
    batch.check_tokens(vocab_);
    return view(network_.forward(last_two_tokens(batch)));
  }
  void backward(const gkd::token_batch&, gkd::matrix_view<const float> d) {
    network_.backward(Eigen::Map<const matrix>(d.data, Eigen::Index(d.rows), Eigen::Index(d.cols)));
  }
  void parameters(auto&& visit) {
    visit("w1", view(network_.w1), view(network_.dw1));
    visit("w2", view(network_.w2), view(network_.dw2));
  }

 private:
  static gkd::matrix_view<float> view(matrix& m) {
    return {m.data(), gkd::index(m.rows()), gkd::index(m.cols())};
  }
  // one-hot codes of the last two tokens before each row's target
  matrix last_two_tokens(const gkd::token_batch& batch) const {
    matrix x = matrix::Zero(Eigen::Index(batch.rows().size()), 2 * Eigen::Index(vocab_));
    for (gkd::index n = 0; n < batch.rows().size(); ++n) {
      const auto context = batch.context(n);
      for (gkd::index back = 0; back < std::min<gkd::index>(2, context.size()); ++back)
        x(Eigen::Index(n), Eigen::Index(back * vocab_) + context[context.size() - 1 - back]) = 1;
    }
    return x;
  }

  gkd::index vocab_;
  network network_;
};
static_assert(gkd::student<eigen_student> && gkd::trainable<eigen_student>);
// [/adapter]

namespace {

/// A language of five tokens in which the last two decide: the next is their sum, or 0.
gkd::tabular<> sums() {
  gkd::tabular teacher{5, /*order*/ 2};
  for (gkd::index before = 0; before <= 5; ++before)  // 5: nothing before
    for (gkd::index last = 0; last < 5; ++last) {
      teacher.table()(before * 5 + last, (before + last) % 5) = 4.0f;
      teacher.table()(before * 5 + last, 0) += 3.0f;
    }
  return teacher;
}

struct pairs {
  std::vector<std::vector<gkd::token>> all;
  pairs() {
    for (gkd::token a = 0; a < 5; ++a)
      for (gkd::token b = 0; b < 5; ++b) all.push_back({a, b});
  }
  gkd::index size() const { return all.size(); }
  std::span<const gkd::token> prompt(gkd::index i) const { return all[i]; }
};

}  // namespace

int main() {
  auto teacher = sums();
  eigen_student student{5, 24};
  const pairs prompts;

  const auto report = [&](const char* when) {
    const auto samples = gkd::generate(student, prompts.all, {.max_new_tokens = 8, .seed = 3});
    const auto m = gkd::measure_divergences(student, teacher, samples);
    std::printf("%s  forward KL %.2f  reverse KL %.2f  same first choice %3.0f %%\n", when,
                m.forward_kl, m.reverse_kl, 100.0 * m.token_agreement);
  };
  report("before");
  gkd::trainer trainer{
      student,           teacher,
      gkd::forward_kl{}, gkd::on_policy{prompts, {.max_new_tokens = 8}},
      gkd::adamw{},      gkd::training_options{.max_steps = 400, .learning_rate = 0.02}};
  trainer.train();
  report("after ");
}
