// SPDX-License-Identifier: Apache-2.0
// A decoder-only transformer: logits, their gradient, and cached decoding.
//
//   gkd::transformer student{config, gkd::reference{}, /*seed*/ 42};
//   gkd::transformer teacher{config, gkd::reference{}, 42, {.gradients = false}};
//   gkd::transformer frozen = student.frozen();
//
//   tokens -> embedding -> L blocks -> gather the rows that count -> norm -> head -> (N, V)
//
// The head sees the batch's N rows only: prompts cost nothing there. After the first batches of a
// size the model allocates nothing any more. Of the host's backends two still do: reference, once
// for each call of attention, and eigen, whose products pack tiles on the heap where they are more
// than 128 KiB, in models some 384 wide or more.
// Sources: Vaswani et al. 2017; Touvron et al. 2023 (Llama).
#pragma once

#include <gkd/concepts.hpp>
#include <gkd/core/memory.hpp>
#include <gkd/model/causal_input.hpp>
#include <gkd/model/config_fields.hpp>
#include <gkd/model/transformer_block.hpp>

#include <span>    // span
#include <vector>  // vector

namespace gkd::inline v0 {

struct transformer_options {
  bool gradients = true;   ///< false: a teacher; it keeps the activations of one block only
  bool recompute = false;  ///< keep each block's input only and compute the rest again in backward
};

/// Says that the weights are to be zero, since they are about to be loaded.
struct zero_weights {};

template <class Given, class T = float>
class transformer {
  static_assert((check_backend<Given, T>(), true));
  using Backend = detail::usable_backend<Given, T>;

 public:
  using space = typename Backend::space;
  using matrix = matrix_view<T, space>;
  using input = matrix_view<const T, space>;

  /// Weights drawn from the seed, every tensor from its own stream. Throws bad_argument for a
  /// configuration that does not validate.
  transformer(const transformer_config& config, const Given& backend, std::uint64_t seed,
              const transformer_options& options = {})
      : transformer(config, backend, zero_weights{}, options) {
    weights_.block().draw(backend_, seed);
  }
  transformer(const transformer_config& config, const Given& backend, zero_weights,
              const transformer_options& options = {})
      : config_(config.resolved()),
        backend_(backend),
        options_(options),
        weights_(config_, backend_, options.gradients),
        rope_(config_) {}
  /// A copy with weights of its own; its gradients are zero, its cache is empty.
  transformer(const transformer& other) : transformer(other, other.options_) {}
  transformer(const transformer& other, const transformer_options& options)
      : transformer(other.config_, other.backend_, zero_weights{}, options) {
    weights_.block().copy_values(backend_, other.weights_.block());
  }
  transformer& operator=(const transformer& other) { return *this = transformer(other); }
  transformer(transformer&&) = default;
  transformer& operator=(transformer&&) = default;

  /// A copy that only gives logits.
  transformer frozen() const { return transformer(*this, {.gradients = false}); }

  index vocab_size() const { return config_.vocab_size; }
  const Backend& backend() const { return backend_; }
  /// Longest sequence, in tokens; generation ends there.
  index max_positions() const { return config_.max_positions; }
  /// With every derived size filled in.
  const transformer_config& config() const { return config_; }
  /// What besides the weights tells it from another teacher: its configuration.
  identity_fields config_identity() const {
    return detail::identity_of_fields(
        "transformer", [&](const auto& f) { detail::fields_of_transformer(config_, f); });
  }
  const transformer_options& options() const { return options_; }
  /// The layers themselves: views, for what attaches to them or reads them as a whole.
  transformer_weights<Backend, T>& weights() { return weights_; }
  const transformer_weights<Backend, T>& weights() const { return weights_; }

  /// Logits of the batch's rows, valid until the next call.   (N, V)
  /// Throws vocabulary_mismatch for a token that is none, context_overflow for a sequence longer
  /// than config().max_positions.
  matrix logits(const token_batch& batch) {
    check(batch);
    kept_ = false;  // until the pass is through, the head and all
    input_.read_rows(batch);
    const matrix x = forward(input_.tokens(), input_.positions(), input_.ranges(), learns());
    const matrix z = head(gathered(x, input_.rows()), learns());
    kept_ = learns();
    return z;
  }

  /// Adds to the gradients, given that of the loss by the logits. Must follow logits() of the same
  /// batch; dlogits may be the view that it returned.   dlogits (N, V)
  /// Throws bad_argument where it does not or where there are no gradients, shape_mismatch.
  void backward(const token_batch& batch, input dlogits) {
    check_backward(batch, dlogits);
    if (dlogits.rows == 0) return;
    const matrix dx = stream_gradient_.matrix(backend_, input_.tokens().size(), config_.width);
    ops::fill(backend_, dx, T(0));
    head_backward(dlogits, dx);
    block_gradients_.resize(backend_, config_, dx.rows);
    const block_pass<Backend, T> pass = pass_over(input_.positions(), input_.ranges());
    for (index l = config_.layers; l-- > 0;) {
      const auto& layer = weights_.layers[l];
      const matrix x = streams_[l].matrix(backend_, dx.rows, config_.width);
      auto& a = blocks_[options_.recompute ? 0 : l];
      if (options_.recompute) pass.forward(layer, x, a);
      pass.backward(layer, x, a, block_gradients_, dx);
    }
    embed_backward(dx);
  }

