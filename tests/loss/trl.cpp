// SPDX-License-Identifier: Apache-2.0
// generalized_jsd_loss: by hand, against TRL's own answers (tests/oracle/trl_gjsd.py), and what TRL
// leaves open. The worst distance to TRL, as a table:  test_loss "[.parity]"
#include <gkd/backend/threads.hpp>
#include <gkd/loss/trl.hpp>

#include <cmath>   // log, fabs
#include <cstdio>  // printf
#include <limits>  // infinity
#include <map>     // map

#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/throws.hpp"
#include "support/worst_of.hpp"

using namespace gkd;

namespace {

const double log3 = std::log(3.0);

// B = 2 sequences of T = 2 positions, V = 2: teacher (3/4, 1/4), student (1/2, 1/2) in every row
struct by_hand {
  std::vector<double> teacher{log3, 0, log3, 0, log3, 0, log3, 0}, student = teacher;
  by_hand() { student.assign(8, 0.0); }
  matrix_view<double> t() { return {teacher.data(), 4, 2}; }
  matrix_view<double> s() { return {student.data(), 4, 2}; }
};

// The reference, which takes chunks of a loop from the last to the first and counts them.
struct backwards : gkd::reference {
  explicit backwards(long& counted) : chunks(&counted) {}
  template <class F>
  void parallel(gkd::index count, gkd::index grain, const F& f) const {
    const gkd::detail::chunk_list list(count, grain);
    for (gkd::index i = list.size; i-- > 0; ++*chunks) f(list.first(i), list.length(i));
  }
  long* chunks;
};

// KL((3/4, 1/4) || (1/2, 1/2)), its two elements
const double left = 0.75 * std::log(1.5), right = 0.25 * std::log(0.5);

}  // namespace

TEST_CASE("Elements in the place of logits would change what the gradient is of") {
  by_hand x;
  for (std::vector<double>* logits : {&x.teacher, &x.student}) {
    const std::vector<double> before = *logits;
    CHECK_ERROR(generalized_jsd_loss(x.s(), x.t(), {}, 0.5, 1.0, trl_reduction::none,
                                     {.sequences = 2, .elements = {logits->data(), 4, 2}}),
                errc::bad_argument, "which they would overwrite; want memory of their own");
    CHECK(*logits == before);
  }
}

TEST_CASE("Every reduction of TRL by hand: one KL in each of 2 x 2 rows") {
  by_hand x;
  const double kl = left + right;
  const auto loss = [&](const std::vector<token>& labels, trl_reduction how) {
    return generalized_jsd_loss(x.s(), x.t(), labels, 0.0, 1.0, how, {.sequences = 2}).value;
  };
  const std::vector<token> three{0, -100, 1, 0};
  CHECK(loss({}, trl_reduction::sum) == Approx(4 * kl).epsilon(1e-14));
  CHECK(loss({}, trl_reduction::batchmean) == Approx(4 * kl / 2).epsilon(1e-14));  // sequences
  CHECK(loss({}, trl_reduction::mean) == Approx(4 * kl / 8).epsilon(1e-14));       // elements
  CHECK(loss(three, trl_reduction::sum) == Approx(3 * kl).epsilon(1e-14));
  CHECK(loss(three, trl_reduction::batchmean) == Approx(3 * kl / 3).epsilon(1e-14));  // tokens
  CHECK(loss(three, trl_reduction::mean) == Approx(3 * kl / 6).epsilon(1e-14));
}

TEST_CASE("Reduction none writes TRL's elements of the rows that count, negative ones too") {
  by_hand x;
  const std::vector<token> two{-100, 0, 1, -100};
  std::vector<double> elements(4), dlogits(8, 7.0);
  const auto r = generalized_jsd_loss(
      x.s(), x.t(), two, 0.0, 1.0, trl_reduction::none,
      {.dlogits = {dlogits.data(), 4, 2}, .elements = {elements.data(), 2, 2}});
  for (std::size_t n : {0u, 2u}) {
    CHECK(elements[n] == Approx(left).epsilon(1e-14));
    CHECK(elements[n + 1] == Approx(right).epsilon(1e-14));  // < 0
  }
  CHECK(r.value == Approx(2 * (left + right)).epsilon(1e-14));  // their sum, and its gradient q - p
  CHECK(dlogits[0] == 0.0);
  CHECK(dlogits[2] == Approx(0.5 - 0.75).epsilon(1e-14));
  CHECK(dlogits[3] == Approx(0.5 - 0.25).epsilon(1e-14));
  CHECK(dlogits[7] == 0.0);
  CHECK(r.counted.weight == 2);
  CHECK(r.rows == 2);
}

