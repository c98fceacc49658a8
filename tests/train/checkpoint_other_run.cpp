// SPDX-License-Identifier: Apache-2.0
// Checkpoints where there are those of another run, by other settings, in other directories.
#include <gkd/data/on_policy.hpp>
#include <gkd/data/replay.hpp>
#include <gkd/model/lora.hpp>
#include <gkd/text/encode_chat.hpp>
#include <gkd/train/best_model.hpp>
#include <gkd/train/lr_scheduler.hpp>

#include <sys/resource.h>

#include <csignal>

#include "support/catch.hpp"
#include "support/throws.hpp"
#include "train/runs.hpp"

using namespace gkd;
using names = std::vector<std::string>;

namespace {

/// Forty steps with a checkpoint after every tenth.
runs::simple every_tenth(const std::string& directory) {
  runs::simple run(directory);
  run.options.save_strategy = interval::steps;
  run.options.save_steps = 10;
  return run;
}
void train(runs::simple& run) {
  run([](auto& t) { t.train(); });
}
void resume_and_train(runs::simple& run) {
  run([](auto& t) {
    REQUIRE(t.resume());
    t.train();
  });
}

/// No file takes more than a few bytes while this lives, as on a full disk.
class full_disk {
 public:
  full_disk() : before_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &limit_);
    rlimit none = limit_;
    none.rlim_cur = 50;
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  full_disk(const full_disk&) = delete;
  full_disk& operator=(const full_disk&) = delete;
  ~full_disk() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    std::signal(SIGXFSZ, before_);
  }

 private:
  void (*before_)(int);
  rlimit limit_{};
};
errc code_on_a_full_disk(const auto& work) {
  const full_disk full;
  try {
    work();
  } catch (const error& e) {
    return e.code();
  }
  return errc::bad_argument;  // it went through
}

