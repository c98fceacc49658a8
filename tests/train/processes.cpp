// SPDX-License-Identifier: Apache-2.0
// Several processes that train one student together: here threads, each with a trainer of its own.
#include <gkd/comm/single.hpp>
#include <gkd/data/mixture.hpp>
#include <gkd/data/on_policy.hpp>
#include <gkd/data/replay.hpp>
#include <gkd/divergence/kl.hpp>
#include <gkd/optim/sgd.hpp>
#include <gkd/train/best_model.hpp>
#include <gkd/train/evaluation.hpp>
#include <gkd/train/processes.hpp>
#include <gkd/train/trainer_state.hpp>

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>

#include "support/catch.hpp"
#include "support/throws.hpp"
#include "train/runs.hpp"
#include "train/threads.hpp"

using namespace gkd;
using threads::on_threads;
using threads::thread_communicator;

namespace {
// of one process: the evaluation fails, or its end asks to stop
struct fails_or_stops {
  bool fails = false, stops = false;
  metrics evaluate(auto&, auto&, const auto&) {
    if (fails) fail(errc::bad_argument, "no such file");
    return {};
  }
  bool on_eval(const eval_event&) { return !stops; }
};
}  // namespace

TEST_CASE("Where an evaluation fails in one process, all keep the same checkpoint or none") {
  for (const bool asked_to_stop : {false, true}) {
    test_folder folder;
    const auto data = toy::ragged_dataset(24, 5);
    std::vector<errc> heard(2, errc::interrupted);
    on_threads(2, [&](thread_communicator communicator) {
      const gkd::index rank = communicator.rank();
      auto teacher = toy::random_bigram<double>(5);
      tabular<double> student(5);
      trainer t{student,
                teacher,
                forward_kl{},
                fixed{data},
                sgd{},
                training_options{.output_dir = folder.path(),
                                 .max_steps = 4,
                                 .eval_strategy = interval::steps,
                                 .eval_steps = 2,
                                 .save_steps = 100},
                communicator,
                checkpoints{},
                fails_or_stops{.fails = rank == 1, .stops = rank == 0 && asked_to_stop}};
      try {
        t.train();
      } catch (const error& e) {
        heard[rank] = e.code();
      }
    });
    CHECK((heard == std::vector<errc>{errc::bad_argument, errc::bad_argument}));
    CHECK(std::filesystem::exists(folder / "checkpoint-2") == asked_to_stop);
  }
}

TEST_CASE("Where save() or evaluate() fails in one process, it does in all, and all go on") {
  test_folder folder;
  folder.write("file", "");
  const auto data = toy::ragged_dataset(24, 5);
  std::vector<std::vector<std::string>> heard(2);
  on_threads(2, [&](thread_communicator communicator) {
    auto teacher = toy::random_bigram<double>(5);
    tabular<double> student(5);
    trainer t{student,
              teacher,
              forward_kl{},
              fixed{data},
              sgd{},
              training_options{.output_dir = folder / "run", .max_steps = 2},
              communicator,
              checkpoints{},
              fails_or_stops{.fails = communicator.rank() == 0}};
    const auto attempt = [&](const auto& f) {
      try {
        f();
      } catch (const error& e) {
        heard[communicator.rank()].push_back(concat(name_of(e.code()), " ", e.text()));
      }
    };
    attempt([&] { t.evaluate(); });
    attempt([&] { t.save(folder / "file"); });
    t.save(folder / "model");
    t.training_step();
    if (communicator.rank() == 0) std::filesystem::remove_all(folder / "run");  // two at once fail
    attempt([&] { t.save(); });
  });
  CHECK(std::filesystem::exists(folder / "model/model.safetensors"));
  REQUIRE(heard[0].size() == 3);
  CHECK(heard[0][0] == "bad_argument in an evaluation: no such file (step 0, rank 0)");
  CHECK_THAT(heard[0][1], Catch::Contains("cannot create the directory"));
  CHECK_THAT(heard[0][2], Catch::Contains("run/checkpoint-1.new"));
  const std::string others = " process 0 of 2 failed (";
  const std::string ends = "): its own error says where and why";
  CHECK(heard[1] == std::vector<std::string>{"bad_argument" + others + "bad_argument" + ends,
                                             "io_failure" + others + "io_failure" + ends,
                                             "io_failure" + others + "io_failure" + ends});
}

