// SPDX-License-Identifier: Apache-2.0
// An n-gram language model with one hidden layer: the last n tokens are looked up in an embedding,
// laid side by side, and two linear layers make the scores of the next token. Positions before the
// sequence began have an embedding of their own.
//
//   gkd::mlp student{{.vocab_size = 27, .order = 3}, gkd::reference{}, /*seed*/ 42};
//
//   x = [e(t_{i-n+1}) ... e(t_i)]      logits = W2 act(W1 x + b1) + b2
//
// Source: Bengio, Ducharme, Vincent and Jauvin 2003, without the direct connections.
#pragma once

#include <gkd/concepts.hpp>
#include <gkd/core/memory.hpp>

#include <gkd/model/config_fields.hpp>
#include <gkd/model/linear.hpp>

#include <span>    // span
#include <vector>  // vector

namespace gkd::inline v0 {

struct mlp_config {
  index vocab_size = 0;  ///< V
  index order = 3;       ///< n, tokens that the next one depends on
  index width = 16;      ///< D, of an embedding
  index hidden = 64;     ///< F
  activation hidden_activation = activation::gelu_tanh;

  /// Throws bad_argument for a size out of its range.
  void validate() const {
    const auto within = [](std::string_view name, index got, index most) {
      if (got < 1 || got > most)
        fail(errc::bad_argument, "mlp_config: ", name, " = ", got, ", want 1 to ", most);
    };
    constexpr index most = index{1} << 24;
    within("vocab_size", vocab_size, most);
    within("order", order, 1 << 12);
    within("width", width, 1 << 20);
    within("hidden", hidden, most);
  }
  index parameter_count() const {
    validate();
    return (vocab_size + 1) * width + hidden * (order * width + 1) + vocab_size * (hidden + 1);
  }
};

namespace detail {

// The bindings name every field, so that a new one does not compile until it is listed here.
template <class Config, class Visit>
void fields_of_mlp(Config& config, const Visit& visit) {
  auto& [vocab_size, order, width, hidden, hidden_activation] = config;
  visit("vocab_size", vocab_size), visit("order", order), visit("width", width);
  visit("hidden", hidden), visit("hidden_activation", hidden_activation);
}

}  // namespace detail

template <class Given, class T = float>
class mlp {
  static_assert((check_backend<Given, T>(), true));
  using Backend = detail::usable_backend<Given, T>;

 public:
  using space = typename Backend::space;
  using matrix = matrix_view<T, space>;
  using input = matrix_view<const T, space>;

  /// Embeddings N(0, 1/D), weights N(0, 1/fan-in), biases 0. Throws bad_argument for a
  /// configuration that does not validate.
  mlp(const mlp_config& config, const Given& backend, std::uint64_t seed)
      : config_(config), backend_(backend), block_(backend_, config.parameter_count(), true) {
    const auto spread = [](index n) { return initial{0.0, 1.0 / math::sqrt(double(n))}; };
    const index window = config.order * config.width;
    embedding_ = block_.add("embedding.weight", config.vocab_size + 1, config.width,
                            spread(config.width));
    hidden_.weight = block_.add("hidden.weight", config.hidden, window, spread(window));
    hidden_.bias = block_.add("hidden.bias", config.hidden, {});
    output_.weight = block_.add("output.weight", config.vocab_size, config.hidden,
                                spread(config.hidden));
    output_.bias = block_.add("output.bias", config.vocab_size, {});
    block_.draw(backend_, seed);
  }
  /// A copy with weights of its own; its gradients are zero.
  mlp(const mlp& other) : mlp(other.config_, other.backend_, 0) {
    block_.copy_values(backend_, other.block_);
  }
  mlp& operator=(const mlp& other) { return *this = mlp(other); }
  mlp(mlp&&) = default;
  mlp& operator=(mlp&&) = default;

  index vocab_size() const { return config_.vocab_size; }
  const Backend& backend() const { return backend_; }
  const mlp_config& config() const { return config_; }
  /// What besides the weights tells it from another teacher: its configuration.
  identity_fields config_identity() const {
    return detail::identity_of_fields(
        "mlp", [&](const auto& f) { detail::fields_of_mlp(config_, f); });
  }

