// SPDX-License-Identifier: Apache-2.0
// How exact the loss is in float, over the whole range of what distillation meets:
//
//   1. the gradient against long double: worst |error| / max |g| for every beta, student-teacher
//      noise, standard deviation of the teacher's logits and vocabulary; the limit is 1e-6
//   2. the sign of a million random rows at every beta: no loss below 0, none that is not finite
//   3. both once more for TRL's formula in float, for comparison
//   4. the gradient at betas from 1e-8 of an end to the numbers next to it
//
// Ends with 1 when gkd breaks a limit. `loss_campaign N` draws N rows instead of a million.
#include <gkd/core/random.hpp>
#include <gkd/core/stopwatch.hpp>
#include <gkd/divergence/any.hpp>
#include <gkd/divergence/row.hpp>

#include <algorithm>  // max
#include <array>      // array
#include <cmath>      // exp, fabs, isfinite, log, log1p
#include <cstdio>     // printf
#include <cstdlib>    // strtoull
#include <vector>     // vector

#include "support/long_double_oracle.hpp"
#include "support/worst_of.hpp"

namespace {

constexpr std::array betas{0.0, 1e-6, 1e-3, 0.1, 0.5, 0.9, 0.999, 1 - 1e-6, 1.0};
constexpr std::array ends{1e-8, 1e-10, 1e-12, 1e-14, 1e-15, 1e-16};  // beta or 1 - beta
constexpr std::array noises{1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0};
constexpr std::array stds{0.1, 3.0, 10.0, 30.0};
struct size {
  gkd::index vocab, rows;  // rows per beta, noise and std
};
constexpr std::array sizes{size{257, 12}, size{32000, 1}};
constexpr double limit = 1e-6;

struct logits {
  std::vector<float> teacher, student;  // (V)
};

/// Teacher logits of the given standard deviation, and the student: the teacher plus noise.
void draw(gkd::random_stream random, gkd::index vocab, double std, double noise, logits& row) {
  row.teacher.resize(vocab);
  row.student.resize(vocab);
  for (gkd::index v = 0; v < vocab; ++v) {
    row.teacher[v] = static_cast<float>(std * random.normal(2 * v));
    row.student[v] = row.teacher[v] + static_cast<float>(noise * random.normal(2 * v + 1));
  }
}

// --- the two implementations ---------------------------------------------------------------------

/// gkd's row kernel.
class ours {
 public:
  static constexpr const char* name = "gkd";
  explicit ours(gkd::scaling scale = gkd::scaling::paper) : scale_(scale) {}
  double operator()(double beta, const logits& row, float* dz) {
    const gkd::index vocab = row.teacher.size();
    const auto divergence = gkd::any_divergence::from_beta(beta, scale_);
    scratch_.resize(std::max(scratch_.size(), gkd::row_scratch<gkd::any_divergence>(vocab)));
    const gkd::row_pair<float> pair{row.teacher.data(), row.student.data(), vocab, vocab, vocab};
    const auto r = gkd::divergence_row(divergence, pair, 1.0, 1.0, dz, scratch_.data());
    return r.status == gkd::row_status::ok ? r.value : std::nan("");
  }

 private:
  gkd::scaling scale_;
  std::vector<double> scratch_;
};

/// Sum in float, in 16 lanes as vector instructions form it.
float sum_of(const std::vector<float>& x) {
  std::array<float, 16> lanes{};
  for (std::size_t v = 0; v < x.size(); ++v) lanes[v % 16] += x[v];
  float sum = 0;
  for (float lane : lanes) sum += lane;
  return sum;
}

/// The formula that TRL evaluates, in float throughout as PyTorch does on float logits: log-softmax
/// of both sides, the logarithm of the mixture, elements, their sum, and the derivative as autograd
/// forms it.
class trl {
 public:
  static constexpr const char* name = "TRL's formula in float";
  float operator()(double beta, const logits& row, float* dz) {
    log_softmax(row.teacher, log_p_);
    log_softmax(row.student, log_q_);
    elements_.resize(log_p_.size());
    g_.resize(log_p_.size());
    const auto b = static_cast<float>(beta);
    const float ln_b = std::log(b), ln_a = std::log1p(-b);
    for (std::size_t v = 0; v < g_.size(); ++v) {
      const float log_p = log_p_[v], log_q = log_q_[v], p = std::exp(log_p), q = std::exp(log_q);
      if (beta == 0.0) {
        elements_[v] = p * (log_p - log_q);
        g_[v] = -p;
      } else if (beta == 1.0) {
        elements_[v] = q * (log_q - log_p);
        g_[v] = q * (log_q - log_p) + q;
      } else {
        const float x = log_q + ln_a, y = log_p + ln_b, top = std::max(x, y);
        const float log_m = top + std::log(std::exp(x - top) + std::exp(y - top));
        const float share = std::exp(x - log_m);  // of the student in the mixture
        elements_[v] = b * (p * (log_p - log_m)) + (1 - b) * (q * (log_q - log_m));
        g_[v] = (1 - b) * (q * (log_q - log_m) + q) - (b * p + (1 - b) * q) * share;
      }
    }
    if (dz != nullptr) {
      const float sum = sum_of(g_);
      for (std::size_t v = 0; v < g_.size(); ++v) dz[v] = g_[v] - std::exp(log_q_[v]) * sum;
    }
    return sum_of(elements_);
  }

