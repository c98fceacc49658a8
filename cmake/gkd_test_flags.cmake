# SPDX-License-Identifier: Apache-2.0
# gkd_test_flags: what our own tests and examples are compiled with. Linked PRIVATE, never exported.

find_package(Threads REQUIRED)
add_library(gkd_test_flags INTERFACE)
target_link_libraries(gkd_test_flags INTERFACE Threads::Threads)
target_compile_options(gkd_test_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(GKD_BUILD_TESTS)  # who only runs an example, with a compiler newer than ours, shall not be stopped
  target_compile_options(gkd_test_flags INTERFACE -Werror)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms out of g++ 12's own AVX-512 intrinsics, by the hundred, and out of xtensor; -isystem
  # does not silence warnings that arise after inlining.
  if(GKD_NATIVE)
    target_compile_options(gkd_test_flags INTERFACE -Wno-maybe-uninitialized -Wno-array-bounds)
  else()
    target_compile_options(gkd_test_flags INTERFACE
      -Wno-error=maybe-uninitialized -Wno-error=array-bounds)
  endif()
endif()

if(GKD_SANITIZE)
  target_compile_options(gkd_test_flags INTERFACE
    -fsanitize=${GKD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(gkd_test_flags INTERFACE -fsanitize=${GKD_SANITIZE})
endif()

if(GKD_NATIVE)
  # The levels instead of -march=native: clang 19 rejects its own idea of native on AVX-512 machines.
  include(CheckCXXSourceRuns)
  check_cxx_source_runs("int main() { return !(__builtin_cpu_supports(\"avx2\") &&
    __builtin_cpu_supports(\"fma\") && __builtin_cpu_supports(\"bmi2\")); }" GKD_HOST_IS_V3)
  check_cxx_source_runs("int main() { return !(__builtin_cpu_supports(\"avx512f\") &&
    __builtin_cpu_supports(\"avx512bw\") && __builtin_cpu_supports(\"avx512dq\") &&
    __builtin_cpu_supports(\"avx512cd\") && __builtin_cpu_supports(\"avx512vl\")); }" GKD_HOST_IS_V4)
  if(GKD_HOST_IS_V4)
    target_compile_options(gkd_test_flags INTERFACE -march=x86-64-v4)
  elseif(GKD_HOST_IS_V3)
    target_compile_options(gkd_test_flags INTERFACE -march=x86-64-v3)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    target_compile_options(gkd_test_flags INTERFACE -mcpu=native)
  endif()
endif()