TEST_CASE("num_items_in_batch is the divisor whatever the reduction, as in TRL") {
  by_hand x;
  for (auto how :
       {trl_reduction::batchmean, trl_reduction::sum, trl_reduction::mean, trl_reduction::none})
    CHECK(generalized_jsd_loss(x.s(), x.t(), {}, 0.0, 1.0, how, {.num_items_in_batch = 10}).value ==
          Approx(4 * (left + right) / 10).epsilon(1e-14));
}

namespace {

const std::map<std::string, trl_reduction> reductions = {{"batchmean", trl_reduction::batchmean},
                                                         {"sum", trl_reduction::sum},
                                                         {"mean", trl_reduction::mean},
                                                         {"none", trl_reduction::none}};

/// What a case of the golden file gives: a number or the elements, and a gradient.
struct answer {
  std::vector<double> value;     // one, or (rows that count, V)
  std::vector<double> gradient;  // (N, V), empty for reduction none
};

answer recorded(const golden::record& c) {
  return {c.list<double>("value"),
          c.has("gradient") ? c.list<double>("gradient") : std::vector<double>{}};
}

/// The same computed by gkd with logits of type T.
template <class T>
answer computed(const golden::file& file, const golden::record& c) {
  const golden::record& inputs = file.get("inputs", c.word("inputs"));
  auto student = inputs.list<T>("student"), teacher = inputs.list<T>("teacher");
  const auto shape = inputs.shape("student");  // (B, T, V)
  const gkd::index rows = shape[0] * shape[1], vocab = shape[2];
  auto labels = inputs.list<token>("labels");
  if (c.number("labels") == 0) labels.clear();
  if (c.number("labels") == 2) labels.assign(rows, -100);

  const bool none = c.word("reduction") == "none";
  const gkd::index counted = none ? c.list<T>("value").size() / vocab : 0;
  std::vector<T> elements(counted * vocab), dlogits(rows * vocab);
  trl_loss_options<T> o{.sequences = shape[0], .dlogits = {dlogits.data(), rows, vocab}};
  if (none) o.elements = {elements.data(), counted, vocab};
  if (c.number("num_items") != 0) o.num_items_in_batch = c.number("num_items");
  const auto r = generalized_jsd_loss(
      matrix_view(student.data(), rows, vocab), matrix_view(teacher.data(), rows, vocab), labels,
      c.number("beta"), c.number("temperature"), reductions.at(c.word("reduction")), o);
  if (none) return {{elements.begin(), elements.end()}, {}};
  return {{r.value}, {dlogits.begin(), dlogits.end()}};
}

/// |got - want| in units of the largest wanted number; 0 wants exactly 0.
double distance(const std::vector<double>& got, const std::vector<double>& want) {
  REQUIRE(got.size() == want.size());
  double apart = 0, largest = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    apart = worst_of(apart, std::fabs(got[i] - want[i]));
    largest = worst_of(largest, std::fabs(want[i]));
  }
  return apart == 0 ? 0 : apart / largest;
}

/// Worst distances of one comparison, over all its cases.
struct parity {
  int cases = 0;
  double value = 0, elements = 0, gradient = 0;
};

/// got(case) against want(case), for the case as TRL ran it in float32 and in float64; every
/// distance stays below `limit`.
template <class Got, class Want>
parity compare(const golden::file& file, const Got& got, const Want& want, double limit) {
  parity worst;
  const auto cases = file.all("case");
  for (std::size_t i = 0; i + 1 < cases.size(); i += 2) {
    const golden::record &in_float = cases[i], &in_double = cases[i + 1];
    REQUIRE((in_float.word("dtype") == "float32" && in_double.word("dtype") == "float64"));
    INFO("line " << in_float.line() << ": beta " << in_float.number("beta") << ", "
                 << in_float.word("reduction") << ", labels " << in_float.number("labels"));
    const answer a = got(in_float, in_double), b = want(in_float, in_double);
    const double value = distance(a.value, b.value), gradient = distance(a.gradient, b.gradient);
    CHECK(value <= limit);
    CHECK(gradient <= limit);
    double& of_value = b.value.size() == 1 ? worst.value : worst.elements;
    of_value = worst_of(of_value, value);
    worst.gradient = worst_of(worst.gradient, gradient);
    ++worst.cases;
  }
  return worst;
}