 private:
  static void log_softmax(const std::vector<float>& z, std::vector<float>& out) {
    const float top = *std::max_element(z.begin(), z.end());
    out.resize(z.size());
    for (std::size_t v = 0; v < z.size(); ++v) out[v] = std::exp(z[v] - top);
    const float ln_sum = std::log(sum_of(out));
    for (std::size_t v = 0; v < z.size(); ++v) out[v] = z[v] - top - ln_sum;
  }
  std::vector<float> log_p_, log_q_, elements_, g_;  // (V)
};

// --- 1: gradients --------------------------------------------------------------------------------

/// Worst distances, in one cell of a table.
struct cell {
  double gradient = 0;
  double value = 0;  // relative
  void merge(const cell& other) {
    gradient = worst_of(gradient, other.gradient);
    value = worst_of(value, other.value);
  }
};

/// By noise and beta, and by vocabulary and std.
struct table {
  std::array<std::array<cell, betas.size()>, noises.size()> near;
  std::array<std::array<cell, stds.size()>, sizes.size()> shape;
  cell all;
};

template <class F>
cell measure(F& f, double beta, const logits& row, const oracle::row_result& want) {
  std::vector<float> dz(row.teacher.size());
  const double value = f(beta, row, dz.data());
  oracle::real error = 0, largest = 0;
  for (std::size_t v = 0; v < dz.size(); ++v) {
    error = worst_of(error, std::fabs(dz[v] - want.dz[v]));
    largest = worst_of(largest, std::fabs(want.dz[v]));
  }
  return {static_cast<double>(error / largest),
          std::fabs(static_cast<double>((value - want.value) / want.value))};
}

void fill(table& of_gkd, table& of_trl) {
  ours gkd_row;
  trl trl_row;
  logits row;
  std::uint64_t id = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i)
    for (std::size_t j = 0; j < stds.size(); ++j)
      for (std::size_t k = 0; k < noises.size(); ++k)
        for (std::size_t l = 0; l < betas.size(); ++l)
          for (gkd::index n = 0; n < sizes[i].rows; ++n) {
            draw({1, gkd::purpose::data, id++}, sizes[i].vocab, stds[j], noises[k], row);
            const auto want = oracle::row_value_grad<float>(oracle::kind::generalized_jsd,
                                                            static_cast<oracle::real>(betas[l]),
                                                            row.teacher, row.student, 1.0L);
            const auto add = [&](table& t, const cell& c) {
              t.near[k][l].merge(c);
              t.shape[i][j].merge(c);
              t.all.merge(c);
            };
            add(of_gkd, measure(gkd_row, betas[l], row, want));
            add(of_trl, measure(trl_row, betas[l], row, want));
          }
}

void print(const char* name, const table& t) {
  std::printf("\n%s: worst |gradient error| / largest |gradient|, over std and V\n", name);
  std::printf("%9s", "noise");
  for (double beta : betas) std::printf("  %8g", beta);
  std::printf("  = beta\n");
  for (std::size_t k = 0; k < noises.size(); ++k) {
    std::printf("%9g", noises[k]);
    for (const cell& c : t.near[k]) std::printf("  %8.1e", c.gradient);
    std::printf("\n");
  }
  std::printf("over noise and beta\n%9s", "V");
  for (double std : stds) std::printf("  %8g", std);
  std::printf("  = std of the teacher's logits\n");
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    std::printf("%9zu", sizes[i].vocab);
    for (const cell& c : t.shape[i]) std::printf("  %8.1e", c.gradient);
    std::printf("\n");
  }
  std::printf("worst %.1e; worst relative error of the loss %.1e\n", t.all.gradient, t.all.value);
}

