// SPDX-License-Identifier: Apache-2.0
#include <gkd/backend/threads.hpp>

#include "support/catch.hpp"

#include <algorithm>  // sort
#include <atomic>     // atomic
#include <mutex>      // mutex
#include <numeric>    // accumulate
#include <set>        // set
#include <stdexcept>  // runtime_error
#include <thread>     // thread
#include <vector>     // vector

using gkd::index;

namespace {

// the chunks that a call was cut into, in order
std::vector<std::pair<index, index>> chunks_of(const gkd::thread_pool& pool, index count,
                                               index grain) {
  std::mutex mutex;
  std::vector<std::pair<index, index>> chunks;
  pool.parallel(count, grain, [&](index first, index n) {
    const std::lock_guard lock(mutex);
    chunks.emplace_back(first, n);
  });
  std::sort(chunks.begin(), chunks.end());
  return chunks;
}

}  // namespace

TEST_CASE("ten rows in grains of four: chunks of 4, 3 and 3") {
  const std::vector<std::pair<index, index>> want{{0, 4}, {4, 3}, {7, 3}};
  CHECK(chunks_of(gkd::thread_pool(), 10, 4) == want);
  CHECK(chunks_of(gkd::thread_pool(2), 10, 4) == want);
}

TEST_CASE("chunks depend on count and grain, not on the number of threads") {
  for (const index count : {index{0}, index{1}, index{7}, index{64}, index{1000}})
    for (const index grain : {index{1}, index{3}, index{64}, index{5000}}) {
      const auto want = chunks_of(gkd::thread_pool(1), count, grain);
      index covered = 0;
      for (const auto& [first, n] : want) {
        REQUIRE(first == covered);
        REQUIRE(n > 0);
        REQUIRE(n <= grain);
        covered += n;
      }
      REQUIRE(covered == count);
      for (const index threads : {index{2}, index{3}, index{4}, index{8}})
        REQUIRE(chunks_of(gkd::thread_pool(threads), count, grain) == want);
    }
}

TEST_CASE("a pool of n threads has n, the caller among them") {
  CHECK(gkd::thread_pool().size() == 1);
  CHECK(gkd::thread_pool(1).size() == 1);
  CHECK(gkd::thread_pool(8).size() == 8);
  CHECK(gkd::thread_pool(0).size() >= 1);
  CHECK_THROWS_WITH(gkd::thread_pool(5000),
                    "gkd: thread_pool: got 5000 threads, want at most 1024");
}

TEST_CASE("a pool of one thread runs everything on the caller, in order") {
  std::vector<index> order;
  const auto caller = std::this_thread::get_id();
  gkd::thread_pool(1).parallel(6, 1, [&](index first, index) {
    CHECK(std::this_thread::get_id() == caller);
    order.push_back(first);
  });
  CHECK(order == std::vector<index>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("helpers take part: two chunks that wait for each other both finish") {
  const gkd::thread_pool pool(2);
  std::atomic<int> arrived{0};
  std::mutex mutex;
  std::set<std::thread::id> who;
  pool.parallel(2, 1, [&](index, index) {
    ++arrived;
    while (arrived < 2) std::this_thread::yield();
    const std::lock_guard lock(mutex);
    who.insert(std::this_thread::get_id());
  });
  CHECK(who.size() == 2);
}

TEST_CASE("eight threads on any machine: a thousand loops, each of them whole") {
  const gkd::thread_pool pool(8);
  std::vector<int> hits(997);
  for (int round = 1; round <= 1000; ++round)
    pool.parallel(hits.size(), 10, [&](index first, index n) {
      for (index i = first; i < first + n; ++i) ++hits[i];
    });
  CHECK(std::all_of(hits.begin(), hits.end(), [](int n) { return n == 1000; }));
}

TEST_CASE("copies share their threads, which outlive the original") {
  gkd::thread_pool copy;
  {
    const gkd::thread_pool original(3);
    copy = original;
  }
  CHECK(copy.size() == 3);
  std::atomic<index> sum{0};
  copy.parallel(100, 1, [&](index first, index n) { sum += first * n; });
  CHECK(sum == 4950);
}

TEST_CASE("a call from inside a chunk runs on the thread of its caller") {
  const gkd::thread_pool pool(4);
  std::atomic<index> sum{0};
  std::atomic<int> strangers{0};
  pool.parallel(8, 1, [&](index, index) {
    const auto me = std::this_thread::get_id();
    pool.parallel(10, 1, [&](index first, index) {
      if (std::this_thread::get_id() != me) ++strangers;
      sum += first;
    });
  });
  CHECK(sum == 8 * 45);
  CHECK(strangers == 0);
}

TEST_CASE("two threads may use one pool at the same time") {
  const gkd::thread_pool pool(3);
  std::vector<std::vector<int>> hits(4, std::vector<int>(100));
  std::vector<std::thread> users;
  for (auto& mine : hits)
    users.emplace_back([&pool, &mine] {
      for (int round = 0; round < 200; ++round)
        pool.parallel(mine.size(), 7, [&](index first, index n) {
          for (index i = first; i < first + n; ++i) ++mine[i];
        });
    });
  for (std::thread& user : users) user.join();
  for (const auto& mine : hits)
    CHECK(std::all_of(mine.begin(), mine.end(), [](int n) { return n == 200; }));
}

TEST_CASE("an exception in a chunk reaches the caller, the lowest chunk's as in a plain loop") {
  for (const index threads : {index{1}, index{2}, index{8}}) {
    const gkd::thread_pool pool(threads);
    const auto faulty = [](index first, index) {
      if (first >= 20) throw std::runtime_error("chunk " + std::to_string(first));
    };
    for (int round = 0; round < 50; ++round)
      CHECK_THROWS_WITH(pool.parallel(100, 1, faulty), "chunk 20");
    // and the pool works on
    CHECK(chunks_of(pool, 10, 4).size() == 3);
  }
}
