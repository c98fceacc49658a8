// SPDX-License-Identifier: Apache-2.0
// A trainer that is killed at any time, saving at every step, loses nothing but what it had not
// saved. It runs in a process of its own, which the test kills.
#include <gkd/data/mixture.hpp>
#include <gkd/data/on_policy.hpp>
#include <gkd/data/replay.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "support/catch.hpp"
#include "train/runs.hpp"

using namespace gkd;

namespace {

constexpr long steps = 20000;  // more than can be done

/// use(trainer) with a trainer on this directory.
template <class Use>
auto with_trainer(tabular<float>& student, const std::string& directory, const Use& use) {
  const auto data = toy::ragged_dataset(17, 5);
  auto teacher = toy::random_bigram(5);
  checkpoints keep{{.on_note = {}}};
  trainer t{student,
            teacher,
            generalized_jsd{0.5},
            mixture{replay{on_policy{data, {.max_new_tokens = 4}}, 16, 0.5}, fixed{data}, 0.5,
                    draw_per::sequence},
            adamw{},
            training_options{.output_dir = directory,
                             .per_device_train_batch_size = 2,
                             .max_steps = steps,
                             .learning_rate = 0.01,
                             .save_steps = 1,
                             .save_total_limit = 2},
            keep};
  return use(t, keep);
}

}  // namespace

TEST_CASE(
    "Killed a hundred times while saving, a run ends with the bits of one that was not [T05]") {
  const runs::memory_folder folder;  // what the system holds survives a process in memory, too
  const random_stream draw(2, purpose::user);
  double save_seconds = 0.0;
  {
    const runs::memory_folder elsewhere;
    tabular<float> student(5);
    with_trainer(student, elsewhere.path(), [&](auto& t, auto&) {
      const stopwatch watch;
      for (int i = 0; i < 5; ++i) t.training_step(), t.save();
      save_seconds = watch.seconds() / 5;
    });
  }
  long reached = 0;
  for (int kill = 0; kill < 100; ++kill) {
    const pid_t child = ::fork();
    if (child == 0) {
      tabular<float> student(5);
      with_trainer(student, folder.path(), [](auto& t, auto&) {
        t.resume();
        t.train();
      });
      ::_exit(0);
    }
    const double saves = 10.0 * draw.uniform(static_cast<std::uint64_t>(kill));
    ::usleep(static_cast<useconds_t>(1e6 * saves * save_seconds));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));  // it was at work

    tabular<float> student(5);
    with_trainer(student, folder.path(), [&](auto& t, auto& keep) {
      const bool resumed = t.resume();
      CHECK((resumed || reached == 0));
      CHECK(t.state().step >= reached);  // nothing that was saved is lost
      reached = t.state().step;
      for (const std::string& note : keep.notes()) {
        INFO(note);  // all that has the name of a checkpoint is whole
        CHECK(note.find("removed: a killed run had not finished it") != std::string::npos);
      }
    });
    CHECK(detail::list_unfinished(folder.path()).empty());
  }
  REQUIRE(reached > 0);

  const auto train_to = [](auto& t, long step) {
    while (t.state().step < step) t.training_step();
  };
  tabular<float> killed(5), straight(5);
  with_trainer(killed, folder.path(), [&](auto& t, auto&) {
    REQUIRE(t.resume());
    train_to(t, reached + 10);
    t.save();
    CHECK(list_checkpoints(folder.path()).size() == 2);  // what no child came to remove
  });
  const runs::memory_folder other;
  with_trainer(straight, other.path(), [&](auto& t, auto&) {
    train_to(t, reached + 10);
    t.save();
  });
  CHECK(runs::bits(killed) == runs::bits(straight));
  CHECK(runs::files(runs::checkpoint(folder.path(), reached + 10)) ==
        runs::files(runs::checkpoint(other.path(), reached + 10)));
}
