// SPDX-License-Identifier: Apache-2.0
// check_divergence passes what is right and names what is wrong.
#include <gkd/divergence/any.hpp>
#include <gkd/divergence/check.hpp>

#include "support/catch.hpp"

#include <cmath>   // exp
#include <string>  // string

using Catch::Matchers::ContainsSubstring;

namespace {

struct squared_hellinger {
  static constexpr bool finite_at_zero_p = true;
  static constexpr bool finite_at_zero_q = true;
  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
    using namespace gkd::math;
    const T d = exp(log_p / T(2)) - exp(log_q / T(2));
    return d * d;
  }
};
struct undeclared {
  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
    return squared_hellinger{}(log_p, log_q);
  }
};

struct negative {  // minus reverse KL
  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
    using namespace gkd::math;
    return weigh(exp(log_q), log_p - log_q);
  }
};
struct not_zero_at_equality {  // cross-entropy: the entropy of p is missing
  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
    using namespace gkd::math;
    return T(0) - weigh(exp(log_p), log_q);
  }
};
struct nan_at_zero {  // q log(q/p) without weigh, declared finite where it is 0 * inf
  static constexpr bool finite_at_zero_q = true;
  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
    using namespace gkd::math;
    return exp(log_q) * (log_q - log_p);
  }
};
struct wrong_column : squared_hellinger {  // an on_row whose gradient has the wrong sign
  struct row {
    template <class T>
    GKD_FN gkd::term<T> operator()(const gkd::column<T>& c) const {
      const T d = gkd::math::sqrt(c.p) - gkd::math::sqrt(c.q);
      return {d * d, d * gkd::math::sqrt(c.q)};
    }
  };
  GKD_FN row on_row(gkd::row_reference) const { return {}; }
};

// an on_wide_row that is right, and ones with a wrong value, a wrong gradient and a NaN; at_zero is
// wrong where the rows are near, and within its tolerance, which is wider there, where they are far
enum class wide_mistake { none, value, gradient, nan, at_zero };
template <wide_mistake Mistake>
struct wide_hellinger : squared_hellinger {
  struct row {
    gkd::term<double> operator()(const gkd::wide_column& c) const {
      const double d = gkd::math::sqrt(c.p) - gkd::math::sqrt(c.q);
      gkd::term<double> t{d * d, -d * gkd::math::sqrt(c.q)};
      if (Mistake == wide_mistake::value) t.value *= 1.001;
      if (Mistake == wide_mistake::at_zero) t.value += 1e-10 * t.value + 5e-12 * c.q;
      if (Mistake == wide_mistake::gradient) t.grad *= 1.001;
      if (Mistake == wide_mistake::nan && c.p > 0.5) t.grad = std::nan("");
      return t;
    }
  };
  row on_wide_row(gkd::row_reference) const { return {}; }
};

// reverse KL over whole rows, right and with a forgotten factor in the gradient
template <bool Right>
struct whole_rows {
  double row(const double* log_p, const double* log_q, double* grad, gkd::index vocab) const {
    double sum = 0;
    for (gkd::index v = 0; v < vocab; ++v) {
      const double q = std::exp(log_q[v]);
      if (q == 0) continue;
      sum += q * (log_q[v] - log_p[v]);
      grad[v] = (Right ? q : 1.0) * (log_q[v] - log_p[v]);
    }
    return sum;
  }
};

// a gradient that knows nothing of the value; the kernel takes its part along q away
struct unrelated_gradient {
  static constexpr bool finite_at_zero_p = true, finite_at_zero_q = true;
  double row(const double*, const double*, double* grad, gkd::index vocab) const {
    for (gkd::index v = 0; v < vocab; ++v) grad[v] = 1000.0 * double(v) + 7.0;
    return 1.0;
  }
};
// minus the student's entropy: no 0 at equality, and no rest there
struct never_at_rest {
  static constexpr bool finite_at_zero_p = true, finite_at_zero_q = true;
  template <class T>
  GKD_FN T operator()(T /*log_p*/, T log_q) const {
    return gkd::math::weigh(exp(log_q), log_q);
  }
};

const gkd::divergence_finding& find(const gkd::divergence_report& report,
                                    const std::string& property) {
  for (const auto& f : report.findings)
    if (f.property.find(property) != std::string::npos) return f;
  FAIL("no finding about " << property << "\n" << report.text());
  throw 0;
}

}  // namespace

TEST_CASE("every built-in divergence passes") {
  for (const char* name : {"forward_kl", "reverse_kl", "generalized_jsd", "total_variation",
                           "jeffreys", "skew_forward_kl", "skew_reverse_kl", "alpha_divergence"}) {
    const auto report = gkd::check_divergence(gkd::any_divergence::from_name(name));
    INFO(name << "\n" << report.text());
    CHECK(report.passed());
    CHECK(report.notes.empty());
    CHECK(report.findings.size() >= 9);
  }
  for (double beta : {1e-6, 1e-3, 0.999, 1 - 1e-6})
    CHECK(gkd::check_divergence(gkd::generalized_jsd{beta}).passed());
}

