// SPDX-License-Identifier: Apache-2.0
// Catch2, version 2 or 3, under one set of names: TEST_CASE, SECTION, REQUIRE, CHECK, Approx,
// Catch::Matchers::{WithinAbs, WithinRel, ContainsSubstring}, GENERATE, TEMPLATE_TEST_CASE.
//
//   GKD_SKIP("no data folder");   ends a test case as skipped, with its reason; ctest counts it so,
//                                 whatever was checked before: let it come first
#pragma once

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_approx.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <catch2/matchers/catch_matchers_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
namespace Catch::Matchers {
inline auto ContainsSubstring(const std::string& text) { return Contains(text); }
}  // namespace Catch::Matchers
#endif

#include <cstdio>  // printf
#include <string>  // string

// The text is what ctest recognises a skipped test by, with both versions of Catch2.
#define GKD_SKIP(reason)                                                \
  do {                                                                  \
    std::printf("gkd test skipped: %s\n", std::string(reason).c_str()); \
    return;                                                             \
  } while (false)
