// SPDX-License-Identifier: Apache-2.0
#include <gkd/data/mixture.hpp>
#include <gkd/data/on_policy.hpp>
#include <gkd/data/replay.hpp>

#include <cmath>
#include <limits>

#include "support/catch.hpp"
#include "support/throws.hpp"
#include "support/toy.hpp"

using namespace gkd;

namespace {

/// Share of the sequences that the student wrote, and of batches that are pure.
struct shares {
  double student = 0, pure = 0;
};

shares measure(auto& source, gkd::index batches, gkd::index size, long step = 0) {
  auto student = toy::random_bigram(5);
  shares s;
  for (gkd::index k = 0; k < batches; ++k) {
    const auto batch =
        *source.next(student, {.number = k, .size = size, .seed = 2, .round = k, .step = step});
    double written = 0;
    for (gkd::index b = 0; b < size; ++b) written += batch.from(b) == origin::student;
    s.student += written / double(size * batches);
    s.pure += (written == 0 || written == double(size)) / double(batches);
  }
  return s;
}

/// A user's source: whole batches, and no single sequences.
struct endless {
  const toy::dataset& data;
  std::optional<token_batch> next(auto&, const batch_request& request) {
    token_batch batch;
    for (gkd::index j = 0; j < request.size; ++j) batch.add(data.full(j % data.size()));
    return batch;
  }
};

}  // namespace

TEST_CASE("lambda 0 is the dataset alone, lambda 1 the student alone, always") {
  const auto data = toy::ragged_dataset(6, 5);
  for (draw_per per : {draw_per::batch, draw_per::sequence}) {
    mixture none{on_policy{data, {.max_new_tokens = 2}}, fixed{data}, 0.0, per};
    mixture all{on_policy{data, {.max_new_tokens = 2}}, fixed{data}, 1.0, per};
    CHECK(measure(none, 300, 2).student == 0.0);
    CHECK(measure(all, 300, 2).student == Approx(1.0));
  }
}

TEST_CASE("lambda is a number of any type, written down or from a variable") {
  const auto data = toy::ragged_dataset(6, 5);
  const int whole = 1;
  const float half = 0.5f;
  const long none = 0;
  mixture of_literals{on_policy{data}, fixed{data}, 1};
  mixture of_float{on_policy{data}, fixed{data}, 0.5f};
  mixture of_whole{on_policy{data, {.max_new_tokens = 2}}, fixed{data}, whole};
  mixture of_half{on_policy{data, {.max_new_tokens = 2}}, fixed{data}, half, draw_per::sequence};
  fixed first{data}, second{data};
  mixture of_named{first, second, none};
  using both = mixture<on_policy<const toy::dataset&>, fixed<const toy::dataset&>, constant>;
  static_assert(std::is_same_v<decltype(of_literals), both>);
  static_assert(std::is_same_v<decltype(of_float), both>);
  static_assert(std::is_same_v<decltype(of_whole), both>);
  static_assert(std::is_same_v<decltype(of_half), both>);
  CHECK(measure(of_whole, 20, 2).student == Approx(1.0));
  CHECK(measure(of_half, 500, 4).student == Approx(0.5).margin(4 * std::sqrt(0.25 / 2000)));
  CHECK(measure(of_named, 20, 2).student == 0.0);
  CHECK_THROWS_AS((mixture{on_policy{data}, fixed{data}, 2}), error);
}

TEST_CASE("lambda is the share of batches, or of sequences, that the student writes") {
  const auto data = toy::ragged_dataset(6, 5);
  mixture batches{on_policy{data, {.max_new_tokens = 2}}, fixed{data}, 0.3};
  mixture sequences{on_policy{data, {.max_new_tokens = 2}}, fixed{data}, 0.3, draw_per::sequence};
  const shares b = measure(batches, 2000, 4), s = measure(sequences, 2000, 4);
  CHECK(b.student == Approx(0.3).margin(4 * std::sqrt(0.21 / 2000)));
  CHECK(b.pure == Approx(1.0));
  CHECK(s.student == Approx(0.3).margin(4 * std::sqrt(0.21 / 8000)));
  CHECK(s.pure == Approx(0.3 * 0.3 * 0.3 * 0.3 + 0.7 * 0.7 * 0.7 * 0.7).margin(0.045));
}