TEST_CASE("a divergence of one's own passes, and its report says what was tested") {
  const auto report = gkd::check_divergence(squared_hellinger{});
  CHECK(report.passed());
  CHECK_THAT(report.text(), ContainsSubstring("ok      value at equality: 0 (limit 1e-13)"));
  CHECK(gkd::check_divergence(whole_rows<true>{}).passed());
  // the same every time
  CHECK(gkd::check_divergence(squared_hellinger{}).text() == report.text());
}

TEST_CASE("what could be declared is a note, not a failure") {
  const auto report = gkd::check_divergence(undeclared{});
  CHECK(report.passed());
  REQUIRE(report.notes.size() == 2);
  CHECK_THAT(report.text(), ContainsSubstring("note    f is finite where the teacher gives 0") &&
                                ContainsSubstring("finite_at_zero_q = true"));
}

TEST_CASE("an on_wide_row is compared with the other form") {
  const auto right = gkd::check_divergence(wide_hellinger<wide_mistake::none>{});
  INFO(right.text());
  CHECK(right.passed());
  CHECK(find(right, "on_wide_row against the other form, value").limit > 0.0);
  CHECK(find(gkd::check_divergence(gkd::forward_kl{}), "on_wide_row").passed);

  const auto value = gkd::check_divergence(wide_hellinger<wide_mistake::value>{});
  CHECK_FALSE(find(value, "on_wide_row against the other form, value").passed);
  CHECK(find(value, "on_wide_row against the other form, gradient").passed);
  const auto gradient = gkd::check_divergence(wide_hellinger<wide_mistake::gradient>{});
  CHECK(find(gradient, "on_wide_row against the other form, value").passed);
  CHECK_FALSE(find(gradient, "on_wide_row against the other form, gradient").passed);
  const auto nan = gkd::check_divergence(wide_hellinger<wide_mistake::nan>{});
  CHECK_FALSE(find(nan, "rows where on_wide_row gives no number").passed);
}

TEST_CASE("a failure shows the row that failed, not one that passed with a larger limit") {
  const auto report = gkd::check_divergence(wide_hellinger<wide_mistake::at_zero>{});
  const auto& f = find(report, "on_wide_row against the other form, value");
  INFO(report.text());
  CHECK_FALSE(f.passed);
  CHECK(f.worst > f.limit);
  CHECK(f.worst < 1e-11);  // rows that pass are off by up to 1e-10
}

TEST_CASE("a report names nothing that the row kernel sees to itself") {
  const auto report = gkd::check_divergence(unrelated_gradient{});
  INFO(report.text());
  for (const auto& f : report.findings)
    CHECK(f.property.find("sum of the gradient") == std::string::npos);
  CHECK_FALSE(find(report, "value at equality").passed);
  CHECK_FALSE(find(report, "gradient at equality").passed);
  CHECK_FALSE(find(report, "against differences").passed);
  CHECK_FALSE(find(report, "gradient where the student's logit is -inf").passed);
}

TEST_CASE("rows that an on_wide_row leaves to the other form on purpose are no failure") {
  const auto report = gkd::check_divergence(gkd::generalized_jsd{1 - 1e-9});
  INFO(report.text());
  CHECK(report.passed());
  CHECK(find(report, "rows where on_wide_row gives no number").worst == 0.0);
}

TEST_CASE("each mistake fails its own property") {
  const auto sign = gkd::check_divergence(negative{});
  CHECK_FALSE(find(sign, "value below zero").passed);
  CHECK(find(sign, "against differences").passed);
  CHECK_THAT(sign.text(), ContainsSubstring("FAILED  value below zero"));

  const auto equality = gkd::check_divergence(not_zero_at_equality{});
  CHECK_FALSE(find(equality, "value at equality").passed);
  CHECK(find(equality, "gradient at equality").passed);

  const auto restless = gkd::check_divergence(never_at_rest{});
  CHECK_FALSE(find(restless, "gradient at equality").passed);
  CHECK(find(restless, "against differences").passed);

  const auto zero = gkd::check_divergence(nan_at_zero{});
  CHECK_FALSE(find(zero, "not finite").passed);
  CHECK(find(zero, "not finite").where == "student -inf");

  const auto column = gkd::check_divergence(wrong_column{});
  CHECK_FALSE(find(column, "against differences").passed);
  CHECK_FALSE(find(column, "on_row against operator(), gradient").passed);
  CHECK(find(column, "on_row against operator(), value").passed);

  const auto rows = gkd::check_divergence(whole_rows<false>{});
  CHECK_FALSE(find(rows, "against differences").passed);
  CHECK_FALSE(rows.passed());
}
