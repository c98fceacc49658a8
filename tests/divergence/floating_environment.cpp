// SPDX-License-Identifier: Apache-2.0
// N30: another library of the program may have told the processor to flush denormal numbers to zero
// (FTZ, DAZ), as PyTorch's set_flush_denormal and the start-up code of -ffast-math do, or to round
// another way. Without denormal numbers the row kernel keeps its tolerances; in every rounding mode
// its values are >= 0; and it leaves both settings as they were.
#include <gkd/divergence/cross_entropy.hpp>

#include "divergence/row_sweep.hpp"

#include <algorithm>  // all_of
#include <cfenv>      // fegetround, fesetround
#include <cmath>      // signbit
#include <limits>     // denorm_min, min
#include <utility>    // pair

#if defined(__SSE2__)
#include <xmmintrin.h>  // _mm_getcsr, _mm_setcsr

namespace {

constexpr bool can_flush = true;
constexpr unsigned flush_to_zero = 0x8000, denormals_are_zero = 0x0040;

/// FTZ and DAZ as long as it lives.
class flushed {
 public:
  flushed() { _mm_setcsr(before_ | flush_to_zero | denormals_are_zero); }
  flushed(const flushed&) = delete;
  ~flushed() {
    unchanged = (_mm_getcsr() & (flush_to_zero | denormals_are_zero)) ==
                (flush_to_zero | denormals_are_zero);
    _mm_setcsr(before_);
  }
  static inline bool unchanged = true;  ///< whether the last one's settings were kept to its end

 private:
  unsigned before_ = _mm_getcsr();
};

}  // namespace
#else
namespace {
constexpr bool can_flush = false;
struct flushed {
  static inline bool unchanged = true;
};
}  // namespace
#endif

namespace {

using gkd::any_divergence;

std::vector<any_divergence> some_divergences() {
  std::vector<any_divergence> out = {gkd::total_variation{}, gkd::jeffreys{},
                                     gkd::skew_forward_kl{0.1}, gkd::skew_reverse_kl{0.9},
                                     gkd::alpha_divergence{0.5}};
  for (double beta : {0.0, 1e-6, 0.1, 0.5, 0.999, 1.0})
    out.push_back(any_divergence::from_beta(beta));
  return out;
}

/// N01, N02, N03, N06 and N12 of one row that was computed without denormal numbers.
template <class T>
void check_flushed(survey& s, const any_divergence& d, const std::vector<T>& teacher,
                   const std::vector<T>& student, const std::string& where) {
  const expected_row want = expect_row(d, teacher, student);
  row_outcome<T> got;
  {
    const flushed now;
    got = run_row(d, teacher, student);
  }
  CHECK(flushed::unchanged);
  constexpr double floor = tolerance<T>::floor;  // what is below is 0 now
  s.record("N06", got.value() < 0.0, 0.5, where);
  if (want.delta >= 1e-5)
    s.record("N01 N02", static_cast<double>(std::fabs(got.value() - want.value)),
             tolerance<T>::value(want.delta) * static_cast<double>(want.value) + floor, where);
  long double error = 0, sum = 0, absolute = 0;
  for (std::size_t v = 0; v < got.dz.size(); ++v) {
    error = worst_of(error, std::fabs(got.dz[v] - want.dz[v]));
    sum += got.dz[v];
    absolute += std::fabs(got.dz[v]);
  }
  s.record("N03", static_cast<double>(error),
           tolerance<T>::gradient * static_cast<double>(want.largest) + floor, where);
  s.record("N12", static_cast<double>(std::fabs(sum)),
           tolerance<T>::row_sum * static_cast<double>(absolute) +
               static_cast<double>(got.dz.size()) * floor,
           where);
}

}  // namespace

TEMPLATE_TEST_CASE("N30 with denormals flushed to zero, N01 N02 N03 N06 N12 hold", "", double,
                   float) {
  if (!can_flush) GKD_SKIP("no FTZ and DAZ on this processor");
  {  // that the settings work: half the smallest normal number is no number any more
    volatile TestType tiny = std::numeric_limits<TestType>::min();
    const flushed now;
    tiny = tiny / 2;
    CHECK(tiny == TestType(0));
  }
  survey s;
  for (const any_divergence& d : some_divergences()) {
    for (std::size_t vocab : {3u, 64u, 257u}) {
      for (const sweep_case& c : sweep_cases(vocab, 60)) {
        cases::numbers random(c.seed);
        const auto row = cases::row<TestType>(c.shape, c.vocab, c.noise, random);
        check_flushed(s, d, row.teacher, row.student, gkd::concat(d.text(), ", ", c.text()));
      }
    }
  }
  s.require();
}

