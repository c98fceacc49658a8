// SPDX-License-Identifier: Apache-2.0
#include <gkd/divergence/any.hpp>
#include <gkd/divergence/jsd.hpp>
#include <gkd/divergence/kl.hpp>
#include <gkd/loss/dense.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>

#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;

TEST_CASE("Forward KL of two rows, by hand") {
  // teacher (3/4, 1/4), student (1/2, 1/2): KL = 3/4 ln(3/2) + 1/4 ln(1/2) = 0.130812
  const double log3 = std::log(3.0);
  double teacher[] = {log3, 0, 0, 0}, student[] = {0, 0, 0, 0}, dlogits[4];
  const loss_result r = dense_loss(forward_kl{}, matrix_view(teacher, 2, 2),
                                   matrix_view(student, 2, 2), {}, matrix_view(dlogits, 2, 2));
  CHECK(r.value == Approx((0.75 * std::log(1.5) + 0.25 * std::log(0.5)) / 2).epsilon(1e-14));
  CHECK(r.rows == 2);
  CHECK(r.counted.weight == 2);
  CHECK(dlogits[0] == Approx((0.5 - 0.75) / 2).epsilon(1e-14));  // (q - p) / tokens
  CHECK(dlogits[1] == Approx((0.5 - 0.25) / 2).epsilon(1e-14));
  CHECK(dlogits[2] == 0.0);  // the second rows are equal: exactly nothing
  CHECK(dlogits[3] == 0.0);
}

