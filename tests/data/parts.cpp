// SPDX-License-Identifier: Apache-2.0
// Sources within sources: every level draws for itself.
#include <gkd/data/mixture.hpp>
#include <gkd/data/parts.hpp>
#include <gkd/data/replay.hpp>

#include <cmath>
#include <map>
#include <set>

#include "support/catch.hpp"
#include "support/throws.hpp"
#include "support/toy.hpp"

using namespace gkd;

namespace {

/// Gives sequences that hold its mark, and counts them.
struct marked {
  token mark;
  int made = 0;
  std::optional<token_batch> next(auto& student, const batch_request& request) {
    return detail::whole_batch(*this, student, request);
  }
  std::vector<sequence> sequences(auto&, const batch_request&, std::span<const gkd::index> asked) {
    made += static_cast<int>(asked.size());
    return std::vector(asked.size(), sequence{{0, mark}, {0, 1}});
  }
};

constexpr gkd::index batches = 4000;

/// How often each mark came in `batches` batches of a size, as a share.
std::map<token, double> shares(auto& source, gkd::index size) {
  tabular<float> student(8);
  std::map<token, double> out;
  for (gkd::index k = 0; k < batches; ++k) {
    const auto batch = *source.next(student, {.number = k, .size = size, .seed = 6, .round = k});
    for (token t : batch.targets()) out[t] += 1.0 / double(size * batches);
  }
  return out;
}

/// Four standard deviations of a share of n draws.
double margin(double share, double n) { return 4.0 * std::sqrt(share * (1.0 - share) / n); }

}  // namespace

TEST_CASE("A mixture of a source and a mixture gives all three, per batch and per sequence") {
  for (draw_per outer : {draw_per::batch, draw_per::sequence})
    for (draw_per inner : {draw_per::batch, draw_per::sequence}) {
      INFO("outer " << int(outer) << ", inner " << int(inner));
      mixture second{marked{1}, mixture{marked{2}, marked{3}, 0.5, inner}, 0.5, outer};
      const auto a = shares(second, 1);
      CHECK(a.at(1) == Approx(0.5).margin(margin(0.5, batches)));
      CHECK(a.at(2) == Approx(0.25).margin(margin(0.25, batches)));
      CHECK(a.at(3) == Approx(0.25).margin(margin(0.25, batches)));
      mixture first{mixture{marked{1}, marked{2}, 0.2, inner}, marked{3}, 0.7, outer};
      const auto b = shares(first, 2);
      CHECK(b.at(1) == Approx(0.14).margin(margin(0.14, batches)));
      CHECK(b.at(2) == Approx(0.56).margin(margin(0.56, batches)));
      CHECK(b.at(3) == Approx(0.3).margin(margin(0.3, batches)));
    }
}

TEST_CASE("Mixtures side by side, and three deep, draw apart from each other") {
  // in one batch the left half may choose 1 and the right half 3 or 4: all four pairs come
  mixture sides{mixture{marked{1}, marked{2}, 0.5}, mixture{marked{3}, marked{4}, 0.5}, 0.5,
                draw_per::sequence};
  tabular<float> student(8);
  std::map<std::set<token>, double> together;
  double whole = 0.0;
  for (gkd::index k = 0; k < batches; ++k) {
    const auto batch = *sides.next(student, {.number = k, .size = 8, .seed = 6, .round = k});
    const std::set<token> both(batch.targets().begin(), batch.targets().end());
    if (both.size() == 2) ++together[both], ++whole;
  }
  CHECK(together.size() == 4);
  for (const auto& [pair, count] : together)
    CHECK(count / whole == Approx(0.25).margin(margin(0.25, whole)));

  mixture deep{marked{1},
               mixture{marked{2}, mixture{marked{3}, mixture{marked{4}, marked{5}, 0.5}, 0.5}, 0.5},
               0.5};
  const auto s = shares(deep, 1);
  for (token t : {1, 2, 3, 4, 5}) {
    const double want = t == 5 ? 1.0 / 16 : 1.0 / (1 << t);
    CHECK(s.at(t) == Approx(want).margin(margin(want, batches)));
  }
}