TEST_CASE("Two and four processes train what one trains with all the batches [N26]") {
  const auto data = toy::ragged_dataset(24, 5);
  const auto train = [&](gkd::index micro, gkd::index accumulation, auto communicator) {
    auto teacher = toy::random_bigram<double>(5);
    tabular<double> student(5);
    trainer t{student,
              teacher,
              generalized_jsd{0.5},
              on_policy{data, {.max_new_tokens = 4}},
              adamw{},
              training_options{.per_device_train_batch_size = micro,
                               .gradient_accumulation_steps = accumulation,
                               .max_steps = 12,
                               .learning_rate = 0.05},
              communicator};
    t.train();
    return std::vector(student.table().data, student.table().data + 25);
  };
  // the same sequences in every step: 8 of them
  const auto one = train(8, 1, single_process{});
  for (gkd::index n : {2u, 4u}) {
    std::vector<std::vector<double>> tables(n);
    on_threads(static_cast<std::ptrdiff_t>(n),
               [&](thread_communicator c) { tables[c.rank()] = train(8 / n, 1, c); });
    for (const auto& table : tables) {
      CHECK(table == tables[0]);
      for (gkd::index i = 0; i < table.size(); ++i)
        CHECK(table[i] == Approx(one[i]).epsilon(1e-10).margin(1e-12));
    }
  }
}

TEST_CASE("The first process saves, all resume, and the end has the same bits") {
  const runs::memory_folder folder;
  const auto data = toy::ragged_dataset(24, 5);
  std::vector<std::string> straight(2), resumed(2);
  const auto with_trainer = [&](thread_communicator c, tabular<float>& student, const auto& use) {
    auto teacher = toy::random_bigram(5);
    trainer t{student,
              teacher,
              generalized_jsd{0.5},
              on_policy{data, {.max_new_tokens = 4}},
              adamw{},
              training_options{.output_dir = folder / "run",
                               .per_device_train_batch_size = 2,
                               .max_steps = 10,
                               .learning_rate = 0.05,
                               .save_strategy = interval::no},
              c,
              checkpoints{}};
    use(t);
  };
  on_threads(2, [&](thread_communicator c) {
    tabular<float> student(5);
    with_trainer(c, student, [&](auto& t) {
      while (t.state().step < 6) t.training_step();
      const std::string path = t.save();
      if (path.empty() != (c.rank() != 0)) std::abort();  // Catch2 is for one thread
      t.train();
      straight[c.rank()] = runs::bits(student);
    });
  });
  CHECK(list_checkpoints(folder / "run").size() == 1);
  on_threads(2, [&](thread_communicator c) {
    tabular<float> student(5);
    with_trainer(c, student, [&](auto& t) {
      if (!t.resume() || t.state().step != 6) std::abort();
      t.train();
      resumed[c.rank()] = runs::bits(student);
    });
  });
  CHECK(straight[0] == straight[1]);
  CHECK(resumed == straight);

  tabular<float> alone(5);
  auto teacher = toy::random_bigram(5);
  trainer t{alone,
            teacher,
            generalized_jsd{0.5},
            on_policy{data, {.max_new_tokens = 4}},
            adamw{},
            training_options{.output_dir = folder / "run",
                             .per_device_train_batch_size = 2,
                             .max_steps = 10,
                             .learning_rate = 0.05},
            checkpoints{}};
  CHECK_ERROR(t.resume(), errc::bad_checkpoint, "processes is 2, 1 in this run");
}

TEST_CASE("Processes that see different checkpoints are stopped") {
  const runs::memory_folder folder;
  std::vector<std::string> said(2);
  on_threads(2, [&](thread_communicator c) {
    const auto data = toy::ragged_dataset(24, 5);
    auto teacher = toy::random_bigram(5);
    tabular<float> student(5);
    trainer t{student,
              teacher,
              generalized_jsd{0.5},
              fixed{data},
              adamw{},
              training_options{.output_dir = folder / std::to_string(c.rank()),
                               .max_steps = 10,
                               .save_strategy = interval::no},
              c,
              checkpoints{}};
    t.training_step();
    t.save();  // the first process alone
    t.training_step();
    try {
      t.resume();
    } catch (const error& e) {
      said[c.rank()] = e.what();
    }
  });
  for (const std::string& text : said)
    CHECK(text.find("; want a resume() in which all see the same checkpoints") != text.npos);
  CHECK_THAT(said[0], Catch::Contains("process 0 of 2 is at step 1, process 1 at step 2;"));
}

