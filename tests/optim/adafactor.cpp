// SPDX-License-Identifier: Apache-2.0
#include <gkd/optim/adafactor.hpp>

#include <gkd/core/random.hpp>

#include "optim/list_student.hpp"
#include "support/catch.hpp"

#include <algorithm>  // max
#include <cmath>      // abs, isfinite, sqrt
#include <cstddef>    // ptrdiff_t

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinRel;

TEST_CASE("adafactor: the first step of a vector and of a matrix by hand") {
  // At step 1 beta2 = 0: the vector's v is g^2, u = +-1, rms 1, so x -= lr sign(g).
  // The matrix g = (1 2; 2 4): g^2 has row means 2.5, 10 and column means 2.5, 10, so that
  // r_i c_j / mean r = (1 4; 4 16), exact for a product: u is 1 everywhere.
  list_student<double> s;
  s.add("b", {0.0, 0.0}, {3.0, -0.5});
  s.add("w", 2, 2, {0, 0, 0, 0}, {1, 2, 2, 4});
  auto optimizer = gkd::adafactor{}.bind(s);
  optimizer.step(0.25);
  CHECK_THAT(s.value(0)[0], WithinRel(-0.25, 1e-14));
  CHECK_THAT(s.value(0)[1], WithinRel(0.25, 1e-14));
  for (double x : s.value(1)) CHECK_THAT(x, WithinRel(-0.25, 1e-14));
  std::vector<std::string> names;
  optimizer.visit_state([&](const std::string& name, auto view) {
    names.push_back(name);
    CHECK(view.size == 2);
  });
  CHECK(names == std::vector<std::string>{"b.exp_avg_sq", "w.exp_avg_sq_row", "w.exp_avg_sq_col"});
}

TEST_CASE("adafactor: updates are clipped, and measured in the parameter's size if wanted") {
  list_student<double> s;
  s.add("b", {4.0, 0.0}, {1.0, 1.0});
  gkd::adafactor{.clip_threshold = 0.5}.bind(s).step(1.0);
  CHECK_THAT(s.value(0)[0], WithinRel(3.5, 1e-14));
  gkd::adafactor{.scale_parameter = true}.bind(s).step(0.5);  // rms(x) = sqrt((3.5^2 + 0.5^2) / 2)
  CHECK_THAT(s.value(0)[0], WithinRel(3.5 - 0.5 * std::sqrt(6.25), 1e-14));
}

TEST_CASE("adafactor: a matrix with gaps between its rows is updated as one without") {
  list_student<float> gaps, plain;
  gaps.add("w", 2, 2, {1, 2, 77, 3, 4, 77}, {1, -1, 55, 2, -2, 55}, 3);
  plain.add("w", 2, 2, {1, 2, 3, 4}, {1, -1, 2, -2});
  auto a = gkd::adafactor{.beta1 = 0.5}.bind(gaps), b = gkd::adafactor{.beta1 = 0.5}.bind(plain);
  for (int i = 0; i < 3; ++i) {
    a.step(0.01);
    b.step(0.01);
  }
  const auto& x = gaps.value(0);
  CHECK(std::vector<float>{x[0], x[1], x[3], x[4]} == plain.value(0));
  CHECK((x[2] == 77 && x[5] == 77));
}

namespace {
/// Cuts loops into chunks of one, and works on the last one first.
struct backwards : gkd::reference {
  int* chunks;
  template <class F>
  void parallel(gkd::index count, gkd::index /*grain*/, const F& f) const {
    *chunks += static_cast<int>(count);
    for (gkd::index i = count; i-- > 0;) f(i, gkd::index{1});
  }
};
}  // namespace

TEMPLATE_TEST_CASE("adafactor: in chunks for threads, and their cut changes no bit", "", float,
                   double) {
  using numbers = std::vector<TestType>;
  const gkd::random_stream random(3, gkd::purpose::data);
  std::uint64_t n = 0;
  const auto draw = [&](gkd::index size) {
    numbers x(size);
    for (auto& v : x) v = static_cast<TestType>(random.normal(n++));
    return x;
  };
  const std::vector<std::pair<gkd::index, gkd::index>> shapes{
      {1, 1}, {7, 130}, {150, 65}, {3, 1100}};
  for (bool all : {false, true})
    for (const auto& [rows, cols] : shapes) {
      const gkd::adafactor_step s{.learning_rate = 0.125,
                                  .beta1 = all ? 0.5 : 0.0,
                                  .beta2 = 0.75,
                                  .weight_decay = 0.25,
                                  .scale_parameter = all};
      const numbers g = draw(rows * cols);
      const numbers x0 = draw(rows * cols);
      const auto steps = [&](const auto& backend) {
        numbers x = x0, m(all ? x.size() : 0), r(rows, 1), c(cols, 1), v(x.size(), 1);
        const auto view = [](auto& of) { return gkd::vector_view(of.data(), of.size()); };
        gkd::matrix_view<TestType> m_matrix(m.data(), all ? rows : 0, all ? cols : 0);
        gkd::matrix_view<TestType> x_matrix(x.data(), rows, cols);
        gkd::ops::adafactor(backend, s, gkd::matrix_view(g.data(), rows, cols), view(r), view(c),
                            m_matrix, x_matrix);
        gkd::ops::adafactor(backend, s, view(g), view(v), view(m), view(x));
        return std::vector<numbers>{x, m, r, c, v};
      };
      int chunks = 0;
      backwards backend;
      backend.chunks = &chunks;
      CHECK(steps(backend) == steps(gkd::reference{}));
      CHECK(chunks >= static_cast<int>(2 * rows + cols / 64));  // of the matrix alone
    }
}