  /// visit(name, value, gradient) for every weight, always in the same order: matrices, and vectors
  /// for norms and biases. Without gradients those views are empty.
  template <class Visit>
  void parameters(Visit&& visit) {
    weights_.block().visit(visit);
  }

  /// Starts the cache with one slot per prompt and returns the scores after each.   (B, V)
  /// Throws as logits() does; where it ends for want of memory, no slot is left.
  matrix prefill(const token_batch& prompts) {
    check(prompts);
    kept_ = false;
    cache_.forget();
    input_.read_prompts(prompts);
    lengths_.clear();
    for (index b = 0; b < prompts.size(); ++b) lengths_.push_back(prompts.tokens(b).size());
    cache_.start(backend_, config_.layers, 2 * config_.kv_heads * config_.head_dim,
                 config_.max_positions, lengths_);
    try {
      const matrix x =
          forward(input_.tokens(), input_.positions(), input_.ranges(), false, cache::write);
      return head(gathered(x, input_.rows()), false);
    } catch (...) {
      cache_.forget();  // its keys and values may not have been written
      throw;
    }
  }

  /// Appends next[i] to the sequence in slots[i] and returns the scores after it. Slots may come in
  /// any order and be left out for good.   (A, V)
  /// Throws shape_mismatch, bad_argument for a slot that was not started, vocabulary_mismatch,
  /// context_overflow for a slot that is full. Whatever it throws, the sequences are as they were.
  matrix decode(std::span<const index> slots, std::span<const token> next) {
    check_next(slots, next);
    cache_.append(backend_, slots);
    kept_ = false;
    try {
      return head(forward(next, cache_.positions(), cache_.ranges(), false, cache::attend), false);
    } catch (...) {
      cache_.take_back(slots);
      throw;
    }
  }

 private:
  enum class cache { none, write, attend };

  bool learns() const { return options_.gradients || weights_.adapted(); }

  void check(const token_batch& batch) const {
    if (weights_.layers.size() != config_.layers)
      fail(errc::bad_argument, "this transformer was moved from, want one that has its weights");
    batch.check_tokens(config_.vocab_size);
    check_lengths(batch, config_.max_positions);
  }
  void check_next(std::span<const index> slots, std::span<const token> next) const {
    if (slots.size() != next.size())
      fail(errc::shape_mismatch, "decode: ", slots.size(), " slots and ", next.size(),
           " tokens, want as many of both");
    for (index i = 0; i < next.size(); ++i)
      if (next[i] < 0 || static_cast<index>(next[i]) >= config_.vocab_size)
        fail(errc::vocabulary_mismatch, "decode: slot ", slots[i], " is given token id ", next[i],
             ", want 0 <= id < vocab_size = ", config_.vocab_size);
  }
  void check_backward(const token_batch& batch, input dlogits) {
    if (!learns())
      fail(errc::bad_argument, "backward: this transformer was made without gradients "
                               "(transformer_options::gradients)");
    asked_.read_rows(batch);
    if (!kept_ || !(asked_ == input_))
      fail(errc::bad_argument,
           "backward: the last call was not logits() of the same batch, whose activations it "
           "needs");
    if (dlogits.rows != batch.rows().size() || dlogits.cols != config_.vocab_size)
      fail(errc::shape_mismatch, "backward: dlogits is (", dlogits.rows, ", ", dlogits.cols,
           "), want (", batch.rows().size(), ", ", config_.vocab_size, ")");
    detail::check_memory("dlogits of backward", dlogits);
  }

  block_pass<Backend, T> pass_over(std::span<const index> positions,
                                   std::span<const key_range> ranges) {
    return {backend_, config_, positions, ranges, window_,
            rope_.options(config_.heads + config_.kv_heads), scratch_};
  }

  // The residual stream after the last block. `keep` leaves what backward reads; else one stream
  // and one block's activations are used over and over.   tokens, positions, ranges (P)
  matrix forward(std::span<const token> tokens, std::span<const index> positions,
                 std::span<const key_range> ranges, bool keep, cache use = cache::none) {
    const index last = keep ? config_.layers : 0;
    if (streams_.size() <= last) streams_.resize(last + 1);
    const index blocks = keep && !options_.recompute ? config_.layers : 1;
    if (blocks_.size() < blocks) blocks_.resize(blocks);
    index furthest = 0;
    for (index p : positions) furthest = math::max(furthest, p + 1);
    rope_.reserve(furthest);
    window_.clear();
    if (config_.window != 0)
      for (const key_range& all : ranges) window_.push_back(newest(all, config_.window));

    const auto stream = [&](index l) {
      return streams_[keep ? l : 0].matrix(backend_, tokens.size(), config_.width);  // (P, D)
    };
    if (tokens.empty()) return stream(0);
    embed(tokens, positions, stream(0));
    const block_pass<Backend, T> pass = pass_over(positions, ranges);
    for (index l = 0; l < config_.layers; ++l) {
      auto& a = blocks_[blocks == 1 ? 0 : l];
      a.resize(backend_, config_, tokens.size());
      kv_target<Backend, T> kv;
      if (use != cache::none) kv = {cache_.layer(l), cache_.rows(), use == cache::attend};
      pass.forward(weights_.layers[l], stream(l), a, kv);
      pass.output(weights_.layers[l], a, stream(l + 1));
    }
    return stream(config_.layers);
  }

