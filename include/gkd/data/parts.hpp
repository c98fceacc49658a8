// SPDX-License-Identifier: Apache-2.0
// Sources that are made of other sources, to any depth: mixture{a, mixture{b, c, 0.5}, 0.5}.
//
// Each hands its request on as that of one of its parts, so that every source of the tree draws
// numbers of its own. Did the inner mixture draw what the outer one has drawn, it would always
// choose alike, and one of a, b and c would never come.
#pragma once

#include <gkd/concepts.hpp>

#include <span>         // span
#include <string_view>  // string_view
#include <vector>       // vector

namespace gkd::inline v0 {

/// The request for part 0, 1, ... of the source that got `request`: the same members of the same
/// batch, and other draws (the hash of all parts on the way there is the place).
inline batch_request request_for_part(batch_request request, index part) {
  const philox_block b = philox(
      {{static_cast<std::uint32_t>(request.place), static_cast<std::uint32_t>(request.place >> 32),
        static_cast<std::uint32_t>(part), 0}},
      /*key*/ 0);
  request.place = std::uint64_t{b.word[0]} << 32 | b.word[1];
  return request;
}

/// The numbers that a source made of others draws itself, by purpose and id. A source that is no
/// part of another has those of random_stream(seed, use, id).
inline random_stream draws_of(const batch_request& request, purpose use, index id) {
  return random_stream(request.seed ^ request.place, use, id);
}

namespace detail {

/// A source that gives single sequences of a batch, as a source made of it may need.
template <class Source, class Student>
concept gives_sequences = requires(Source& source, Student& student, const batch_request& request,
                                   std::span<const index> members) {
  { source.sequences(student, request, members) } -> std::convertible_to<std::vector<sequence>>;
};

/// What a source gives for members of a batch: a sequence for each, in their order. `who` names the
/// source. Throws shape_mismatch for another number of them.
template <class Source, class Student>
std::vector<sequence> sequences_of(std::string_view who, Source& source, Student& student,
                                   const batch_request& request, std::span<const index> members) {
  std::vector<sequence> made = source.sequences(student, request, members);
  if (made.size() != members.size())
    fail(errc::shape_mismatch, who, " gave ", made.size(), " sequences for ", members.size(),
         " members, want one for each, in their order");
  return made;
}

}  // namespace detail

}  // namespace gkd::inline v0
