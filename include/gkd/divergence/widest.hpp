// SPDX-License-Identifier: Apache-2.0
// run_widest(work): calls work() compiled for the widest vector instructions that this processor
// has, without a compiler flag. `work()` is a plain loop, marked always_inline, so that it is
// compiled once for each of them:
//
//   AVX-512, AVX2 with FMA    x86-64 with g++ or clang++
//   what the flags say        everything else
#pragma once

#include <gkd/core/config.hpp>

namespace gkd::inline v0::detail::wide {

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__CUDA_ARCH__)

// g++ would use half of AVX-512's width unless told otherwise; clang++ has no such word
#if defined(__clang__)
template <class Work>
[[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,fma")]] void run_avx512(const Work& work) {
  work();
}
#else
template <class Work>
[[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,fma,prefer-vector-width=512")]] void run_avx512(
    const Work& work) {
  work();
}
#endif

template <class Work>
[[gnu::target("avx2,fma")]] void run_avx2(const Work& work) {
  work();
}

template <class Work>
void run_widest(const Work& work) {
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    return run_avx512(work);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return run_avx2(work);
  work();
}

#else

template <class Work>
void run_widest(const Work& work) {
  work();
}

#endif

}  // namespace gkd::inline v0::detail::wide
