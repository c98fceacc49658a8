// SPDX-License-Identifier: Apache-2.0
// What a system does that fails a checkpoint: it does not rename, it writes other bytes than it was
// given, it is gone in between. The calls are put before the system's, in this program alone.
#include <gkd/train/best_model.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/catch.hpp"
#include "support/throws.hpp"
#include "train/runs.hpp"

using namespace gkd;
namespace fs = std::filesystem;

namespace {

struct faults {
  int renames_until_failure = -1;  // -1: none fails
  bool dies = false;               // there, in place of an error
  int writes_until_flip = -1;      // a bit of this one
  int syncs_until_failure = -1;    // of directories
  bool cannot_exchange = false;    // as some file systems cannot
};
faults now;

bool rename_fails() {
  if (now.renames_until_failure < 0 || now.renames_until_failure-- > 0) return false;
  if (now.dies) ::_exit(7);
  errno = EIO;
  return true;
}

/// The system does this until the end of the scope.
struct while_faulty {
  explicit while_faulty(const faults& f) { now = f; }
  ~while_faulty() { now = {}; }
};

}  // namespace

extern "C" int rename(const char* from, const char* to) {
  if (rename_fails()) return -1;
  return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}
extern "C" int renameat2(int from_at, const char* from, int to_at, const char* to,
                         unsigned int how) {
  if (now.cannot_exchange && how == RENAME_EXCHANGE) {
    errno = EINVAL;
    return -1;
  }
  if (rename_fails()) return -1;
  return static_cast<int>(::syscall(SYS_renameat2, from_at, from, to_at, to, how));
}
extern "C" int fsync(int file) {
  struct stat status;
  if (now.syncs_until_failure >= 0 && ::fstat(file, &status) == 0 && S_ISDIR(status.st_mode) &&
      now.syncs_until_failure-- == 0) {
    errno = EIO;
    return -1;
  }
  return static_cast<int>(::syscall(SYS_fsync, file));
}
extern "C" ssize_t write(int file, const void* bytes, size_t size) {
  std::string turned;
  if (now.writes_until_flip >= 0 && size > 0 && now.writes_until_flip-- == 0) {
    turned.assign(static_cast<const char*>(bytes), size);
    turned[size / 2] ^= 1;
    bytes = turned.data();
  }
  return ::syscall(SYS_write, file, bytes, size);
}

namespace {

using names = std::vector<std::string>;

/// A run of this directory that is at a step.
void run_to(long step, const std::string& directory, const auto& change, const auto& use) {
  runs::simple run(directory);
  run.options.max_steps = 40;
  change(run);
  run([&](auto& t) {
    while (t.state().step < step) t.training_step();
    use(t);
  });
}
void save(auto& t) { t.save(); }
void as_it_is(runs::simple&) {}
void overwriting(runs::simple& run) { run.overwrite = true; }

/// Whether a fault ended work() in a process of its own.
bool dies_in_a_process(const faults& f, const auto& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    now = f;
    work();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE((status == 0 || WEXITSTATUS(status) == 7));
  return status != 0;
}
void in_a_process_that_dies(const faults& f, const auto& work) {
  REQUIRE(dies_in_a_process(f, work));
}

}  // namespace

TEST_CASE("Overwriting keeps the earlier checkpoints until the new one has its place [T05]") {
  test_folder folder;
  run_to(5, folder.path(), as_it_is, [](auto& t) { save(t); });
  const auto before = runs::files(folder / "checkpoint-5");
  for (const long step : {3L, 5L}) {
    run_to(step, folder.path(), overwriting, [&](auto& t) {
      const while_faulty f({.renames_until_failure = 0});
      CHECK_ERROR(t.save(), errc::io_failure, "checkpoint-");
    });
    CHECK(folder.names() == names{"checkpoint-5"});
    CHECK(runs::files(folder / "checkpoint-5") == before);
    in_a_process_that_dies({.renames_until_failure = 0, .dies = true}, [&] {
      run_to(step, folder.path(), overwriting, [](auto& t) { save(t); });
    });
    run_to(0, folder.path(), as_it_is, [](auto& t) {
      REQUIRE(t.resume());
      CHECK(t.state().step == 5);
    });
    CHECK(runs::files(folder / "checkpoint-5") == before);
  }
}

