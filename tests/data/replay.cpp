// SPDX-License-Identifier: Apache-2.0
#include <gkd/data/mixture.hpp>
#include <gkd/data/on_policy.hpp>
#include <gkd/data/replay.hpp>

#include <map>
#include <set>

#include "support/catch.hpp"
#include "support/throws.hpp"
#include "support/toy.hpp"

using namespace gkd;

static std::vector<token> tokens(const token_batch& batch, gkd::index b) {
  return {batch.tokens(b).begin(), batch.tokens(b).end()};
}

TEST_CASE("About `fraction` of the sequences are old ones, and old ones are what was made before") {
  const auto data = toy::ragged_dataset(50, 5);
  auto student = toy::random_bigram(5);
  replay source{on_policy{data, {.max_new_tokens = 8}}, 100, 0.4};
  std::set<std::vector<token>> made;
  double old = 0, count = 0;
  for (gkd::index k = 0; k < 200; ++k) {
    const auto batch = *source.next(student, {.number = k, .size = 4, .seed = 3});
    for (gkd::index b = 0; b < 4; ++b) {
      CHECK(batch.from(b) == origin::student);  // who wrote the old ones, too
      if (batch.replayed(b)) {
        ++old;
        CHECK(made.count(tokens(batch, b)) == 1);
      }
      ++count;
    }
    for (gkd::index b = 0; b < 4; ++b) made.insert(tokens(batch, b));
  }
  CHECK(old / count == Approx(0.4).margin(0.07));
  CHECK(source.state().sequences.size() == 100);  // full, the oldest given up
}

TEST_CASE("What is replayed keeps its author, through a replay of a replay and a restored state") {
  const auto data = toy::ragged_dataset(20, 5);
  auto student = toy::random_bigram(5);
  const auto make = [&] {
    return replay{replay{mixture{on_policy{data, {.max_new_tokens = 3}}, fixed{data}, 0.5,
                                 draw_per::sequence},
                         8, 0.5},
                  8, 0.5};
  };
  auto first = make(), second = make();
  std::map<std::vector<token>, std::set<origin>> authors;
  gkd::index old = 0;
  for (gkd::index k = 0; k < 100; ++k) {
    if (k == 50) second.restore(first.state());
    auto& source = k < 50 ? first : second;
    const auto batch = *source.next(student, {.number = k, .size = 3, .seed = 3, .round = k});
    for (gkd::index b = 0; b < 3; ++b) {
      if (!batch.replayed(b)) authors[tokens(batch, b)].insert(batch.from(b));
      if (batch.replayed(b)) CHECK(authors[tokens(batch, b)].count(batch.from(b)) == 1);
      old += batch.replayed(b) ? 1 : 0;
    }
  }
  CHECK(double(old) / 300.0 == Approx(0.75).margin(0.1));
}

TEST_CASE("A restored source goes on as if it had never stopped") {
  const auto data = toy::ragged_dataset(20, 5);
  auto student = toy::random_bigram(5);
  const auto run = [&](auto& source, gkd::index from, gkd::index to) {
    std::vector<std::vector<token>> all;
    for (gkd::index k = from; k < to; ++k) {
      const auto batch = *source.next(student, {.number = k, .size = 3, .seed = 3});
      for (gkd::index b = 0; b < 3; ++b) all.push_back(tokens(batch, b));
    }
    return all;
  };
  replay straight{on_policy{data, {.max_new_tokens = 5}}, 8, 0.5};
  run(straight, 0, 10);
  replay resumed{on_policy{data, {.max_new_tokens = 5}}, 8, 0.5};
  resumed.restore(straight.state());
  CHECK(run(resumed, 10, 20) == run(straight, 10, 20));

  replay smaller{on_policy{data}, 4};
  CHECK_ERROR(smaller.restore(straight.state()), errc::bad_checkpoint,
              "want at most the capacity, 4");
}