namespace {

struct rows {
  std::vector<float> teacher, student;
  gkd::index n, v;
  matrix_view<const float> t() const { return {teacher.data(), n, v}; }
  matrix_view<const float> s() const { return {student.data(), n, v}; }
};

rows random_rows(gkd::index n, gkd::index v, std::uint64_t seed) {
  rows r{std::vector<float>(n * v), std::vector<float>(n * v), n, v};
  const random_stream draw(seed, purpose::data);
  for (gkd::index i = 0; i < n * v; ++i) {
    r.teacher[i] = static_cast<float>(3 * draw.normal(2 * i));
    r.student[i] = r.teacher[i] + static_cast<float>(draw.normal(2 * i + 1));
  }
  return r;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace

TEST_CASE("Rows with label -100 are not read: whatever they hold, nothing changes [N19]") {
  rows r = random_rows(6, 11, 1);
  const std::vector<token> labels{1, -100, 3, -100, 0, -100};
  std::vector<float> clean(66), dirty(66);
  const auto before = dense_loss(generalized_jsd{0.5}, r.t(), r.s(), {.labels = labels},
                                 matrix_view(clean.data(), 6, 11));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  for (float bad : {nan, inf, -inf, 1e38f}) {
    for (gkd::index n : {1, 3, 5})
      for (gkd::index v = 0; v < 11; ++v) r.teacher[n * 11 + v] = r.student[n * 11 + v] = bad;
    const auto after = dense_loss(generalized_jsd{0.5}, r.t(), r.s(), {.labels = labels},
                                  matrix_view(dirty.data(), 6, 11));
    CHECK(after.value == before.value);
    CHECK(after.rows == 3);
    CHECK(same_bits(clean, dirty));
  }
}

TEST_CASE("A batch that is masked whole gives loss 0 and gradient 0 [N29]") {
  const rows r = random_rows(3, 5, 2);
  const std::vector<token> labels(3, ignore_index);
  std::vector<float> dlogits(15, 7.0f);
  const auto result =
      dense_loss(reverse_kl{}, r.t(), r.s(), {.labels = labels}, matrix_view(dlogits.data(), 3, 5));
  CHECK(result.value == 0.0);
  CHECK(result.rows == 0);
  CHECK(dlogits == std::vector<float>(15, 0.0f));
}

TEST_CASE("dlogits may be the student's logits themselves") {
  rows r = random_rows(4, 9, 3);
  std::vector<float> apart(36);
  const auto a =
      dense_loss(generalized_jsd{0.1}, r.t(), r.s(), {}, matrix_view(apart.data(), 4, 9));
  const auto b = dense_loss(generalized_jsd{0.1}, r.t(), matrix_view(r.student.data(), 4, 9), {},
                            matrix_view(r.student.data(), 4, 9));
  CHECK(a.value == b.value);
  CHECK(same_bits(apart, r.student));
}

TEST_CASE("Views with a stride give what contiguous ones give") {
  const rows r = random_rows(3, 8, 4);
  const auto narrow = r.t().columns(2, 5), student = r.s().columns(2, 5);
  std::vector<float> t, s;
  for (gkd::index n = 0; n < 3; ++n)
    for (gkd::index v = 0; v < 5; ++v) {
      t.push_back(narrow(n, v));
      s.push_back(student(n, v));
    }
  CHECK(dense_loss(forward_kl{}, narrow, student).value ==
        dense_loss(forward_kl{}, matrix_view(t.data(), 3, 5), matrix_view(s.data(), 3, 5)).value);
}

TEST_CASE("Chunks of 1, 7 or 64 rows give the bits of all rows at once [N22]") {
  const rows r = random_rows(130, 33, 12);
  std::vector<float> whole(r.n * r.v), parts(r.n * r.v);
  const loss_options sum{.reduction = normaliser::sum};
  const double value =
      dense_loss(generalized_jsd{0.1}, r.t(), r.s(), sum, matrix_view(whole.data(), r.n, r.v))
          .value;
  for (const gkd::index chunk : {gkd::index{1}, gkd::index{7}, gkd::index{64}, r.n}) {
    double total = 0.0;
    for (gkd::index first = 0; first < r.n; first += chunk) {
      const gkd::index n = std::min(chunk, r.n - first);
      const matrix_view d(parts.data() + first * r.v, n, r.v);
      total +=
          dense_loss(generalized_jsd{0.1}, r.t().slice(first, n), r.s().slice(first, n), sum, d)
              .value;
    }
    INFO("chunks of " << chunk);
    CHECK(same_bits(parts, whole));
    CHECK(total == Approx(value).epsilon(4 * std::numeric_limits<double>::epsilon()));
  }
}

TEST_CASE("Every normaliser is the weighted sum of the rows' own losses") {
  const rows r = random_rows(5, 7, 5);
  std::vector<double> row(5);
  for (gkd::index n = 0; n < 5; ++n)
    row[n] = dense_loss(generalized_jsd{0.9}, r.t().slice(n, 1), r.s().slice(n, 1)).value;
  const std::vector<gkd::index> offsets{0, 2, 5};
  const auto value = [&](normaliser how) {
    return dense_loss(generalized_jsd{0.9}, r.t(), r.s(),
                      {.row_offsets = offsets, .reduction = how})
        .value;
  };
  CHECK(value(normaliser::sum) ==
        Approx(row[0] + row[1] + row[2] + row[3] + row[4]).epsilon(1e-14));
  CHECK(value(normaliser::token_mean) ==
        Approx((row[0] + row[1] + row[2] + row[3] + row[4]) / 5).epsilon(1e-14));
  CHECK(value(normaliser::sequence_mean) ==
        Approx(((row[0] + row[1]) / 2 + (row[2] + row[3] + row[4]) / 3) / 2).epsilon(1e-14));
}

TEST_CASE("The gradient is that of the value: central differences in double") {
  const random_stream draw(6, purpose::data);
  std::vector<double> t(12), s(12), g(12);
  for (gkd::index i = 0; i < 12; ++i) t[i] = draw.normal(i), s[i] = draw.normal(100 + i);
  const std::vector<float> weights{0.5f, 0, 2};
  for (double beta : {0.0, 0.1, 0.5, 1.0})
    for (double temperature : {0.5, 2.0}) {
      const loss_options o{.weights = weights, .temperature = temperature};
      const auto d = any_divergence::from_beta(beta);
      const auto value = [&] {
        return dense_loss(d, matrix_view(t.data(), 3, 4), matrix_view(s.data(), 3, 4), o).value;
      };
      dense_loss(d, matrix_view(t.data(), 3, 4), matrix_view(s.data(), 3, 4), o,
                 matrix_view(g.data(), 3, 4));
      for (gkd::index i = 0; i < 12; ++i) {
        const double x = s[i], h = 1e-5;
        s[i] = x + h;
        const double up = value();
        s[i] = x - h;
        const double down = value();
        s[i] = x;
        CHECK(g[i] == Approx((up - down) / (2 * h)).margin(1e-9));
      }
    }
}

TEST_CASE("Extra columns of a padded vocabulary take no part, and their mass is reported") {
  // teacher of 3 tokens + 2 columns of padding, student of 3 + 1
  const float inf = std::numeric_limits<float>::infinity();
  const float teacher[] = {1, 2, 3, -inf, 3}, student[] = {1, 1, 2, 2};
  float dlogits[4];
  const auto padded =
      dense_loss(generalized_jsd{0.5}, matrix_view(teacher, 1, 5), matrix_view(student, 1, 4),
                 {.vocab_size = 3}, matrix_view(dlogits, 1, 4));
  const auto exact =
      dense_loss(generalized_jsd{0.5}, matrix_view(teacher, 1, 3), matrix_view(student, 1, 3));
  CHECK(padded.value == exact.value);
  CHECK(dlogits[3] == 0.0f);
  const double e1 = std::exp(1.0), e2 = std::exp(2.0), e3 = std::exp(3.0);
  CHECK(padded.teacher_outside == Approx(e3 / (e1 + e2 + 2 * e3)));
  CHECK(padded.student_outside == Approx(e2 / (2 * e1 + 2 * e2)));
  CHECK(exact.teacher_outside == 0.0);
}

TEST_CASE("Bad input is a typed error that says what, where and what was wanted") {
  rows r = random_rows(2, 3, 7);
  std::vector<float> dlogits(6);
  const auto loss = [&](const loss_options& o) {
    return dense_loss(forward_kl{}, r.t(), r.s(), o);
  };
  const std::vector<token> three{0, 1, 2}, out_of_range{0, 3}, negative{-1, 0};
  const std::vector<float> bad_weight{1, -1};
  CHECK_ERROR(loss({.labels = three}), errc::shape_mismatch,
              "got 3 labels for 2 rows, want one for each");
  CHECK_ERROR(loss({.labels = out_of_range}), errc::vocabulary_mismatch, "label of row 1 is 3");
  CHECK_ERROR(loss({.labels = negative}), errc::vocabulary_mismatch, "label of row 0 is -1");
  CHECK_ERROR(loss({.weights = bad_weight}), errc::bad_argument, "weight of row 1 is -1");
  CHECK_ERROR(loss({.reduction = normaliser::sequence_mean}), errc::bad_argument, "row_offsets");
  CHECK_ERROR(loss({.vocab_size = 4}), errc::vocabulary_mismatch, "vocab_size is 4");
  for (double t : {0.0, -1.0, 1e-5, std::nan(""), std::numeric_limits<double>::infinity()})
    CHECK_ERROR(loss({.temperature = t}), errc::bad_argument, "temperature of the loss is");
  CHECK_ERROR(dense_loss(forward_kl{}, r.t().slice(0, 1), r.s()), errc::shape_mismatch,
              "teacher logits have 1 rows, student logits 2");
  CHECK_ERROR(dense_loss(forward_kl{}, r.t(), r.s(), {}, matrix_view(dlogits.data(), 3, 2)),
              errc::shape_mismatch, "dlogits is (3, 2), want (2, 3)");
  CHECK_ERROR(dense_loss(forward_kl{}, r.t(), r.s(), {}, matrix_view(dlogits.data(), 0, 3)),
              errc::shape_mismatch, "dlogits is (0, 3), want (2, 3)");
}

TEST_CASE("Logits at a null pointer are told from those in memory, unless there are none") {
  rows r = random_rows(2, 3, 7);
  const matrix_view<const float> nowhere(nullptr, 2, 3);
  CHECK_ERROR(dense_loss(forward_kl{}, nowhere, r.s()), errc::shape_mismatch,
              "teacher logits are (2, 3) at a null pointer, want a view of memory that holds them");
  CHECK_ERROR(dense_loss(forward_kl{}, r.t(), nowhere), errc::shape_mismatch,
              "student logits are (2, 3) at a null pointer");
  CHECK_ERROR(dense_loss(forward_kl{}, r.t(), r.s(), {}, {nullptr, 2, 3}), errc::shape_mismatch,
              "dlogits are (2, 3) at a null pointer");
  const std::vector<float> before = r.teacher;
  CHECK_ERROR(dense_loss(forward_kl{}, r.t(), r.s(), {}, {r.teacher.data(), 2, 3}),
              errc::bad_argument, "dlogits are where the teacher's logits are, which they would");
  CHECK(r.teacher == before);
  CHECK(dense_loss(forward_kl{}, nowhere.slice(0, 0), nowhere.slice(0, 0)).rows == 0);
}

TEST_CASE("A gradient over a part of the logits is refused, one beside them is not") {
  const rows r = random_rows(3, 4, 9);
  std::vector<float> memory(64);
  std::copy(r.student.begin(), r.student.end(), memory.begin());
  const matrix_view<const float> student(memory.data(), 3, 4);
  const auto loss = [&](gkd::index at) {
    return dense_loss(forward_kl{}, r.t(), student, {}, {memory.data() + at, 3, 4}).value;
  };
  for (gkd::index at : {1u, 4u, 11u})
    CHECK_ERROR(loss(at), errc::bad_argument,
                "dlogits are where a part of the student's logits is, which they would overwrite");
  const double beside = loss(12);
  CHECK(loss(0) == beside);

  // teacher, student and gradient as columns of one matrix
  const matrix_view<float> wide(memory.data(), 3, 12);
  for (gkd::index i = 0; i < 3; ++i)
    for (gkd::index j = 0; j < 4; ++j) {
      wide(i, j) = r.t()(i, j);
      wide(i, 4 + j) = r.s()(i, j);
    }
  CHECK(dense_loss(forward_kl{}, matrix_view<const float>(wide.columns(0, 4)),
                   matrix_view<const float>(wide.columns(4, 4)), {}, wide.columns(8, 4))
            .value == beside);
}

TEST_CASE("A NaN or +inf logit names its row and side [N20]") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  for (float bad : {nan, inf}) {
    rows r = random_rows(3, 5, 8);
    r.student[7] = bad;
    CHECK_ERROR(dense_loss(generalized_jsd{0.5}, r.t(), r.s()), errc::non_finite,
                concat("student logits of row 1 hold ", std::isnan(bad) ? "NaN" : "+inf",
                       ", the first of token 2; want"));
    rows q = random_rows(3, 5, 8);
    q.teacher[14] = bad;
    CHECK_ERROR(dense_loss(reverse_kl{}, q.t(), q.s()), errc::non_finite,
                concat("teacher logits of row 2 hold ", std::isnan(bad) ? "NaN" : "+inf",
                       ", the first of token 4; want"));
  }
  rows none = random_rows(1, 2, 9);
  none.teacher = {-inf, -inf};
  CHECK_ERROR(dense_loss(forward_kl{}, none.t(), none.s()), errc::non_finite, "nothing but -inf");
  none.teacher = {0, -inf};
  none.student = {-inf, 0};
  CHECK_ERROR(dense_loss(forward_kl{}, none.t(), none.s()), errc::non_finite, "in common");
}

namespace {
struct gives_nan {  // on the second row alone, whose teacher prefers token 0
  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
    return log_p > T(-0.1) ? log_p / T(0) - log_q / T(0) : log_q - log_q;
  }
};
struct gives_nan_value {
  double row(const double*, const double*, double*, gkd::index) const { return std::nan(""); }
};
struct gives_nan_gradient {
  double row(const double*, const double*, double* g, gkd::index) const {
    g[0] = std::nan("");
    return 1;
  }
};
}  // namespace

