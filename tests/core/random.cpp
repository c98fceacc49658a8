// SPDX-License-Identifier: Apache-2.0
#include <gkd/core/random.hpp>

#include <array>
#include <cmath>
#include <set>

#include "support/catch.hpp"
#include "support/golden.hpp"

using gkd::philox_block;
using gkd::purpose;
using gkd::random_stream;

static std::array<std::uint32_t, 4> words(philox_block b) {
  return {b.word[0], b.word[1], b.word[2], b.word[3]};
}

TEST_CASE("Philox4x32-10 gives the published vectors") {
  // Random123, tests/kat_vectors, lines "philox4x32 10"
  CHECK(words(gkd::philox({{0, 0, 0, 0}}, 0)) ==
        std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(words(gkd::philox({{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}},
                          0xffffffffffffffff)) ==
        std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(words(gkd::philox({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}},
                          0x299f31d0a4093822)) ==
        std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("Philox4x32-10 gives what Random123's own code gives") {
  // tests/oracle/philox.c; the key's word 0 is the low half of our 64 bits
  const golden::file file = golden::oracle("philox.golden");
  int published = 0, computed = 0;
  for (const golden::record& c : file.all("case")) {
    const auto counter = c.list<std::uint32_t>("counter"), key = c.list<std::uint32_t>("key");
    const auto answer = c.list<std::uint32_t>("answer");
    REQUIRE((counter.size() == 4 && key.size() == 2 && answer.size() == 4));
    const philox_block got = gkd::philox({{counter[0], counter[1], counter[2], counter[3]}},
                                         (std::uint64_t{key[1]} << 32) | key[0]);
    INFO("line " << c.line());
    CHECK(words(got) == std::array<std::uint32_t, 4>{answer[0], answer[1], answer[2], answer[3]});
    ++(c.word("source") == "published" ? published : computed);
  }
  CHECK(published == 3);
  CHECK(computed > 20);
}

TEST_CASE("A number is a function of seed, purpose, id and position alone") {
  const random_stream a(7, purpose::sampling, 3);
  const double tenth = a.uniform(10);
  for (std::uint64_t n = 0; n < 20; ++n) a.uniform(n);
  CHECK(a.uniform(10) == tenth);
  CHECK(random_stream(7, purpose::sampling, 3).uniform(10) == tenth);

  CHECK(random_stream(8, purpose::sampling, 3).uniform(10) != tenth);
  CHECK(random_stream(7, purpose::shuffle, 3).uniform(10) != tenth);
  CHECK(random_stream(7, purpose::sampling, 4).uniform(10) != tenth);
  CHECK(random_stream(7, purpose::sampling, 3 + (std::uint64_t{1} << 32)).uniform(10) != tenth);
  CHECK(a.uniform(11) != tenth);
}

TEST_CASE("A stream does not come round after 2^33 numbers") {
  const random_stream r(7, purpose::sampling, 3);
  const std::uint64_t round = std::uint64_t{1} << 33;
  std::set<double> seen;
  for (std::uint64_t rounds : {0u, 1u, 2u, 3u, 1u << 30})
    for (std::uint64_t n = 0; n < 1000; ++n) seen.insert(r.uniform(rounds * round + n));
  CHECK(seen.size() == 5000);
  CHECK(r.normal(round / 2) != r.normal(0));
  CHECK(r.uniform(round) == random_stream(7, purpose::sampling, 3).uniform(round));
  // the last of the first round and the first of the second, by Philox itself
  const auto last = gkd::philox({{~0u, 3, 0, 1}}, 7), key = gkd::philox({{1, 0, 0, 0}}, 7);
  const auto first = gkd::philox({{0, 3, 0, 1}}, (std::uint64_t{key.word[0]} << 32) | key.word[1]);
  CHECK(r.uniform(round - 2) == (last.word[0] * 0x1p21 + last.word[1] / 2048) * 0x1p-53);
  CHECK(r.uniform(round) == (first.word[0] * 0x1p21 + first.word[1] / 2048) * 0x1p-53);
}

TEST_CASE("Uniform numbers lie in [0, 1), with the moments of the uniform distribution") {
  const random_stream r(1, purpose::data);
  const int n = 200000;
  double mean = 0, square = 0;
  std::array<int, 16> bins{};
  for (int i = 0; i < n; ++i) {
    const double u = r.uniform(static_cast<std::uint64_t>(i));
    REQUIRE((u >= 0.0 && u < 1.0));
    mean += u / n;
    square += u * u / n;
    ++bins[static_cast<std::size_t>(u * 16)];
  }
  CHECK(mean == Approx(0.5).margin(0.003));          // 4.6 standard errors
  CHECK(square == Approx(1.0 / 3.0).margin(0.003));
  double chi2 = 0;
  for (int count : bins) chi2 += std::pow(count - n / 16.0, 2) / (n / 16.0);
  CHECK(chi2 < 37.7);  // 15 degrees of freedom, p = 0.001
}

TEST_CASE("Normal numbers have mean 0, variance 1 and the normal's fourth moment") {
  const random_stream r(2, purpose::weights, 5);
  const int n = 200000;
  double m1 = 0, m2 = 0, m4 = 0;
  for (int i = 0; i < n; ++i) {
    const double x = r.normal(static_cast<std::uint64_t>(i));
    m1 += x / n;
    m2 += x * x / n;
    m4 += x * x * x * x / n;
  }
  CHECK(m1 == Approx(0).margin(0.01));
  CHECK(m2 == Approx(1).margin(0.015));
  CHECK(m4 == Approx(3).margin(0.12));
}

TEST_CASE("Integers reach every value below the bound and none above") {
  const random_stream r(3, purpose::data);
  std::set<std::uint64_t> seen;
  for (std::uint64_t i = 0; i < 1000; ++i) seen.insert(r.below(i, 7));
  CHECK(seen == std::set<std::uint64_t>{0, 1, 2, 3, 4, 5, 6});
  CHECK(r.below(0, 1) == 0);
}
