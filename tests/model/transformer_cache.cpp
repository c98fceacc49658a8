// SPDX-License-Identifier: Apache-2.0
// prefill() and decode() against logits() of the whole sequence.
#include <gkd/model/kv_cache.hpp>
#include <gkd/model/transformer.hpp>

#include "model/allocations.hpp"
#include "model/transformer_cases.hpp"
#include "support/catch.hpp"

#include <new>  // bad_alloc

using namespace gkd;
using Catch::Matchers::ContainsSubstring;

namespace {

using model = transformer<reference, double>;
using tokens = std::vector<token>;
using scores = std::vector<double>;

token_batch prompts(const std::vector<tokens>& all) {
  token_batch batch;
  for (const tokens& t : all) batch.add_prompt(t);
  return batch;
}
scores row(matrix_view<const double> z, gkd::index n) {
  return {z.row(n).data, z.row(n).data + z.cols};
}
/// The scores after a sequence, without a cache.
scores rerun(model& m, const tokens& sequence) { return row(m.logits(prompts({sequence})), 0); }

template <class F>
std::string refusal(F&& f) {
  try {
    f();
  } catch (const error& e) {
    return std::string(name_of(e.code())) + ": " + e.what();
  }
  return "accepted";
}

/// Whether f() came to its end although the n-th request for memory in it fails.
template <class F>
bool survives(long n, F&& f) {
  fail_allocation(n);
  try {
    f();
    fail_allocation(0);
    return true;
  } catch (const std::bad_alloc&) {
    fail_allocation(0);
    return false;
  }
}

const transformer_config small{.vocab_size = 7, .width = 6, .heads = 3, .max_positions = 9};

}  // namespace

TEST_CASE("transformer cache: decoding equals running the whole sequence, to the last bit") {
  for (const auto& [name, config] : cases::every_kind()) {
    INFO(name);
    for (bool gradients : {true, false}) {
      model m{config, reference{}, 1, {.gradients = gradients}};
      cases::scramble(m);
      model again = m;
      std::vector<tokens> sequences{{1, 2, 3}, {4}, {5, 6, 0, 1, 2}, {3, 3}};
      const auto first = m.prefill(prompts(sequences));
      for (gkd::index s = 0; s < sequences.size(); ++s)
        REQUIRE(row(first, s) == rerun(again, sequences[s]));

      // in any order, and fewer and fewer of them
      const std::vector<std::vector<gkd::index>> steps{
          {0, 1, 2, 3}, {3, 1, 0}, {1, 3}, {1, 2}, {1}, {1}, {1}};
      for (gkd::index step = 0; step < steps.size(); ++step) {
        tokens next;
        for (gkd::index s : steps[step]) {
          next.push_back(static_cast<token>((3 * step + 2 * s) % 7));
          sequences[s].push_back(next.back());
        }
        const auto z = m.decode(steps[step], next);
        REQUIRE(z.rows == next.size());
        for (gkd::index i = 0; i < next.size(); ++i)
          REQUIRE(row(z, i) == rerun(again, sequences[steps[step][i]]));
      }
    }
  }
}

TEST_CASE("transformer cache: a slot that is named twice takes two tokens at once") {
  model m{small, reference{}, 1};
  m.prefill(prompts({{1, 2}, {3}}));
  const gkd::index slots[] = {1, 0, 1};
  const token next[] = {4, 5, 6};
  const auto z = m.decode(slots, next);
  const std::vector<scores> got{row(z, 0), row(z, 1), row(z, 2)};
  CHECK(got[0] == rerun(m, {3, 4}));
  CHECK(got[1] == rerun(m, {1, 2, 5}));
  CHECK(got[2] == rerun(m, {3, 4, 6}));
}

TEST_CASE("transformer cache: lives through logits, recomputation and a new start") {
  model m{small, reference{}, 1, {.recompute = true}};
  m.prefill(prompts({{1, 2}, {3}, {5}}));
  token_batch other;
  other.add(make_sequence(tokens{4, 5}, tokens{6, 6}));
  m.backward(other, m.logits(other));
  const gkd::index last[] = {2};
  const token four[] = {4};
  CHECK(row(m.decode(last, four), 0) == rerun(m, {5, 4}));

  m.prefill(prompts({{6, 6, 6}}));  // one slot now
  const gkd::index first[] = {0};
  CHECK(row(m.decode(first, four), 0) == rerun(m, {6, 6, 6, 4}));
  CHECK_THAT(refusal([&] { m.decode(last, four); }),
             ContainsSubstring("bad_argument: gkd: slot 2 of the cache, want less than 1"));
}

TEST_CASE("transformer cache: what is refused changes nothing") {
  model m{small, reference{}, 1};
  const gkd::index slots[] = {0, 1};
  const token next[] = {4, 4};
  CHECK_THAT(refusal([&] { m.decode(slots, next); }),
             ContainsSubstring("slot 0 of the cache, want less than 0"));
  m.prefill(prompts({{1, 2, 3, 4, 5, 6, 0, 1}, {3}}));
  m.decode(slots, next);
  CHECK(refusal([&] { m.decode(slots, next); }) ==
        "context_overflow: gkd: slot 0 of the cache would hold 10 tokens, want at most the model's "
        "9 (max_positions)");
  const token one[] = {4}, none[] = {4, 7};
  CHECK_THAT(refusal([&] { m.decode(slots, one); }),
             ContainsSubstring("shape_mismatch: gkd: decode: 2 slots and 1 tokens"));
  CHECK_THAT(refusal([&] { m.decode(slots, none); }),
             ContainsSubstring("vocabulary_mismatch: gkd: decode: slot 1 is given token id 7"));
  const gkd::index second[] = {1};
  CHECK(row(m.decode(second, one), 0) == rerun(m, {3, 4, 4}));  // not {3, 4, 4, 4}
}