using one_case = const golden::record&;
answer trl_float(one_case in_float, one_case) { return recorded(in_float); }
answer trl_double(one_case, one_case in_double) { return recorded(in_double); }

parity double_parity(const golden::file& file) {
  const auto gkd_double = [&](one_case c, one_case) { return computed<double>(file, c); };
  return compare(file, gkd_double, trl_double, 1e-12);
}
parity float_parity(const golden::file& file) {
  const auto gkd_float = [&](one_case c, one_case) { return computed<float>(file, c); };
  return compare(file, gkd_float, trl_double, 1e-6);
}
/// What TRL's float32 itself keeps of its float64, and then gkd's float of TRL's float32.
parity trl_parity(const golden::file& file) { return compare(file, trl_float, trl_double, 5e-6); }
parity float_float_parity(const golden::file& file) {
  const auto gkd_float = [&](one_case c, one_case) { return computed<float>(file, c); };
  return compare(file, gkd_float, trl_float, 5e-6);
}

}  // namespace

TEST_CASE("TRL parity in double: 1e-12 of TRL's float64") {
  const parity worst = double_parity(golden::oracle("trl_gjsd.golden"));
  CHECK(worst.cases == 230);
  CHECK(worst.gradient > 0);  // not compared with itself
}

TEST_CASE("TRL parity in float: 1e-6 of TRL's float64") {
  CHECK(float_parity(golden::oracle("trl_gjsd.golden")).cases == 230);
}

TEST_CASE("TRL parity in float with TRL's float32, as near as that is to TRL's float64") {
  const golden::file file = golden::oracle("trl_gjsd.golden");
  const parity trl = trl_parity(file), ours = float_float_parity(file);
  CHECK(ours.value <= trl.value + 1e-6);
  CHECK(ours.elements <= trl.elements + 1e-6);
  CHECK(ours.gradient <= trl.gradient + 1e-6);
}

TEST_CASE("TRL parity as a table", "[.parity]") {
  const golden::file file = golden::oracle("trl_gjsd.golden");
  const auto print = [](const char* what, const parity& p) {
    std::printf("%-30s %5d   %.1e   %.1e   %.1e\n", what, p.cases, p.value, p.elements, p.gradient);
  };
  std::printf("%-30s %5s   %-7s   %-7s   %s\n", "worst relative distance", "cases", "value", "none",
              "gradient");
  print("gkd double  - TRL float64", double_parity(file));
  print("gkd float   - TRL float64", float_parity(file));
  print("gkd float   - TRL float32", float_float_parity(file));
  print("TRL float32 - TRL float64", trl_parity(file));
}

namespace {

struct random_rows {
  gkd::index n, v;
  std::vector<double> teacher, student;
  random_rows(gkd::index rows, gkd::index vocab, std::uint64_t seed) : n(rows), v(vocab) {
    const random_stream draw(seed, purpose::data);
    for (gkd::index i = 0; i < n * v; ++i) {
      teacher.push_back(3 * draw.normal(2 * i));
      student.push_back(teacher.back() + draw.normal(2 * i + 1));
    }
  }
  matrix_view<const double> t() const { return {teacher.data(), n, v}; }
  matrix_view<double> s() { return {student.data(), n, v}; }
};

/// The reference backend on three threads.
struct threaded : reference {
  thread_pool pool{3};
  template <class F>
  void parallel(gkd::index count, gkd::index grain, const F& f) const {
    pool.parallel(count, grain, f);
  }
};

const std::vector<double> betas{0.0, 1e-3, 0.3, 0.5, 0.9, 1.0};

}  // namespace

