// SPDX-License-Identifier: Apache-2.0
#include <gkd/eval/divergence_metrics.hpp>

#include <gkd/core/random.hpp>
#include <gkd/eval/perplexity.hpp>

#include "eval/fixed_model.hpp"
#include "support/catch.hpp"

#include <algorithm>  // max
#include <cmath>      // exp, log

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinAbs;
using gkd::sequence;

namespace {

double kl(double a, double b) {  // of (a, 1 - a) and (b, 1 - b)
  return a * std::log(a / b) + (1 - a) * std::log((1 - a) / (1 - b));
}
double entropy(double a) { return -a * std::log(a) - (1 - a) * std::log(1 - a); }

}  // namespace

TEST_CASE("divergence metrics: two rows by hand") {
  // after 0: teacher (3/4, 1/4), student (1/5, 4/5); after 1: both (1/2, 1/2)
  fixed_model<double> teacher{{{std::log(3.0), 0.0}, {1.0, 1.0}}};
  fixed_model<double> student{{{0.0, std::log(4.0)}, {2.0, 2.0}}};
  const std::vector<sequence> sequences{{{1, 0, 1}, {0, 1, 3}}};  // rows 1 -> 0 (1), 0 -> 1 (3)
  const auto m = gkd::measure_divergences(student, teacher, sequences);
  CHECK_THAT(m.forward_kl, WithinAbs(0.75 * kl(0.75, 0.2), 1e-15));
  CHECK_THAT(m.reverse_kl, WithinAbs(0.75 * kl(0.2, 0.75), 1e-15));
  CHECK_THAT(m.jsd, WithinAbs(0.75 * 0.5 * (kl(0.75, 0.475) + kl(0.2, 0.475)), 1e-15));
  CHECK_THAT(m.cross_entropy, WithinAbs(0.25 * std::log(2.0) - 0.75 * std::log(0.8), 1e-15));
  CHECK_THAT(m.teacher_cross_entropy,
             WithinAbs(0.25 * std::log(2.0) - 0.75 * std::log(0.25), 1e-15));
  CHECK_THAT(m.entropy, WithinAbs(0.25 * std::log(2.0) + 0.75 * entropy(0.2), 1e-15));
  CHECK_THAT(m.teacher_entropy, WithinAbs(0.25 * std::log(2.0) + 0.75 * entropy(0.75), 1e-15));
  CHECK(m.token_agreement == 0.25);  // of equal logits the first counts
  CHECK_THAT(m.perplexity(), WithinAbs(std::exp(m.cross_entropy), 1e-15));
  CHECK(m.tokens == 4.0);
  CHECK(m.sequences == 1);
  CHECK((m.student_outside == 0.0 && m.teacher_outside == 0.0));
  CHECK(m.entries().front() == std::pair<std::string, double>{"forward_kl", m.forward_kl});
}

TEST_CASE("divergence metrics: at temperature 2 every logit counts half") {
  // teacher (9, 1) / 10 and student (1, 16) / 17 at temperature 1, here (3, 1) / 4 and (1, 4) / 5
  fixed_model<double> teacher{{{std::log(9.0), 0.0}}}, student{{{0.0, std::log(16.0)}}};
  const std::vector<sequence> sequences{{{0, 1}, {0, 1}}};
  const auto m = gkd::measure_divergences(student, teacher, sequences, {.temperature = 2.0});
  CHECK_THAT(m.forward_kl, WithinAbs(kl(0.75, 0.2), 1e-15));
  CHECK_THAT(m.reverse_kl, WithinAbs(kl(0.2, 0.75), 1e-15));
  CHECK_THAT(m.jsd, WithinAbs(0.5 * (kl(0.75, 0.475) + kl(0.2, 0.475)), 1e-15));
  CHECK_THAT(m.cross_entropy, WithinAbs(-std::log(0.8), 1e-15));
  CHECK_THAT(m.teacher_cross_entropy, WithinAbs(-std::log(0.25), 1e-15));
  CHECK_THAT(m.entropy, WithinAbs(entropy(0.2), 1e-15));
  CHECK_THAT(m.teacher_entropy, WithinAbs(entropy(0.75), 1e-15));
  CHECK(m.token_agreement == 0.0);
}

TEST_CASE("divergence metrics: batches change nothing, and a model does not differ from itself") {
  const gkd::random_stream random(4, gkd::purpose::data);
  fixed_model<float> student, teacher;
  std::vector<sequence> sequences;
  std::uint64_t n = 0;
  for (int t = 0; t < 7; ++t) {
    student.table.emplace_back();
    teacher.table.emplace_back();
    for (int v = 0; v < 7; ++v) {
      student.table.back().push_back(static_cast<float>(random.normal(n++)));
      teacher.table.back().push_back(static_cast<float>(2 * random.normal(n++)));
    }
    std::vector<gkd::token> tokens;
    for (int i = 0; i < 3 + t; ++i) tokens.push_back(static_cast<gkd::token>(random.below(n++, 7)));
    sequences.push_back(gkd::make_sequence(std::vector<gkd::token>{t}, tokens));
  }
  const auto one = gkd::measure_divergences(student, teacher, sequences, {.batch_size = 1});
  for (gkd::index size : {2u, 3u, 50u})
    CHECK(gkd::measure_divergences(student, teacher, sequences, {.batch_size = size}).entries() ==
          one.entries());
  CHECK(one.cross_entropy == gkd::measure_perplexity(student, sequences).cross_entropy);
  CHECK(one.teacher_cross_entropy == gkd::measure_perplexity(teacher, sequences).cross_entropy);
  CHECK(
      (one.forward_kl > 0.1 && one.reverse_kl > 0.1 && one.jsd > 0.01 && one.jsd < std::log(2.0)));

  const auto self = gkd::measure_divergences(student, student, sequences);
  CHECK((self.forward_kl == 0.0 && self.reverse_kl == 0.0 && self.jsd == 0.0));
  CHECK(self.token_agreement == 1.0);
  CHECK(self.entropy == self.teacher_entropy);
}