TEST_CASE("A checkpoint whose directory cannot be synced is none, the next one is saved [T05]") {
  int failed = 0;
  for (bool fails = true; fails; ++failed) {
    test_folder folder;
    run_to(3, folder.path(), as_it_is, [&](auto& t) {
      {
        const while_faulty f({.syncs_until_failure = failed});
        try {
          save(t);
          fails = false;  // there were not so many
        } catch (const error& e) {
          INFO(e.what());
          CHECK(e.code() == errc::io_failure);
          CHECK(folder.names() == names{"gkd.lock"});
        }
      }
      t.training_step();
      save(t);
    });
    CHECK(list_checkpoints(folder.path()).front().step == 4);
    REQUIRE(failed < 100);
  }
  CHECK(failed > 1);
}

TEST_CASE("One that takes another's place and cannot be synced gives it back") {
  test_folder folder;
  run_to(5, folder.path(), as_it_is, [](auto& t) { save(t); });
  const auto before = runs::files(folder / "checkpoint-5");
  int failed = 0;
  for (bool fails = true; fails; ++failed)
    run_to(5, folder.path(), overwriting, [&](auto& t) {
      const while_faulty f({.syncs_until_failure = failed});
      try {
        save(t);
        fails = false;
      } catch (const error& e) {
        CHECK(e.code() == errc::io_failure);
        CHECK(runs::files(folder / "checkpoint-5") == before);
        CHECK(folder.names() == names{"checkpoint-5", "gkd.lock"});
      }
    });
  CHECK(failed > 1);
}

TEST_CASE("Where names cannot be exchanged, a kill between two renames loses neither [T05]") {
  test_folder folder;
  run_to(5, folder.path(), as_it_is, [](auto& t) { save(t); });
  const auto before = runs::files(folder / "checkpoint-5");
  for (const int renames : {0, 1, 2}) {
    in_a_process_that_dies(
        {.renames_until_failure = renames, .dies = true, .cannot_exchange = true},
        [&] { run_to(5, folder.path(), overwriting, [](auto& t) { save(t); }); });
    CHECK(fs::exists(folder / "checkpoint-5") == (renames != 1));
    run_to(0, folder.path(), as_it_is, [&](auto& t) {
      REQUIRE(t.resume());
      CHECK(t.state().step == 5);
    });
    CHECK(folder.names() == names{"checkpoint-5"});
    if (renames < 2) CHECK(runs::files(folder / "checkpoint-5") == before);
  }
}

namespace {

/// A run that has saved steps 2, 4 and 6, and one that leaves it at step 2 and saves another step.
struct run_that_is_left {
  test_folder folder;
  std::vector<std::pair<std::string, std::string>> four, six;

  run_that_is_left() {
    run_to(0, folder.path(), as_it_is, [](auto& t) {
      while (t.state().step < 6) {
        for (int i = 0; i < 2; ++i) t.training_step();
        save(t);
      }
    });
    four = runs::files(folder / "checkpoint-4");
    six = runs::files(folder / "checkpoint-6");
  }
  static void otherwise(runs::simple& run) {
    run.options.learning_rate = 0.01;
    run.strict = false;
  }
  void leave(long step, const auto& use) const {
    const auto from_two = [&](runs::simple& run) {
      otherwise(run);
      run.from = folder / "checkpoint-2";
    };
    run_to(0, folder.path(), from_two, [&](auto& t) {
      REQUIRE(t.resume());
      while (t.state().step < step) t.training_step();
      use(t);
    });
  }
  bool has(const std::string& name) const { return fs::exists(folder / name); }
  /// Whether nothing has changed since it was left.
  bool untouched() const {
    return folder.names() == names{"checkpoint-2", "checkpoint-4", "checkpoint-6", "gkd.lock"} &&
           runs::files(folder / "checkpoint-4") == four &&
           runs::files(folder / "checkpoint-6") == six;
  }
  /// Whether what it has saved of a step is there, under one of its two names.
  bool keeps(long step) const {
    const std::string place = runs::checkpoint(folder.path(), step);
    const auto& saved = step == 4 ? four : six;
    return (fs::exists(place) && runs::files(place) == saved) ||
           (fs::exists(place + ".passed-1") && runs::files(place + ".passed-1") == saved);
  }
};

}  // namespace