TEST_CASE("The gradient is that of the value for every reduction: central differences") {
  random_rows x(4, 5, 1);
  const std::vector<token> labels{2, -100, 0, 4};
  std::vector<double> g(20), elements(15);
  for (double beta : betas)
    for (const auto& [name, how] : reductions) {
      CAPTURE(beta, name);
      const bool none = how == trl_reduction::none;
      const matrix_view<double> out =
          none ? matrix_view(elements.data(), 3, 5) : matrix_view<double>{};
      const auto value = [&] {
        return generalized_jsd_loss(x.s(), x.t(), labels, beta, 0.7, how, {.elements = out}).value;
      };
      generalized_jsd_loss(x.s(), x.t(), labels, beta, 0.7, how,
                           {.dlogits = {g.data(), 4, 5}, .elements = out});
      for (gkd::index i = 0; i < 20; ++i) {
        const double z = x.student[i], h = 1e-5;
        x.student[i] = z + h;
        const double up = value();
        x.student[i] = z - h;
        const double down = value();
        x.student[i] = z;
        CHECK(g[i] == Approx((up - down) / (2 * h)).margin(1e-9));
      }
    }
}

TEST_CASE("The elements of none sum to the rows' values, also with logits of -inf") {
  const double inf = std::numeric_limits<double>::infinity();
  random_rows x(6, 9, 2);
  x.teacher[3] = x.student[12] = x.teacher[20] = x.student[20] = -inf;
  std::vector<double> elements(54);
  for (double beta : betas) {
    CAPTURE(beta);
    generalized_jsd_loss(x.s(), x.t(), {}, beta, 1.0, trl_reduction::none,
                         {.elements = {elements.data(), 6, 9}});
    for (gkd::index n = 0; n < 6; ++n) {
      const double row = generalized_jsd_loss(x.s().slice(n, 1), x.t().slice(n, 1), {}, beta, 1.0,
                                              trl_reduction::sum)
                             .value;
      double sum = 0;
      for (gkd::index v = 0; v < 9; ++v) sum += elements[n * 9 + v];
      CHECK(sum == Approx(row).epsilon(1e-13));
    }
    CHECK(elements[20] == 0.0);  // no mass on either side
  }
}

TEST_CASE("The elements of none are written in chunks of rows, whatever their order") {
  const gkd::index rows = 40, vocab = 1000;
  random_rows x(rows, vocab, 5);
  std::vector<token> labels(rows, 1);
  labels[0] = labels[7] = labels[8] = -100;
  for (double beta : betas) {
    CAPTURE(beta);
    std::vector<double> want(37 * vocab), got(37 * vocab);
    generalized_jsd_loss(x.s(), x.t(), labels, beta, 1.0, trl_reduction::none,
                         {.elements = {want.data(), 37, vocab}});
    long chunks = 0, of_sum = 0;
    generalized_jsd_loss(x.s(), x.t(), labels, beta, 1.0, trl_reduction::none,
                         {.elements = {got.data(), 37, vocab}}, backwards(chunks));
    CHECK(got == want);
    generalized_jsd_loss(x.s(), x.t(), labels, beta, 1.0, trl_reduction::sum, {},
                         backwards(of_sum));
    CHECK(chunks - of_sum >= 2);  // those of the elements
  }
}

TEST_CASE("Equal logits: loss, elements and gradient are exactly 0") {
  random_rows x(3, 8, 3);
  std::vector<double> elements(24, 7.0), g(24, 7.0);
  for (double beta : betas) {
    const auto r =
        generalized_jsd_loss(x.t(), x.t(), {}, beta, 0.9, trl_reduction::none,
                             {.dlogits = {g.data(), 3, 8}, .elements = {elements.data(), 3, 8}});
    CHECK(r.value == 0.0);
    CHECK(g == std::vector<double>(24, 0.0));
    CHECK(elements == std::vector<double>(24, 0.0));
  }
}

TEST_CASE("A batch that is masked whole gives 0, also where TRL's mean of nothing is NaN") {
  random_rows x(3, 4, 4);
  const std::vector<token> labels(3, ignore_index);
  for (const auto& [name, how] : reductions) {
    CAPTURE(name);
    std::vector<double> g(12, 7.0);
    const auto r =
        generalized_jsd_loss(x.s(), x.t(), labels, 0.5, 1.0, how, {.dlogits = {g.data(), 3, 4}});
    CHECK(r.value == 0.0);
    CHECK(r.rows == 0);
    CHECK(g == std::vector<double>(12, 0.0));
  }
}