  /// Logits of the batch's rows, valid until the next call.   (N, V)
  /// Throws vocabulary_mismatch for a token that is none.
  matrix logits(const token_batch& batch) {
    if (block_.empty())
      fail(errc::bad_argument, "this mlp was moved from, want one that has its weights");
    batch.check_tokens(config_.vocab_size);
    kept_ = false;  // until the pass is through
    read_windows(batch, ids_);
    const index rows = batch.rows().size();
    const matrix words(x(rows).data, ids_.size(), config_.width);  // (N n, D), the same memory
    ops::embed(backend_, embedding_.value, std::span<const token>(ids_), T(1), words);
    hidden_.apply(backend_, x(rows), T(0), sums(rows), scratch_);
    ops::activate(backend_, config_.hidden_activation, sums(rows), active(rows));
    const matrix out = logits_.matrix(backend_, rows, config_.vocab_size);  // (N, V)
    output_.apply(backend_, active(rows), T(0), out, scratch_);
    kept_ = true;
    return out;
  }

  /// Adds to the gradients, given that of the loss by the logits. Must follow logits() of the same
  /// batch. Throws bad_argument where it does not, shape_mismatch.   dlogits (N, V)
  void backward(const token_batch& batch, input dlogits) {
    read_windows(batch, asked_);
    if (!kept_ || asked_ != ids_)
      fail(errc::bad_argument, "backward: the last call was not logits() of the same batch");
    const index rows = batch.rows().size();
    if (dlogits.rows != rows || dlogits.cols != config_.vocab_size)
      fail(errc::shape_mismatch, "backward: dlogits is (", dlogits.rows, ", ", dlogits.cols,
           "), want (", rows, ", ", config_.vocab_size, ")");
    detail::check_memory("dlogits of backward", dlogits);
    const matrix dactive = dactive_.matrix(backend_, rows, config_.hidden);        // (N, F)
    const matrix dsums = dsums_.matrix(backend_, rows, config_.hidden);            // (N, F)
    const matrix dx = dx_.matrix(backend_, rows, config_.order * config_.width);  // (N, n D)
    output_.backward(backend_, active(rows), dlogits, dactive, scratch_);
    ops::activate_backward(backend_, config_.hidden_activation, sums(rows), dactive, dsums);
    hidden_.backward(backend_, x(rows), dsums, dx, scratch_);
    ops::embed_backward(backend_, matrix(dx.data, ids_.size(), config_.width),
                        std::span<const token>(ids_), T(1), embedding_.gradient);
  }

  /// visit(name, value, gradient), always in the same order.
  template <class Visit>
  void parameters(Visit&& visit) {
    block_.visit(visit);
  }

 private:
  // the n tokens up to each row, the oldest first; V stands for "before the sequence began"
  void read_windows(const token_batch& batch, std::vector<token>& ids) const {
    ids.clear();
    for (index n = 0; n < batch.rows().size(); ++n) {
      const auto context = batch.context(n);
      for (index back = config_.order; back-- > 0;)
        ids.push_back(back < context.size() ? context[context.size() - 1 - back]
                                            : static_cast<token>(config_.vocab_size));
    }
  }
  matrix x(index rows) {
    return x_.matrix(backend_, rows, config_.order * config_.width);  // (N, n D)
  }
  matrix sums(index rows) { return sums_.matrix(backend_, rows, config_.hidden); }      // (N, F)
  matrix active(index rows) { return active_.matrix(backend_, rows, config_.hidden); }  // (N, F)

  mlp_config config_;
  Backend backend_;
  parameter_block<Backend, T> block_;
  parameter<matrix> embedding_;  // (V + 1, D)
  linear<Backend, T> hidden_;    // (F, n D)
  linear<Backend, T> output_;    // (V, F)
  std::vector<token> ids_;       // (N n), of the last logits()
  std::vector<token> asked_;     // of backward(), to be compared with it
  bool kept_ = false;            // the activations are all there, and belong to ids_
  workspace<Backend, T> x_, sums_, active_, logits_, dactive_, dsums_, dx_;
  layer_scratch<Backend, T> scratch_;
};

}  // namespace gkd::inline v0
