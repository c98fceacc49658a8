// SPDX-License-Identifier: Apache-2.0
// Replay: sequences that a source made earlier come again. Each sequence of a batch is, with
// probability `fraction`, one of the last `capacity` that were made, drawn uniformly; else the source
// makes a new one, which is kept. Saves sampling time; what is replayed is a little off-policy.
// Source: adaptive off-policy strategies as in DistiLLM (Ko et al. 2024), without adaptation.
#pragma once

#include <gkd/data/fixed.hpp>

namespace gkd::inline v0 {

/// Sequences that a source keeps between batches, in the form that a checkpoint stores.
struct source_state {
  std::vector<sequence> sequences;
  std::uint64_t position = 0;  ///< what the source counts
};

template <class Source>
class replay {
 public:
  /// Throws bad_argument for capacity 0 or a fraction outside [0, 1).
  explicit replay(Source&& source, index capacity = 1024, double fraction = 0.5)
      : source_(static_cast<Source&&>(source)), capacity_(capacity), fraction_(fraction) {
    if (capacity == 0) fail(errc::bad_argument, "replay: capacity is 0, want at least 1");
    if (!(fraction >= 0.0 && fraction < 1.0))
      fail(errc::bad_argument, "replay: fraction is ", fraction, ", want 0 <= fraction < 1");
  }
  index size() const
    requires detail::has_size<std::remove_cvref_t<Source>>
  {
    return source_.size();
  }

  template <class Student>
  std::optional<token_batch> next(Student& student, const batch_request& request) {
    return detail::whole_batch(*this, student, request);
  }
  template <class Student>
  std::vector<sequence> sequences(Student& student, const batch_request& request,
                                  std::span<const index> members) {
    const random_stream draw(request.seed, purpose::replay, request.number);
    std::vector<sequence> out(members.size());
    std::vector<index> fresh, places;
    for (index m = 0; m < members.size(); ++m) {
      const index j = members[m];
      if (!state_.sequences.empty() && draw.uniform(2 * j) < fraction_) {
        out[m] = state_.sequences[draw.below(2 * j + 1, state_.sequences.size())];
        out[m].from = origin::replay;
      } else {
        fresh.push_back(j);
        places.push_back(m);
      }
    }
    std::vector<sequence> made = source_.sequences(student, request, fresh);
    for (index n = 0; n < made.size(); ++n) {
      keep(made[n]);
      out[places[n]] = std::move(made[n]);
    }
    return out;
  }

  /// What the next batches depend on besides their requests.
  const source_state& state() const { return state_; }
  /// Throws bad_checkpoint for more sequences than the capacity.
  void restore(source_state state) {
    if (state.sequences.size() > capacity_)
      fail(errc::bad_checkpoint, "replay: the saved state holds ", state.sequences.size(),
           " sequences, want at most the capacity, ", capacity_);
    state_ = std::move(state);
  }

 private:
  // the newest takes the place of the oldest
  void keep(const sequence& s) {
    if (state_.sequences.size() < capacity_)
      state_.sequences.push_back(s);
    else
      state_.sequences[state_.position % capacity_] = s;
    ++state_.position;
  }

  Source source_;
  index capacity_;
  double fraction_;
  source_state state_;
};

template <class Source>
replay(Source&&) -> replay<Source>;
template <class Source>
replay(Source&&, index) -> replay<Source>;
template <class Source>
replay(Source&&, index, double) -> replay<Source>;

}  // namespace gkd::inline v0