TEST_CASE("divergence metrics: padded columns and tokens that one side rules out") {
  constexpr double zero = -HUGE_VAL;
  fixed_model<double> teacher{{{0.0, 0.0, 0.0, 0.0}}};  // one column more
  fixed_model<double> student{{{0.0, 0.0, zero}}};
  const auto m =
      gkd::measure_divergences(student, teacher, std::vector<sequence>{{{0, 1}, {0, 1}}});
  // forward KL is taken on the first two columns, where both are (1/2, 1/2)
  CHECK_THAT(m.forward_kl, WithinAbs(0.0, 1e-15));
  CHECK_THAT(m.teacher_outside, WithinAbs(0.5, 1e-15));
  CHECK(m.student_outside == 0.0);
  CHECK_THAT(m.teacher_entropy, WithinAbs(std::log(3.0), 1e-15));
  CHECK_THAT(m.entropy, WithinAbs(std::log(2.0), 1e-15));
  CHECK_THAT(m.reverse_kl, WithinAbs(std::log(1.5), 1e-15));  // (1/2, 1/2, 0) from (1/3, 1/3, 1/3)

  fixed_model<double> other{{{zero, zero, 0.0}}};
  const auto apart =
      gkd::measure_divergences(student, other, std::vector<sequence>{{{0, 1}, {0, 1}}});
  CHECK((apart.forward_kl == HUGE_VAL && apart.reverse_kl == HUGE_VAL));
  CHECK_THAT(apart.jsd, WithinAbs(std::log(2.0), 1e-15));
}

TEST_CASE("divergence metrics: entropy of any row is what the definition gives") {
  const gkd::random_stream random(5, gkd::purpose::data);
  const auto by_definition = [](const std::vector<float>& x) {
    long double largest = -HUGE_VALL, sum = 0, entropy = 0;
    for (float v : x) largest = std::max(largest, static_cast<long double>(v));
    for (float v : x) sum += std::exp(v - largest);
    for (float v : x) {
      const long double p = std::exp(v - largest) / sum;
      if (p > 0) entropy -= p * std::log(p);
    }
    return static_cast<double>(entropy);
  };
  std::uint64_t n = 0;
  for (float spread : {0.0f, 1e-6f, 1.0f, 30.0f, 3000.0f})  // flat, ..., all but one underflow
    for (bool ruled_out : {false, true}) {
      fixed_model<float> model{{{}}};
      for (int v = 0; v < 203; ++v)
        model.table[0].push_back(7.0f + spread * static_cast<float>(random.normal(n++)));
      if (ruled_out) model.table[0][11] = -HUGE_VALF;
      const auto m =
          gkd::measure_divergences(model, model, std::vector<sequence>{{{0, 1}, {0, 1}}});
      CHECK_THAT(m.entropy, WithinAbs(by_definition(model.table[0]), 1e-13));
      CHECK(m.entropy == m.teacher_entropy);
    }
}

TEST_CASE("divergence metrics: of equal logits the first counts, wherever they stand") {
  const auto agreement = [](std::vector<float> p, std::vector<float> q) {
    fixed_model<float> teacher{{std::move(p)}}, student{{std::move(q)}};
    return gkd::measure_divergences(student, teacher, std::vector<sequence>{{{0, 1}, {0, 1}}})
        .token_agreement;
  };
  constexpr float zero = -HUGE_VALF;
  CHECK(agreement({1, 3, 3, 0}, {0, 2, 2, 2}) == 1.0);
  CHECK(agreement({1, 3, 3, 0}, {0, 2, 2.5f, 2}) == 0.0);
  CHECK(agreement({zero, 3, 3, 0}, {zero, -7, -8, -7}) == 1.0);
  CHECK(agreement({0, 0, 0, 9}, {0, 0, 0, 0, 9}) == 0.0);  // columns beyond the vocabulary
  CHECK(agreement({9, 0, 0, 0}, {9, 0, 0, 0, 11}) == 1.0);
}

TEST_CASE("divergence metrics: what cannot be measured is named") {
  fixed_model<float> student{{{0.0f, 0.0f}}}, teacher{{{NAN, 0.0f}}}, narrow{{{0.0f}}};
  const std::vector<sequence> sequences{{{0, 1}, {0, 1}}};
  CHECK_THROWS_WITH(gkd::measure_divergences(student, teacher, sequences),
                    ContainsSubstring("teacher logits of sequence 0, position 0 hold NaN"));
  CHECK_THROWS_WITH(gkd::measure_divergences(teacher, student, sequences),
                    ContainsSubstring("student logits of sequence 0, position 0 hold NaN"));
  CHECK_THROWS_WITH(
      gkd::measure_divergences(student, narrow, sequences),
      ContainsSubstring("the label of sequence 0, position 0 is 1, want 0 <= id < 1"));
  CHECK_THROWS_WITH(gkd::measure_divergences(student, student, {}),
                    ContainsSubstring("none of the 0"));
  std::vector<sequence> many(20, sequences[0]);
  many[17].weights[1] = -1.0f;
  CHECK_THROWS_WITH(gkd::measure_divergences(student, student, many),
                    ContainsSubstring("sequence 17 of the data, token 1: weight -1"));
}
