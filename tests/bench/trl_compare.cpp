// SPDX-License-Identifier: Apache-2.0
// Seconds of one loss and its gradient, dense_loss on two threads:
//
//   bench_trl_compare                              a table for itself, on rows it draws
//   bench_trl_compare FILE ROWS V BETA THREADS     serves trl_compare.py, which puts TRL beside it
//
// FILE holds teacher and student logits, (ROWS, V) floats each. Every line "run" on the standard
// input is answered with "seconds processor-seconds loss", the second of all threads together;
// "write NAME" writes the last gradient, (ROWS, V) floats.
#include <gkd/backend/eigen.hpp>
#include <gkd/core/random.hpp>
#include <gkd/core/stopwatch.hpp>
#include <gkd/divergence/any.hpp>
#include <gkd/loss/trl.hpp>

#include <algorithm>  // nth_element
#include <cstdio>     // printf
#include <cstdlib>    // strtod, strtoull
#include <ctime>      // clock
#include <fstream>    // ifstream, ofstream
#include <iostream>   // cin
#include <string>     // string
#include <vector>     // vector

namespace {

/// Two (rows, vocab) matrices and the gradient of the student's.
struct problem {
  gkd::index rows, vocab;
  std::vector<float> teacher, student, dlogits;
  std::vector<gkd::token> labels;  // every row counts, and TRL is told so by labels as in training

  problem(gkd::index n, gkd::index v)
      : rows(n), vocab(v), teacher(n * v), student(n * v), dlogits(n * v), labels(n, 0) {}

  double loss(double beta, const gkd::eigen& backend) {
    return gkd::generalized_jsd_loss(gkd::matrix_view(student.data(), rows, vocab),
                                     gkd::matrix_view(teacher.data(), rows, vocab), labels, beta,
                                     1.0, gkd::trl_reduction::batchmean,
                                     {.dlogits = {dlogits.data(), rows, vocab}}, backend)
        .value;
  }
};

bool read(const std::string& name, std::vector<float>& first, std::vector<float>& second) {
  std::ifstream file(name, std::ios::binary);
  for (std::vector<float>* x : {&first, &second})
    file.read(reinterpret_cast<char*>(x->data()),
              static_cast<std::streamsize>(x->size() * sizeof(float)));
  return static_cast<bool>(file);
}

int serve(char** arguments) {
  const std::string name = arguments[1];
  problem p(std::strtoull(arguments[2], nullptr, 10), std::strtoull(arguments[3], nullptr, 10));
  const double beta = std::strtod(arguments[4], nullptr);
  const gkd::eigen backend{.threads = std::strtoull(arguments[5], nullptr, 10)};
  if (!read(name, p.teacher, p.student)) {
    std::fprintf(stderr, "%s does not hold two matrices (%zu, %zu)\n", name.c_str(), p.rows,
                 p.vocab);
    return 1;
  }
  for (std::string word; std::cin >> word;) {
    if (word == "run") {
      const gkd::stopwatch watch;
      const std::clock_t start = std::clock();
      const double loss = p.loss(beta, backend), seconds = watch.seconds();
      const double processor = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
      std::printf("%.9f %.9f %.9g\n", seconds, processor, loss);
    } else if (word == "write" && std::cin >> word) {
      std::ofstream(word, std::ios::binary)
          .write(reinterpret_cast<const char*>(p.dlogits.data()),
                 static_cast<std::streamsize>(p.dlogits.size() * sizeof(float)));
      std::printf("written\n");
    } else {
      std::fprintf(stderr, "want \"run\" or \"write NAME\"\n");
      return 1;
    }
    std::fflush(stdout);
  }
  return 0;
}

void draw(problem& p) {
  const gkd::random_stream random(1, gkd::purpose::data);
  for (gkd::index i = 0; i < p.teacher.size(); ++i) {
    p.teacher[i] = static_cast<float>(3 * random.normal(2 * i));
    p.student[i] = p.teacher[i] + static_cast<float>(random.normal(2 * i + 1));
  }
}

int alone() {
  std::printf("loss and gradient, float, 2 threads, median of 5\n%6s %8s %6s %9s %12s\n", "rows",
              "V", "beta", "ms", "ns/element");
  const gkd::eigen backend{.threads = 2};
  for (const auto& [rows, vocab] : {std::pair<gkd::index, gkd::index>{512, 32000}, {64, 151936}}) {
    problem p(rows, vocab);
    draw(p);
    for (double beta : {0.0, 0.5, 1.0}) {
      std::vector<double> seconds;
      for (int i = 0; i < 5; ++i) {
        const gkd::stopwatch watch;
        p.loss(beta, backend);
        seconds.push_back(watch.seconds());
      }
      std::nth_element(seconds.begin(), seconds.begin() + 2, seconds.end());
      std::printf("%6zu %8zu %6g %9.1f %12.2f\n", rows, vocab, beta, 1e3 * seconds[2],
                  1e9 * seconds[2] / static_cast<double>(rows * vocab));
    }
  }
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 1) return alone();
  if (count == 6) return serve(arguments);
  std::fprintf(stderr, "want no arguments, or FILE ROWS V BETA THREADS\n");
  return 1;
}