TEST_CASE("A process whose step is the mean of all is stopped with the others") {
  const runs::memory_folder folder;
  std::vector<std::string> said(3);
  on_threads(3, [&](thread_communicator c) {
    const auto data = toy::ragged_dataset(24, 5);
    auto teacher = toy::random_bigram(5);
    tabular<float> student(5);
    const auto options = [&](const char* of) {
      return training_options{.output_dir = folder / (of + std::to_string(c.rank())),
                              .max_steps = 10};
    };
    trainer alone{student, teacher,      forward_kl{},     fixed{data},
                  adamw{}, options("a"), single_process{}, checkpoints{}};
    for (gkd::index i = 0; i <= c.rank(); ++i) alone.training_step();
    const std::string path = alone.save();  // steps 1, 2 and 3
    trainer t{student,
              teacher,
              forward_kl{},
              fixed{data},
              adamw{},
              options("b"),
              c,
              checkpoints{{.strict = false, .from = path, .on_note = {}}}};
    try {
      t.resume();
    } catch (const error& e) {
      said[c.rank()] = e.what();
    }
  });
  for (gkd::index r = 0; r < 3; ++r)
    CHECK(said[r] == concat("gkd: process ", r, " of 3 is at step ", r + 1, ", process ",
                            r == 0 ? 1 : 0, " at step ", r == 0 ? 2 : 1,
                            "; want a resume() in which all see the same checkpoints, or new "
                            "trainers"));
}

namespace {
// what one of the processes throws, with its code
template <class F>
std::string said_by(const F& f) {
  try {
    f();
    return "nothing";
  } catch (const error& e) {
    return concat(name_of(e.code()), " ", e.what());
  } catch (const std::exception& e) {
    return e.what();
  }
}
/// Plain descent, which fails once, before its n-th step.
struct fails_at {
  int step;
  template <class Student>
  struct state {
    decltype(sgd{}.bind(std::declval<Student&>())) inner;
    int until;
    void step(double rate) {
      if (--until == 0) fail(errc::io_failure, "the device was away");
      inner.step(rate);
    }
  };
  template <class Student>
  state<Student> bind(Student& student) const {
    return {sgd{}.bind(student), step};
  }
};
}  // namespace

TEST_CASE("Where an update fails in one process, sums of different steps are not mixed after it") {
  const auto data = toy::ragged_dataset(24, 5);
  for (const bool by_hand : {false, true}) {
    std::vector<std::vector<std::string>> said(2);
    on_threads(2, [&](thread_communicator c) {
      auto teacher = toy::random_bigram<double>(5);
      tabular<double> student(5);
      trainer t{student,
                teacher,
                forward_kl{},
                fixed{data},
                fails_at{c.rank() == 1 ? 2 : 100},
                training_options{.max_steps = 6},
                c};
      for (int i = 0; i < 3; ++i)
        said[c.rank()].push_back(said_by([&] {
          while (by_hand && i < 2) t.training_step();
          t.train();
        }));
    });
    const std::string want =
        "; want a resume() in which all see the same checkpoints, or new trainers";
    CHECK_THAT(said[0][0], Catch::Contains("process 1 of 2 failed (io_failure)"));
    CHECK(said[1][0] == "io_failure gkd: the device was away (step 1, rank 1)");
    for (int i : {1, 2}) {
      CHECK(said[0][i] ==
            "bad_checkpoint gkd: process 0 of 2 is at step 2, process 1 at step 1" + want);
      CHECK(said[1][i] ==
            "bad_checkpoint gkd: process 1 of 2 is at step 1, process 0 at step 2" + want);
    }
  }
}

namespace {
struct first_resume_fails : checkpoints {
  bool fails;
  explicit first_resume_fails(bool f) : fails(f) {}
  bool resume(const auto& now) {
    if (std::exchange(fails, false)) fail(errc::io_failure, "no such directory");
    return checkpoints::resume(now);
  }
};
}  // namespace