TEST_CASE("Draws per sequence do not depend on how a run is cut into batches") {
  const auto data = toy::ragged_dataset(6, 5);
  const auto origins = [&](gkd::index batches, gkd::index size) {
    auto student = toy::random_bigram(5);
    mixture source{on_policy{data, {.max_new_tokens = 2}}, fixed{data}, 0.5, draw_per::sequence};
    std::vector<origin> from;
    for (gkd::index n = 0; n < batches; ++n) {
      const auto batch = *source.next(student, {.number = n, .size = size, .seed = 2, .round = n});
      for (gkd::index b = 0; b < size; ++b) from.push_back(batch.from(b));
    }
    return from;
  };
  const auto whole = origins(1, 24);
  CHECK(std::count(whole.begin(), whole.end(), origin::student) > 4);
  CHECK(std::count(whole.begin(), whole.end(), origin::dataset) > 4);
  CHECK(origins(24, 1) == whole);
  CHECK(origins(6, 4) == whole);
}

TEST_CASE("A mixed batch keeps the order of its members") {
  const auto data = toy::ragged_dataset(6, 5);
  auto student = toy::random_bigram(5);
  mixture source{on_policy{data, {.max_new_tokens = 2}}, fixed{data}, 0.5, draw_per::sequence};
  const batch_request request{.number = 3, .size = 8, .seed = 2, .round = 3};
  const auto batch = *source.next(student, request);
  for (gkd::index b = 0; b < 8; ++b) {
    const auto prompt = data.prompt(example_of(request, b, 6));
    CHECK(std::equal(prompt.begin(), prompt.end(), batch.tokens(b).begin()));
  }
}

TEST_CASE("A mixture within a mixture takes a source of whole batches where draws are per batch") {
  const auto data = toy::ragged_dataset(6, 5);
  auto student = toy::random_bigram(5);
  const batch_request request{.size = 6, .seed = 2};
  // with lambda 1 the only source that comes is the innermost
  mixture inner{endless{data}, on_policy{data}, 1.0};
  mixture outer{inner, on_policy{data}, 1.0};
  mixture last{on_policy{data}, mixture{on_policy{data}, endless{data}, 0.0}, 0.0};
  for (const auto& batch : {*outer.next(student, request), *last.next(student, request)})
    for (gkd::index b = 0; b < 6; ++b) {
      const auto& want = data.full(b).tokens;
      CHECK(std::equal(want.begin(), want.end(), batch.tokens(b).begin(), batch.tokens(b).end()));
    }
  // per sequence it has none to give
  for (draw_per per : {draw_per::batch, draw_per::sequence}) {
    mixture single{mixture{endless{data}, on_policy{data}, 1.0, per}, on_policy{data}, 1.0,
                   draw_per::sequence};
    CHECK_ERROR(single.next(student, request), errc::bad_argument,
                "needs two sources that give single sequences");
  }
}

TEST_CASE("lambda may be a schedule, and the draw is the same for every process of a round") {
  const auto data = toy::ragged_dataset(6, 5);
  mixture source{on_policy{data, {.max_new_tokens = 2}}, fixed{data},
                 [](long step) { return step < 10 ? 0.0 : 1.0; }};
  CHECK(measure(source, 50, 1, 9).student == 0.0);
  CHECK(measure(source, 50, 1, 10).student == Approx(1.0));

  mixture half{on_policy{data, {.max_new_tokens = 2}}, fixed{data}, 0.5};
  auto student = toy::random_bigram(5);
  for (gkd::index round = 0; round < 50; ++round) {
    const auto from = [&](gkd::index rank) {
      return half.next(student, {.number = 2 * round + rank, .size = 1, .seed = 3, .round = round})
          ->from(0);
    };
    CHECK(from(0) == from(1));
  }
}