/// The worst cell of betas at a distance of `ends` from 0 and from 1, and next to 1. The loss is
/// divided by beta (1 - beta), so that float can hold its gradient.
cell measure_ends() {
  std::vector<double> near{std::nextafter(1.0, 0.0)};
  for (double end : ends) {
    near.push_back(end);
    if (1 - end < 1) near.push_back(1 - end);
  }
  ours gkd_row(gkd::scaling::continuous);
  logits row;
  cell worst;
  std::uint64_t id = 0;
  for (double std : stds)
    for (double noise : noises)
      for (double beta : near)
        for (int n = 0; n < 4; ++n) {
          draw({4, gkd::purpose::data, id++}, 257, std, noise, row);
          const auto want = oracle::row_value_grad<float>(oracle::kind::continuous_jsd,
                                                          static_cast<oracle::real>(beta),
                                                          row.teacher, row.student, 1.0L);
          worst.merge(measure(gkd_row, beta, row, want));
        }
  return worst;
}

// --- 2: signs ------------------------------------------------------------------------------------

struct signs {
  std::uint64_t negative = 0, not_finite = 0, zero = 0;
  double lowest = 0;
  void add(double loss) {
    negative += loss < 0;
    not_finite += !std::isfinite(loss);
    zero += loss == 0;
    lowest = loss < lowest ? loss : lowest;
  }
  void print(const char* name) const {
    std::printf("%-24s %9llu below 0 (lowest %.1e), %llu not finite, %llu exactly 0\n", name,
                static_cast<unsigned long long>(negative), lowest,
                static_cast<unsigned long long>(not_finite), static_cast<unsigned long long>(zero));
  }
};

/// Row `id`: a vocabulary of 2 .. 257, any std from 0.05 to 50 and noise from 1e-6 to 20.
void draw_any(std::uint64_t id, logits& row) {
  const gkd::random_stream shape(2, gkd::purpose::data, id);
  const double std = 0.05 * std::pow(1e3, shape.uniform(0));
  const double noise = 1e-6 * std::pow(2e7, shape.uniform(1));
  draw({3, gkd::purpose::data, id}, 2 + shape.below(2, 256), std, noise, row);
}

}  // namespace

int main(int count, char** arguments) {
  const std::uint64_t rows = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 1000000;
  gkd::stopwatch watch;
  table of_gkd{}, of_trl{};
  fill(of_gkd, of_trl);
  print(ours::name, of_gkd);
  print(trl::name, of_trl);
  const cell of_ends = measure_ends();
  std::printf("\n%s at betas next to 0 and 1: worst %.1e; worst relative error of the loss %.1e\n",
              ours::name, of_ends.gradient, of_ends.value);
  std::printf("%.0f s\n", watch.seconds());

  ours gkd_row;
  trl trl_row;
  signs gkd_signs, trl_signs;
  logits row;
  for (std::uint64_t id = 0; id < rows; ++id) {
    draw_any(id, row);
    for (double beta : betas) {
      gkd_signs.add(gkd_row(beta, row, nullptr));
      trl_signs.add(trl_row(beta, row, nullptr));
    }
  }
  std::printf("\n%llu random rows at %zu betas\n", static_cast<unsigned long long>(rows),
              betas.size());
  gkd_signs.print(ours::name);
  trl_signs.print(trl::name);
  std::printf("%.0f s\n", watch.seconds());

  const bool exact = worst_of(of_gkd.all.gradient, of_ends.gradient) <= limit;  // false for NaN
  const bool signed_right = gkd_signs.negative == 0 && gkd_signs.not_finite == 0;
  if (!exact) std::printf("gradient error above the limit of %g\n", limit);
  if (!signed_right) std::printf("a loss that is negative or not finite\n");
  std::printf("%s\n", exact && signed_right ? "within all limits" : "FAILED");
  return exact && signed_right ? 0 : 1;
}
