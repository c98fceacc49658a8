// SPDX-License-Identifier: Apache-2.0
// A model of one's own, in plain C++ with its gradient by hand: a bigram of low rank,
//
//   logits of the token after t = E_t W       E (V, D) embeddings, W (D, V)
//
// It inherits from nothing and includes nothing for it: the members that the concepts name are all.
// It has no cache, so sampling runs its whole prefix again for every token.
#include <gkd/gkd.hpp>

#include <cmath>   // abs, log
#include <cstdio>  // printf

// [model]
class low_rank_bigram {
 public:
  low_rank_bigram(gkd::index vocab, gkd::index width, std::uint64_t seed)
      : vocab_(vocab),
        width_(width),
        e_(vocab * width),
        de_(e_.size()),
        w_(e_.size()),
        dw_(e_.size()) {
    const gkd::random_stream draw(seed, gkd::purpose::weights);
    for (gkd::index i = 0; i < e_.size(); ++i) e_[i] = draw.normal(2 * i);
    for (gkd::index i = 0; i < w_.size(); ++i) w_[i] = draw.normal(2 * i + 1) / double(width);
  }

  // --- a teacher has these two
  gkd::index vocab_size() const { return vocab_; }

  /// For each row n of the batch, the scores of the token after position rows()[n].
  gkd::matrix_view<double> logits(const gkd::token_batch& batch) {  // (N, V)
    batch.check_tokens(vocab_);
    logits_.assign(batch.rows().size() * vocab_, 0.0);
    for (gkd::index n = 0; n < batch.rows().size(); ++n)
      for (gkd::index d = 0; d < width_; ++d)
        for (gkd::index v = 0; v < vocab_; ++v)
          logits_[n * vocab_ + v] += e_[token_of(batch, n) * width_ + d] * w_[d * vocab_ + v];
    return {logits_.data(), batch.rows().size(), vocab_};
  }

  // --- a student also has this: it adds to the gradients, given d loss / d logits
  void backward(const gkd::token_batch& batch, gkd::matrix_view<const double> dlogits) {
    for (gkd::index n = 0; n < dlogits.rows; ++n)
      for (gkd::index d = 0; d < width_; ++d)
        for (gkd::index v = 0; v < vocab_; ++v) {
          de_[token_of(batch, n) * width_ + d] += dlogits(n, v) * w_[d * vocab_ + v];
          dw_[d * vocab_ + v] += dlogits(n, v) * e_[token_of(batch, n) * width_ + d];
        }
  }

  // --- and this, for the optimisers that come with gkd
  void parameters(auto&& visit) {
    visit("embedding", view(e_, vocab_, width_), view(de_, vocab_, width_));
    visit("head", view(w_, width_, vocab_), view(dw_, width_, vocab_));
  }

 private:
  static gkd::matrix_view<double> view(std::vector<double>& x, gkd::index rows, gkd::index cols) {
    return {x.data(), rows, cols};
  }
  static gkd::index token_of(const gkd::token_batch& batch, gkd::index n) {
    return static_cast<gkd::index>(batch.tokens()[batch.rows()[n]]);
  }
  gkd::index vocab_, width_;
  std::vector<double> e_, de_, w_, dw_, logits_;
};
static_assert(gkd::student<low_rank_bigram> && gkd::trainable<low_rank_bigram>);
// [/model]

namespace {

/// Token t is followed by t + 1, or with probability 0.1 by t itself, in a circle of 8.
gkd::tabular<double> walk() {
  gkd::tabular<double> teacher{8};
  for (gkd::index t = 0; t < 8; ++t)
    for (gkd::index v = 0; v < 8; ++v)
      teacher.table()(t, v) = v == (t + 1) % 8 ? std::log(0.9) : v == t ? std::log(0.1) : -20.0;
  return teacher;
}

// [gradient]
/// The largest difference between backward() and central differences, over all parameters.
template <class Model, class Teacher>
double gradient_error(Model& model, Teacher& teacher, const gkd::token_batch& batch) {
  const auto loss = [&](gkd::matrix_view<double> dlogits) {
    const auto p = teacher.logits(batch), q = model.logits(batch);
    return gkd::dense_loss(gkd::forward_kl{}, p, q, {}, dlogits).value;
  };
  std::vector<double> dlogits(batch.rows().size() * model.vocab_size());
  const gkd::matrix_view gradient(dlogits.data(), batch.rows().size(), model.vocab_size());
  loss(gradient);
  model.backward(batch, gradient);
  double worst = 0.0;
  model.parameters([&](std::string_view, auto value, auto by_hand) {
    const auto values = value.flat(), gradients = by_hand.flat();  // of a matrix or a vector
    for (gkd::index i = 0; i < values.size; ++i) {
      const double x = values[i], h = 1e-5;
      values[i] = x + h;
      const double above = loss({});
      values[i] = x - h;
      const double below = loss({});
      values[i] = x;
      const double off = std::abs((above - below) / (2.0 * h) - gradients[i]);
      if (!(off <= worst)) worst = off;  // NaN is the worst
    }
  });
  return worst;
}
// [/gradient]

/// Prompts of one token, any of the eight.
struct starts {
  std::vector<gkd::token> tokens{0, 1, 2, 3, 4, 5, 6, 7};
  gkd::index size() const { return 8; }
  std::span<const gkd::token> prompt(gkd::index i) const { return {&tokens[i], 1}; }
};

template <class Model>
std::vector<gkd::sequence> sample(Model& model) {
  const std::vector<std::vector<gkd::token>> prompts(8, {0});
  return gkd::generate(model, prompts, {.max_new_tokens = 16, .seed = 7});
}

template <class Model>
void report(const char* name, Model& model, gkd::tabular<double>& teacher) {
  const std::vector<gkd::sequence> own = sample(model);
  std::printf("%s", name);
  for (gkd::token t : own[0].tokens) std::printf(" %d", t);
  std::printf("   KL %.2f\n", gkd::mean_divergence(gkd::forward_kl{}, model, teacher, own));
}

}  // namespace

int main() {
  auto teacher = walk();
  low_rank_bigram student(8, 4, 3);
  const double error = gradient_error(student, teacher, gkd::token_batch(sample(teacher)));
  std::printf("gradient by hand: %s\n", error < 1e-8 ? "right" : "WRONG");
  std::puts("a sample, and KL(teacher || model) on such samples, nats a token");
  report("teacher", teacher, teacher);
  report("before ", student, teacher);
  // [train]
  gkd::training_options options{.max_steps = 300, .learning_rate = 0.05};
  gkd::on_policy data{starts{}, {.max_new_tokens = 8}};
  gkd::trainer{student, teacher, gkd::generalized_jsd{0.5}, data, gkd::adamw{}, options}.train();
  // [/train]
  report("after  ", student, teacher);
  return error < 1e-8 ? 0 : 1;
}
