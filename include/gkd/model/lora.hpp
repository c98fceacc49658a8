// SPDX-License-Identifier: Apache-2.0
// LoRA: a transformer whose weights stay as they are, and a low-rank change to some of its linear
// layers, which is all that learns.
//
//   gkd::lora student{model, {.rank = 8, .alpha = 16, .targets = {"q", "v"}}};
//   gkd::transformer merged = student.merge();
//
//   y = W x + (alpha / r) B A x        A (r, in) drawn, B (out, r) zero at first: nothing changes
//
// The adapters hang in the transformer's own layers, so forward, backward and cached decoding are
// the transformer's. Source: Hu et al. 2021; first values as in peft.
#pragma once

#include <gkd/model/transformer.hpp>

#include <algorithm>  // find, none_of
#include <cstdint>    // uint64_t
#include <string>     // string
#include <utility>    // move
#include <vector>     // vector

namespace gkd::inline v0 {

struct lora_options {
  index rank = 8;                                 ///< r
  double alpha = 16.0;                            ///< the change is scaled by alpha / r
  std::vector<std::string> targets = {"q", "v"};  ///< of q, k, v, output, gate, up, down
  std::uint64_t seed = 42;                        ///< of A
};

namespace detail {
template <class Backend, class T>
void as_transformer(const transformer<Backend, T>&);
template <class M>
concept is_transformer = requires(const M& m) { as_transformer(m); };
}  // namespace detail

template <class Given, class T>
class lora {
  using Backend = detail::usable_backend<Given, T>;

 public:
  using model_type = transformer<Given, T>;
  using matrix = typename model_type::matrix;
  using input = typename model_type::input;

  /// Takes the model over if it was made without gradients, else a copy without them.
  /// Throws bad_argument for a rank, alpha or target that does not fit.
  explicit lora(model_type base, lora_options options = {})
      : model_(without_gradients(std::move(base))), options_(std::move(options)) {
    validate();
    attach();
    adapters_.draw(model_.backend(), options_.seed, first_stream);
  }
  /// Of what is no transformer: refused, see the deduction guide.
  template <class Model>
    requires std::same_as<Given, detail::refused_backend>
  explicit lora(const Model&, lora_options options = {})
      : lora(model_type({}, {}, zero_weights{}), std::move(options)) {
    static_assert(detail::is_transformer<Model>,
                  "gkd: lora needs a gkd::transformer, whose linear layers it adapts  "
                  "[docs/concepts.md#student]");
  }
  /// A copy with weights and adapters of its own.
  lora(const lora& other) : model_(other.model_), options_(other.options_) {
    attach();
    adapters_.copy_values(model_.backend(), other.adapters_);
  }
  lora& operator=(const lora& other) { return *this = lora(other); }
  lora(lora&&) = default;
  lora& operator=(lora&&) = default;

  index vocab_size() const { return model_.vocab_size(); }
  index max_positions() const { return model_.max_positions(); }
  const Backend& backend() const { return model_.backend(); }
  const transformer_config& config() const { return model_.config(); }
  const lora_options& options() const { return options_; }
  /// The transformer's, and how the adapters are scaled.
  identity_fields config_identity() const {
    identity_fields out = model_.config_identity();
    return out.add("lora_rank", options_.rank).add("lora_alpha", options_.alpha);
  }

  /// As of a transformer: see there.
  matrix logits(const token_batch& batch) { return model_.logits(batch); }
  void backward(const token_batch& batch, input dlogits) { model_.backward(batch, dlogits); }
  matrix prefill(const token_batch& prompts) { return model_.prefill(prompts); }
  matrix decode(std::span<const index> slots, std::span<const token> next) {
    return model_.decode(slots, next);
  }

  /// The adapters alone: "layers.0.attention.q.lora_a.weight" (r, in) and ".lora_b." (out, r).
  template <class Visit>
  void parameters(Visit&& visit) {
    adapters_.visit(visit);
  }
  /// The weights below, which do not learn: visit(name, value, gradient), the gradient empty. A
  /// checkpoint does not hold them, and knows them by their bits.
  template <class Visit>
  void frozen_parameters(Visit&& visit) {
    model_.parameters(visit);
  }

  /// A transformer with the adapters folded into its weights: W + (alpha / r) B A.
  model_type merge(const transformer_options& options = {}) const {
    model_type merged(model_, options);
    for (index l = 0; l < merged.weights().layers.size(); ++l) {
      const auto& from = model_.weights().layers[l];
      auto& to = merged.weights().layers[l];
      fold(from.qkv, to.qkv);
      fold(from.output, to.output);
      fold(from.up, to.up);
      fold(from.down, to.down);
    }
    return merged;
  }