TEST_CASE("A state that does not fit one of the parts changes neither") {
  const auto data = toy::ragged_dataset(12, 5);
  auto student = toy::random_bigram(5);
  const auto filled = [&](auto source) {
    for (gkd::index k = 0; k < 40; ++k) source.next(student, {.number = k, .size = 3, .round = k});
    return source.state();
  };
  const auto sizes = [](const auto& source) {
    std::vector<gkd::index> n;
    for (const source_state& part : source.state().parts) n.push_back(part.sequences.size());
    return n;
  };
  using list = std::vector<gkd::index>;
  const source_state eight =
      filled(mixture{replay{fixed{data}, 8}, replay{fixed{data}, 8}, 0.5, draw_per::sequence});
  mixture small{replay{fixed{data}, 8}, replay{fixed{data}, 1}, 0.5};
  CHECK_ERROR(small.restore(eight), errc::bad_checkpoint, "holds 8 sequences, want at most");
  CHECK(sizes(small) == list{0, 0});
  mixture fits{replay{fixed{data}, 8}, replay{fixed{data}, 9}, 0.5};
  fits.restore(eight);
  CHECK(sizes(fits) == list{8, 8});

  // the same parts in another order
  const source_state first = filled(mixture{replay{fixed{data}, 8}, fixed{data}, 0.5});
  mixture turned{fixed{data}, replay{fixed{data}, 8}, 0.5};
  CHECK_ERROR(turned.restore(first), errc::bad_checkpoint,
              "this run's source carries nothing from batch to batch");
  CHECK(sizes(turned) == list{0, 0});
  const source_state second = filled(mixture{fixed{data}, replay{fixed{data}, 8}, 0.5});
  mixture back{replay{fixed{data}, 8}, fixed{data}, 0.5};
  CHECK_ERROR(back.restore(second), errc::bad_checkpoint, "holds 8 sequences");
  CHECK(sizes(back) == list{0, 0});

  // a mixture within a mixture
  mixture outer{mixture{replay{fixed{data}, 8}, fixed{data}, 0.5}, replay{fixed{data}, 1}, 0.5};
  source_state nested;
  nested.parts = {first, eight.parts[1]};
  CHECK_ERROR(outer.restore(nested), errc::bad_checkpoint, "want at most the capacity, 1");
  CHECK(outer.state().parts[0].parts[0].sequences.empty());
}

namespace {
/// Carries a count, and has no way back but its state.
struct plain_count {
  std::uint64_t n = 0;
  std::optional<token_batch> next(auto&, const batch_request&) {
    ++n;
    return token_batch(std::vector(1, sequence{{0, 1}, {0, 1}}));
  }
  source_state state() const { return {{}, n, {}}; }
  void restore(source_state s) { n = s.position; }
};
}  // namespace

TEST_CASE("A mixture takes both its sources back, each in its own way") {
  const auto data = toy::ragged_dataset(6, 5);
  auto student = toy::random_bigram(5);
  const auto give = [&](auto& source, gkd::index from, gkd::index to) {
    for (gkd::index k = from; k < to; ++k)
      source.next(student, {.number = k, .size = 1, .round = k});
  };
  mixture source{mixture{plain_count{}, fixed{data}, 0.5}, replay{fixed{data}, 4, 0.0}, 0.5};
  static_assert(detail::has_marks<decltype(source)>);
  static_assert(!detail::has_marks<mixture<fixed<toy::dataset>, fixed<toy::dataset>, constant>>);
  give(source, 0, 30);
  const source_state was = source.state();
  source.mark();
  give(source, 30, 60);
  const source_state now = source.state();
  CHECK(now.parts[0].parts[0].position > was.parts[0].parts[0].position);
  CHECK(now.parts[1].position > was.parts[1].position);
  source.rollback();
  CHECK(source.state().parts[0].parts[0].position == was.parts[0].parts[0].position);
  CHECK(source.state().parts[1].position == was.parts[1].position);
  for (gkd::index i = 0; i < 4; ++i)
    CHECK(source.state().parts[1].sequences[i].tokens == was.parts[1].sequences[i].tokens);
}

TEST_CASE("lambda outside [0, 1] is an error, at once or when a schedule gets there") {
  const auto data = toy::ragged_dataset(6, 5);
  for (double bad : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN()})
    CHECK_ERROR((mixture{fixed{data}, fixed{data}, bad}), errc::bad_argument,
                "want 0 <= lambda <= 1");
  auto student = toy::random_bigram(5);
  mixture grows{fixed{data}, fixed{data}, [](long step) { return 0.1 * double(step); }};
  CHECK_NOTHROW(grows.next(student, {.step = 10}));
  CHECK_ERROR(grows.next(student, {.step = 11}), errc::bad_argument, "at step 11");
}

TEST_CASE(
    "A mixture of what gives whole batches alone can be part of another: it did not compile") {
  const auto data = toy::ragged_dataset(6, 5);
  auto student = toy::random_bigram(5);
  mixture batches{mixture{plain_count{}, fixed{data}, 1.0}, fixed{data}, 1.0};
  CHECK(batches.next(student, {.size = 3})->size() == 1);  // plain_count's
  mixture sequences{mixture{plain_count{}, fixed{data}, 1.0}, fixed{data}, 1.0, draw_per::sequence};
  CHECK_ERROR(sequences.next(student, {.size = 3}), errc::bad_argument,
              "draw_per::sequence needs two sources that give single sequences");
}