TEST_CASE("A replay of a replay replays twice: a quarter is made anew") {
  replay one{marked{1}, 64, 0.5};
  marked seldom{1}, once{1};
  replay alone{once, 64, 0.5};
  replay inner{seldom, 64, 0.5};
  replay outer{inner, 64, 0.5};
  shares(alone, 2);
  shares(outer, 2);
  CHECK(once.made / (2.0 * batches) == Approx(0.5).margin(margin(0.5, 2.0 * batches)));
  CHECK(seldom.made / (2.0 * batches) == Approx(0.25).margin(margin(0.25, 2.0 * batches)));
}

TEST_CASE("A replay within a mixture and a mixture within a replay keep their shares") {
  marked a{1}, b{2}, c{3};
  mixture outer{a, replay{mixture{b, c, 0.5, draw_per::sequence}, 64, 0.5}, 0.5,
                draw_per::sequence};
  shares(outer, 2);
  const double all = 2.0 * batches;
  CHECK(a.made / all == Approx(0.5).margin(margin(0.5, all)));
  CHECK(b.made / all == Approx(0.125).margin(margin(0.125, all)));  // half of it is replayed
  CHECK(c.made / all == Approx(0.125).margin(margin(0.125, all)));
}

TEST_CASE("A source that is no part of another draws by the seed and its own numbers alone") {
  tabular<float> student(8);
  mixture mixed{marked{1}, marked{2}, 0.3, draw_per::sequence};
  marked fresh{1};
  replay again{fresh, 64, 0.4};
  int made = 0;
  for (gkd::index k = 0; k < 200; ++k) {
    const batch_request request{.number = 2 * k, .size = 3, .seed = 9, .round = k};
    const auto batch = *mixed.next(student, request);
    again.next(student, request);
    for (gkd::index j = 0; j < 3; ++j) {
      const bool first = random_stream(9, purpose::mixing, 2 * k * 3 + j).uniform(0) < 0.3;
      CHECK(batch.targets()[j] == (first ? 1 : 2));
      const bool old = k > 0 && random_stream(9, purpose::replay, 2 * k).uniform(2 * j) < 0.4;
      made += old ? 0 : 1;
    }
  }
  CHECK(fresh.made == made);
}

TEST_CASE("Places: every part of every part has its own") {
  std::set<std::uint64_t> seen{0};
  std::vector<batch_request> level{batch_request{.number = 3, .seed = 4}};
  for (int depth = 0; depth < 6; ++depth) {
    std::vector<batch_request> below;
    for (const batch_request& request : level)
      for (gkd::index part = 0; part < 3; ++part) {
        below.push_back(request_for_part(request, part));
        CHECK(seen.insert(below.back().place).second);
        CHECK(below.back().number == 3);
        CHECK(below.back().seed == 4);
      }
    level = below;
  }
}

namespace {

/// Gives `more` sequences above what is asked, or below.
struct miscounting {
  int more;
  std::optional<token_batch> next(auto& student, const batch_request& request) {
    return detail::whole_batch(*this, student, request);
  }
  std::vector<sequence> sequences(auto&, const batch_request&, std::span<const gkd::index> asked) {
    return std::vector(asked.size() + static_cast<gkd::index>(more), sequence{{0, 1}, {0, 1}});
  }
};

}  // namespace

TEST_CASE("A source that gives another number of sequences than asked is an error, not read past") {
  tabular<float> student(8);
  const batch_request six{.size = 6, .seed = 6};
  const auto refused = [&](auto source, const std::string& text) {
    CHECK_ERROR(source.next(student, six), errc::shape_mismatch, text);
  };
  for (int more : {-6, -1, 1, 7}) {
    const std::string text = concat(" gave ", 6 + more,
                                    " sequences for 6 members, want one for each, in their order");
    miscounting wrong{more};
    marked right{1};
    refused(mixture{wrong, right, 1.0, draw_per::sequence}, "the first source of mixture" + text);
    refused(mixture{right, wrong, 0.0, draw_per::sequence}, "the second source of mixture" + text);
    refused(replay{wrong}, "the source of replay" + text);
    refused(wrong, "gkd: the source" + text);
    refused(mixture{replay{wrong}, right, 1.0, draw_per::sequence}, "the source of replay" + text);
  }
  replay kept{miscounting{1}};
  CHECK_THROWS_AS(kept.next(student, six), error);
  CHECK(kept.state().sequences.empty());
}