TEST_CASE("What a run goes back over is set aside once its new checkpoint is whole") {
  for (const long step : {3L, 4L}) {
    int failed = 0;
    const auto fails = [&](const faults& f) {
      CAPTURE(step, f.renames_until_failure, f.syncs_until_failure);
      run_that_is_left run;
      bool threw = false;
      run.leave(step, [&](auto& t) {
        try {
          const while_faulty faulty(f);
          save(t);
        } catch (const error& e) {
          INFO(e.what());
          CHECK(e.code() == errc::io_failure);
          CHECK(e.text().find(run.folder.path()) != std::string::npos);
          CHECK(run.untouched());
          threw = true;
        }
        if (threw) save(t);
      });
      CHECK(run.folder.names() == names{"checkpoint-2", concat("checkpoint-", step),
                                        "checkpoint-4.passed-1", "checkpoint-6.passed-1"});
      CHECK(run.keeps(4));
      CHECK(run.keeps(6));
      failed += threw;
      return threw;
    };
    // of its files in a folder of their own, then: two are set aside, one gets its place
    for (int n = 0; fails({.renames_until_failure = n}); ++n) REQUIRE(n < 100);
    CHECK(failed == 3);
    for (int n = 0; fails({.syncs_until_failure = n}); ++n) REQUIRE(n < 100);
    CHECK(failed > 6);
  }
}

TEST_CASE("Where a run that left another is killed, the other is neither lost nor gone on from") {
  for (const long step : {3L, 4L})
    for (const bool cannot_exchange : {false, true}) {
      int renames = 0;
      for (bool dies = true; dies; ++renames) {
        CAPTURE(step, cannot_exchange, renames);
        const run_that_is_left run;
        dies = dies_in_a_process(
            {.renames_until_failure = renames, .dies = true, .cannot_exchange = cannot_exchange},
            [&] { run.leave(step, [](auto& t) { save(t); }); });
        run_to(0, run.folder.path(), run_that_is_left::otherwise, [&](auto& t) {
          REQUIRE(t.resume());
          if (run.has("checkpoint-6"))  // as before: the other knows of none that it has lost
            CHECK(t.state().step == 6);
          else
            CHECK(t.state().step == (dies ? 2 : step));
        });
        CHECK(run.keeps(4));
        CHECK(run.keeps(6));
        CHECK(run.has("checkpoint-6") == (renames < 2));
        REQUIRE(renames < 100);
      }
      CHECK(renames == 4);
    }
}

TEST_CASE("Nor is what was damaged, and is saved once more") {
  int renames = 0;
  for (bool dies = true; dies; ++renames) {
    CAPTURE(renames);
    const run_that_is_left run;
    run.folder.write("checkpoint-6/model.safetensors", "nothing");
    dies = dies_in_a_process({.renames_until_failure = renames, .dies = true}, [&] {
      run_to(0, run.folder.path(), as_it_is, [](auto& t) {
        t.resume();
        while (t.state().step < 6) t.training_step();
        save(t);
      });
    });
    run_to(0, run.folder.path(), as_it_is, [&](auto& t) {
      REQUIRE(t.resume());
      CHECK(t.state().step == (dies ? 4 : 6));
    });
    const std::string there = renames == 0 ? "checkpoint-6" : "checkpoint-6.damaged-1";
    CHECK(run.folder.read(there + "/model.safetensors") == "nothing");
    REQUIRE(renames < 100);
  }
  CHECK(renames == 3);
}

TEST_CASE("A checkpoint that the disk has other bytes of is none, and the earlier one stays") {
  test_folder folder;
  run_to(3, folder.path(), as_it_is, [](auto& t) { save(t); });
  int writes = 0;
  for (bool flipped = true; flipped; ++writes) {
    run_to(0, folder.path(), as_it_is, [&](auto& t) {
      REQUIRE(t.resume());
      t.training_step();
      const while_faulty f({.writes_until_flip = writes});
      try {
        t.save();
      } catch (const error& e) {
        INFO(e.what());
        CHECK((e.code() == errc::bad_format || e.code() == errc::io_failure));
        CHECK(folder.names() == names{"checkpoint-3", "gkd.lock"});
        return;
      }
      flipped = now.writes_until_flip < 0;  // else there were not so many
      CHECK_FALSE(flipped);
    });
    REQUIRE(writes < 100);
  }
  CHECK(writes > 4);
}

