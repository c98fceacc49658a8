// SPDX-License-Identifier: Apache-2.0
// The choice of the widest vector instructions.
#include <gkd/divergence/wide_math.hpp>
#include <gkd/divergence/widest.hpp>

#include "support/catch.hpp"

namespace {

struct count_calls {
  int& calls;
  [[gnu::always_inline]] void operator()() const { ++calls; }
};

}  // namespace

TEST_CASE("run_widest runs the work once, whatever the processor has") {
  int calls = 0;
  gkd::detail::wide::run_widest(count_calls{calls});
  CHECK(calls == 1);
}

#if defined(__x86_64__) && defined(__GNUC__)
namespace {

struct exponentials_of {
  const double* x;
  double* out;
  [[gnu::always_inline]] void operator()() const {
    for (int i = 0; i < 64; ++i) out[i] = gkd::detail::wide::exp(x[i]);
  }
};

}  // namespace

TEST_CASE("every instruction set gives the same to the last digits") {
  double x[64], plain[64], avx2[64], avx512[64];
  for (int i = 0; i < 64; ++i) x[i] = -10.0 * i - 0.3;
  exponentials_of{x, plain}();
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool has_avx512 = __builtin_cpu_supports("avx512dq") &&
                          __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  if (has_avx2) gkd::detail::wide::run_avx2(exponentials_of{x, avx2});
  if (has_avx512) gkd::detail::wide::run_avx512(exponentials_of{x, avx512});
  for (int i = 0; i < 64; ++i) {
    if (has_avx2) CHECK(avx2[i] == Approx(plain[i]).epsilon(1e-15));
    if (has_avx512) CHECK(avx512[i] == Approx(plain[i]).epsilon(1e-15));
  }
}
#endif