TEST_CASE("A divergence of one's own that gives no number is an error with its row [N20]") {
  const std::vector<double> teacher{0, 0, 9, 0}, student{0, 1, 2, 1};
  std::vector<double> dlogits(4);
  const auto loss = [&](const auto& divergence) {
    dense_loss(divergence, matrix_view(teacher.data(), 2, 2), matrix_view(student.data(), 2, 2), {},
               matrix_view(dlogits.data(), 2, 2));
  };
  CHECK_ERROR(loss(gives_nan{}), gkd::errc::non_finite, "the divergence of row 1 gave");
  CHECK_ERROR(loss(gives_nan_value{}), gkd::errc::non_finite, "the divergence of row 0 gave");
  CHECK_ERROR(loss(gives_nan_gradient{}), gkd::errc::non_finite, "the divergence of row 0 gave");
}

TEST_CASE("A gradient beyond float is an error with its row, not infinite numbers") {
  const float teacher[] = {0, 1, 0, -3e38f}, student[] = {0, 0, 0, 0};
  const matrix_view<const float> t(teacher, 2, 2), s(student, 2, 2);
  float given[4];
  const matrix_view dlogits(given, 2, 2);
  CHECK(dense_loss(reverse_kl{}, t, s, {.temperature = 10}, dlogits).rows == 2);
  CHECK_ERROR(dense_loss(reverse_kl{}, t, s, {.temperature = 0.1}, dlogits),
              gkd::errc::non_finite, "the divergence of row 1 gave a value or gradient");
  CHECK(std::isfinite(dense_loss(reverse_kl{}, t, s, {.temperature = 0.1}).value));
}

