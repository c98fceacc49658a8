// SPDX-License-Identifier: Apache-2.0
// The processes of a run, played by threads, and a communicator between them.
#pragma once

#include <gkd/core/config.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <span>
#include <stdexcept>
#include <thread>
#include <vector>

namespace threads {

/// What the threads of one run share. Who waits too long for the others says so.
class meeting {
 public:
  explicit meeting(std::ptrdiff_t n) : parts(static_cast<gkd::index>(n)) {}
  void arrive_and_wait() {
    std::unique_lock lock(mutex_);
    const gkd::index now = round_;
    if (++here_ == parts.size()) {
      here_ = 0;
      ++round_;
      all_.notify_all();
    } else if (!all_.wait_for(lock, std::chrono::seconds(20), [&] { return round_ != now; })) {
      throw std::logic_error("waited in vain for another process");
    }
  }
  std::vector<std::vector<double>> parts;

 private:
  std::mutex mutex_;
  std::condition_variable all_;
  gkd::index here_ = 0, round_ = 0;
};

/// Adds in the order of the ranks, so that all get the same bits.
struct thread_communicator {
  meeting* with;
  gkd::index number;
  gkd::index rank() const { return number; }
  gkd::index size() const { return with->parts.size(); }
  template <class T>
  void all_reduce_sum(std::span<T> x) const {
    with->parts[number].assign(x.begin(), x.end());
    with->arrive_and_wait();
    for (const auto& part : with->parts)
      if (part.size() != x.size()) throw std::logic_error("another process adds up other numbers");
    for (gkd::index i = 0; i < x.size(); ++i) {
      double sum = 0.0;
      for (const auto& part : with->parts) sum += part[i];
      x[i] = static_cast<T>(sum);
    }
    with->arrive_and_wait();
  }
  template <class T>
  void broadcast(std::span<T> x, gkd::index root) const {
    with->parts[number].assign(x.begin(), x.end());
    with->arrive_and_wait();
    const std::vector<double>& sent = with->parts[root];
    if (sent.size() != x.size()) throw std::logic_error("the root sends another length");
    for (gkd::index i = 0; i < x.size(); ++i) x[i] = static_cast<T>(sent[i]);
    with->arrive_and_wait();
  }
};

/// body(communicator) on each of n threads.
template <class Body>
void on_threads(std::ptrdiff_t n, const Body& body) {
  meeting with(n);
  std::vector<std::jthread> running;
  for (std::ptrdiff_t r = 0; r < n; ++r)
    running.emplace_back([&, r] { body(thread_communicator{&with, static_cast<gkd::index>(r)}); });
}

}  // namespace threads