TEST_CASE("Where resume() fails in one process, none trains until it succeeds in all") {
  const runs::memory_folder folder;
  const auto data = toy::ragged_dataset(24, 5);
  std::vector<std::string> ends;
  for (const int more : {0, 1}) {  // steps after the checkpoint
    std::vector<std::vector<std::string>> said(2);
    std::vector<std::string> bits(2);
    on_threads(2, [&](thread_communicator c) {
      auto teacher = toy::random_bigram<double>(5);
      tabular<double> student(5);
      trainer t{student,
                teacher,
                forward_kl{},
                fixed{data},
                adamw{},
                training_options{.output_dir = folder / concat("run", more),
                                 .max_steps = 6,
                                 .save_strategy = interval::no},
                c,
                first_resume_fails{c.rank() == 1}};
      for (int i = 0; i < 3; ++i) t.training_step();
      t.save();
      for (int i = 0; i < more; ++i) t.training_step();
      auto& mine = said[c.rank()];
      mine.push_back(said_by([&] { t.resume(); }));
      mine.push_back(said_by([&] { t.training_step(); }));
      mine.push_back(said_by([&] { t.train(); }));
      mine.push_back(said_by([&] { t.resume(); }));
      mine.push_back(said_by([&] { t.train(); }));
      bits[c.rank()] = runs::bits(student);
    });
    CHECK(said[1][0] == "io_failure gkd: no such directory");
    CHECK_THAT(said[0][0], Catch::Contains("process 1 of 2 failed (io_failure)"));
    for (gkd::index r : {0u, 1u}) {
      const std::string steps =
          more == 0 ? " is at step 3 as all are, but not all have gone back to it;"
                    : concat(" is at step ", 3 + r, ", process ", 1 - r, " at step ", 4 - r, ";");
      for (int i : {1, 2})
        CHECK_THAT(said[r][i], Catch::StartsWith(concat("bad_checkpoint gkd: process ", r,
                                                        " of 2", steps)));
      CHECK(said[r][3] == "nothing");
      CHECK(said[r][4] == "nothing");
      ends.push_back(bits[r]);
    }
  }
  for (const auto& end : ends) CHECK(end == ends[0]);
}

TEST_CASE("What each process carries from batch to batch is not kept in one checkpoint") {
  const runs::memory_folder folder;
  std::vector<std::string> said(2);
  on_threads(2, [&](thread_communicator c) {
    const auto data = toy::ragged_dataset(24, 5);
    auto teacher = toy::random_bigram(5);
    tabular<float> student(5);
    try {
      trainer t{student,
                teacher,
                generalized_jsd{0.5},
                replay{fixed{data}},
                adamw{},
                training_options{.output_dir = folder / "run", .max_steps = 10},
                c,
                checkpoints{}};
    } catch (const error& e) {
      said[c.rank()] = concat(name_of(e.code()), " ", e.what());
    }
  });
  for (const std::string& text : said)
    CHECK_THAT(text, Catch::StartsWith("bad_argument") && Catch::Contains("each of 2 processes"));
}

namespace {

/// What each of three processes threw when the second does `what` in the third step.
enum class mishap { source, batch, loss, optimizer, step, evaluation, end };
struct failing {
  mishap what;
  bool now = false;
  void at(mishap here) const {
    if (what == here && now) fail(errc::context_overflow, "this one only");
  }
  void on_batch(const batch_event&) const { at(mishap::batch); }
  void on_step(const step_event&) const {
    if (what == mishap::step && now) throw std::runtime_error("not gkd's");
  }
  void on_end(const end_event&) const { at(mishap::end); }
  metrics evaluate(auto&, auto&, const auto&) const {
    at(mishap::evaluation);
    return {};
  }
};
struct failing_source {
  const failing& f;
  const toy::dataset& data;
  std::optional<token_batch> next(auto& student, const batch_request& request) {
    f.at(mishap::source);
    return fixed{data}.next(student, request);
  }
};
struct failing_optimizer {
  const failing& f;
  struct state {
    const failing& f;
    void step(double) { f.at(mishap::optimizer); }
  };
  auto bind(auto&) const { return state{f}; }
};

std::vector<std::string> thrown_by_all(mishap what) {
  const auto data = toy::ragged_dataset(24, 5);
  std::vector<std::string> thrown(3);
  on_threads(3, [&](thread_communicator c) {
    auto teacher = toy::random_bigram(5);
    tabular<float> student(5);
    failing f{what};
    trainer t{student,
              teacher,
              forward_kl{},
              failing_source{f, data},
              failing_optimizer{f},
              training_options{.per_device_train_batch_size = 2,
                               .max_steps = 9,
                               .eval_strategy = interval::steps,
                               .eval_steps = 1},
              c,
              f};
    try {
      t.training_step();
      t.training_step();
      f.now = c.rank() == 1;
      if (f.now && what == mishap::loss) teacher.table()(0, 0) = teacher.table()(1, 0) = NAN;
      t.train();
    } catch (const error& e) {
      thrown[c.rank()] = concat(name_of(e.code()), " ", e.what());
    } catch (const std::exception& e) {
      thrown[c.rank()] = e.what();
    }
  });
  return thrown;
}

}  // namespace

