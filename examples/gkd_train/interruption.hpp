// SPDX-License-Identifier: Apache-2.0
// Ctrl-C: the step that is being taken is finished, then the run stops; an evaluation is given up.
// A second one ends at once, but for SIGHUP.
#pragma once

#include <gkd/train/callbacks.hpp>

#include <unistd.h>  // write

#include <cerrno>   // errno
#include <csignal>  // signal, sig_atomic_t

namespace gkd_train {

/// Set by Ctrl-C, SIGTERM, SIGHUP, which a lost connection sends, or a test.
inline volatile std::sig_atomic_t& interrupted() {
  static volatile std::sig_atomic_t flag = 0;
  return flag;
}

inline void listen_for_interruption() {
  const auto handler = [](int signal) {
    const int reason = errno;  // of the call that was interrupted, perhaps about to be read
    interrupted() = 1;
    if (signal != SIGHUP) std::signal(signal, SIG_DFL);  // a lost connection sends it twice
    constexpr char text[] = "\nstopping after this step or batch; once more to stop at once\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, sizeof text - 1);
    errno = reason;
  };
  std::signal(SIGINT, handler);
  std::signal(SIGTERM, handler);
  if (std::signal(SIGHUP, handler) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);  // as nohup wants it
  std::signal(SIGPIPE, SIG_IGN);  // a reader of the output that goes away must not end a run
  std::signal(SIGXFSZ, SIG_IGN);  // a file above the limit is an error that says so
}

/// Stops the training when it was interrupted: before its first step, or after the one it is at.
struct stop_when_interrupted {
  bool on_start(const gkd::start_event&) { return interrupted() == 0; }
  bool on_step(const gkd::step_event&) { return interrupted() == 0; }
  bool on_eval(const gkd::eval_event&) { return interrupted() == 0; }
  bool on_save(const gkd::save_event&) { return interrupted() == 0; }
};

}  // namespace gkd_train