TEST_CASE("dlogits may be the student's logits, and a backend with threads changes no bit") {
  random_rows x(64, 300, 5);
  const auto copy = x.student;
  std::vector<double> apart(x.student.size());
  const auto a = generalized_jsd_loss(x.s(), x.t(), {}, 0.1, 2.0, trl_reduction::mean,
                                      {.dlogits = {apart.data(), 64, 300}});
  const auto b = generalized_jsd_loss(x.s(), x.t(), {}, 0.1, 2.0, trl_reduction::mean,
                                      {.dlogits = x.s()}, threaded{});
  CHECK(a.value == b.value);
  CHECK(apart == x.student);
  CHECK(apart != copy);
}

TEST_CASE("Wrong arguments of generalized_jsd_loss are typed errors") {
  random_rows x(4, 3, 6);
  std::vector<double> out(12);
  const auto loss = [&](double beta, double temperature, trl_reduction how,
                        const trl_loss_options<double>& o, std::span<const token> labels = {}) {
    return generalized_jsd_loss(x.s(), x.t(), labels, beta, temperature, how, o);
  };
  const double nan = std::nan("");
  for (double beta : {-0.1, 1.1, nan})
    CHECK_ERROR(loss(beta, 1, trl_reduction::sum, {}), errc::bad_argument, "beta is ");
  for (double t : {0.0, -1.0, nan})
    CHECK_ERROR(loss(0.5, t, trl_reduction::sum, {}), errc::bad_argument, "temperature");
  CHECK_ERROR(loss(0.5, 1, trl_reduction::batchmean, {}), errc::bad_argument, ".sequences = B");
  CHECK_ERROR(loss(0.5, 1, trl_reduction::batchmean, {.sequences = 3}), errc::shape_mismatch,
              "4 rows are not 3 sequences");
  for (double items : {0.0, -2.0, nan})
    CHECK_ERROR(loss(0.5, 1, trl_reduction::sum, {.num_items_in_batch = items}), errc::bad_argument,
                "num_items_in_batch is ");
  CHECK_ERROR(loss(0.5, 1, trl_reduction::none, {}), errc::shape_mismatch,
              "elements is (0, 0), want (4, 3)");
  CHECK_ERROR(loss(0.5, 1, trl_reduction::sum, {.elements = {out.data(), 4, 3}}),
              errc::bad_argument, "elements are written by reduction none");
  CHECK_ERROR(loss(0.5, 1, trl_reduction::none,
                   {.dlogits = {out.data(), 4, 3}, .elements = {out.data(), 4, 3}}),
              errc::bad_argument, "elements are where dlogits are, which they would overwrite");
  CHECK_ERROR(loss(0.5, 1, trl_reduction::sum, {.dlogits = {out.data(), 3, 4}}),
              errc::shape_mismatch, "dlogits is (3, 4), want (4, 3)");
  const std::vector<token> two{0, 1}, outside{0, 3, 0, 0};
  CHECK_ERROR(loss(0.5, 1, trl_reduction::sum, {}, two), errc::shape_mismatch,
              "got 2 labels for 4 rows, want one for each");
  CHECK_ERROR(loss(0.5, 1, trl_reduction::sum, {}, outside), errc::vocabulary_mismatch,
              "label of row 1 is 3");
  CHECK_ERROR(generalized_jsd_loss(x.s().columns(0, 2), x.t()), errc::vocabulary_mismatch,
              "dense_loss takes padded vocabularies");
  CHECK_ERROR(generalized_jsd_loss(x.s().columns(0, 0), x.t().columns(0, 0)), errc::empty_data,
              "logits have 0 columns, want at least 1");
  CHECK_ERROR(generalized_jsd_loss(x.s().slice(0, 2), x.t()), errc::shape_mismatch,
              "teacher logits have 4 rows, student logits 2");
  const decltype(x.t()) nowhere(nullptr, 4, 3);
  CHECK_ERROR(generalized_jsd_loss(x.s(), nowhere), errc::shape_mismatch,
              "teacher logits are (4, 3) at a null pointer");
  x.student[7] = nan;
  CHECK_ERROR(loss(0.5, 1, trl_reduction::none, {.elements = {out.data(), 4, 3}}), errc::non_finite,
              "student logits of row 2");
}