TEST_CASE("A best model that was being replaced when the run was killed is not taken for the old") {
  test_folder folder;
  tabular<float> student(5);
  best_model keep(student, best_model_options{.directory = folder / "best"});
  keep.on_start({});
  const metrics first{{"eval_loss", 1.0}}, second{{"eval_loss", 0.5}};
  keep.on_eval({.step = 1, .values = first});
  CHECK(fs::exists(folder / "best/best.json"));
  in_a_process_that_dies({.renames_until_failure = 1, .dies = true},
                         [&] { keep.on_eval({.step = 2, .values = second}); });
  CHECK_FALSE(fs::exists(folder / "best/best.json"));
}

namespace {

/// A best model in the folder itself and one in `best`, all of whose files say whose they are.
void write_best(const test_folder& folder, const std::string& whose) {
  fs::create_directories(folder / "best");
  for (const char* place : {"", "best/"}) {
    for (const char* name : {"model.safetensors", "config.json"})
      folder.write(std::string(place) + name, whose);
    folder.write(place + std::string("best.json"), R"({"step": 7, "of": ")" + whose + "\"}");
  }
}
/// Whether a record says that what lies beside it is of another.
bool says_wrong(const test_folder& folder, const std::string& place) {
  if (!fs::exists(folder / (place + "best.json"))) return false;
  const std::string whose = read_json(folder / (place + "best.json")).at("of");
  return folder.read(place + "model.safetensors") != whose ||
         folder.read(place + "config.json") != whose;
}
void take_best(const test_folder& from, const test_folder& to) {
  detail::best_models_copy(from.path(), to.path(), 8).commit();
}

}  // namespace

TEST_CASE("A best model that is taken along has the value of no other, wherever a run is killed") {
  test_folder from;
  write_best(from, "new");
  for (const bool cannot_exchange : {false, true}) {
    int renames = 0;
    for (bool dies = true; dies; ++renames) {
      CAPTURE(cannot_exchange, renames);
      test_folder to;
      write_best(to, "old");
      dies = dies_in_a_process(
          {.renames_until_failure = renames, .dies = true, .cannot_exchange = cannot_exchange},
          [&] { take_best(from, to); });
      CHECK_FALSE(says_wrong(to, ""));
      CHECK_FALSE(says_wrong(to, "best/"));
      put_back_replaced(to.path());
      for (const std::string& left : detail::list_unfinished(to.path()))
        CHECK(detail::remove_if_abandoned(left));
      {
        const while_faulty f({.renames_until_failure = 1});  // the first one there was is of `best`
        CHECK_THROWS_AS(take_best(from, to), error);
      }
      CHECK_FALSE(says_wrong(to, ""));
      take_best(from, to);
      for (const char* name : {"", "best"})
        CHECK(to.read(name + std::string("/best.json")).find("new") != std::string::npos);
      CHECK_FALSE(says_wrong(to, ""));
      CHECK_FALSE(says_wrong(to, "best/"));
      CHECK(to.names() == names{"best", "best.json", "config.json", "model.safetensors"});
    }
    CHECK(renames == (cannot_exchange ? 8 : 6));
  }
}

TEST_CASE("Nor where a system's call fails; before the first file the record is back") {
  test_folder from;
  write_best(from, "new");
  int failed = 0;
  const auto fails = [&](const faults& f) {
    CAPTURE(f.renames_until_failure, f.syncs_until_failure);
    test_folder to;
    write_best(to, "old");
    bool threw = false;
    try {
      const while_faulty faulty(f);
      take_best(from, to);
    } catch (const error& e) {
      CHECK(e.code() == errc::io_failure);
      threw = true;
    }
    CHECK_FALSE(says_wrong(to, ""));
    CHECK_FALSE(says_wrong(to, "best/"));
    if (to.read("model.safetensors") == "old") CHECK(fs::exists(to / "best.json"));
    failed += threw;
    return threw;
  };
  for (int n = 0; fails({.renames_until_failure = n}); ++n) {}
  CHECK(failed == 5);
  for (int n = 0; fails({.syncs_until_failure = n}); ++n) {}
  CHECK(failed > 10);
}