TEST_CASE("Rows without columns are an error, not a read out of bounds [N31]") {
  // room for nothing: a read of a first column is one beyond the end
  const std::unique_ptr<float[]> teacher(new float[0]), student(new float[0]);
  const matrix_view<const float> t(teacher.get(), 2, 0), s(student.get(), 2, 0);
  const rows r = random_rows(2, 3, 10);
  CHECK_ERROR(dense_loss(forward_kl{}, t, s), errc::empty_data,
              "teacher logits have 0 columns and student logits 0, want at least 1 of both");
  CHECK_ERROR(dense_loss(generalized_jsd{0.5}, t, r.s()), errc::empty_data, "student logits 3");
  CHECK_ERROR(dense_loss(generalized_jsd{0.5}, r.t(), s), errc::empty_data, "student logits 0");
}

TEST_CASE("No rows, one token of vocabulary: loss 0 [N31]") {
  const rows r = random_rows(3, 1, 10);
  float dlogits[3] = {9, 9, 9};
  CHECK(dense_loss(generalized_jsd{0.5}, r.t(), r.s(), {}, matrix_view(dlogits, 3, 1)).value ==
        0.0);
  CHECK(dlogits[0] == 0.0f);
  CHECK(dense_loss(forward_kl{}, matrix_view<const float>(nullptr, 0, 4),
                   matrix_view<const float>(nullptr, 0, 4))
            .value == 0.0);
}
