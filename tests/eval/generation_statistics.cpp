// SPDX-License-Identifier: Apache-2.0
#include <gkd/eval/generation_statistics.hpp>

#include "support/catch.hpp"
#include "support/throws.hpp"

using gkd::make_sequence;
using tokens = std::vector<gkd::token>;

TEST_CASE("generation statistics by hand") {
  const gkd::generation_options options{.max_new_tokens = 3, .stop_tokens = {0}};
  const std::vector<gkd::sequence> generated{
      make_sequence(tokens{1}, tokens{2, 0}), make_sequence(tokens{1}, tokens{2, 2, 2}),
      make_sequence(tokens{1}, tokens{2, 2, 0}), make_sequence(tokens{1, 1, 1}, tokens{2})};
  const auto s = gkd::measure_generations(generated, options);
  CHECK((s.sequences == 4 && s.tokens == 9 && s.eos == 2 && s.length == 1 && s.context == 1));
  CHECK((s.shortest == 1 && s.longest == 3));
  CHECK(s.mean_length() == 2.25);
  CHECK(s.eos_rate() == 0.5);
  CHECK(s.entries()[5] == std::pair<std::string, double>{"eos_rate", 0.5});
  CHECK(gkd::measure_generations({}, options).mean_length() == 0.0);
}

TEST_CASE("generation statistics: stop tokens of another number of sequences are an error") {
  gkd::generation_options options{.max_new_tokens = 2, .stop_tokens_of = {{1}, {2}}};
  const std::vector<gkd::sequence> four(4, make_sequence(tokens{0}, tokens{1}));
  CHECK_ERROR(gkd::measure_generations(four, options), gkd::errc::shape_mismatch,
              "generation_options::stop_tokens_of has 2 entries, want none or 4");
  options.stop_tokens_of.resize(5);
  CHECK_ERROR(gkd::measure_generations(four, options), gkd::errc::shape_mismatch,
              "has 5 entries, want none or 4");
  options.stop_tokens_of = {{1}, {}, {2}, {1}};
  CHECK(gkd::measure_generations(four, options).eos == 2);
}
