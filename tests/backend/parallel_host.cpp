// SPDX-License-Identifier: Apache-2.0
#include <gkd/backend/parallel_host.hpp>
#include <gkd/core/stopwatch.hpp>

#include "backend/op_runner.hpp"
#include "backend/own_members.hpp"

#include <atomic>  // atomic
#include <thread>  // yield

using namespace backend_test;

namespace {

// whether two chunks of a loop run at the same time: each waits for the other, for a while
bool works_in_two(const gkd::parallel_host& backend) {
  std::atomic<int> inside = 0;
  std::atomic<bool> met = false;
  backend.parallel(2, 1, [&](gkd::index, gkd::index) {
    ++inside;
    const gkd::stopwatch watch;
    while (!met && watch.seconds() < 2.0) {
      if (inside == 2) met = true;
      std::this_thread::yield();
    }
    --inside;
  });
  return met;
}

}  // namespace

TEST_CASE("parallel_host: the number of threads is what its member says, also when it is changed") {
  gkd::parallel_host backend;
  CHECK(backend.threads.size() == 1);
  CHECK_FALSE(works_in_two(backend));
  backend.threads = 3;
  CHECK(backend.threads.size() == 3);
  CHECK(works_in_two(backend));
  const gkd::parallel_host copy = backend;  // with the same threads
  backend.threads = 1;
  CHECK_FALSE(works_in_two(backend));
  CHECK(copy.threads.size() == 3);
  CHECK(works_in_two(copy));
  CHECK(gkd::parallel_host{.threads = 0}.threads.size() >= 1);
}

TEMPLATE_TEST_CASE("parallel_host: operations against long double [N23 N28]", "", float, double) {
  agrees_with_long_double<gkd::parallel_host, TestType>();
}

TEMPLATE_TEST_CASE("parallel_host: same bits for 1, 2, 3, 4 and 8 threads", "", float, double) {
  same_bits_for_any_threads<gkd::parallel_host, TestType>();
}

static_assert(has_own_members<gkd::parallel_host, float> &&
              has_own_members<gkd::parallel_host, double>);

TEMPLATE_TEST_CASE("parallel_host: a row of a product does not depend on the other rows", "", float,
                   double) {
  using T = TestType;
  using gkd::transpose;
  const gkd::parallel_host backend{.threads = 2};
  for (const auto op_b : {transpose::no, transpose::yes})
    for (const gkd::index inner : {3u, 128u, 301u})
      for (const gkd::index cols : {1u, 64u, 75u}) {
        const table b = op_b == transpose::no ? numbers(inner, cols, 2) : numbers(cols, inner, 2);
        placed<gkd::parallel_host, T> a(backend, numbers(67, inner, 1), false);
        placed<gkd::parallel_host, T> right(backend, b, false),
            all(backend, table(67, cols), false);
        gkd::ops::gemm(backend, transpose::no, op_b, 1, a.view(), right.view(), 0, all.view());
        const std::vector<T> want = all.content();
        for (const gkd::index rows : {1u, 2u, 5u, 13u})
          for (gkd::index first = 0; first + rows <= 67; first += 11) {
            placed<gkd::parallel_host, T> part(backend, table(rows, cols), false);
            gkd::ops::gemm(backend, transpose::no, op_b, 1, a.view().slice(first, rows),
                           right.view(), 0, part.view());
            const std::vector<T> got = part.content();
            INFO(rows << " rows from " << first << ", inner " << inner << ", columns " << cols);
            CHECK(std::equal(got.begin(), got.end(),
                             want.begin() + static_cast<std::ptrdiff_t>(first * cols)));
          }
      }
}