TEST_CASE("kv_cache: slots keep their rows while the room doubles") {
  kv_cache<reference, float> cache;
  const gkd::index lengths[] = {1, 2};
  cache.start(reference{}, 1, 1, 100, lengths);
  CHECK(cache.layer(0).rows == 4);  // room 2 for each
  CHECK(std::vector<gkd::index>(cache.rows().begin(), cache.rows().end()) ==
        std::vector<gkd::index>{0, 2, 3});
  const float written[] = {10, 20, 21};
  ops::scatter_rows(reference{}, matrix_view<const float>(written, 3, 1), cache.rows(),
                    cache.layer(0));
  const gkd::index second[] = {1};
  for (gkd::index length = 3; length <= 9; ++length) {
    cache.append(reference{}, second);
    CHECK(cache.length(1) == length);
    CHECK(cache.positions()[0] == length - 1);
    const key_range keys = cache.ranges()[0];
    CHECK(keys.count == length);
    CHECK(cache.rows()[0] == keys.first + length - 1);
    cache.layer(0)(cache.rows()[0], 0) = float(19 + length);
    for (gkd::index i = 0; i < length; ++i)
      CHECK(cache.layer(0)(keys.first + i, 0) == float(20 + i));
    CHECK(cache.layer(0)(0, 0) == 10.0f);
  }
  CHECK(cache.layer(0).rows == 32);  // room 16
  CHECK(cache.length(0) == 1);
}

TEST_CASE("kv_cache: where memory ends while it grows nothing has changed") {
  for (long n = 1;; ++n) {
    INFO("request " << n);
    kv_cache<reference, float> cache;
    const gkd::index lengths[] = {2, 1, 2};
    cache.start(reference{}, 3, 1, 100, lengths);
    for (gkd::index l = 0; l < 3; ++l)
      for (gkd::index r = 0; r < 6; ++r) cache.layer(l)(r, 0) = float(10 * l + r);
    const gkd::index slots[] = {2, 0};
    const bool grown = survives(n, [&] { cache.append(reference{}, slots); });
    const gkd::index room = grown ? 4 : 2;
    REQUIRE(cache.layer(0).rows == 3 * room);
    CHECK(cache.length(0) == (grown ? 3 : 2));
    CHECK(cache.length(1) == 1);
    CHECK(cache.length(2) == (grown ? 3 : 2));
    CHECK(cache.rows().size() == (grown ? 2 : 5));  // of the append, or still of the start
    for (gkd::index l = 0; l < 3; ++l)
      for (gkd::index s = 0; s < 3; ++s)
        for (gkd::index p = 0; p < lengths[s]; ++p)
          CHECK(cache.layer(l)(s * room + p, 0) == float(10 * l + 2 * s + p));
    // and there is memory again
    if (!grown) cache.append(reference{}, slots);
    CHECK(cache.layer(2).rows == 12);
    if (!grown) continue;
    CHECK(n > 5);  // three vectors and three layers
    break;
  }
}

TEST_CASE("kv_cache: where memory ends at its start there is no slot") {
  const gkd::index before[] = {1, 1}, lengths[] = {40, 40, 40};
  for (long n = 1;; ++n) {
    INFO("request " << n);
    kv_cache<reference, float> cache;
    cache.start(reference{}, 4, 2, 100, before);
    if (survives(n, [&] { cache.start(reference{}, 4, 2, 100, lengths); })) {
      CHECK(cache.layer(3).rows == 3 * 64);
      CHECK(n > 5);
      break;
    }
    CHECK(cache.slots() == 0);
    const gkd::index last[] = {2};
    CHECK_THAT(refusal([&] { cache.append(reference{}, last); }),
               ContainsSubstring("slot 2 of the cache, want less than 0"));
  }
}

TEST_CASE("transformer cache: a prefill without memory leaves no slot, a decode all as they were") {
  const std::vector<tokens> sequences{{1, 2, 3, 4}, {5}, {6, 0}};
  const token_batch one = prompts({{1}}), all = prompts(sequences);
  const gkd::index slots[] = {0, 2}, last[] = {2};
  const token next[] = {3, 4}, four[] = {4}, five[] = {5, 5};
  model fresh{small, reference{}, 1};
  const scores first = rerun(fresh, {1, 2, 3, 4, 3, 5}), third = rerun(fresh, {6, 0, 4, 5});
  for (long n = 1, met = 0; met < 2; ++n) {
    INFO("request " << n);
    model m{small, reference{}, 1};
    m.prefill(one);
    met = survives(n, [&] { m.prefill(all); });
    if (!met) {
      CHECK_THAT(refusal([&] { m.decode(last, four); }),
                 ContainsSubstring("slot 2 of the cache, want less than 0"));
      m.prefill(all);
    }
    // room for four tokens, and the first has them: the cache grows
    if (survives(n, [&] { m.decode(slots, next); }))
      ++met;
    else
      m.decode(slots, next);
    const auto z = m.decode(slots, five);
    CHECK(row(z, 0) == first);
    CHECK(row(z, 1) == third);
  }
}
