// SPDX-License-Identifier: Apache-2.0
// Runs a divergence over rows of every shape, size and distance and keeps, of each property, the
// worst error as a multiple of its tolerance. N01 ... are the ids of the numerical properties that
// every loss, kernel and backend of gkd is held to; the tolerances stand below.
#pragma once

#include <gkd/divergence/row.hpp>

#include "divergence/row_cases.hpp"
#include "divergence/row_reference.hpp"
#include "support/catch.hpp"

#include <limits>    // numeric_limits
#include <map>       // map
#include <optional>  // optional
#include <string>    // string
#include <vector>    // vector

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
  std::vector<double> scratch(gkd::row_scratch<D>(columns));
  const gkd::row_pair<T> row{teacher.data(), student.data(), teacher.size(), student.size(), columns};
  o.result = gkd::divergence_row(divergence, row, temperature, 1.0, o.dz.data(), scratch.data());
  return o;
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

/// N01, N02, N03, N06 and N12 of one row against the oracle.
template <class T, class D, class F>
void check_against_oracle(survey& s, const D& divergence, const F& definition, const sweep_case& c,
                          double temperature, const std::string& name) {
  cases::numbers random(c.seed);
  const cases::pair<T> row = cases::row<T>(c.shape, c.vocab, c.noise, random);
  const auto want = reference::row(definition, row.teacher, row.student, temperature);
  const auto got = run_row(divergence, row.teacher, row.student, temperature);
  const std::string where = name + ", " + c.text();

  s.record("N06 value >= 0", got.value() < 0.0, 0.5, where);
  const auto delta = static_cast<double>(want.distance);
  // below 1e-5 nothing is promised of the value but its sign
  if (delta >= 1e-5)
    s.record(delta < 1 ? "N02 value" : "N01 value",
             static_cast<double>(std::fabs(got.value() - want.value)),
             tolerance<T>::value(delta) * static_cast<double>(want.value) + 1e-300, where);
  long double error = 0, sum = 0, absolute = 0;
  for (std::size_t v = 0; v < c.vocab; ++v) {
    error = std::fmax(error, std::fabs(got.dz[v] - want.dz[v]));
    sum += got.dz[v];
    absolute += std::fabs(got.dz[v]);
  }
  s.record("N03 gradient", static_cast<double>(error),
           tolerance<T>::gradient * static_cast<double>(want.largest) + tolerance<T>::floor, where);
  s.record("N12 sum of the gradient", static_cast<double>(std::fabs(sum)),
           tolerance<T>::row_sum * static_cast<double>(absolute) +
               static_cast<double>(c.vocab) * static_cast<double>(std::numeric_limits<T>::denorm_min()),
           where);
}