 private:
  // the streams of the transformer's own tensors come before
  static constexpr std::uint64_t first_stream = std::uint64_t{1} << 32;

  // a target: some rows of a linear layer
  struct part {
    const char* target;
    const char* name;
    linear<Backend, T>* layer;
    index first, rows;
  };

  static model_type without_gradients(model_type base) {
    if (!base.options().gradients) return base;
    return model_type(base, {.gradients = false, .recompute = base.options().recompute});
  }

  std::vector<part> parts(index l) {
    const transformer_config& c = model_.config();
    auto& layer = model_.weights().layers[l];
    const index q = c.heads * c.head_dim, kv = c.kv_heads * c.head_dim;
    const index gate = c.mlp == mlp_kind::gelu ? 0 : c.mlp_width;
    std::vector<part> all{{"q", "attention.q", &layer.qkv, 0, q},
                          {"k", "attention.k", &layer.qkv, q, kv},
                          {"v", "attention.v", &layer.qkv, q + kv, kv},
                          {"output", "attention.output", &layer.output, 0, c.width},
                          {"up", "mlp.up", &layer.up, gate, c.mlp_width},
                          {"down", "mlp.down", &layer.down, 0, c.width}};
    if (gate != 0) all.push_back({"gate", "mlp.gate", &layer.up, 0, gate});
    return all;
  }
  std::vector<part> targeted_parts(index l) {
    std::vector<part> all = parts(l);
    std::erase_if(all, [&](const part& p) { return !targeted(p.target); });
    return all;
  }
  bool targeted(std::string_view target) const {
    return std::find(options_.targets.begin(), options_.targets.end(), target) !=
           options_.targets.end();
  }

  void validate() {
    if (options_.rank < 1 || options_.rank > model_.config().width)
      fail(errc::bad_argument, "lora_options: rank = ", options_.rank,
           ", want 1 to the model's width ", model_.config().width);
    if (!(options_.alpha > 0.0 && math::is_finite(options_.alpha)))
      fail(errc::bad_argument, "lora_options: alpha = ", options_.alpha,
           ", want a finite number > 0");
    if (options_.targets.empty())
      fail(errc::bad_argument, "lora_options: targets is empty, want one at least");
    const std::vector<part> known = parts(0);
    std::string names;
    for (const part& p : known) names += concat(names.empty() ? "" : ", ", p.target);
    for (const std::string& target : options_.targets)
      if (std::none_of(known.begin(), known.end(),
                       [&](const part& p) { return p.target == target; }))
        fail(errc::bad_argument, "lora_options: targets has ", in_quotes(target),
             ", want some of this model's ", names);
  }

  void attach() {
    const index r = options_.rank;
    index size = 0;
    for (const part& p : targeted_parts(0)) size += r * (p.layer->weight.value.cols + p.rows);
    const index layers = model_.weights().layers.size();
    adapters_ = parameter_block<Backend, T>(model_.backend(), layers * size, true);
    for (index l = 0; l < layers; ++l)
      for (const part& p : targeted_parts(l)) {
        const std::string name = concat("layers.", l, ".", p.name);
        const index in = p.layer->weight.value.cols;
        const initial spread{0.0, 1.0 / math::sqrt(double(in)), true};
        low_rank<Backend, T> adapter;
        adapter.down = adapters_.add(name + ".lora_a.weight", r, in, spread);
        adapter.up = adapters_.add(name + ".lora_b.weight", p.rows, r, {});
        adapter.first = p.first;
        adapter.scale = static_cast<T>(options_.alpha / double(r));
        p.layer->adapters.push_back(adapter);
      }
  }

  void fold(const linear<Backend, T>& from, linear<Backend, T>& to) const {
    for (const auto& a : from.adapters)
      ops::gemm(model_.backend(), transpose::no, transpose::no, a.scale, a.up.value, a.down.value,
                T(1), to.weight.value.slice(a.first, a.up.value.rows));
  }

  model_type model_;
  lora_options options_;
  parameter_block<Backend, T> adapters_;
};

template <class Model>
  requires(!detail::is_transformer<Model>)
lora(const Model&, lora_options = {}) -> lora<detail::refused_backend, float>;

}  // namespace gkd::inline v0
