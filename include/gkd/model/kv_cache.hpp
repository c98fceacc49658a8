// SPDX-License-Identifier: Apache-2.0
// Keys and values of sequences that are being generated. A slot is one sequence; slots grow on
// their own and may stop in any order. A layer is one matrix in which a slot is a stretch of rows:
//
//   (S C, 2 K d)   slot s at rows [s C, s C + length(s)),  keys beside values
//
// C, the room per slot, doubles when a slot is full: what was there is moved, never computed again.
#pragma once

#include <gkd/core/buffer.hpp>
#include <gkd/core/error.hpp>

#include <gkd/backend/loop/attention.hpp>
#include <gkd/backend/workspace.hpp>

#include <algorithm>  // find_if
#include <span>       // span
#include <utility>    // swap
#include <vector>     // vector

namespace gkd::inline v0 {

template <class Backend, class T>
class kv_cache {
 public:
  using space = typename Backend::space;
  using matrix = matrix_view<T, space>;

  /// Starts anew with one slot per entry of `lengths`, whose tokens are about to be written.
  /// `width` is 2 K d, `limit` the most tokens of a slot. Where memory ends, there is no slot.
  void start(const Backend& backend, index layers, index width, index limit,
             std::span<const index> lengths) {
    forget();
    index room = 1;
    for (index length : lengths)
      while (room < length) room *= 2;
    layers_.resize(layers);
    for (auto& memory : layers_) {
      const index wanted = memory_of(lengths.size(), room, width);
      if (memory.size() < wanted) memory = backend.template allocate<T>(wanted);
    }
    rows_.clear();
    for (index s = 0; s < lengths.size(); ++s)
      for (index p = 0; p < lengths[s]; ++p) rows_.push_back(s * room + p);
    lengths_.assign(lengths.begin(), lengths.end());
    width_ = width;
    limit_ = limit;
    room_ = room;
  }

  /// Appends one token to each slot named; a slot that is named twice gets two. Throws bad_argument
  /// for a slot that was not started, context_overflow for one that is full, and what allocate()
  /// throws; then nothing changed.
  void append(const Backend& backend, std::span<const index> slots) {
    const index longest = longest_after(slots);
    rows_.reserve(slots.size());
    positions_.reserve(slots.size());
    ranges_.reserve(slots.size());
    if (longest > room_) grow(backend, longest);
    rows_.clear();
    positions_.clear();
    ranges_.clear();
    for (index s : slots) {
      const index position = lengths_[s]++;
      rows_.push_back(s * room_ + position);
      positions_.push_back(position);
      ranges_.push_back({s * room_, position + 1});
    }
  }

  /// Takes back what append() added, for tokens whose keys and values were not written.
  void take_back(std::span<const index> slots) {
    for (index s : slots) --lengths_[s];
  }
  /// Ends all slots; the memory is kept for the next start.
  void forget() { lengths_.clear(); }

  index slots() const { return lengths_.size(); }
  index length(index slot) const { return lengths_[slot]; }

  /// Of the tokens started or appended last: where their keys and values go,
  std::span<const index> rows() const { return rows_; }
  /// and, if they were appended, their positions and what they attend to.
  std::span<const index> positions() const { return positions_; }
  std::span<const key_range> ranges() const { return ranges_; }

  /// (S C, 2 K d)
  matrix layer(index l) { return {layers_[l].view().data, slots() * room_, width_}; }

 private:
  static index memory_of(index slots, index room, index width) {
    return detail::product_of_sizes(detail::product_of_sizes(slots, room), width);
  }

  // the length of the longest of these slots once each has its token
  index longest_after(std::span<const index> slots) {
    for (index s : slots)
      if (s >= lengths_.size())
        fail(errc::bad_argument, "slot ", s, " of the cache, want less than ", lengths_.size(),
             ", the number of prompts that it was started with");
    for (index s : slots) ++lengths_[s];
    index longest = 0;
    for (index s : slots) longest = math::max(longest, lengths_[s]);
    const auto full = std::find_if(slots.begin(), slots.end(),
                                   [&](index s) { return lengths_[s] > limit_; });
    const index wanted = full == slots.end() ? 0 : lengths_[*full];
    take_back(slots);
    if (full != slots.end())
      fail(errc::context_overflow, "slot ", *full, " of the cache would hold ", wanted,
           " tokens, want at most the model's ", limit_, " (max_positions)");
    return longest;
  }

  // Layer by layer, so that only one of them is held twice.
  void grow(const Backend& backend, index wanted) {
    index room = room_;
    while (room < wanted) room *= 2;
    index moved = 0;
    try {
      for (; moved < layers_.size(); ++moved) give_room(backend, layers_[moved], room);
    } catch (...) {
      // those before have more memory now, and their slots where all others have them
      while (moved-- > 0) move_back(backend, layers_[moved].view().data, room);
      throw;
    }
    room_ = room;
  }
  void give_room(const Backend& backend, buffer_of<Backend, T>& memory, index room) {
    const auto from = memory.view().data;
    const index wanted = memory_of(slots(), room, width_);
    if (memory.size() >= wanted) return move_slots(backend, from, from, room);
    auto larger = backend.template allocate<T>(wanted);
    move_slots(backend, from, larger.view().data, room);
    backend.synchronize();  // before the smaller one is freed
    std::swap(memory, larger);
  }
  // From the last slot to the first: within one piece of memory no slot is written over before it
  // is moved, since s room >= s room_ + length(s) for every s >= 1. Slot 0 stays where it is.
  template <class Pointer>
  void move_slots(const Backend& backend, Pointer from, Pointer to, index room) {
    for (index s = slots(); s-- > 0;) {
      if (from == to && s == 0) continue;
      const index count = lengths_[s] * width_;
      backend.copy(vector_view<const T, space>(from + s * room_ * width_, count),
                   vector_view<T, space>(to + s * room * width_, count));
    }
  }
  // From the first to the last: the way back of the same moves.
  template <class Pointer>
  void move_back(const Backend& backend, Pointer data, index room) {
    for (index s = 1; s < slots(); ++s) {
      const index count = lengths_[s] * width_;
      backend.copy(vector_view<const T, space>(data + s * room * width_, count),
                   vector_view<T, space>(data + s * room_ * width_, count));
    }
  }

  std::vector<buffer_of<Backend, T>> layers_;
  index width_ = 0;
  index limit_ = 0;
  index room_ = 1;               // C
  std::vector<index> lengths_;   // (S)
  std::vector<index> rows_;      // of the newest tokens
  std::vector<index> positions_;
  std::vector<key_range> ranges_;
};

}  // namespace gkd::inline v0
