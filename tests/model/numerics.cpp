// SPDX-License-Identifier: Apache-2.0
// N05 and N21: the gradients of a whole model, in float against double, and whatever the sequences
// of a step are grouped, ordered and padded like.
#include <gkd/divergence/jsd.hpp>
#include <gkd/loss/batch_loss.hpp>
#include <gkd/model/transformer.hpp>

#include "model/gradient.hpp"
#include "model/transformer_cases.hpp"
#include "support/catch.hpp"
#include "support/worst_of.hpp"

#include <limits>  // epsilon

using namespace gkd;

namespace {

/// Loss and gradients of a step over these micro-batches, as a trainer takes it.
template <class T>
struct step {
  double loss = 0.0;
  std::vector<double> gradients;
};

template <class T>
step<T> run(const transformer_config& config, const std::vector<token_batch>& micro_batches) {
  transformer<reference, T> student{config, reference{}, 1}, teacher{config, reference{}, 2};
  cases::scramble(student, 0.3);
  cases::scramble(teacher, 0.4);
  loss_count total;
  for (const token_batch& batch : micro_batches) total += count(groups_of(batch));
  step<T> out;
  row_losses rows;
  for (const token_batch& batch : micro_batches) {
    const auto z = student.logits(batch);
    out.loss += batch_loss(generalized_jsd{0.5}, teacher, z, batch, total,
                           {.rows = {config.vocab_size}}, true, reference{}, rows)
                    .value;
    student.backward(batch, z);
  }
  student.parameters([&](std::string_view, auto, auto g) {
    if constexpr (requires { g.rows; }) {
      for (gkd::index i = 0; i < g.size(); ++i) out.gradients.push_back(double(g.flat()[i]));
    } else {
      for (gkd::index i = 0; i < g.size; ++i) out.gradients.push_back(double(g[i]));
    }
  });
  return out;
}

/// The largest difference in units of the largest entry.
template <class A, class B>
double apart(const step<A>& a, const step<B>& b) {
  REQUIRE(a.gradients.size() == b.gradients.size());
  double largest = 0.0, off = 0.0;
  for (gkd::index i = 0; i < a.gradients.size(); ++i) {
    largest = worst_of(largest, std::abs(a.gradients[i]));
    off = worst_of(off, std::abs(a.gradients[i] - b.gradients[i]));
  }
  REQUIRE(largest > 0.0);
  return off / largest;
}

/// Six sequences of five lengths.
std::vector<sequence> six() {
  return {{{1, 2, 3, 4, 5}, {0, 0, 1, 1, 1}}, {{6, 1}, {0, 1}},
          {{2, 2, 0, 6}, {0, 1, 0.5f, 1}},    {{0, 5, 1}, {0, 0, 1}},
          {{4, 4, 4, 4}, {0, 1, 1, 1}},       {{3, 1, 0, 2, 6, 5}, {0, 1, 1, 0, 1, 1}}};
}
token_batch batch_of(const std::vector<sequence>& sequences) {
  return token_batch(std::span<const sequence>(sequences));
}

}  // namespace

TEST_CASE("transformer: gradients in float are those in double [N05]") {
  for (const auto& [name, config] : cases::every_kind()) {
    const auto exact = run<double>(config, {batch_of(six())});
    const auto rounded = run<float>(config, {batch_of(six())});
    INFO(name << ": " << apart(exact, rounded));
    CHECK(apart(exact, rounded) <= 2e-3);
    CHECK(rounded.loss == Approx(exact.loss).epsilon(1e-5));
  }
}

TEMPLATE_TEST_CASE("transformer: order, grouping and padding change no gradient [N21]", "", double,
                   float) {
  const double epsilon = std::numeric_limits<TestType>::epsilon();
  for (const auto& [name, config] : cases::every_kind()) {
    const std::vector<sequence> all = six();
    const auto together = run<TestType>(config, {batch_of(all)});
    const auto check = [&](const std::string& how, const std::vector<token_batch>& batches) {
      const auto other = run<TestType>(config, batches);
      INFO(name << ", " << how << ": " << apart(together, other) / epsilon << " epsilon");
      CHECK(apart(together, other) <= 4 * epsilon);
      CHECK(std::abs(other.loss - together.loss) <= 4 * epsilon * together.loss);
    };
    check("reversed", {batch_of({all.rbegin(), all.rend()})});
    std::vector<token_batch> alone;
    for (const sequence& s : all) alone.push_back(batch_of({s}));
    check("each alone", alone);
    check("in two groups",
          {batch_of({all[4], all[1], all[0]}), batch_of({all[5], all[2], all[3]})});
    for (const gkd::index more : {gkd::index{1}, gkd::index{3}}) {
      // masked tokens after the last one that counts are seen by no row
      std::vector<sequence> padded = all;
      for (sequence& s : padded) {
        s.tokens.resize(s.tokens.size() + more, 6);
        s.weights.resize(s.weights.size() + more, 0.0f);
      }
      const auto other = run<TestType>(config, {batch_of(padded)});
      INFO(name << ", " << more << " masked tokens appended");
      CHECK(other.loss == together.loss);  // to the last bit
      CHECK(other.gradients == together.gradients);
    }
  }
}
