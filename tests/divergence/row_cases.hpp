// SPDX-License-Identifier: Apache-2.0
// Rows to test divergences on: teacher logits of many shapes, and a student at a chosen distance.
// Every row is a function of its seed alone.
#pragma once

#include <cmath>    // cos, log, sqrt
#include <cstdint>  // uint64_t
#include <random>   // mt19937_64
#include <string>   // string
#include <vector>   // vector

namespace cases {

class numbers {
 public:
  explicit numbers(std::uint64_t seed) : engine_(seed) {}
  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
  std::size_t below(std::size_t n) {
    return static_cast<std::size_t>(uniform() * static_cast<double>(n));
  }
  double normal() {
    const double u = 1.0 - uniform();
    return std::sqrt(-2.0 * std::log(u)) * std::cos(6.283185307179586 * uniform());
  }

 private:
  std::mt19937_64 engine_;
};

enum class shape { normal, flat, sharp, one_hot, two_point, uniform, ties, sorted, zipf, tiny };
inline const std::vector<shape> shapes = {
    shape::normal,  shape::flat, shape::sharp,  shape::one_hot, shape::two_point,
    shape::uniform, shape::ties, shape::sorted, shape::zipf,    shape::tiny};

inline std::string name(shape s) {
  switch (s) {
    case shape::normal: return "normal, std 3";
    case shape::flat: return "normal, std 0.1";
    case shape::sharp: return "normal, std 30";
    case shape::one_hot: return "one-hot";
    case shape::two_point: return "two-point";
    case shape::uniform: return "uniform";
    case shape::ties: return "ties";
    case shape::sorted: return "sorted";
    case shape::zipf: return "Zipf";
    case shape::tiny: return "normal, std 60";
  }
  return "";
}

inline std::vector<double> logits(shape s, std::size_t vocab, numbers& random) {
  std::vector<double> x(vocab);
  const std::size_t hot = random.below(vocab), other = random.below(vocab);
  for (std::size_t v = 0; v < vocab; ++v) {
    switch (s) {
      case shape::normal: x[v] = 3 * random.normal(); break;
      case shape::flat: x[v] = 0.1 * random.normal(); break;
      case shape::sharp: x[v] = 30 * random.normal(); break;
      case shape::one_hot: x[v] = v == hot ? 40 : 0; break;
      case shape::two_point: x[v] = v == hot || v == other ? 20 : random.normal(); break;
      case shape::uniform: x[v] = -1.5; break;
      case shape::ties: x[v] = static_cast<double>(random.below(4)); break;
      case shape::sorted: x[v] = 10.0 * static_cast<double>(v) / static_cast<double>(vocab); break;
      case shape::zipf: x[v] = -std::log(static_cast<double>(v + 1)); break;
      case shape::tiny: x[v] = 60 * random.normal(); break;
    }
  }
  return x;
}

template <class T>
struct pair {
  std::vector<T> teacher, student;
};

/// A teacher of the given shape and a student that is the teacher plus normal noise.
template <class T>
pair<T> row(shape s, std::size_t vocab, double noise, numbers& random) {
  const std::vector<double> x = logits(s, vocab, random);
  pair<T> r;
  for (double t : x) {
    r.teacher.push_back(static_cast<T>(t));
    r.student.push_back(noise == 0 ? static_cast<T>(t)
                                   : static_cast<T>(t + noise * random.normal()));
  }
  return r;
}

/// On the grid of 2^-10 within [-16, 16]: sums and differences are exact in float.
template <class T>
void to_grid(std::vector<T>& x) {
  for (T& v : x) {
    const double clamped = std::fmax(-16.0, std::fmin(16.0, static_cast<double>(v)));
    v = static_cast<T>(std::round(clamped * 1024) / 1024);
  }
}

}  // namespace cases