TEST_CASE("Where one process fails all stop, with its code, and none waits for it") {
  const std::string unchanged = "; no parameter was changed in this step";
  for (const auto& [what, place, then] : std::vector<std::tuple<mishap, std::string, std::string>>{
           {mishap::source, ", micro-batch 0", unchanged},
           {mishap::batch, ", micro-batch 0", unchanged},
           {mishap::optimizer, "", ""}}) {
    INFO("mishap " << static_cast<int>(what));
    const auto thrown = thrown_by_all(what);
    for (gkd::index r : {0u, 2u})
      CHECK(thrown[r] == concat("context_overflow gkd: process 1 of 3 failed (context_overflow): "
                                "its own error says where and why (step 2, rank ",
                                r, ")", then));
    CHECK(thrown[1] ==
          concat("context_overflow gkd: this one only (step 2", place, ", rank 1)", then));
  }
  for (mishap what : {mishap::evaluation, mishap::end}) {
    const auto thrown = thrown_by_all(what);
    const bool evaluates = what == mishap::evaluation;
    CHECK(thrown[1] == concat("context_overflow gkd: ", evaluates ? "in an evaluation: " : "",
                              "this one only", evaluates ? " (step 3, rank 1)" : ""));
    CHECK_THAT(thrown[0], Catch::Contains("process 1 of 3 failed (context_overflow)"));
  }
  const auto nan = thrown_by_all(mishap::loss);
  CHECK_THAT(nan[1], Catch::Contains("teacher logits of sequence"));
  CHECK_THAT(nan[1], Catch::Contains("(step 2, micro-batch 0, rank 1); no parameter was changed"));
  CHECK_THAT(nan[2], Catch::Contains("non_finite gkd: process 1 of 3 failed (non_finite)"));
  CHECK_THAT(nan[2], Catch::Contains("(step 2, rank 2); no parameter was changed"));
  const std::string others = "gkd: process 1 of 3 failed with an exception of the program's own";
  CHECK(thrown_by_all(mishap::step) == std::vector<std::string>{others, "not gkd's", others});
}

TEST_CASE("A directory that the first process may not have stops them all") {
  const runs::memory_folder folder;
  folder.folder.write("file", "");
  std::vector<std::string> thrown(2);
  on_threads(2, [&](thread_communicator c) {
    const auto data = toy::ragged_dataset(24, 5);
    auto teacher = toy::random_bigram(5);
    tabular<float> student(5);
    try {
      trainer t{student,
                teacher,
                forward_kl{},
                fixed{data},
                adamw{},
                training_options{.output_dir = folder / "file/run", .max_steps = 3},
                c,
                checkpoints{}};
      t.train();
    } catch (const error& e) {
      thrown[c.rank()] = e.what();
    }
  });
  CHECK_THAT(thrown[0], Catch::Contains("cannot create the directory"));
  CHECK_THAT(thrown[1], Catch::Contains("process 0 of 2 failed (io_failure)"));
}

namespace {
struct stop_after {
  long step;
  bool on_step(const step_event& e) const { return e.step < step; }
};
}  // namespace