  void embed(std::span<const token> tokens, std::span<const index> positions, matrix x) {
    const T factor = static_cast<T>(config_.embedding_scale);
    ops::embed(backend_, weights_.embedding.value, tokens, factor, x);
    if (config_.positions == position_kind::rope) return;
    const matrix at = head_in_.matrix(backend_, x.rows, x.cols);  // (P, D), free until the head
    ops::embed(backend_, weights_.positions.value, positions, T(1), at);
    ops::add(backend_, T(1), at, x);
  }
  void embed_backward(input dx) {
    if (!weights_.embedding.gradient.empty())
      ops::embed_backward(backend_, dx, input_.tokens(), static_cast<T>(config_.embedding_scale),
                          weights_.embedding.gradient);
    if (!weights_.positions.gradient.empty())
      ops::embed_backward(backend_, dx, input_.positions(), T(1), weights_.positions.gradient);
  }

  matrix gathered(input x, std::span<const index> rows) {
    const matrix out = last_.matrix(backend_, rows.size(), config_.width);  // (N, D)
    ops::gather_rows(backend_, x, rows, out);
    return out;
  }
  // norm, head and soft cap; `keep` leaves what backward reads
  matrix head(input x, bool keep) {
    const matrix in = head_in_.matrix(backend_, x.rows, config_.width);         // (N, D)
    const matrix out = logits_.matrix(backend_, x.rows, config_.vocab_size);  // (N, V)
    weights_.norm.apply(backend_, x, in);
    weights_.head.apply(backend_, in, T(0), out, scratch_);
    if (config_.logit_softcap == 0.0) return out;
    ops::softcap(backend_, static_cast<T>(config_.logit_softcap), out);
    if (keep)  // the loss may write over the logits, and the gradient of the cap needs them
      backend_.copy(input(out).flat(), capped_.matrix(backend_, out.rows, out.cols).flat());
    return out;
  }
  // adds the gradient of the residual stream after the last block to dx (P, D)
  void head_backward(input dlogits, matrix dx) {
    const index rows = dlogits.rows;
    const matrix last = last_.matrix(backend_, rows, config_.width);                   // (N, D)
    const matrix in = head_in_.matrix(backend_, rows, config_.width);                 // (N, D)
    const matrix din = head_in_gradient_.matrix(backend_, rows, config_.width);       // (N, D)
    const matrix dlast = last_gradient_.matrix(backend_, rows, config_.width);        // (N, D)
    if (config_.logit_softcap != 0.0) dlogits = uncapped(dlogits);
    weights_.head.backward(backend_, in, dlogits, din, scratch_);
    ops::fill(backend_, dlast, T(0));
    weights_.norm.backward(backend_, last, din, dlast,
                           scratch_.unused.matrix(backend_, 2, config_.width));
    ops::scatter_add_rows(backend_, dlast, input_.rows(), dx);
  }
  // the gradient of the head's product, in the memory of the logits, which are used up
  input uncapped(input dlogits) {
    const matrix capped = capped_.matrix(backend_, dlogits.rows, dlogits.cols);  // (N, V)
    const matrix dz = logits_.matrix(backend_, dlogits.rows, dlogits.cols);      // (N, V)
    if (dlogits.data != input(dz).data) {
      ops::fill(backend_, dz, T(0));
      ops::add(backend_, T(1), dlogits, dz);
    }
    ops::softcap_backward(backend_, static_cast<T>(config_.logit_softcap), capped, dz);
    return dz;
  }

  transformer_config config_;
  Backend backend_;
  transformer_options options_;
  transformer_weights<Backend, T> weights_;
  rope_table rope_;
  kv_cache<Backend, T> cache_;
  std::vector<index> lengths_;      // of the prompts
  std::vector<key_range> window_;  // (P), the ranges of layers with a window

  causal_input input_;  // of the last logits() or prefill()
  causal_input asked_;  // of backward(), to be compared with it
  bool kept_ = false;   // the activations are all there, and belong to input_

  std::vector<workspace<Backend, T>> streams_;          // input of each block, and the last output
  std::vector<block_activations<Backend, T>> blocks_;
  block_activations<Backend, T> block_gradients_;
  layer_scratch<Backend, T> scratch_;
  workspace<Backend, T> stream_gradient_;               // (P, D)
  workspace<Backend, T> last_, last_gradient_;          // (N, D), before the last norm
  workspace<Backend, T> head_in_, head_in_gradient_;    // (N, D), after it
  workspace<Backend, T> logits_, capped_;               // (N, V)
};

}  // namespace gkd::inline v0