namespace {
/// Sequences 0 n, with n counted from the first one given.
struct counting {
  token n = 0;
  std::vector<sequence> sequences(auto&, const batch_request&,
                                  std::span<const gkd::index> members) {
    std::vector<sequence> out;
    for (gkd::index j = 0; j < members.size(); ++j) out.push_back({{0, n++}, {0, 1}});
    return out;
  }
};
std::vector<token> kept(const source_state& s) {
  std::vector<token> out;
  for (const sequence& q : s.sequences) out.push_back(q.tokens[1]);
  return out;
}
template <class Source>
void give(Source& source, gkd::index count) {
  tabular<float> student(5);
  for (gkd::index k = 0; k < count; ++k) source.next(student, {.number = k, .size = 1});
}
using list = std::vector<token>;
}  // namespace

TEST_CASE(
    "Restored into a larger buffer, the newest took the place of newer ones than the oldest") {
  replay small{counting{}, 4, 0.0};
  give(small, 6);
  CHECK(kept(small.state()) == list{4, 5, 2, 3});
  replay large{counting{100}, 6, 0.0};
  large.restore(small.state());
  CHECK(kept(large.state()) == list{2, 3, 4, 5});  // oldest first
  give(large, 2);
  CHECK(kept(large.state()) == list{2, 3, 4, 5, 100, 101});
  give(large, 2);
  CHECK(kept(large.state()) == list{102, 103, 4, 5, 100, 101});

  replay equal{counting{100}, 4, 0.0};
  equal.restore(small.state());
  CHECK(kept(equal.state()) == list{4, 5, 2, 3});  // as it was, so that the same ones are drawn
  give(equal, 1);
  CHECK(kept(equal.state()) == list{4, 5, 100, 3});

  replay wide{counting{}, 9, 0.0};  // never full
  give(wide, 3);
  replay full{counting{100}, 3, 0.0};
  full.restore(wide.state());
  give(full, 1);
  CHECK(kept(full.state()) == list{100, 1, 2});
}

TEST_CASE("A position that the sequences cannot have is refused, and nothing changes") {
  replay source{counting{}, 4, 0.0};
  give(source, 6);
  for (std::uint64_t position : {0u, 3u}) {
    source_state bad = source.state();
    bad.position = position;
    CHECK_ERROR(source.restore(bad), errc::bad_checkpoint,
                concat("holds 4 sequences at position ", position, ", want at least 4"));
  }
  source_state none;
  none.position = 7;
  CHECK_ERROR(source.restore(none), errc::bad_checkpoint,
              "holds 0 sequences at position 7, want 0");
  CHECK(kept(source.state()) == list{4, 5, 2, 3});
  none.position = 0;
  source.restore(none);
  CHECK(source.state().sequences.empty());
}

TEST_CASE("What came since a mark is undone, however much it was") {
  for (gkd::index before : {0u, 2u, 4u, 6u, 11u})
    for (gkd::index after : {0u, 1u, 2u, 3u, 4u, 5u, 9u}) {
      INFO(before << " before, " << after << " after");
      replay source{counting{}, 4, 0.0};
      give(source, before);
      const source_state was = source.state();
      source.mark();
      for (int again = 0; again < 2; ++again) {  // the mark stays
        give(source, after);
        source.rollback();
        CHECK(kept(source.state()) == kept(was));
        CHECK(source.state().position == was.position);
      }
      give(source, 1);
      CHECK(source.state().position == was.position + 1);
    }
  replay source{counting{}, 4, 0.0};
  give(source, 3);
  source.rollback();  // no mark: nothing
  CHECK(kept(source.state()) == list{0, 1, 2});
  source.mark();
  give(source, 3);
  source.restore(source.state());
  source.rollback();  // restored since
  CHECK(kept(source.state()) == list{4, 5, 2, 3});
}

TEST_CASE("A replay of a replay takes both back") {
  replay source{replay{counting{}, 3, 0.0}, 2, 0.0};
  give(source, 4);
  const source_state was = source.state();
  source.mark();
  give(source, 5);
  CHECK(kept(source.state()) != kept(was));
  source.rollback();
  CHECK(kept(source.state()) == kept(was));
  CHECK(kept(source.state().parts[0]) == kept(was.parts[0]));
  CHECK(source.state().parts[0].position == 4);
}

TEST_CASE("A buffer without room, or nothing but replay, is an error") {
  const auto data = toy::ragged_dataset(3, 5);
  CHECK_ERROR((replay{fixed{data}, 0}), errc::bad_argument, "capacity is 0");
  CHECK_ERROR((replay{fixed{data}, 9, 1.0}), errc::bad_argument, "fraction is 1");
}
