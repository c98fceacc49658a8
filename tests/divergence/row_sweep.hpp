// SPDX-License-Identifier: Apache-2.0
// Runs a divergence over rows of every shape, size and distance and keeps, of each property, the
// worst error as a multiple of its tolerance. N01 ... are the ids of the numerical properties that
// every loss, kernel and backend of gkd is held to; the tolerances stand below.
#pragma once

#include <gkd/divergence/any.hpp>
#include <gkd/divergence/row.hpp>

#include "divergence/row_cases.hpp"
#include "support/catch.hpp"
#include "support/long_double_oracle.hpp"
#include "support/worst_of.hpp"

#include <algorithm>  // all_of, max, max_element, min
#include <cmath>      // fabs, sqrt
#include <limits>     // numeric_limits
#include <map>        // map
#include <optional>   // optional
#include <string>     // string
#include <vector>     // vector

/// What the kernel makes of a row.
template <class T>
struct row_outcome {
  gkd::row_result result;
  std::vector<T> dz;  // (V)
  double value() const { return result.value; }
};

template <class D, class T>
row_outcome<T> run_row(const D& divergence, const std::vector<T>& teacher,
                       const std::vector<T>& student, double temperature = 1.0,
                       std::optional<gkd::index> vocab = {}) {
  const gkd::index columns = vocab.value_or(std::min(teacher.size(), student.size()));
  row_outcome<T> o{{}, std::vector<T>(student.size(), T(0.125))};
  // whatever the scratch holds, nothing of it is read
  std::vector<double> scratch(gkd::row_scratch<D>(columns),
                              std::numeric_limits<double>::quiet_NaN());
  const gkd::row_pair<T> row{teacher.data(), student.data(), teacher.size(), student.size(),
                             columns};
  o.result = gkd::divergence_row(divergence, row, temperature, 1.0, o.dz.data(), scratch.data());
  return o;
}

/// What the oracle makes of it.
struct expected_row {
  long double value = 0;
  std::vector<long double> dz;  // (V)
  long double largest = 0;      // of |dz|
  double delta = 0;             // distance: q-weighted RMS of d - its mean
};

inline oracle::kind kind_of(const gkd::any_divergence& d) {
  if (d.name() == "forward_kl") return oracle::kind::forward_kl;
  if (d.name() == "reverse_kl") return oracle::kind::reverse_kl;
  if (d.name() == "generalized_jsd") return oracle::kind::generalized_jsd;
  if (d.name() == "total_variation") return oracle::kind::total_variation;
  if (d.name() == "jeffreys") return oracle::kind::jeffreys;
  if (d.name() == "skew_forward_kl") return oracle::kind::skew_forward_kl;
  if (d.name() == "skew_reverse_kl") return oracle::kind::skew_reverse_kl;
  return oracle::kind::alpha_divergence;
}

/// q-weighted RMS of (t - s - mean) / temperature over the columns where both are finite.
template <class T>
double distance(const std::vector<T>& teacher, const std::vector<T>& student, double temperature) {
  double max = -INFINITY, sum = 0, mean = 0, square = 0;
  for (T z : student) max = std::max(max, static_cast<double>(z));
  for (int moment = 0; moment < 3; ++moment) {
    for (std::size_t v = 0; v < student.size(); ++v) {
      if (!std::isfinite(teacher[v]) || !std::isfinite(student[v])) continue;
      const double e = std::exp((static_cast<double>(student[v]) - max) / temperature);
      const double d =
          (static_cast<double>(teacher[v]) - static_cast<double>(student[v])) / temperature;
      if (moment == 0) sum += e;
      if (moment == 1) mean += e / sum * d;
      if (moment == 2) square += e / sum * (d - mean) * (d - mean);
    }
  }
  return std::sqrt(square);
}

/// The oracle's gradient of a row of finite logits, relative to the student's most likely token:
/// the oracle's own reference column may hold little of the student's mass, which costs it up to
/// 1e-14 of the largest entry.
template <class T>
std::vector<long double> gradient_from_argmax(oracle::kind kind, long double parameter,
                                              const std::vector<T>& teacher,
                                              const std::vector<T>& student,
                                              long double temperature) {
  using namespace oracle::detail;
  const std::vector<long double> t(teacher.begin(), teacher.end());
  const std::vector<long double> s(student.begin(), student.end());
  columns c = make_columns(t, s, temperature);
  const auto r = static_cast<std::size_t>(std::max_element(s.begin(), s.end()) - s.begin());
  c.d_ref = c.d[r];
  for (std::size_t v = 0; v < s.size(); ++v)
    c.rel[v] = ((t[v] - s[v]) - (t[r] - s[r])) / temperature;
  std::vector<long double> g;
  for (std::size_t v = 0; v < s.size(); ++v) g.push_back(slope(kind, parameter, c, v));
  return through_softmax(g, c.q, temperature);
}

