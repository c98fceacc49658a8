// SPDX-License-Identifier: Apache-2.0
// Replay: sequences that a source made earlier come again. Each sequence of a batch is, with
// probability `fraction`, one of the last `capacity` that were made, drawn uniformly; else the
// source makes a new one, which is kept. Saves sampling time; what is replayed is a little
// off-policy. A replay that is part of another source has draws of its own (data/parts).
// Source: adaptive off-policy strategies as in DistiLLM (Ko et al. 2024), without adaptation.
#pragma once

#include <gkd/data/fixed.hpp>
#include <gkd/data/parts.hpp>

#include <algorithm>  // rotate
#include <utility>    // pair

namespace gkd::inline v0 {

template <class Source>
class replay {
  using source_type = std::remove_cvref_t<Source>;

 public:
  /// Throws bad_argument for capacity 0 or a fraction outside [0, 1).
  explicit replay(Source&& source, index capacity = 1024, double fraction = 0.5)
      : source_(static_cast<Source&&>(source)), capacity_(capacity), fraction_(fraction) {
    if (capacity == 0) fail(errc::bad_argument, "replay: capacity is 0, want at least 1");
    if (!(fraction >= 0.0 && fraction < 1.0))
      fail(errc::bad_argument, "replay: fraction is ", fraction, ", want 0 <= fraction < 1");
  }
  index size() const
    requires detail::has_size<source_type>
  {
    return source_.size();
  }
  std::uint64_t fingerprint() const
    requires detail::has_fingerprint<source_type>
  {
    return source_.fingerprint();
  }
  identity_fields identity() const {
    return identity_fields("replay")
        .add("capacity", capacity_)
        .add("fraction", fraction_)
        .add("source", part_identity(source_));
  }

  template <class Student>
  std::optional<token_batch> next(Student& student, const batch_request& request) {
    return detail::whole_batch(*this, student, request);
  }
  /// Throws shape_mismatch where the source gives another number of sequences than asked.
  template <class Student>
  std::vector<sequence> sequences(Student& student, const batch_request& request,
                                  std::span<const index> members) {
    const random_stream draw = draws_of(request, purpose::replay, request.number);
    std::vector<sequence> out(members.size());
    std::vector<index> fresh, places;
    for (index m = 0; m < members.size(); ++m) {
      const index j = members[m];
      if (!kept_.sequences.empty() && draw.uniform(2 * j) < fraction_) {
        out[m] = kept_.sequences[draw.below(2 * j + 1, kept_.sequences.size())];
        out[m].replayed = true;  // by whoever wrote it
      } else {
        fresh.push_back(j);
        places.push_back(m);
      }
    }
    std::vector<sequence> made = new_ones(student, request_for_part(request, 0), fresh);
    for (index n = 0; n < made.size(); ++n) {
      keep(made[n]);
      out[places[n]] = std::move(made[n]);
    }
    return out;
  }

  /// What the next batches depend on besides their requests: the sequences that are kept, and the
  /// state of the source itself if it has one.
  source_state state() const {
    source_state now = kept_;
    if constexpr (detail::has_state<source_type>) now.parts = {source_.state()};
    return now;
  }
  /// Throws bad_checkpoint for more sequences than the capacity, for a position that they cannot
  /// have, or a source of another kind. What a smaller replay kept, oldest first, is kept.
  void restore(source_state state) {
    constexpr index parts = detail::has_state<source_type> ? 1 : 0;
    const index size = state.sequences.size();
    if (size > capacity_)
      fail(errc::bad_checkpoint, "replay: the saved state holds ", size,
           " sequences, want at most the capacity, ", capacity_);
    if (state.position < size || (size == 0 && state.position > 0))
      fail(errc::bad_checkpoint, "replay: the saved state holds ", size, " sequences at position ",
           state.position, ", want ", size == 0 ? "" : "at least ", size);
    if (state.parts.size() != parts)
      fail(errc::bad_checkpoint, "replay: the saved state is of ", state.parts.size(),
           " sources below, want ", parts);
    if constexpr (parts == 1) source_.restore(std::move(state.parts[0]));
    state.parts.clear();
    kept_ = std::move(state);
    if (size < capacity_) put_oldest_first();
    mark_ = {};
  }

  /// From here on what is kept can be taken back to what it is: what gives way is set aside, at
  /// most as many sequences as are kept now.
  void mark() {
    mark_ = {true, kept_.sequences.size(), kept_.position, {}};
    below_.set(source_);
  }
  /// Undoes what came since the last mark; nothing where there is none, as after restore().
  void rollback() {
    if (!mark_.set) return;
    for (auto& [slot, s] : mark_.replaced) kept_.sequences[slot] = std::move(s);
    kept_.sequences.erase(kept_.sequences.begin() + std::ptrdiff_t(mark_.size),
                          kept_.sequences.end());
    kept_.position = mark_.position;
    mark_.replaced.clear();
    below_.go_back(source_);
  }

 private:
  struct place {
    bool set = false;
    index size = 0;
    std::uint64_t position = 0;
    std::vector<std::pair<index, sequence>> replaced;  // by slot
  };

  template <class Student>
  std::vector<sequence> new_ones(Student& student, const batch_request& request,
                                 std::span<const index> members) {
    constexpr bool gives_them = detail::gives_sequences<std::remove_cvref_t<Source>, Student>;
    static_assert(gives_them,
                  "gkd: a source to replay needs  std::vector<sequence> sequences(auto& student, "
                  "const batch_request& request, std::span<const index> members)  "
                  "[docs/concepts.md#data-source]");
    if constexpr (gives_them)
      return detail::sequences_of("the source of replay", source_, student, request, members);
  }
  // the newest takes the place of the oldest
  void keep(const sequence& s) {
    if (kept_.sequences.size() < capacity_) {
      kept_.sequences.push_back(s);
    } else {
      const index slot = kept_.position % capacity_;
      sequence& oldest = kept_.sequences[slot];
      if (mark_.replaced.size() < mark_.size)  // what comes later is not of then
        mark_.replaced.emplace_back(slot, std::move(oldest));
      oldest = s;
    }
    ++kept_.position;
  }
  // of a replay that was full and smaller: as if only what it kept had been made
  void put_oldest_first() {
    auto& all = kept_.sequences;
    if (all.empty()) return;
    const index oldest = kept_.position % all.size();
    std::rotate(all.begin(), all.begin() + std::ptrdiff_t(oldest), all.end());
    kept_.position = all.size();
  }

  Source source_;
  index capacity_;
  double fraction_;
  source_state kept_;
  place mark_;
  detail::source_mark<source_type> below_;
};

template <class Source>
replay(Source&&) -> replay<Source>;
template <class Source>
replay(Source&&, index) -> replay<Source>;
template <class Source>
replay(Source&&, index, double) -> replay<Source>;

}  // namespace gkd::inline v0
