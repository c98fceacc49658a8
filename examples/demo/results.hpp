// SPDX-License-Identifier: Apache-2.0
// The demo's numbers: means over seeds with their intervals, and gaps between methods on the same
// prompts and seeds.
#pragma once

#include "measure.hpp"

namespace demo {

/// One point of a training curve.
struct curve_point {
  long step;
  double accuracy;  ///< when sampling, on some held-out prompts
};

/// What one method did for one seed.
struct outcome {
  gkd::index method = 0;
  std::uint64_t seed = 0;
  scores score;
  std::vector<double> losses;  ///< one per step
  std::vector<curve_point> curve;
  double seconds = 0;
  double tokens_per_second = 0;
};

/// A mean with the half-width of its 95 % interval.
struct interval {
  double mean = 0;
  double half_width = 0;
};

/// Student's t at 97.5 %: of up to 10 degrees of freedom from a table, beyond by the expansion in
/// 1 / freedom around the normal's z, which is then good to 4 digits. Source: Abramowitz and
/// Stegun, "Handbook of Mathematical Functions", 26.7.5.
inline double t_quantile(gkd::index freedom) {
  constexpr double table[] = {12.706, 4.303, 3.182, 2.776, 2.571,
                              2.447,  2.365, 2.306, 2.262, 2.228};
  if (freedom >= 1 && freedom <= 10) return table[freedom - 1];
  constexpr double z = 1.959963984540054, z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z;
  const double n = static_cast<double>(freedom);
  return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n) +
         (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n);
}

/// Mean over seeds with its t interval; NaN half-width for one value, which has none.
inline interval mean_of(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  double mean = 0, square = 0;
  for (double v : values) mean += v / n;
  for (double v : values) square += (v - mean) * (v - mean);
  if (values.size() < 2) return {mean, std::nan("")};
  return {mean, t_quantile(values.size() - 1) * std::sqrt(square / (n - 1) / n)};
}

/// One model's right answers in per cent, with Wilson's interval over the prompts, the longer side.
inline interval over_prompts(const gkd::match_result& answers) {
  const double rate = 100 * answers.rate();
  const gkd::interval_of_rate wilson = answers.count().wilson();
  return {rate, std::max(100 * wilson.high - rate, rate - 100 * wilson.low)};
}

/// Right answers in per cent, one list for each seed: their mean with the t interval over seeds;
/// one seed has none, and gets the one over prompts.
inline interval share_of(const std::vector<gkd::match_result>& seeds) {
  if (seeds.size() == 1) return over_prompts(seeds[0]);
  std::vector<double> rates;
  for (const gkd::match_result& m : seeds) rates.push_back(100 * m.rate());
  return mean_of(rates);
}

/// Two methods on the same seeds and prompts.
struct gap {
  interval points;      ///< percentage points, mean over seeds
  double smallest = 0;  ///< of the seeds
  gkd::index seeds = 0;
  gkd::index won = 0;  ///< seeds in which it is above zero
  double z = 0;        ///< over the prompts, given these students: see z_over_prompts
};

/// z = sum_i d_i / sqrt(sum_i d_i^2), where d_i is how many more of the seeds have prompt i right
/// under `a` than under `b`; 0 where all are 0. Standard normal where both are equally good on
/// prompts like these. The seeds answer the same prompts, which are hard or easy for all of them,
/// so a prompt and no answer is one draw; one seed alone has McNemar's z.
inline double z_over_prompts(const std::vector<gkd::match_result>& a,
                             const std::vector<gkd::match_result>& b) {
  double sum = 0, square = 0;
  for (gkd::index i = 0; i < a[0].matches.size(); ++i) {
    double d = 0;
    for (gkd::index s = 0; s < a.size(); ++s)
      d += (a[s].matches[i] ? 1 : 0) - (b[s].matches[i] ? 1 : 0);
    sum += d;
    square += d * d;
  }
  return square == 0 ? 0.0 : sum / std::sqrt(square);
}

/// How much better `a` is than `b`, seed by seed.
inline gap gap_between(const std::vector<gkd::match_result>& a,
                       const std::vector<gkd::match_result>& b) {
  gap out;
  std::vector<double> points;
  for (gkd::index s = 0; s < a.size(); ++s) {
    points.push_back(100 * gkd::compare_paired(a[s], b[s]).difference());
    out.won += points.back() > 0;
  }
  out.seeds = points.size();
  out.points = mean_of(points);
  out.smallest = *std::min_element(points.begin(), points.end());
  out.z = z_over_prompts(a, b);
  return out;
}

/// One of the demo's claims: `better` is above `worse`.
struct comparison {
  std::string name;
  gkd::index better, worse;  ///< methods
};

/// For each divergence: supervised KD over fine-tuning, on-policy over supervised.
inline std::vector<comparison> comparisons() {
  return {{"fkl, fixed over sft", 2, 0},       {"jsd, fixed over sft", 3, 0},
          {"rkl, fixed over sft", 4, 0},       {"fkl, on-policy over fixed", 6, 2},
          {"jsd, on-policy over fixed", 7, 3}, {"rkl, on-policy over fixed", 8, 4}};
}

/// Everything that was measured.
struct results {
  settings used;
  scores teacher;
  std::vector<outcome> warm;      ///< one per seed
  std::vector<outcome> outcomes;  ///< methods x seeds
  double teacher_seconds = 0, warm_seconds = 0, runs_seconds = 0, evaluation_seconds = 0;
  std::vector<double> teacher_losses;

  /// The outcomes of one method, in the order of the seeds.
  std::vector<const outcome*> of(gkd::index method) const {
    std::vector<const outcome*> out;
    for (const outcome& o : outcomes)
      if (o.method == method) out.push_back(&o);
    return out;
  }
  /// Right and wrong answers of one method, a list for each seed.
  std::vector<gkd::match_result> answers(gkd::index method, bool greedy) const {
    std::vector<gkd::match_result> out;
    for (const outcome* o : of(method)) out.push_back(greedy ? o->score.greedy : o->score.sampled);
    return out;
  }
  gap compare(const comparison& c, bool greedy) const {
    return gap_between(answers(c.better, greedy), answers(c.worse, greedy));
  }
};

}  // namespace demo