bool has(const std::string& text, const std::string& part) {
  UNSCOPED_INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("Sources without a bound are saved and resumed") {
  const auto data = toy::ragged_dataset(11, 7);
  auto teacher = toy::random_bigram(7);
  const auto check = [&](const auto& make_source) {
    test_folder folder;
    const auto with = [&](const auto& use) {
      transformer<reference> student(runs::tiny_shape(), {}, 3);
      const training_options options{.output_dir = folder.path(), .max_steps = 2};
      trainer t{student, teacher, generalized_jsd{0.5}, make_source(),
                adamw{}, options, checkpoints{}};
      use(t);
    };
    with([](auto& t) { t.train(); });
    with([](auto& t) { CHECK(t.resume()); });
  };
  check([&] { return on_policy{data, {.max_new_tokens = unlimited}}; });
  check([&] { return replay{fixed{data}, unlimited}; });
}

TEST_CASE("save() before resume() or train() touches no other run's checkpoints") {
  test_folder folder;
  runs::simple first = every_tenth(folder.path());
  train(first);
  const names before = folder.names();
  runs::simple second = every_tenth(folder.path());
  second.options.save_total_limit = 1;
  second([](auto& t) {
    for (int i = 0; i < 2; ++i)
      CHECK_ERROR(t.save(), errc::already_exists, "call trainer.resume() before trainer.train()");
    CHECK_ERROR(t.train(), errc::already_exists, "holds checkpoints of an earlier run");
  });
  CHECK(folder.names() == before);
  runs::simple third = every_tenth(folder.path());
  third.overwrite = true;
  third([](auto& t) { t.save(); });
  CHECK(folder.names() == names{"checkpoint-0"});
}

TEST_CASE("The schedule is asked for no step that the run does not have") {
  test_folder folder;
  const std::vector<double> rates(40, 0.05);
  runs::simple run = every_tenth(folder.path());
  run.options.lr_schedule = [&](long step) { return rates.at(static_cast<std::size_t>(step)); };
  run([](auto& t) {
    t.save();
    t.train();
  });
  CHECK(folder.names().size() == 5);
  runs::simple again = every_tenth(folder.path());
  again.options.lr_schedule = run.options.lr_schedule;
  again([](auto& t) { CHECK(t.resume()); });
  again.options.lr_schedule = [](long step) { return step == 39 ? 0.04 : 0.05; };
  again([](auto& t) {
    CHECK_ERROR(t.resume(), errc::bad_checkpoint, "lr_schedule is 0.05, 0.04 in this run");
  });
}

TEST_CASE("A schedule that says what it is is known by all of that") {
  test_folder folder;
  const lr_scheduler cosine{lr_scheduler_kind::cosine, 0.05, 40};
  runs::simple run(folder.path());
  run.options.lr_schedule = cosine;
  run([](auto& t) { t.save(); });  // at step 0 all of them give the peak
  const auto said = [&](any_schedule other) {
    runs::simple r(folder.path());
    r.options.lr_schedule = std::move(other);
    std::string text;
    r([&](auto& t) {
      try {
        t.resume();
      } catch (const error& e) {
        CHECK(e.code() == errc::bad_checkpoint);
        text = e.text();
      }
    });
    return text;
  };
  CHECK(said(cosine).empty());
  lr_scheduler other = cosine;
  other.kind = lr_scheduler_kind::polynomial;
  CHECK(has(said(other), "lr_schedule.name is \"cosine\", \"polynomial\" in this run; to go on"));
  other = cosine;
  other.num_cycles = 1.5;
  CHECK(has(said(other), "lr_schedule.num_cycles is 0.5, 1.5 in this run"));
  CHECK(has(said([](long) { return 0.05; }), "lr_schedule is absent, 0.05"));
}

TEST_CASE("Another teacher is another run, and noted where that is asked for") {
  test_folder folder;
  runs::simple run = every_tenth(folder.path());
  train(run);
  std::filesystem::remove_all(folder / "checkpoint-40");
  runs::simple other = every_tenth(folder.path());
  other.teacher.table()(4, 4) = -other.teacher.table()(4, 4);
  other([](auto& t) {
    CHECK_ERROR(t.resume(), errc::bad_checkpoint, "is of another run: fingerprint is \"");
    CHECK(t.state().step == 0);
  });
  other.strict = false;
  resume_and_train(other);
  REQUIRE(!other.notes.empty());
  CHECK(has(other.notes[0], "in this run's teacher"));
}

TEST_CASE("A run went on with a teacher of the same weights and another rope_theta") {
  test_folder folder;
  const auto data = toy::ragged_dataset(11, 7);
  const auto with = [&](double theta, const auto& use) {
    transformer_config config = runs::tiny_shape();
    config.rope_theta = theta;
    transformer<reference> teacher(config, {}, 3, {.gradients = false});
    auto student = toy::random_bigram(7);
    trainer t{student,      teacher, generalized_jsd{0.5},
              fixed{data},  adamw{}, training_options{.output_dir = folder.path(), .max_steps = 2},
              checkpoints{}};
    use(t);
  };
  with(10000.0, [](auto& t) { t.train(); });
  with(10000.0, [](auto& t) { CHECK(t.resume()); });
  with(500000.0, [](auto& t) {
    CHECK_ERROR(t.resume(), errc::bad_checkpoint,
                "is of another run: config.rope_theta is 10000.0, 500000.0 in this run's teacher; "
                "to go on");
  });
}

TEST_CASE("Another base below the same adapters is another run") {
  test_folder folder;
  const auto data = toy::ragged_dataset(11, 7);
  auto teacher = toy::random_bigram(7);
  const auto with = [&](std::uint64_t base, const auto& use) {
    lora student(transformer<reference>(runs::tiny_shape(), {}, base), {.rank = 2});
    trainer t{student,      teacher, generalized_jsd{0.5},
              fixed{data},  adamw{}, training_options{.output_dir = folder.path(), .max_steps = 2},
              checkpoints{}};
    use(t);
  };
  with(3, [](auto& t) { t.train(); });
  with(3, [](auto& t) { CHECK(t.resume()); });
  with(4, [](auto& t) {
    CHECK_ERROR(t.resume(), errc::bad_checkpoint, "is of another run: frozen is \"");
  });
}

TEST_CASE("A run that goes back with other options sets aside what it leaves") {
  test_folder folder;
  runs::simple first = every_tenth(folder.path());
  train(first);
  runs::simple again = every_tenth(folder.path());
  again.options.learning_rate = 0.01;
  again.strict = false;
  again.from = folder / "checkpoint-20";
  again([&](auto& t) {
    REQUIRE(t.resume());
    t.training_step();
    t.save();  // from here on the newest is this run's
    CHECK(folder.names() == names{"checkpoint-10", "checkpoint-20", "checkpoint-21",
                                  "checkpoint-30.passed-1", "checkpoint-40.passed-1", "gkd.lock"});
    t.train();
  });
  REQUIRE(again.notes.size() == 3);  // the options, two set aside
  CHECK(has(again.notes[1], "checkpoint-40: this run goes on otherwise from step 20; it is now"));
  CHECK(folder.names() == names{"checkpoint-10", "checkpoint-20", "checkpoint-21", "checkpoint-30",
                                "checkpoint-30.passed-1", "checkpoint-40",
                                "checkpoint-40.passed-1"});
}

TEST_CASE("On a full disk save() leaves an earlier run's checkpoints as they are") {
  test_folder folder;
  runs::simple first = every_tenth(folder.path());
  train(first);
  names before = folder.names();
  before.push_back("gkd.lock");
  runs::simple overwriting = every_tenth(folder.path());
  overwriting.overwrite = true;
  overwriting([&](auto& t) {
    CHECK(code_on_a_full_disk([&] { t.save(); }) == errc::io_failure);
    CHECK(folder.names() == before);
  });
  CHECK(overwriting.notes.empty());
  runs::simple passing = every_tenth(folder.path());
  passing.options.learning_rate = 0.01;
  passing.strict = false;
  passing.from = folder / "checkpoint-20";
  passing([&](auto& t) {
    REQUIRE(t.resume());
    for (int i = 0; i < 10; ++i) t.training_step();  // to where the run that it leaves has one
    CHECK(code_on_a_full_disk([&] { t.save(); }) == errc::io_failure);
    CHECK(folder.names() == before);
    CHECK(t.save() == folder / "checkpoint-30");
  });
  CHECK(folder.names() == names{"checkpoint-10", "checkpoint-20", "checkpoint-30",
                                "checkpoint-30.passed-1", "checkpoint-40.passed-1"});
}

TEST_CASE("Overwriting replaces a checkpoint of the very step that is saved") {
  test_folder folder;
  runs::simple first = every_tenth(folder.path());
  train(first);
  runs::simple second = every_tenth(folder.path());
  second.options.learning_rate = 0.01;
  second.overwrite = true;
  second([](auto& t) {
    for (int i = 0; i < 10; ++i) t.training_step();
    t.save();
  });
  CHECK(folder.names() == names{"checkpoint-10"});
  second([](auto& t) { CHECK(t.resume()); });
}

TEST_CASE("A damaged checkpoint is set aside only once the new one of its step is written") {
  test_folder folder;
  runs::simple first = every_tenth(folder.path());
  train(first);
  folder.write("checkpoint-40/model.safetensors", "nothing");
  runs::simple again = every_tenth(folder.path());
  again([&](auto& t) {
    REQUIRE(t.resume());
    for (int i = 0; i < 10; ++i) t.training_step();
    CHECK(code_on_a_full_disk([&] { t.save(); }) == errc::io_failure);
    CHECK(folder.read("checkpoint-40/model.safetensors") == "nothing");
  });
}

TEST_CASE("One object for two trainers, one after the other, keeps their runs apart") {
  test_folder folder;
  const auto data = toy::ragged_dataset(11, 7);
  auto teacher = toy::random_bigram(7);
  checkpoints keep;
  const auto with = [&](double rate, const auto& use) {
    tabular<float> student(7);
    trainer t{student,
              teacher,
              generalized_jsd{0.5},
              fixed{data},
              adamw{},
              training_options{
                  .output_dir = folder.path(), .max_steps = 4, .learning_rate = rate},
              keep};
    use(t);
  };
  with(0.1, [](auto& t) {
    t.train();
    t.save();
  });
  with(0.01, [&](auto& t) {
    for (int i = 0; i < 4; ++i) t.training_step();
    CHECK_ERROR(t.save(), errc::already_exists, "holds checkpoints of an earlier run");
    CHECK_ERROR(t.train(), errc::already_exists, "holds checkpoints of an earlier run");
  });
  with(0.1, [](auto& t) {
    CHECK(t.resume());
    CHECK_NOTHROW(t.train());
  });
}

TEST_CASE("So does one whose parts did not say that they are others; the same run meets itself") {
  test_folder folder;
  runs::simple first = every_tenth(folder.path());
  train(first);
  runs::simple same = every_tenth(folder.path());
  same.from = folder / "checkpoint-20";
  resume_and_train(same);
  CHECK(folder.names().size() == 4);
  runs::simple again = every_tenth(folder.path());
  again.from = folder / "checkpoint-20";
  again([&](auto& t) {
    REQUIRE(t.resume());
    again.student.table()(0, 0) += 1.0f;
    t.train();
  });
  CHECK(folder.names() == names{"checkpoint-10", "checkpoint-20", "checkpoint-30",
                                "checkpoint-30.passed-1", "checkpoint-40",
                                "checkpoint-40.passed-1"});
}

namespace {

/// An evaluation that gives a number for each step at which it is asked: steps 2, 4, ...
struct by_number {
  std::vector<double> values;
  std::size_t next = 0;
  metrics evaluate(auto&, auto&, const auto&) { return {{"eval_loss", values.at(next++)}}; }
};
struct stopper {
  long step;
  bool on_step(const step_event& e) { return e.step < step; }
};

/// Eight steps, evaluated and saved after each second one, with the best model beside.
struct best_run {
  std::string directory;
  std::vector<double> values;
  long stop_at = 100;
  checkpoint_options kept = {};
  tabular<float> student = tabular<float>(5);
  std::string last = {}, best_directory = {};  // empty: below the run's
  std::vector<std::string> notes = {};

  std::optional<best_value> operator()(const auto& use) {
    const auto data = toy::ragged_dataset(8, 5);
    auto teacher = toy::random_bigram(5);
    best_model best{
        student, {.directory = best_directory.empty() ? directory + "/best" : best_directory}};
    kept.on_note = [this](std::string_view note) { notes.emplace_back(note); };
    trainer t{student,
              teacher,
              generalized_jsd{0.5},
              fixed{data},
              adamw{},
              training_options{.output_dir = directory,
                               .per_device_train_batch_size = 2,
                               .max_steps = 8,
                               .learning_rate = 0.1,
                               .eval_strategy = interval::steps,
                               .eval_steps = 2,
                               .save_steps = 2},
              by_number{values},
              best,
              stopper{stop_at},
              checkpoints{kept}};
    use(t);
    last = runs::bits(student);
    return best.best();
  }
};
constexpr auto begin = [](auto& t) { t.train(); };
constexpr auto go_on = [](auto& t) {
  REQUIRE(t.resume());
  t.train();
};

}  // namespace

TEST_CASE("Overwriting removes the best model, too, and a run that goes on has none of before") {
  test_folder folder;
  best_run{folder.path(), {0.1, 1, 2, 3}}(begin);
  best_run second{folder.path(), {4, 3, 2, 1}, 1, {.overwrite = true}};
  CHECK_FALSE(second(begin));
  CHECK(folder.names() == names{"checkpoint-1"});
  best_run third{folder.path(), {4, 3, 2, 1}};
  const auto best = third(go_on);
  REQUIRE(best);
  CHECK(best->value == 1.0);
  CHECK(best->step == 8);
}

TEST_CASE("A run that goes on in another directory takes the best model along") {
  test_folder a, b, c;
  best_run whole{a.path(), {1, 2, 3, 4}};
  whole(begin);
  best_run there{b.path(), {3, 4}, 100, {.from = a / "checkpoint-4"}};
  const auto best = there(go_on);
  REQUIRE(best);
  CHECK(best->step == 2);
  CHECK(there.last == whole.last);
  CHECK(b.read("best/best.json") == a.read("best/best.json"));

  best_run late{c / "late", {5, 6, 7, 0.5}};  // the best one is of step 8
  late(begin);
  best_run early{c / "early", {7, 0.5}, 5, {.from = c / "late/checkpoint-4"}};
  early([&](auto& t) {
    REQUIRE(t.resume());
    CHECK_FALSE(std::filesystem::exists(c / "early/best"));
  });
}

TEST_CASE("Overwriting leaves another run below the directory alone, its best model too") {
  test_folder folder;
  best_run other{folder / "other", {0.1, 1, 2, 3}};
  other.best_directory = folder / "other";  // its record lies beside its checkpoints
  other(begin);
  const auto before = runs::files(folder / "other/checkpoint-8");
  best_run{folder.path(), {0.1, 1, 2, 3}}(begin);
  best_run{folder.path(), {0.1, 1, 2, 3}, 1, {.overwrite = true}}(begin);
  CHECK(folder.names() == names{"checkpoint-1", "other"});
  CHECK(runs::files(folder / "other/checkpoint-8") == before);
  CHECK(std::filesystem::exists(folder / "other/best.json"));
}

TEST_CASE("A best model in the output directory itself is taken along, too") {
  test_folder a, b;
  best_run whole{a.path(), {1, 2, 3, 4}};
  whole.best_directory = a.path();
  whole(begin);
  best_run there{b.path(), {3, 4}, 100, {.from = a / "checkpoint-4"}};
  there.best_directory = b.path();
  const auto best = there(go_on);
  REQUIRE(best);
  CHECK(best->step == 2);
  CHECK(there.last == whole.last);
}

TEST_CASE("A run that cannot take the best model along is not resumed, and leaves nothing") {
  test_folder a, b;
  best_run{a.path(), {1, 2, 3, 4}}(begin);
  best_run full{b.path(), {3, 4}, 100, {.from = a / "checkpoint-4"}};
  full([&](auto& t) {
    CHECK(code_on_a_full_disk([&] { t.resume(); }) == errc::io_failure);
    CHECK(t.state().step == 0);
    CHECK(b.names() == names{"gkd.lock"});
  });
  a.write("best/best.json", "{\"step\":");
  best_run broken{b.path(), {3, 4}, 100, {.from = a / "checkpoint-4"}};
  broken([&](auto& t) {
    CHECK_ERROR(t.resume(), errc::bad_format, "best.json");
    CHECK(t.state().step == 0);
    CHECK(b.names() == names{"gkd.lock"});
  });
  for (const char* name : {"best.new.tmp-1-00000002", "best.taken.tmp-1-00000002"})  // killed
    std::filesystem::create_directory(b / name);
  best_run next{b.path(), {1}};
  next([&](auto&) { CHECK(b.names() == names{"gkd.lock"}); });
  CHECK(next.notes.size() == 2);
}

TEST_CASE("After the end a checkpoint of the last step stays, though the student is the best one") {
  test_folder folder;
  best_run run{folder.path(), {1, 2, 3, 4}};
  run([&](auto& t) {
    t.train();
    const auto before = runs::files(folder / "checkpoint-8");
    CHECK(t.save() == folder / "checkpoint-8");
    CHECK(runs::files(folder / "checkpoint-8") == before);
    REQUIRE(run.notes.size() == 1);
    CHECK(has(run.notes[0], "checkpoint-8: stays as the last step left it"));
  });
  best_run again{folder.path(), {}};
  again([&](auto& t) {
    REQUIRE(t.resume());
    t.train();
    CHECK(t.save() == folder / "checkpoint-8");
  });
  CHECK(again.last == run.last);
}

TEST_CASE("A part that says of itself what is no UTF-8 is an error before anything is written") {
  struct named : forward_kl {
    identity_fields identity() const { return identity_fields("caf\xe9"); }
  };
  test_folder folder;
  const auto data = toy::ragged_dataset(8, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  trainer t{student,
            teacher,
            named{},
            fixed{data},
            adamw{},
            training_options{.output_dir = folder.path(), .max_steps = 1},
            checkpoints{}};
  CHECK_ERROR(t.save(), errc::bad_format, "caf\\xe9\", want UTF-8");
  CHECK(folder.names() == names{"gkd.lock"});
}