namespace {
/// A double that counts how often reading goes back by more than `far` in [begin, end).
struct traced {
  double value = 0.0;
  traced() = default;
  explicit traced(double x) : value(x) {}
  explicit operator double() const {
    if (this >= begin && this < end) {
      returns += last - this > far;
      last = this;
    }
    return value;
  }
  static inline const traced *begin = nullptr, *end = nullptr, *last = nullptr;
  static inline std::ptrdiff_t far = 0;
  static inline int returns = 0;
};
}  // namespace

TEST_CASE("adafactor: a large matrix is read much as it lies in memory") {
  // r and c hold all of g_ij = +-p_i q_j, so that u is +-1 at step 1
  const gkd::index rows = 70, cols = 1100;
  const auto sign = [](gkd::index k) { return k % 3 == 0 ? -1.0 : 1.0; };
  std::vector<traced> g(rows * cols), x(rows * cols), r(rows), c(cols);
  for (gkd::index k = 0; k < g.size(); ++k)
    g[k].value = sign(k) * double(k / cols + 1) * double(k % cols % 7 + 1);
  traced::begin = traced::last = g.data();
  traced::end = g.data() + g.size();
  traced::far = 32 * cols;
  const auto in_one_chunk = [](gkd::index n, gkd::index, const auto& f) { f(gkd::index{0}, n); };
  gkd::loop::adafactor<traced>({.learning_rate = 0.25}, {g.data(), rows, cols}, {r.data(), rows},
                               {c.data(), cols}, {}, {x.data(), rows, cols}, in_one_chunk);
  double worst = 0.0;
  for (gkd::index k = 0; k < x.size(); ++k)
    worst = std::max(worst, std::abs(x[k].value + 0.25 * sign(k)));
  CHECK(worst < 1e-12);
  CHECK(traced::returns == 3 + 1);  // for three more passes, and for the last of the columns
}

TEST_CASE("adafactor: an epsilon1 that moments cannot hold would divide 0 by 0, and is refused") {
  const auto least_works = [](auto zero, double least) {
    using number = decltype(zero);
    list_student<number> s;
    s.add("w", 2, 3, {1, 2, 3, 4, 5, 6}, {0, 0, 0, 0, number(0.5), 0});
    s.add("b", {1, 2}, {0, 1});
    CHECK_THROWS_WITH(gkd::adafactor{.epsilon1 = least / 2}.bind(s),
                      ContainsSubstring("for moments in the student's numbers"));
    auto optimizer = gkd::adafactor{.epsilon1 = least}.bind(s);
    for (int i = 0; i < 3; ++i) optimizer.step(0.01);
    for (gkd::index p : {0u, 1u})
      for (number x : s.value(p)) CHECK(std::isfinite(x));
    CHECK(s.value(0)[0] == number(1));
  };
  least_works(0.0f, 1.2e-38);
  least_works(0.0, 1.5e-154);
  list_student<float> s;
  CHECK_THROWS_WITH(gkd::adafactor{.epsilon1 = 1e-50}.bind(s),
                    ContainsSubstring("adafactor::epsilon1 is 1e-50"));
}

TEST_CASE("adafactor: settings outside their range are named") {
  list_student<float> s;
  CHECK_THROWS_WITH(gkd::adafactor{.epsilon1 = 0.0}.bind(s),
                    ContainsSubstring("adafactor::epsilon1 is 0"));
  CHECK_THROWS_WITH(gkd::adafactor{.epsilon2 = -1.0}.bind(s),
                    ContainsSubstring("adafactor::epsilon2 is -1"));
  CHECK_THROWS_WITH(gkd::adafactor{.clip_threshold = 0.0}.bind(s),
                    ContainsSubstring("adafactor::clip_threshold is 0"));
  CHECK_THROWS_WITH(gkd::adafactor{.decay_rate = 0.8}.bind(s),
                    ContainsSubstring("adafactor::decay_rate is 0.8"));
  CHECK_THROWS_WITH(gkd::adafactor{.beta1 = 1.0}.bind(s),
                    ContainsSubstring("adafactor::beta1 is 1"));
  CHECK_THROWS_WITH(gkd::adafactor{.weight_decay = -1.0}.bind(s),
                    ContainsSubstring("adafactor::weight_decay is -1"));
}