TEST_CASE("Where one process is asked to stop, all stop after the same step") {
  const auto data = toy::ragged_dataset(24, 5);
  std::vector<long> steps(3);
  on_threads(3, [&](thread_communicator c) {
    auto teacher = toy::random_bigram(5);
    tabular<float> student(5);
    trainer t{student,
              teacher,
              forward_kl{},
              fixed{data},
              adamw{},
              training_options{.max_steps = 50},
              c,
              stop_after{c.rank() == 2 ? 4 : 100}};
    const train_result r = t.train();
    steps[c.rank()] = r.stopped ? r.steps : -1;
  });
  CHECK(steps == std::vector<long>{4, 4, 4});
}

namespace {
/// An evaluation that is given up in one process, at its n-th time, and what hears of the end.
struct given_up_at {
  int time;
  bool due_at_end = false;
  int made = 0;
  metrics evaluate(auto&, auto&, const auto&) {
    if (--time == 0) fail(errc::interrupted, "enough");
    ++made;
    return {{"eval_loss", 1.0}};
  }
  void on_end(const end_event& e) { due_at_end = e.evaluation_due; }
};
}  // namespace

TEST_CASE("An evaluation that one process gives up is due in all, also the last one") {
  const auto data = toy::ragged_dataset(24, 5);
  for (const int time : {1, 2}) {  // after the second step or the fourth, the last
    std::vector<std::vector<int>> seen(2);
    on_threads(2, [&](thread_communicator c) {
      auto teacher = toy::random_bigram<double>(5);
      tabular<double> student(5);
      given_up_at evaluation{c.rank() == 1 ? time : 0};
      trainer t{student,
                teacher,
                forward_kl{},
                fixed{data},
                sgd{},
                training_options{
                    .max_steps = 4, .eval_strategy = interval::steps, .eval_steps = 2},
                c,
                evaluation};
      const auto note = [&] {
        t.train();
        for (int what : {int(t.state().step), int(t.state().evaluation_due),
                         int(evaluation.due_at_end)})
          seen[c.rank()].push_back(what);
      };
      note();
      note();
      if (evaluation.made != (c.rank() == 1 ? 2 : 3)) seen[c.rank()].clear();
    });
    for (const auto& mine : seen) CHECK(mine == std::vector<int>{2 * time, 1, 1, 4, 0, 0});
  }
}

TEST_CASE("What a step counts is of all processes, and the same in each") {
  const auto data = toy::ragged_dataset(24, 5);
  const auto train = [&](gkd::index micro, auto communicator) {
    runs::log log;
    auto teacher = toy::random_bigram<double>(6);
    auto student = toy::random_bigram<double>(7, 9);
    trainer t{
        student,
        teacher,
        forward_kl{},
        mixture{on_policy{data, {.max_new_tokens = 4}}, fixed{data}, 0.5},
        adamw{},
        training_options{.per_device_train_batch_size = micro, .max_steps = 6, .vocab_size = 6},
        communicator,
        runs::recorder{log}};
    t.train();
    const step_event& e = log.steps.back();
    return std::vector<double>{e.student_fraction,     e.tokens,
                               e.tokens_seen,          e.rows,
                               double(e.details.rows), e.details.counted.sequences,
                               t.state().tokens_seen,  t.state().sequences_seen,
                               t.state().rows_seen,    e.details.student_outside > 0.0 ? 1.0 : 0.0};
  };
  const auto one = train(8, single_process{});
  CHECK(one[7] == 48.0);
  std::vector<std::vector<double>> counts(4);
  on_threads(4, [&](thread_communicator c) { counts[c.rank()] = train(2, c); });
  for (const auto& c : counts) CHECK(c == one);
}

namespace {
struct given_away {
  bool fails;
  auto bind(auto& student) const {
    if (fails) fail(errc::io_failure, "this one has no device");
    return sgd{}.bind(student);
  }
};
}  // namespace

