// SPDX-License-Identifier: Apache-2.0
// What gkd cannot be compiled with, said before anything of it or of the standard library is met:
// a language before C++20, a second copy of gkd, flags that delete its checks. An include of what
// does not exist is where compilers stop; after an #error alone they go on for thousands of lines.
#pragma once

#if !defined(_MSVC_LANG) && __cplusplus <= 201703L
#error "gkd: needs C++20: -std=c++20 [docs/packaging.md#without-cmake]"
#include "nothing more: see the #error above"  // the end
#endif

#if defined(GKD_FN)
#error \
    "gkd: the single header and headers of include/, or two copies of gkd, are both used and " \
       "define the same things; want one of them, include/ has all " \
       "[docs/packaging.md#without-cmake]"
#include "nothing more: see the #error above"  // the end
#endif

#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error \
    "gkd: -ffast-math and -ffinite-math-only delete every check for NaN and infinity; " \
       "compile without them [docs/limits.md#fast-math]"
#endif
#if defined(__ASSOCIATIVE_MATH__)
#error \
    "gkd: -funsafe-math-optimizations and -fassociative-math reorder sums and delete their " \
       "corrections; compile without them [docs/limits.md#fast-math]"
#endif
