// SPDX-License-Identifier: Apache-2.0
// A smaller transformer out of a larger one: the same embedding, norm and head, and some of its
// layers. A student that starts so is far closer to its teacher than a random one.
//
//   gkd::transformer student = gkd::keep_layers(teacher, {0, 2, 4});
//
// Source: Sanh et al. 2019 (DistilBERT), section 3; Shleifer and Rush 2020.
#pragma once

#include <gkd/model/transformer.hpp>

#include <initializer_list>  // initializer_list
#include <span>              // span
#include <vector>            // vector

namespace gkd::inline v0 {

namespace detail {

template <class Backend, class View>
void copy_value(const Backend& backend, const parameter<View>& from, const parameter<View>& to) {
  using T = typename View::value_type;
  using space = typename View::space;
  if constexpr (requires { from.value.rows; })
    backend.copy(vector_view<const T, space>(from.value.flat()), to.value.flat());
  else
    backend.copy(vector_view<const T, space>(from.value), to.value);
}
template <class Backend, class T>
void copy_value(const Backend& backend, const linear<Backend, T>& from,
                const linear<Backend, T>& to) {
  copy_value(backend, from.weight, to.weight);
  copy_value(backend, from.bias, to.bias);
}
template <class Backend, class T>
void copy_value(const Backend& backend, const norm_layer<Backend, T>& from,
                const norm_layer<Backend, T>& to) {
  copy_value(backend, from.gain, to.gain);
  copy_value(backend, from.bias, to.bias);
}
template <class Backend, class T>
void copy_value(const Backend& backend, const transformer_layer<Backend, T>& from,
                const transformer_layer<Backend, T>& to) {
  copy_value(backend, from.attention_norm, to.attention_norm);
  copy_value(backend, from.attention_post_norm, to.attention_post_norm);
  copy_value(backend, from.qkv, to.qkv);
  copy_value(backend, from.output, to.output);
  copy_value(backend, from.mlp_norm, to.mlp_norm);
  copy_value(backend, from.mlp_post_norm, to.mlp_post_norm);
  copy_value(backend, from.up, to.up);
  copy_value(backend, from.down, to.down);
}

}  // namespace detail

/// A transformer of the layers named, in that order, with weights of its own.
/// Throws bad_argument for a layer that is not there, for none, and where a layer with a window
/// would take the place of one without or the other way round.
template <class Backend, class T>
transformer<Backend, T> keep_layers(const transformer<Backend, T>& from,
                                    std::span<const index> layers,
                                    const transformer_options& options = {}) {
  if (layers.empty()) fail(errc::bad_argument, "keep_layers: no layer, want one at least");
  for (index l : layers)
    if (l >= from.config().layers)
      fail(errc::bad_argument, "keep_layers: layer ", l, " of a model with ", from.config().layers,
           " layers, want 0 to ", from.config().layers - 1);
  transformer_config config = from.config();
  config.layers = layers.size();
  transformer<Backend, T> kept(config, from.backend(), zero_weights{}, options);
  const auto& source = from.weights();
  const auto& target = kept.weights();
  detail::copy_value(from.backend(), source.embedding, target.embedding);
  detail::copy_value(from.backend(), source.positions, target.positions);
  detail::copy_value(from.backend(), source.norm, target.norm);
  if (!config.tied_embeddings) detail::copy_value(from.backend(), source.head, target.head);
  for (index l = 0; l < layers.size(); ++l) {
    if (source.layers[layers[l]].windowed != target.layers[l].windowed)
      fail(errc::bad_argument, "keep_layers: layer ", layers[l], " would become layer ", l,
           ", but only one of the two attends within a window");
    detail::copy_value(from.backend(), source.layers[layers[l]], target.layers[l]);
  }
  return kept;
}

template <class Backend, class T>
transformer<Backend, T> keep_layers(const transformer<Backend, T>& from,
                                    std::initializer_list<index> layers,
                                    const transformer_options& options = {}) {
  return keep_layers(from, std::span<const index>(layers.begin(), layers.size()), options);
}

}  // namespace gkd::inline v0