TEST_CASE("What one process alone refuses before the first step, none waits for") {
  std::vector<std::string> thrown;
  const auto begin = [&](bool by_options, bool by_optimizer) {
    thrown.assign(3, "");
    on_threads(3, [&](thread_communicator c) {
      const auto data = toy::ragged_dataset(24, 5);
      auto teacher = toy::random_bigram(5);
      tabular<float> student(5);
      const bool here = c.rank() == 1;
      try {
        trainer t{
            student,
            teacher,
            forward_kl{},
            fixed{data},
            given_away{by_optimizer && here},
            training_options{.max_steps = 3, .learning_rate = by_options && here ? -1.0 : 0.1},
            c};
        t.train();
      } catch (const error& e) {
        thrown[c.rank()] = e.what();
      }
    });
  };
  begin(true, false);
  CHECK_THAT(thrown[1], Catch::Contains("learning_rate is -1"));
  for (gkd::index r : {0u, 2u})
    CHECK_THAT(thrown[r], Catch::Contains("process 1 of 3 failed (bad_argument)"));
  begin(false, true);
  CHECK(thrown[1] == "gkd: this one has no device");
  for (gkd::index r : {0u, 2u})
    CHECK_THAT(thrown[r], Catch::Contains("process 1 of 3 failed (io_failure)"));
}

TEST_CASE("An optimizer that one process cannot bind, no member reads that is not there yet") {
  std::vector<std::string> thrown(2);
  on_threads(2, [&](thread_communicator c) {
    const auto data = toy::ragged_dataset(24, 5);
    auto teacher = toy::random_bigram(5);
    tabular<float> student(5);
    const auto make = [&](void* where) {
      using made = decltype(trainer{student, teacher, forward_kl{}, fixed{data}, given_away{},
                                    training_options{.max_steps = 3}, c});
      if (where == nullptr) return sizeof(made);
      std::memset(where, 0xAB, sizeof(made));  // no bool: what reads one, a sanitizer tells
      std::destroy_at(new (where) made{student, teacher, forward_kl{}, fixed{data},
                                       given_away{c.rank() == 1},
                                       training_options{.max_steps = 3}, c});
      return sizeof(made);
    };
    const auto memory = std::make_unique<std::max_align_t[]>(make(nullptr));
    thrown[c.rank()] = said_by([&] { make(memory.get()); });
  });
  CHECK_THAT(thrown[0], Catch::Contains("process 1 of 2 failed (io_failure)"));
  CHECK(thrown[1] == "io_failure gkd: this one has no device");
}

namespace {
/// A student of which one process can make no copy, to be its own teacher.
struct copied_with_luck : tabular<double> {
  bool fails;
  explicit copied_with_luck(bool f) : tabular<double>(5), fails(f) {}
  tabular<double> frozen() const {
    if (fails) throw std::bad_alloc();
    return tabular<double>(5);
  }
};
/// A source of which one process cannot note the state before the third step.
struct noted_with_luck {
  const toy::dataset& data;
  bool fails;
  long given = 0;
  std::optional<token_batch> next(auto& student, const batch_request& request) {
    ++given;
    return fixed{data}.next(student, request);
  }
  source_state state() const {
    if (fails && given == 2) fail(errc::io_failure, "no place for a copy");
    return {.sequences = {}, .position = std::uint64_t(given), .parts = {}};
  }
  void restore(const source_state& s) { given = long(s.position); }
};
}  // namespace

TEST_CASE("Where one process cannot copy its student or its source, none waits for it") {
  const auto data = toy::ragged_dataset(24, 5);
  std::vector<std::string> copied(3), noted(3);
  std::vector<long> given(3);
  const training_options options{.max_steps = 4};
  on_threads(3, [&](thread_communicator c) {
    copied_with_luck student(c.rank() == 1);
    copied[c.rank()] = said_by([&] {
      trainer t{student, forward_kl{}, fixed{data}, sgd{}, options, c};
      t.train();
    });
  });
  on_threads(3, [&](thread_communicator c) {
    auto teacher = toy::random_bigram<double>(5);
    tabular<double> student(5);
    noted_with_luck source{data, c.rank() == 1};
    noted[c.rank()] = said_by([&] {
      trainer t{student, teacher, forward_kl{}, source, sgd{}, options, c};
      t.train();
    });
    given[c.rank()] = source.given;
  });
  CHECK(copied[1] == std::bad_alloc().what());
  CHECK(noted[1] == "io_failure gkd: no place for a copy (step 2, rank 1); no parameter was "
                    "changed in this step");
  for (gkd::index r : {0u, 2u}) {
    CHECK(copied[r] == "gkd: process 1 of 3 failed with an exception of the program's own");
    CHECK_THAT(noted[r], Catch::Contains("process 1 of 3 failed (io_failure)"));
  }
  CHECK(given == std::vector<long>{2, 2, 2});  // nothing was gone back to that was not noted
}

