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

TEST_CASE("part_of_queries: cut between sequences only, and not where ranges do not ascend") {
  using parts = std::vector<std::pair<gkd::index, gkd::index>>;
  const auto cut = [](const std::vector<gkd::key_range>& ranges, gkd::index count) {
    parts out;
    for (gkd::index p = 0; p < count; ++p) {
      const auto [first, n] = gkd::host::part_of_queries(ranges, p, count);
      if (n != 0) out.push_back({first, n});
    }
    return out;
  };
  const std::vector<gkd::key_range> three{{0, 1}, {0, 2}, {2, 1}, {2, 2}, {2, 3}, {5, 1}};
  CHECK(cut(three, 1) == parts{{0, 6}});
  CHECK(cut(three, 2) == parts{{0, 5}, {5, 1}});
  CHECK(cut(three, 8) == parts{{0, 2}, {2, 3}, {5, 1}});
  CHECK(cut({{0, 1}, {0, 2}, {1, 2}, {2, 2}}, 4) == parts{{0, 4}});  // a window
  CHECK(cut({{2, 1}, {0, 1}, {3, 1}}, 3) == parts{{0, 3}});
  CHECK(cut({}, 3).empty());
}

TEMPLATE_TEST_CASE("parallel_host: attention's gradient with one kv head is cut between sequences",
                   "", float, double) {
  using T = TestType;
  std::vector<gkd::key_range> ranges;
  for (const gkd::index length : {70u, 1u, 40u, 130u, 3u, 3u, 90u}) {
    const gkd::index first = ranges.size();
    for (gkd::index i = 0; i < length; ++i) ranges.push_back({first, i + 1});
  }
  const gkd::index n = ranges.size(), d = 16;
  const gkd::attention_options o{3, 1, d, 0.375, 2.0};
  const tables tensors{numbers(n, 3 * d, 1), numbers(n, d, 2),     numbers(n, d, 3),
                       numbers(n, 3 * d, 4), numbers(n, 3 * d, 5), numbers(n, d, 6),
                       numbers(n, d, 7)};
  const auto whole = [&](const auto&, auto t) {
    gkd::host::attention_backward<gkd::host::portable_vectors, T>(t[0], t[1], t[2], ranges, o, t[3],
                                                                  t[4], t[5], t[6]);
  };
  const auto in_parts = [&](const auto& b, auto t) {
    gkd::ops::attention_backward(b, t[0], t[1], t[2], ranges, o, t[3], t[4], t[5], t[6]);
  };
  const gkd::parallel_host backend{.threads = 4};
  const outcome<T> want = run<T>(backend, tensors, whole, false);
  CHECK(run<T>(backend, tensors, in_parts, false).same_bits(want));
  CHECK(chunks_of<T>(backend, tensors, in_parts) >= 2);
}