template <class T>
expected_row expect_row(const gkd::any_divergence& d, const std::vector<T>& teacher,
                        const std::vector<T>& student, double temperature = 1.0) {
  const long double parameter = d.parameter().value_or(0.0);
  auto r =
      oracle::row_value_grad(kind_of(d), parameter, std::span<const T>(teacher),
                             std::span<const T>(student), static_cast<long double>(temperature));
  const auto finite = [](T x) { return std::isfinite(x); };
  if (std::all_of(teacher.begin(), teacher.end(), finite) &&
      std::all_of(student.begin(), student.end(), finite))
    r.dz = gradient_from_argmax(kind_of(d), parameter, teacher, student, temperature);
  expected_row e{r.value, r.dz, 0, distance(teacher, student, temperature)};
  for (long double g : e.dz) e.largest = worst_of(e.largest, std::fabs(g));
  return e;
}

/// The tolerances of one number type: multiples of its unit.
template <class T>
struct tolerance {
  static constexpr double epsilon = std::numeric_limits<T>::epsilon();
  static constexpr bool is_double = std::is_same_v<T, double>;
  // N01, N02: value, relative; delta is the distance of student and teacher
  static double value(double delta) {
    return (is_double ? 64 : 16) * epsilon / std::min(1.0, delta);
  }
  // N03: gradient, relative to its largest entry
  static constexpr double gradient = (is_double ? 32 : 8) * epsilon;
  // N12: sum of the gradient, relative to the sum of absolute values
  static constexpr double row_sum = 4 * epsilon;
  // what no relative error can be held below: the smallest normal number
  static constexpr double floor = std::numeric_limits<T>::min();
};

/// The worst of each property.
class survey {
 public:
  struct worst {
    double ratio = 0;
    std::string where;
  };
  void record(const std::string& property, double error, double allowed, const std::string& where) {
    const double ratio = error / allowed;
    worst& w = worst_[property];
    ++count_;
    if (ratio > w.ratio || !(ratio == ratio)) w = {ratio, where};
  }
  void require() const {
    REQUIRE(count_ > 0);
    for (const auto& [property, w] : worst_) {
      INFO(property << ": " << w.ratio << " times its tolerance on " << w.where);
      CHECK(w.ratio <= 1.0);
    }
  }
  const std::map<std::string, worst>& all() const { return worst_; }

 private:
  std::map<std::string, worst> worst_;
  long count_ = 0;
};

struct sweep_case {
  cases::shape shape;
  std::size_t vocab;
  double noise;
  std::uint64_t seed;
  std::string text() const {
    return gkd::concat(cases::name(shape), ", V=", vocab, ", noise ", noise, ", seed ", seed);
  }
};

inline const std::vector<double> noises = {1e-5, 1e-4, 1e-2, 1.0, 10.0};

/// `draws` rows of one vocabulary, over all shapes and distances in turn.
inline std::vector<sweep_case> sweep_cases(std::size_t vocab, std::size_t draws) {
  std::vector<sweep_case> out;
  for (std::size_t i = 0; i < draws; ++i)
    out.push_back({cases::shapes[i % cases::shapes.size()], vocab,
                   noises[(i / cases::shapes.size() + i) % noises.size()], 1000 * vocab + i});
  return out;
}

/// N01, N02, N03, N06 and N12 of what the kernel made of a row.
template <class T>
void record_errors(survey& s, const expected_row& want, const row_outcome<T>& got,
                   const std::string& where) {
  s.record("N06 value >= 0", got.value() < 0.0, 0.5, where);
  // below a distance of 1e-5 nothing is promised of the value but its sign
  if (want.delta >= 1e-5)
    s.record(want.delta < 1 ? "N02 value" : "N01 value",
             static_cast<double>(std::fabs(got.value() - want.value)),
             tolerance<T>::value(want.delta) * static_cast<double>(want.value) + 1e-300, where);
  long double error = 0, sum = 0, absolute = 0;
  for (std::size_t v = 0; v < got.dz.size(); ++v) {
    error = worst_of(error, std::fabs(got.dz[v] - want.dz[v]));
    sum += got.dz[v];
    absolute += std::fabs(got.dz[v]);
  }
  s.record("N03 gradient", static_cast<double>(error),
           tolerance<T>::gradient * static_cast<double>(want.largest) + tolerance<T>::floor, where);
  const double smallest = static_cast<double>(std::numeric_limits<T>::denorm_min());
  s.record("N12 sum of the gradient", static_cast<double>(std::fabs(sum)),
           tolerance<T>::row_sum * static_cast<double>(absolute) +
               static_cast<double>(got.dz.size()) * smallest,
           where);
}

/// The same of one row against the oracle.
template <class T>
void check_against_oracle(survey& s, const gkd::any_divergence& divergence, const sweep_case& c,
                          double temperature = 1.0) {
  cases::numbers random(c.seed);
  const cases::pair<T> row = cases::row<T>(c.shape, c.vocab, c.noise, random);
  record_errors(s, expect_row(divergence, row.teacher, row.student, temperature),
                run_row(divergence, row.teacher, row.student, temperature),
                gkd::concat(divergence.text(), ", temperature ", temperature, ", ", c.text()));
}
