// SPDX-License-Identifier: Apache-2.0
#include <gkd/sample/sampler.hpp>

#include <gkd/core/random.hpp>

#include "support/catch.hpp"
#include "support/golden.hpp"

#include <algorithm>  // sort
#include <cmath>      // log

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;

namespace {

constexpr float infinity = HUGE_VALF;

std::vector<double> p(std::vector<float> logits, const gkd::sampler& s,
                      std::vector<gkd::token> history = {}) {
  return gkd::probabilities(gkd::vector_view(logits.data(), logits.size()), history, s);
}
gkd::token draw(std::vector<float> logits, const gkd::sampler& s, double u,
                std::vector<gkd::token> history = {}) {
  return gkd::draw(gkd::vector_view(logits.data(), logits.size()), history, s, u);
}
void check_near(const std::vector<double>& got, const std::vector<double>& want, double limit) {
  REQUIRE(got.size() == want.size());
  for (std::size_t v = 0; v < want.size(); ++v) CHECK_THAT(got[v], WithinAbs(want[v], limit));
}
std::vector<float> logs(std::vector<double> weights) {
  std::vector<float> z;
  for (double w : weights) z.push_back(static_cast<float>(std::log(w)));
  return z;
}

}  // namespace

TEST_CASE("sampler: each stage by hand") {
  const auto z = logs({1, 2, 4, 1});  // p = 1/8, 1/4, 1/2, 1/8
  check_near(p(z, {}), {0.125, 0.25, 0.5, 0.125}, 1e-7);
  check_near(p(z, {.temperature = 0.5}), {1 / 22.0, 4 / 22.0, 16 / 22.0, 1 / 22.0}, 1e-7);
  check_near(p(z, {.top_k = 2}), {0, 1 / 3.0, 2 / 3.0, 0}, 1e-7);
  check_near(p(z, {.top_k = 3}), {0.125, 0.25, 0.5, 0.125}, 1e-7);  // 0 ties with 3: both stay
  check_near(p(z, {.top_p = 0.4}), {0, 0, 1, 0}, 1e-7);
  check_near(p(z, {.top_p = 0.6}), {0, 1 / 3.0, 2 / 3.0, 0}, 1e-7);
  check_near(p(z, {.top_p = 0.8}), {1 / 7.0, 2 / 7.0, 4 / 7.0, 0}, 1e-7);  // the lower id stays
  check_near(p(z, {.min_p = 0.3}), {0, 1 / 3.0, 2 / 3.0, 0}, 1e-7);
  check_near(p(z, {.greedy = true}), {0, 0, 1, 0}, 0);
  // 2 and -1, with penalty 2, become 1 and -2; twice in the history counts once
  check_near(p({2, 0, -1}, {.repetition_penalty = 2}, {0, 2, 0}), p({1, 0, -2}, {}), 1e-15);
}

TEST_CASE("sampler: draws by the inverse of the distribution function, in the order of ids") {
  const std::vector<float> z{0, -infinity, 0, 0, 0, -infinity};  // four tokens of 1/4
  CHECK(draw(z, {}, 0.0) == 0);
  CHECK(draw(z, {}, 0.2499) == 0);
  CHECK(draw(z, {}, 0.25) == 2);
  CHECK(draw(z, {}, 0.5) == 3);
  CHECK(draw(z, {}, 0.75) == 4);
  CHECK(draw(z, {}, 1.0 - 0x1p-53) == 4);
  CHECK(draw({-infinity, 1, 2}, {}, 0.0) == 1);  // -inf is never drawn, not even by u = 0
  CHECK(draw({1, 3, 3, 2}, {.greedy = true}, 0.9) == 1);
  CHECK(draw({1, 3, 2}, {.repetition_penalty = 2, .greedy = true}, 0.0, {1}) == 2);
}

TEST_CASE("sampler: extreme logits and temperatures") {
  check_near(p({1e30f, -1e30f, 1e30f}, {.temperature = 1e-6}), {0.5, 0, 0.5}, 0);
  check_near(p({-200, -201}, {.temperature = 1e9}), {0.5, 0.5}, 1e-9);
  check_near(p({3e38f, -3e38f}, {}), {1, 0}, 0);
  check_near(p({-infinity, 5}, {.temperature = 0.1, .top_k = 1, .top_p = 0.1, .min_p = 1}), {0, 1},
             0);
}

