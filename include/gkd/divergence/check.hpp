// SPDX-License-Identifier: Apache-2.0
// check_divergence: tests a divergence that somebody wrote, on fixed rows, the way the built-in
// ones are tested.
//
//   const auto report = gkd::check_divergence(my_divergence{});
//   if (!report.passed()) std::puts(report.text().c_str());
//
// D >= 0; D = 0 with a zero gradient at equality; dD/dz against differences of D; nothing but
// finite numbers where logits are -inf; an on_row against the formula; an on_wide_row, on float
// logits, against the other form on the same numbers in double. That dD/dz sums to 0 is no property
// of the divergence: the row kernel sees to it.
#pragma once

#include <gkd/core/random.hpp>
#include <gkd/divergence/row.hpp>

#include <string>   // string
#include <utility>  // move
#include <vector>   // vector

namespace gkd::inline v0 {

/// One property that was tested: the worst number met, what it may be, and the row it was met on.
struct divergence_finding {
  std::string property;
  bool passed = true;
  double worst = 0.0;
  double limit = 0.0;
  std::string where;
};

struct divergence_report {
  std::vector<divergence_finding> findings;
  std::vector<std::string> notes;  ///< nothing wrong, but worth knowing

  bool passed() const {
    for (const auto& f : findings)
      if (!f.passed) return false;
    return true;
  }
  /// One line per property, failures marked, then the notes.
  std::string text() const {
    std::string out;
    for (const auto& f : findings)
      out += concat(f.passed ? "ok      " : "FAILED  ", f.property, ": ", f.worst, " (limit ",
                    f.limit, f.where.empty() ? "" : ", worst on ", f.where, ")\n");
    for (const auto& note : notes) out += "note    " + note + "\n";
    return out;
  }
};

namespace detail {

struct check_row {
  std::string name;
  std::vector<double> teacher, student;  // (V)
};

/// Rows of all distances between student and teacher; a noise of 0 is equality.
inline std::vector<check_row> check_rows() {
  std::vector<check_row> rows;
  const random_stream random(1, purpose::data);
  std::uint64_t n = 0;
  for (index vocab : {index{2}, index{3}, index{5}, index{33}}) {
    for (double noise : {0.0, 0.01, 1.0, 5.0}) {
      check_row row{concat("vocabulary ", vocab, ", noise ", noise), {}, {}};
      for (index v = 0; v < vocab; ++v) {
        row.teacher.push_back(3.0 * random.normal(n++));
        row.student.push_back(row.teacher[v] + noise * random.normal(n++));
      }
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

/// Rows with -inf on the teacher's side, on the student's, on both in different columns and in one.
inline std::vector<check_row> check_rows_with_zeros() {
  constexpr double zero = -math::infinity<double>();
  return {{"teacher -inf", {0.5, zero, 1.0, -2.0}, {1.0, 0.0, -1.0, 0.5}},
          {"student -inf", {0.5, 0.3, 1.0, -2.0}, {1.0, zero, -1.0, 0.5}},
          {"both -inf in one column", {0.5, zero, 1.0, -2.0}, {1.0, zero, -1.0, 0.5}},
          {"each -inf in its own column", {0.5, zero, 1.0, -2.0}, {1.0, 0.0, zero, 0.5}},
          {"a probability that underflows", {0.5, -1e4, 1.0, -2.0}, {1.0, 0.0, -1e4, 0.5}}};
}

/// What the row kernel makes of a row.
struct check_outcome {
  row_result result;
  std::vector<double> dz;  // (V)
};

template <class D>
check_outcome evaluate_row(const D& divergence, const check_row& row) {
  const index vocab = row.teacher.size();
  std::vector<double> dz(vocab), scratch(row_scratch<D>(vocab));
  const row_pair<double> pair{row.teacher.data(), row.student.data(), vocab, vocab, vocab};
  const row_result result = divergence_row(divergence, pair, 1.0, 1.0, dz.data(), scratch.data());
  return {result, std::move(dz)};
}

/// An on_wide_row that notes whether it left the row to the other form on purpose.
template <class D>
struct noting_refusal {
  const D& divergence;
  bool& refused;
  auto on_wide_row(row_reference reference) const {
    auto terms = divergence.on_wide_row(reference);
    if constexpr (requires { terms.takes_row(); }) refused = !terms.takes_row();
    return terms;
  }
};

/// What on_wide_row makes of the row, whose numbers become floats.
enum class wide_outcome { taken, refused, no_number };
template <class D>
wide_outcome evaluate_wide_row(const D& divergence, check_row& row, check_outcome& out) {
  const index vocab = row.teacher.size();
  std::vector<float> teacher, student, dz(vocab);
  for (index v = 0; v < vocab; ++v) {
    row.teacher[v] = double(teacher.emplace_back(static_cast<float>(row.teacher[v])));
    row.student[v] = double(student.emplace_back(static_cast<float>(row.student[v])));
  }
  std::vector<double> scratch(row_scratch<D>(vocab));
  const row_pair<float> pair{teacher.data(), student.data(), vocab, vocab, vocab};
  bool refused = false;
  if (!wide_row(noting_refusal<D>{divergence, refused}, pair, 1.0, 1.0, dz.data(), scratch.data(),
                out.result))
    return refused ? wide_outcome::refused : wide_outcome::no_number;
  out.dz.assign(dz.begin(), dz.end());
  return wide_outcome::taken;
}

/// A divergence without its on_row.
template <class D>
struct formula_alone {
  static constexpr bool finite_at_zero_p = detail::finite_at_zero_p<D>();
  static constexpr bool finite_at_zero_q = detail::finite_at_zero_q<D>();
  D divergence;
  template <class T>
  GKD_FN T operator()(T log_p, T log_q) const {
    return divergence(log_p, log_q);
  }
};

template <class D>
class divergence_checker {
 public:
  explicit divergence_checker(const D& divergence) : divergence_(divergence) {}

  divergence_report run() {
    for (const check_row& row : check_rows()) {
      check(row);
      if (row.teacher == row.student) check_equality(row);
      if constexpr (has_wide_row<D>) check_wide(row);
    }
    for (const check_row& row : check_rows_with_zeros()) {
      check(row);
      check_zeros(row);
    }
    if constexpr (divergence<D>) add_notes();
    return std::move(report_);
  }

 private:
  void check(const check_row& row) {
    const check_outcome o = evaluate_row(divergence_, row);
    double number = o.result.value;
    for (double g : o.dz) number += math::abs(g);
    const bool finite = o.result.status == row_status::ok && math::is_finite(number);
    record("rows whose value or gradient is not finite", !finite, 0.0, row);
    if (!finite) return;
    record("value below zero", math::max(0.0, -o.result.value), 1e-13, row);
    // at equality f may have a kink, as total variation has
    if (row.teacher != row.student) check_gradient(row, o.dz);
    if constexpr (divergence<D> && has_on_row<D>) check_formula(row, o);
  }

  void check_equality(const check_row& row) {
    const check_outcome o = evaluate_row(divergence_, row);
    record("value at equality", math::abs(o.result.value), 1e-13, row);
    for (double g : o.dz) record("gradient at equality", math::abs(g), 1e-13, row);
  }

  void check_zeros(const check_row& row) {
    const check_outcome o = evaluate_row(divergence_, row);
    for (index v = 0; v < row.student.size(); ++v)
      if (row.student[v] == -math::infinity<double>())
        record("gradient where the student's logit is -inf", math::abs(o.dz[v]), 0.0, row);
  }

  // dD/dz_k against (D(-2h) - 8 D(-h) + 8 D(h) - D(2h)) / 12h, error h^4
  void check_gradient(const check_row& row, const std::vector<double>& dz) {
    constexpr double h = 1e-4;
    constexpr double weight[] = {1.0, -8.0, 8.0, -1.0}, at[] = {-2.0, -1.0, 1.0, 2.0};
    double largest = 0.0, error = 0.0;
    for (index k = 0; k < dz.size(); ++k) {
      double slope = 0.0;
      for (int i = 0; i < 4; ++i) {
        check_row moved = row;
        moved.student[k] += at[i] * h;
        slope += weight[i] * evaluate_row(divergence_, moved).result.value / (12.0 * h);
      }
      largest = math::max(largest, math::abs(slope));
      error = math::is_nan(slope) ? slope : math::max(error, math::abs(dz[k] - slope));
    }
    record("gradient against differences, relative", error / (largest + 0.01), 1e-6, row);
  }

  // what on_row gives against the same row by the formula and dual numbers
  void check_formula(const check_row& row, const check_outcome& o) {
    const check_outcome f = evaluate_row(formula_alone<D>{divergence_}, row);
    record("on_row against operator(), value", math::abs(o.result.value - f.result.value),
           1e-12 + 1e-12 * math::abs(f.result.value), row);
    for (index v = 0; v < o.dz.size(); ++v)
      record("on_row against operator(), gradient", math::abs(o.dz[v] - f.dz[v]),
             1e-12 + 1e-12 * math::abs(f.dz[v]), row);
  }

  // what on_wide_row gives in float against the same numbers in double by on_row or the formula
  void check_wide(check_row row) {
    check_outcome wide;
    const wide_outcome met = evaluate_wide_row(divergence_, row, wide);
    record("rows where on_wide_row gives no number", met == wide_outcome::no_number, 0.0, row);
    if (met != wide_outcome::taken) return;
    const check_outcome o = evaluate_row(divergence_, row);
    record("on_wide_row against the other form, value",
           math::abs(wide.result.value - o.result.value), 1e-12 + 1e-9 * math::abs(o.result.value),
           row);
    double largest = 0.0, error = 0.0;
    for (index v = 0; v < o.dz.size(); ++v) {
      const double off = math::abs(wide.dz[v] - o.dz[v]);
      largest = math::max(largest, math::abs(o.dz[v]));
      error = math::is_nan(off) ? off : math::max(error, off);
    }
    // one rounding to float, relative to the largest entry
    record("on_wide_row against the other form, gradient", error, 1e-12 + 1e-7 * largest, row);
  }

  void add_notes() {
    const double zero = -math::infinity<double>();
    const auto finite = [&](double log_p, double log_q) {
      const term<double> t = differentiate(divergence_, log_p, log_q);
      return math::is_finite(t.value) && math::is_finite(t.grad);
    };
    if (!finite_at_zero_p<D>() && finite(zero, -0.5))
      report_.notes.push_back(
          "f is finite where the teacher gives 0: with  static constexpr bool finite_at_zero_p = "
          "true  such columns count, now they are left out");
    if (!finite_at_zero_q<D>() && finite(-0.5, zero))
      report_.notes.push_back(
          "f is finite where the student gives 0: with  static constexpr bool finite_at_zero_q = "
          "true  such columns count, now they are left out");
  }

  void record(const char* property, double worst, double limit, const check_row& row) {
    auto found = report_.findings.begin();
    while (found != report_.findings.end() && found->property != property) ++found;
    if (found == report_.findings.end())
      found = report_.findings.insert(found, {property, true, 0.0, limit, ""});
    const bool passed = worst <= limit;  // false for NaN
    // a row that fails is worse than all that pass, whatever their limits; NaN is the worst of all
    const bool worse =
        passed == found->passed ? worst > found->worst || math::is_nan(worst) : !passed;
    if (worse) {
      found->worst = worst;
      found->limit = limit;
      found->where = row.name;
    }
    found->passed = found->passed && passed;
  }

  D divergence_;
  divergence_report report_;
};

}  // namespace detail

/// Tests a divergence, a row divergence or a run-time choice on fixed rows, always the same ones.
template <class D>
divergence_report check_divergence(const D& divergence) {
  check_loss_function<D>();
  static_assert(!target_loss<D>, "gkd: check_divergence is for divergences between two rows");
  if constexpr (!loss_function<D> || target_loss<D>)
    return {};
  else if constexpr (divergence_choice<D>)
    return divergence.visit([](const auto& chosen) { return check_divergence(chosen); });
  else
    return detail::divergence_checker<D>(divergence).run();
}

}  // namespace gkd::inline v0
