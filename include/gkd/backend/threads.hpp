// SPDX-License-Identifier: Apache-2.0
// Threads for the CPU backends. A range is cut into chunks that depend on its length and the grain
// alone, never on the number of threads; who works on a chunk is left to chance, so a loop whose
// chunks write disjoint memory gives the same bits with 1, 2 or 8 threads.
//
//   thread_pool pool(4);
//   pool.parallel(rows, 64, [&](index first, index n) { ... rows [first, first + n) ... });
//
// Waiting threads sleep in the kernel. Spinning ones would save microseconds on an idle machine and
// take the core from whoever has work on a busy one (24 times slower, docs/design.md#threads).
#pragma once

#include <gkd/core/config.hpp>
#include <gkd/core/error.hpp>

#include <algorithm>           // min
#include <atomic>              // atomic
#include <condition_variable>  // condition_variable
#include <exception>           // exception_ptr
#include <memory>              // shared_ptr
#include <mutex>               // mutex
#include <thread>              // thread
#include <vector>              // vector

namespace gkd::inline v0 {

namespace detail {

/// [0, count) in ceil(count / grain) chunks whose lengths differ by at most one.
struct chunk_list {
  index count = 0;
  index size = 0;

  chunk_list(index n, index grain) : count(n), size(n / grain + (n % grain != 0)) {}
  index length(index i) const { return count / size + (i < count % size); }
  index first(index i) const { return i * (count / size) + std::min(i, count % size); }
};

/// One call of parallel(), on the stack of the caller. Chunks are claimed in order, so when one
/// throws, all chunks before it are done or under way: the exception of the lowest chunk is the one
/// that a loop without threads would have met, and it is the one that is kept.
class thread_job {
 public:
  using function = void(const void*, index first, index n);

  thread_job(chunk_list chunks, function* call, const void* f)
      : chunks_(chunks), call_(call), f_(f) {}

  void work() {
    for (index i; (i = next_.fetch_add(1, std::memory_order_relaxed)) < chunks_.size;) {
      try {
        call_(f_, chunks_.first(i), chunks_.length(i));
      } catch (...) {
        next_.store(chunks_.size, std::memory_order_relaxed);
        const std::lock_guard lock(error_mutex_);
        if (!error_ || i < error_at_) {
          error_ = std::current_exception();
          error_at_ = i;
        }
      }
    }
  }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  chunk_list chunks_;
  function* call_;
  const void* f_;
  std::atomic<index> next_{0};
  std::mutex error_mutex_;
  std::exception_ptr error_;
  index error_at_ = 0;
};

/// The threads of a pool besides the caller's.
class thread_crew {
 public:
  explicit thread_crew(index helpers) {
    threads_.reserve(helpers);
    try {
      while (threads_.size() < helpers) threads_.emplace_back([this] { help(); });
    } catch (...) {
      dismiss();
      throw;
    }
  }
  thread_crew(const thread_crew&) = delete;
  thread_crew& operator=(const thread_crew&) = delete;
  ~thread_crew() { dismiss(); }

  index size() const { return threads_.size(); }

  /// Works on the job together with up to `wanted` helpers until it is done. False, and nothing
  /// done, when the crew is at work already: a nested call, or one from another thread.
  bool run(thread_job& job, index wanted) {
    {
      const std::lock_guard lock(mutex_);
      if (job_) return false;
      job_ = &job;
      wanted_ = std::min(wanted, size());
    }
    for (index i = 0, n = std::min(wanted, size()); i < n; ++i) called_.notify_one();
    job.work();
    std::unique_lock lock(mutex_);
    wanted_ = 0;  // who has not woken up by now is not waited for
    left_.wait(lock, [this] { return helping_ == 0; });
    job_ = nullptr;
    return true;
  }

 private:
  void help() {
    std::unique_lock lock(mutex_);
    for (;;) {
      called_.wait(lock, [this] { return over_ || wanted_ > 0; });
      if (over_) return;
      --wanted_;
      ++helping_;
      thread_job& job = *job_;
      lock.unlock();
      job.work();
      lock.lock();
      if (--helping_ == 0) left_.notify_one();
    }
  }
  void dismiss() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    called_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  std::mutex mutex_;
  std::condition_variable called_, left_;
  thread_job* job_ = nullptr;  // the caller's, until it returns
  index wanted_ = 0;           // helpers that the job still takes
  index helping_ = 0;          // helpers that are inside it
  bool over_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace detail

/// A number of threads that work on one loop at a time, the caller among them. Copies share the
/// threads; they end with the last copy.
class thread_pool {
 public:
  /// The caller alone.
  thread_pool() = default;

  /// `threads` in all; 0: as many as the machine has cores. More threads than cores is allowed.
  /// A number converts, so that a member of this type is set like one: eigen{.threads = 4}.
  /// Throws errc::bad_argument beyond 1024, and std::system_error where the machine gives no more.
  thread_pool(index threads) {
    constexpr index most = 1024;
    if (threads > most) {
      fail(errc::bad_argument, "thread_pool: got ", threads, " threads, want at most ", most);
    }
    if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
    if (threads > 1) crew_ = std::make_shared<detail::thread_crew>(threads - 1);
  }

  /// Threads that work on a loop, the caller's included.
  index size() const { return crew_ ? crew_->size() + 1 : 1; }

  /// Calls f(first, n) for ceil(count / grain) chunks [first, first + n) that together are
  /// [0, count), and returns when all are done. grain >= 1.
  ///
  /// Calls from inside f, and calls while another thread uses the same pool, run on their caller's
  /// thread, in the same chunks. When f throws, chunks that have not begun are left out and the
  /// exception of the lowest chunk arrives here. Allocates nothing.
  template <class F>
  void parallel(index count, index grain, const F& f) const {
    GKD_ASSERT(grain > 0);
    if (count == 0) return;
    const detail::chunk_list chunks(count, grain);
    if (crew_ && chunks.size > 1) {
      const auto call = [](const void* p, index first, index n) {
        (*static_cast<const F*>(p))(first, n);
      };
      detail::thread_job job(chunks, call, &f);
      if (crew_->run(job, chunks.size - 1)) return job.rethrow();
    }
    for (index i = 0; i < chunks.size; ++i) f(chunks.first(i), chunks.length(i));
  }

 private:
  std::shared_ptr<detail::thread_crew> crew_;  // none: one thread
};

}  // namespace gkd::inline v0