TEST_CASE("sampler: logits that are no numbers are named") {
  const auto row = [](std::vector<float> z) {
    gkd::token_sampler s({});
    return s.draw(gkd::vector_view(z.data(), z.size()), {}, 0.5,
                  [] { return "sequence 3, token 7"; });
  };
  const std::vector<std::pair<std::vector<float>, std::string>> cases{
      {{0, NAN}, "hold NaN, the first of token 1; want finite numbers"},
      {{NAN, 0}, "hold NaN, the first of token 0; want finite numbers"},
      {{0, infinity}, "hold +inf, the first of token 1; want finite numbers"},
      {{-infinity, infinity, NAN}, "hold +inf, the first of token 1; want finite numbers"},
      {{-infinity, -infinity}, "are nothing but -inf, which excludes every token; want at least"},
      {{}, "are none, want some"}};
  for (const auto& [z, text] : cases)
    try {
      row(z);
      FAIL("no error");
    } catch (const gkd::error& e) {
      CHECK(e.code() == gkd::errc::non_finite);
      CHECK_THAT(e.what(), ContainsSubstring("the logits of sequence 3, token 7 " + text));
    }
  CHECK_THROWS_WITH(draw({0, 0}, {.repetition_penalty = 2}, 0.5, {2}),
                    ContainsSubstring("token id 2 came before, but there are 2 logits"));
}

TEST_CASE("sampler: settings outside their range are named") {
  const auto text = [](const gkd::sampler& s) { gkd::token_sampler{s}; };
  CHECK_THROWS_WITH(text({.temperature = 0}), ContainsSubstring("sampler::temperature is 0, want"));
  CHECK_THROWS_WITH(text({.temperature = NAN}), ContainsSubstring("sampler::temperature is nan"));
  CHECK_THROWS_WITH(text({.top_p = 0}), ContainsSubstring("sampler::top_p is 0"));
  CHECK_THROWS_WITH(text({.top_p = 1.5}), ContainsSubstring("sampler::top_p is 1.5"));
  CHECK_THROWS_WITH(text({.min_p = -0.1}), ContainsSubstring("sampler::min_p is -0.1"));
  CHECK_THROWS_WITH(text({.repetition_penalty = 0}), ContainsSubstring("repetition_penalty is 0"));
  CHECK_NOTHROW(text({.temperature = 0, .greedy = true}));
}

TEST_CASE("sampler: the probabilities of transformers") {
  const auto file = golden::oracle("sampling.golden");
  for (const golden::record& r : file.all("case")) {
    INFO("sampling.golden:" << r.line());
    const auto logits = file.get("row", r.word("row")).list<float>("logits");
    auto got = p(logits,
                 {.temperature = r.number("temperature"),
                  .top_k = r.number<gkd::index>("top_k"),
                  .top_p = r.number("top_p"),
                  .min_p = r.number("min_p"),
                  .repetition_penalty = r.number("repetition_penalty")},
                 r.list<gkd::token>("seen"));
    auto want = r.list<double>("probabilities");
    if (r.number("tie") != 0.0) {  // which of equal logits stays is not defined there
      std::sort(got.begin(), got.end());
      std::sort(want.begin(), want.end());
    }
    check_near(got, want, 1e-14);
  }
}

TEST_CASE("sampler: drawn frequencies fit the probabilities (chi-square)") {
  std::vector<float> z;
  for (std::uint64_t v = 0; v < 20; ++v)
    z.push_back(static_cast<float>(gkd::random_stream(3, gkd::purpose::data).normal(v)));
  const std::vector<gkd::sampler> all{{},
                                      {.temperature = 0.7},
                                      {.temperature = 1.5, .top_k = 10},
                                      {.top_p = 0.9},
                                      {.min_p = 0.1, .repetition_penalty = 1.3}};
  const std::vector<gkd::token> history{0, 5, 5};
  std::uint64_t stream = 0;
  double all_chi_square = 0.0, all_freedom = 0.0;
  for (const gkd::sampler& settings : all) {
    gkd::token_sampler sampler(settings);
    const gkd::random_stream random(11, gkd::purpose::sampling, stream++);
    const auto want = p(z, settings, history);
    std::vector<int> count(z.size());
    constexpr int draws = 40000;
    for (int n = 0; n < draws; ++n)
      ++count[static_cast<gkd::index>(sampler.draw(gkd::vector_view(z.data(), z.size()), history,
                                                   random.uniform(static_cast<std::uint64_t>(n)),
                                                   [] { return ""; }))];
    double chi_square = 0.0, freedom = -1.0;
    for (std::size_t v = 0; v < z.size(); ++v) {
      if (want[v] == 0.0) {
        CHECK(count[v] == 0);
        continue;
      }
      const double expected = want[v] * draws;
      chi_square += (count[v] - expected) * (count[v] - expected) / expected;
      freedom += 1.0;
    }
    // mean k, variance 2 k: at most five standard deviations above
    CHECK(chi_square < freedom + 5.0 * std::sqrt(2.0 * freedom));
    all_chi_square += chi_square;
    all_freedom += freedom;
  }
  // nor more even than chance is, as equally spaced numbers would be
  CHECK(all_freedom > 60.0);
  CHECK(all_chi_square > all_freedom - 5.0 * std::sqrt(2.0 * all_freedom));
}
