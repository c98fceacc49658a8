// SPDX-License-Identifier: Apache-2.0
// Work in a child process that may have only so much memory, as under `ulimit -v`.
//
//   within_memory(16 * mebibyte, work)           what work() returns, or "bad_alloc"; the bytes are
//                                                on top of what this process has
//   rerun_within(512 * mebibyte, {"S0*", ...})   this program's test cases of these names, anew
//
// What is counted is address space, which is more than the memory in use. Free memory that the
// process keeps is not counted: the figures are sharpest when a test case runs alone, as in ctest.
#pragma once

#include <gkd/core/config.hpp>

#include <sys/resource.h>  // setrlimit
#include <sys/wait.h>      // waitpid
#include <unistd.h>        // fork, pipe, dup2, execv, sysconf

#include <csignal>  // signal
#include <cstdio>   // fflush
#include <fstream>  // ifstream
#include <new>      // bad_alloc
#include <string>   // string
#include <vector>   // vector

#include "support/catch.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GKD_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define GKD_TEST_SANITIZED 1
#endif
#endif

// Ends a test case that counts memory.
#ifdef GKD_TEST_SANITIZED
#define GKD_SKIP_IF_SANITIZED() \
  GKD_SKIP("a sanitizer takes terabytes of address space, which cannot be limited then")
#else
#define GKD_SKIP_IF_SANITIZED() static_cast<void>(0)
#endif

struct child_outcome {
  int status = 0;    ///< as waitpid() tells it: 0 for an exit with 0
  std::string text;  ///< what it wrote
};

inline constexpr gkd::index mebibyte = gkd::index{1} << 20;

/// Calls work(descriptor to write to) in a child, which ends with it.
template <class Work>
child_outcome in_child(const Work& work) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  std::fflush(nullptr);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(ends[0]);
    for (int fatal : {SIGABRT, SIGSEGV}) std::signal(fatal, SIG_DFL);  // no report of Catch2's
    work(ends[1]);
    ::_exit(0);
  }
  ::close(ends[1]);
  child_outcome out;
  char block[4096];
  for (ssize_t n; (n = ::read(ends[0], block, sizeof block)) > 0;)
    out.text.append(block, static_cast<gkd::index>(n));
  ::close(ends[0]);
  REQUIRE(::waitpid(child, &out.status, 0) == child);
  return out;
}

inline void limit_address_space(gkd::index bytes) {
  const struct rlimit limit{bytes, bytes};
  if (::setrlimit(RLIMIT_AS, &limit) != 0) ::_exit(3);
}

template <class Work>
std::string within_memory(gkd::index bytes, const Work& work) {
  const child_outcome out = in_child([&](int to) {
    gkd::index pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    limit_address_space(pages * static_cast<gkd::index>(::sysconf(_SC_PAGESIZE)) + bytes);
    std::string text;
    try {
      text = work();
    } catch (const std::bad_alloc&) {
      text = "bad_alloc";
    }
    if (::write(to, text.data(), text.size()) < 0) ::_exit(4);
  });
  return out.status == 0 ? out.text : "the child ended with status " + std::to_string(out.status);
}

inline child_outcome rerun_within(gkd::index bytes, const std::vector<std::string>& names) {
  std::string filter;
  for (const std::string& name : names) filter += (filter.empty() ? "" : ",") + name;
  return in_child([&](int to) {
    limit_address_space(bytes);
    const struct rlimit time{120, 120};  // so that what never ends does
    ::setrlimit(RLIMIT_CPU, &time);
    ::dup2(to, STDOUT_FILENO);
    ::dup2(to, STDERR_FILENO);
    std::string program = "/proc/self/exe";
    char* const words[] = {program.data(), filter.data(), nullptr};
    ::execv(program.c_str(), words);
    ::_exit(5);
  });
}

/// Cases of hostile files, by the beginnings of their names, in 512 MiB.
#define CHECK_HOSTILE_CASES(...)                                           \
  do {                                                                     \
    GKD_SKIP_IF_SANITIZED();                                               \
    const child_outcome out = rerun_within(512 * mebibyte, {__VA_ARGS__}); \
    INFO(out.text);                                                        \
    CHECK(out.status == 0);                                                \
    CHECK(out.text.find("All tests passed") != std::string::npos);         \
  } while (false)
