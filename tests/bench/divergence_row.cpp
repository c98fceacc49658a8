// SPDX-License-Identifier: Apache-2.0
// Time per column of the row kernel, value and gradient, one row at a time on one core:
//
//   vectorised   float logits, plain loops that the compiler vectorised
//   exact        the same numbers as double, through the C++ library's functions
//
// Each setting is checked before it is timed: the vectorised gradient is within 1e-6 of the largest
// entry of the exact one, and the values agree to 1e-9. The two are timed in turns; the smallest of
// all turns counts. `divergence_row N` takes N turns instead of 15.
#include <gkd/core/random.hpp>
#include <gkd/core/stopwatch.hpp>
#include <gkd/divergence/any.hpp>
#include <gkd/divergence/row.hpp>

#include <algorithm>  // min
#include <cmath>      // fabs
#include <cstdio>     // printf
#include <cstdlib>    // atoi
#include <vector>     // vector

#include "support/worst_of.hpp"

namespace {

template <class T>
struct row {
  std::vector<T> teacher, student, dz;  // (V)
  std::vector<double> scratch;

  explicit row(gkd::index vocab) : teacher(vocab), student(vocab), dz(vocab), scratch(2 * vocab) {
    const gkd::random_stream random(1, gkd::purpose::data);
    for (gkd::index v = 0; v < vocab; ++v) {
      // through float, so that both kernels get the same numbers
      const auto t = static_cast<float>(3 * random.normal(2 * v));
      teacher[v] = static_cast<T>(t);
      student[v] = static_cast<T>(static_cast<float>(t + random.normal(2 * v + 1)));
    }
  }
  double run(const gkd::any_divergence& d) {
    const gkd::index vocab = teacher.size();
    const gkd::row_pair<T> pair{teacher.data(), student.data(), vocab, vocab, vocab};
    return gkd::divergence_row(d, pair, 1.0, 1.0, dz.data(), scratch.data()).value;
  }
  // ns per column
  double time(const gkd::any_divergence& d) {
    const gkd::stopwatch watch;
    run(d);
    return watch.seconds() * 1e9 / static_cast<double>(teacher.size());
  }
};

bool agree(const gkd::any_divergence& d, row<float>& vectorised, row<double>& exact) {
  const double got = vectorised.run(d), want = exact.run(d);
  double error = 0, largest = 0;
  for (gkd::index v = 0; v < exact.dz.size(); ++v) {
    error = worst_of(error, std::fabs(static_cast<double>(vectorised.dz[v]) - exact.dz[v]));
    largest = worst_of(largest, std::fabs(exact.dz[v]));
  }
  return std::fabs(got - want) <= 1e-9 * want && error <= 1e-6 * largest;
}

}  // namespace

int main(int argc, char** argv) {
  const int turns = argc > 1 ? std::atoi(argv[1]) : 15;
  std::printf("%-36s %8s %12s %8s %7s\n", "ns per column", "V", "vectorised", "exact", "ratio");
  const std::vector<gkd::any_divergence> divergences = {gkd::any_divergence::from_beta(0.0),
                                                        gkd::any_divergence::from_beta(0.5),
                                                        gkd::any_divergence::from_beta(1.0),
                                                        gkd::total_variation{},
                                                        gkd::jeffreys{},
                                                        gkd::skew_forward_kl{},
                                                        gkd::skew_reverse_kl{},
                                                        gkd::alpha_divergence{}};
  for (gkd::index vocab : {gkd::index{32000}, gkd::index{151936}}) {
    row<float> vectorised(vocab);
    row<double> exact(vocab);
    for (const gkd::any_divergence& d : divergences) {
      if (!agree(d, vectorised, exact)) {
        std::printf("%s: the two kernels disagree\n", d.text().c_str());
        return 1;
      }
      double fast = 1e9, slow = 1e9;
      for (int turn = 0; turn < turns; ++turn) {
        for (int i = 0; i < 8; ++i) fast = std::min(fast, vectorised.time(d));
        slow = std::min(slow, exact.time(d));
      }
      std::printf("%-36s %8zu %12.2f %8.2f %7.1f\n", d.text().c_str(), vocab, fast, slow,
                  slow / fast);
    }
  }
}