namespace {
/// The student of docs/concepts.md#student, and an optimizer of its own framework.
struct without_parameters {
  tabular<float> inside{5};
  gkd::index vocab_size() const { return 5; }
  matrix_view<float> logits(const token_batch& batch) { return inside.logits(batch); }
  void backward(const token_batch& batch, matrix_view<const float> dlogits) {
    inside.backward(batch, dlogits);
  }
};
struct own_descent {
  struct state {
    without_parameters& student;
    void step(double learning_rate) {
      for_each_parameter(student.inside, [&](const auto& p) {
        for (gkd::index i = 0; i < p.value.size(); ++i)
          p.value.data[i] -= float(learning_rate) * std::exchange(p.gradient.data[i], 0.0f);
      });
    }
  };
  state bind(without_parameters& student) const { return {student}; }
};
}  // namespace

TEST_CASE("Gradients that a student does not show were not added up: now it is refused") {
  const auto data = toy::ragged_dataset(24, 5);
  const auto train = [&](auto communicator) {
    auto teacher = toy::random_bigram(5);
    without_parameters student;
    trainer t{student,     teacher,       forward_kl{},
              fixed{data}, own_descent{}, training_options{.max_steps = 20, .learning_rate = 1},
              communicator};
    return t.train().mean_loss;
  };
  CHECK(train(single_process{}) > 0.0);  // one process needs none
  std::vector<std::string> said(2);
  on_threads(2, [&](thread_communicator c) {
    try {
      train(c);
    } catch (const error& e) {
      said[c.rank()] = concat(name_of(e.code()), " ", e.what());
    }
  });
  for (const std::string& text : said)
    CHECK_THAT(text, Catch::StartsWith("bad_argument gkd: the student shows no parameters, so that "
                                       "the gradients of 2 processes cannot be added up"));
}

// [first-process]
/// Hands what a trainer tells on to a callback, in process 0 alone.
template <class Callback>
struct in_first_process {
  Callback& to;
  gkd::index rank = 0;

  bool on_start(const gkd::start_event& e) { return tell(e); }
  bool on_step(const gkd::step_event& e) { return tell(e); }
  bool on_eval(const gkd::eval_event& e) { return tell(e); }
  bool on_save(const gkd::save_event& e) { return tell(e); }
  bool on_end(const gkd::end_event& e) { return tell(e); }
  bool tell(const auto& e) { return rank != 0 || gkd::notify(to, e); }
};
// [/first-process]

TEST_CASE("Callbacks that write are heard in one process; samples a second are those of all") {
  const runs::memory_folder folder;
  const auto data = toy::ragged_dataset(24, 5);
  std::vector<gkd::index> entries(2);
  on_threads(2, [&](thread_communicator c) {
    auto teacher = toy::random_bigram<double>(5);
    tabular<double> student(5);
    const training_options options{.output_dir = folder / "run",
                                   .per_device_train_batch_size = 3,
                                   .gradient_accumulation_steps = 2,
                                   .max_steps = 4,
                                   .eval_strategy = interval::steps,
                                   .eval_steps = 2,
                                   .save_steps = 2};
    best_model best{student, {.directory = folder / "run/best", .metric = {"eval_forward_kl"}}};
    trainer_state_log log{{.directory = folder / "run", .training = options}};
    trainer t{student,
              teacher,
              forward_kl{},
              fixed{data},
              sgd{},
              options,
              c,
              checkpoints{},
              evaluate_on{data},
              in_first_process<best_model<tabular<double>>>{best, c.rank()},
              in_first_process<trainer_state_log>{log, c.rank()}};
    t.train();
    entries[c.rank()] = log.history().size();
  });
  CHECK(entries[1] == 0);
  REQUIRE(entries[0] > 0);
  CHECK(read_json(folder / "run/best/best.json").at("step") == 4);
  const auto end = read_json(folder / "run/trainer_state.json").at("log_history").back();
  const double steps = end.at("train_steps_per_second").get<double>();
  CHECK(end.at("train_samples_per_second").get<double>() == Approx(steps * 3 * 2 * 2));
}
