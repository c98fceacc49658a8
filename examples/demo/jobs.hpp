// SPDX-License-Identifier: Apache-2.0
// Runs the experiment: independent runs side by side on threads of their own, one progress bar over
// all of them, and a clean end on Ctrl-C. What a run computes does not depend on its neighbours.
#pragma once

#include <gkd/report/progress.hpp>

#include <atomic>   // atomic
#include <csignal>  // signal
#include <mutex>    // mutex
#include <thread>   // thread

#include "results.hpp"

namespace demo {

/// Set by Ctrl-C.
inline std::atomic<bool>& interrupted() {
  static std::atomic<bool> flag{false};
  return flag;
}

/// Thrown to leave the experiment when it was interrupted.
struct interruption {};

inline void listen_for_interruption() {
  const auto handler = [](int signal) {
    interrupted() = true;
    std::signal(signal, SIG_DFL);  // a second Ctrl-C ends at once
  };
  std::signal(SIGINT, handler);
  std::signal(SIGTERM, handler);
}

/// A progress bar that several threads advance.
class shared_progress {
 public:
  explicit shared_progress(gkd::index phases) : bar_({.phases = phases}) {}

  void phase(std::string_view title, long steps) {
    const std::lock_guard lock(mutex_);
    done_ = tokens_ = 0;
    bar_.phase(title, static_cast<gkd::index>(steps));
  }
  /// Another step; false when the user has interrupted.
  bool advance(double tokens, double loss) {
    const std::lock_guard lock(mutex_);
    tokens_ += static_cast<gkd::index>(tokens);
    bar_.update(++done_, {.tokens = tokens_, .loss = loss});
    return !interrupted();
  }
  void finish() {
    const std::lock_guard lock(mutex_);
    bar_.finish();
  }

 private:
  std::mutex mutex_;
  gkd::progress bar_;
  gkd::index done_ = 0, tokens_ = 0;
};

/// f(i) for i in [0, count) on up to `threads` threads. The first exception of a job is thrown
/// here, after all have ended; an interruption starts no further jobs.
template <class F>
void for_each_job(gkd::index threads, gkd::index count, const F& f) {
  std::atomic<gkd::index> next{0};
  std::exception_ptr failure;
  std::mutex mutex;
  const auto work = [&] {
    for (gkd::index i = next++; i < count && !interrupted(); i = next++) {
      try {
        f(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
        next = count;
      }
    }
  };
  std::vector<std::jthread> workers;
  for (gkd::index t = 1; t < std::min(threads, count); ++t) workers.emplace_back(work);
  work();
  workers.clear();  // joins
  if (failure) std::rethrow_exception(failure);
  if (interrupted()) throw interruption{};
}

class experiment {
 public:
  explicit experiment(settings s) : bar_(3) {
    if (s.threads == 0) s.threads = std::max(1u, std::thread::hardware_concurrency());
    results_.used = std::move(s);
  }

  results run() {
    const settings& s = results_.used;
    held_out_.emplace(held_out_dialogues(s.test_prompts));
    for (std::uint64_t seed : s.seeds) data_.push_back(fixed_dialogues(s, seed));
    raise_teacher();
    warm_students();
    compare_methods();
    bar_.finish();
    return std::move(results_);
  }

 private:
  // all threads on one model
  void raise_teacher() {
    const settings& s = results_.used;
    const gkd::stopwatch watch;
    bar_.phase("teacher", s.teacher_steps);
    teacher_.emplace(teacher_shape(), gkd::eigen{.threads = s.threads}, 21);
    train_teacher(*teacher_, s, [&](const gkd::step_event& e) {
      results_.teacher_losses.push_back(e.loss);
      return bar_.advance(e.tokens, e.loss);
    });
    if (interrupted()) throw interruption{};
    results_.teacher_seconds = watch.seconds();
    model judge = frozen_copy(*teacher_), itself = frozen_copy(*teacher_);
    results_.teacher = measure(itself, judge, *held_out_, s, 21);
  }
  // one thread for each seed
  void warm_students() {
    const settings& s = results_.used;
    const gkd::stopwatch watch;
    bar_.phase("warm start", s.warm_steps * static_cast<long>(s.seeds.size()));
    warm_.resize(s.seeds.size());
    results_.warm.resize(s.seeds.size());
    for_each_job(s.threads, s.seeds.size(), [&](gkd::index i) {
      model judge = frozen_copy(*teacher_);
      auto& student = warm_[i].emplace(student_shape(), gkd::eigen{}, s.seeds[i]);
      warm_start(student, data_[i], s, s.seeds[i],
                 [&](const gkd::step_event& e) { return bar_.advance(e.tokens, e.loss); });
      if (interrupted()) throw interruption{};
      results_.warm[i].seed = s.seeds[i];
      results_.warm[i].score = measure(student, judge, *held_out_, s, s.seeds[i]);
    });
    results_.warm_seconds = watch.seconds();
  }
  // one thread for each run; the long ones, on-policy, first
  void compare_methods() {
    const settings& s = results_.used;
    const gkd::stopwatch watch;
    const gkd::index ways = methods().size(), runs = ways * s.seeds.size();
    bar_.phase("distil", s.steps * static_cast<long>(runs));
    results_.outcomes.resize(runs);
    for_each_job(s.threads, runs, [&](gkd::index i) {
      results_.outcomes[i] = run_method(ways - 1 - i / s.seeds.size(), i % s.seeds.size());
    });
    results_.runs_seconds = watch.seconds();
  }
  outcome run_method(gkd::index method, gkd::index seed) {
    const settings& s = results_.used;
    model student = *warm_[seed], teacher = frozen_copy(*teacher_);
    outcome out;
    out.method = method;
    out.seed = s.seeds[seed];
    const gkd::index few = std::min<gkd::index>(250, held_out_->size());
    const auto point = [&](long step) {
      if (s.curve_every > 0 && step % s.curve_every == 0)
        out.curve.push_back({step, quick_accuracy(student, *held_out_, few)});
    };
    point(0);
    double tokens = 0;
    distil(student, teacher, data_[seed], methods()[method], s, s.seeds[seed],
           [&](const gkd::step_event& e) {
             out.losses.push_back(e.loss);
             out.seconds += e.seconds;
             tokens += e.tokens;
             point(e.step);
             return bar_.advance(e.tokens, e.loss);
           });
    if (interrupted()) throw interruption{};
    out.tokens_per_second = tokens / out.seconds;
    out.score = measure(student, teacher, *held_out_, s, s.seeds[seed]);
    return out;
  }

  results results_;
  shared_progress bar_;
  std::optional<gkd::chat_dataset> held_out_;
  std::vector<gkd::chat_dataset> data_;
  std::optional<model> teacher_;
  std::vector<std::optional<model>> warm_;
};

}  // namespace demo