TEMPLATE_TEST_CASE("N30 probabilities and logits that are denormal are no more than 0", "", double,
                   float) {
  if (!can_flush) GKD_SKIP("no FTZ and DAZ on this processor");
  using row = std::vector<TestType>;
  const TestType tiny = std::numeric_limits<TestType>::denorm_min();
  const TestType far = std::is_same_v<TestType, float> ? TestType(-95) : TestType(-730);
  const std::pair<row, row> rows[] = {{{0, far, far / 2, -1}, {far, 0, -2, far + 1}},
                                      {{tiny, 0, 3 * tiny}, {1, -tiny, tiny}}};
  for (const any_divergence& d : some_divergences()) {
    for (const auto& [teacher, student] : rows) {
      INFO(d.text());
      const auto want = run_row(d, teacher, student);
      row_outcome<TestType> got;
      {
        const flushed now;
        got = run_row(d, teacher, student);
      }
      CHECK(std::fabs(got.value() - want.value()) <= 1e-15 * want.value());
      for (std::size_t v = 0; v < got.dz.size(); ++v)
        CHECK(std::fabs(got.dz[v] - want.dz[v]) <= 2 * std::numeric_limits<TestType>::min());
    }
  }
}

TEMPLATE_TEST_CASE("N30 with denormals flushed to zero, N07 and N08 hold", "", double, float) {
  if (!can_flush) GKD_SKIP("no FTZ and DAZ on this processor");
  for (const any_divergence& d : some_divergences()) {
    for (std::size_t vocab : {1u, 7u, 65u}) {
      for (cases::shape shape : cases::shapes) {
        cases::numbers random(vocab);
        const auto row = cases::row<TestType>(shape, vocab, 0.0, random);
        row_outcome<TestType> o;
        {
          const flushed now;
          o = run_row(d, row.teacher, row.student, 0.7);
        }
        INFO(d.text() << ", " << cases::name(shape) << ", V=" << vocab);
        CHECK(o.value() == 0.0);
        const auto zero = [](TestType g) { return g == TestType(0) && !std::signbit(g); };
        CHECK(std::all_of(o.dz.begin(), o.dz.end(), zero));
      }
    }
  }
  for (double beta : {1e-6, 0.1, 0.5, 0.999}) {
    const double entropy = -beta * std::log(beta) - (1 - beta) * std::log1p(-beta);
    for (const sweep_case& c : sweep_cases(64, 60)) {
      cases::numbers random(c.seed);
      const auto row = cases::row<TestType>(c.shape, c.vocab, 10 * c.noise, random);
      const flushed now;
      const double value = run_row(gkd::generalized_jsd{beta}, row.teacher, row.student).value();
      CHECK(value <= entropy + 4 * tolerance<TestType>::epsilon);
    }
  }
}

TEMPLATE_TEST_CASE("N30 the rounding mode is left as it was", "", double, float) {
  cases::numbers random(5);
  const auto row = cases::row<TestType>(cases::shape::normal, 100, 1.0, random);
  for (int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO, FE_TONEAREST}) {
    REQUIRE(std::fesetround(mode) == 0);
    bool kept = true, not_negative = true;
    for (const any_divergence& d : some_divergences()) {
      not_negative = not_negative && run_row(d, row.teacher, row.student).value() >= 0.0;
      kept = kept && std::fegetround() == mode;
    }
    std::vector<TestType> dz(100);
    std::vector<double> scratch(100);
    gkd::cross_entropy_row(row.student.data(), 100, 100, 3, 1.0, 1.0, dz.data(), scratch.data());
    kept = kept && std::fegetround() == mode;
    std::fesetround(FE_TONEAREST);
    INFO("mode " << mode);
    CHECK(kept);
    CHECK(not_negative);
  }
}
