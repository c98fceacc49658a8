// SPDX-License-Identifier: Apache-2.0
// Several processes that train one student together: here threads, each with a trainer of its own,
// and a communicator between them.
#include <gkd/comm/single.hpp>
#include <gkd/data/mixture.hpp>
#include <gkd/data/on_policy.hpp>
#include <gkd/data/replay.hpp>
#include <gkd/divergence/kl.hpp>
#include <gkd/train/processes.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "support/catch.hpp"
#include "support/throws.hpp"
#include "train/runs.hpp"

using namespace gkd;

namespace {

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
    for (gkd::index i = 0; i < x.size(); ++i) {
      double sum = 0.0;
      for (const auto& part : with->parts) sum += part[i];
      x[i] = static_cast<T>(sum);
    }
    with->arrive_and_wait();
  }
  template <class T>
  void broadcast(std::span<T>, gkd::index) const {}
};

/// body(communicator) on each of n threads.
template <class Body>
void on_threads(std::ptrdiff_t n, const Body& body) {
  meeting with(n);
  std::vector<std::jthread> threads;
  for (std::ptrdiff_t r = 0; r < n; ++r)
    threads.emplace_back([&, r] { body(thread_communicator{&with, static_cast<gkd::index>(r)}); });
}

}  // namespace

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
  CHECK(detail::list_checkpoints(folder / "run").size() == 1);
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
    CHECK(text.find("others did not: all must see the same checkpoints") != text.npos);
}

TEST_CASE("What each process carries from batch to batch is not kept in one checkpoint") {
  const runs::memory_folder folder;
  meeting with(2);
  const auto data = toy::ragged_dataset(24, 5);
  auto teacher = toy::random_bigram(5);
  tabular<float> student(5);
  CHECK_ERROR((trainer{student, teacher, generalized_jsd{0.5}, replay{fixed{data}}, adamw{},
                       training_options{.output_dir = folder / "run", .max_steps = 10},
                       thread_communicator{&with, 0}, checkpoints{}}),
              errc::bad_argument, "each of 2 processes its own");
}

namespace {

/// What each of three processes threw when the second does `what` in the third step.
enum class mishap { source, batch, loss, optimizer, step, evaluation };
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
  const auto measured = thrown_by_all(mishap::evaluation);
  CHECK(measured[1] == "context_overflow gkd: this one only");
  CHECK_THAT(measured[0], Catch::Contains("process 1 of 3 failed (context_overflow)"));
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
